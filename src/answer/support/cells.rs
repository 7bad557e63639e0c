//! Tables: a value belongs to its row and its column.

use std::collections::HashSet;

use super::Disagreement;
use super::ground::Words;
use super::quantities::quantities;
use super::quantity::Quantity;
use super::text::{normal, plain};

/// A table of a source.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    heads: Vec<Label>,
    rows: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Row {
    label: Label,
    cells: Vec<Vec<Quantity>>,
}

/// What a row or a column is called.
#[derive(Debug, Clone)]
struct Label {
    tokens: HashSet<String>,
}

/// The tables of a source. `tokens` cuts a text into words.
pub(super) fn tables(source: &str, tokens: &dyn Fn(&str) -> Vec<String>) -> Vec<Table> {
    let mut found: Vec<Table> = Vec::new();
    let mut inside = false;
    let label = |text: &str| Label { tokens: tokens(&normal(text)).into_iter().collect() };
    for line in source.lines().map(str::trim) {
        if !line.starts_with('|') {
            inside = false;
            continue;
        }
        let cells: Vec<String> = line.trim_matches('|').split('|').map(plain).collect();
        if cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':' | ' '))) {
            continue;
        }
        match found.last_mut() {
            Some(table) if inside => {
                let first = cells.first().map(String::as_str).unwrap_or_default();
                let cell = |text: &String| quantities(&normal(text));
                table.rows.push(Row { label: label(first), cells: cells.iter().skip(1).map(cell).collect() });
            }
            _ => found.push(Table { heads: cells.iter().skip(1).map(|cell| label(cell)).collect(), rows: Vec::new() }),
        }
        inside = true;
    }
    found.retain(|table| table.rows.len() > 1 || table.heads.len() > 1);
    found
}

/// Quantities that are said of a row or a column they do not stand in, while the one that stands there is not said.
pub(super) fn compare(tables: &[Table], said: &Words, prose: &[Quantity]) -> Vec<Disagreement> {
    let tokens: HashSet<&str> = said.tokens.iter().map(String::as_str).collect();
    let stated = |quantity: &Quantity| said.quantities.iter().any(|one| one.agrees(quantity));
    let mut found: Vec<Disagreement> = Vec::new();
    for table in tables {
        let rows = mentioned(table.rows.iter().map(|row| &row.label), &tokens);
        let columns = mentioned(table.heads.iter(), &tokens);
        for quantity in said.quantities.iter().filter(|quantity| quantity.is_firm()) {
            let agrees = |other: &Quantity| quantity.agrees(other);
            let places: Vec<(usize, usize)> = table
                .places()
                .filter(|(.., cell)| cell.iter().any(agrees))
                .map(|(row, column, _)| (row, column))
                .collect();
            let fits = |(row, column): &(usize, usize)| {
                (rows.is_empty() || rows.contains(row)) && (columns.is_empty() || columns.contains(column))
            };
            if places.is_empty() || places.iter().any(fits) || prose.iter().any(agrees) {
                continue;
            }
            // What stands where it was said to stand: in the row that is spoken of, same column; or the other way round.
            let there = |(row, column): (usize, usize)| {
                let in_row =
                    rows.contains(&row) && places.iter().any(|place| place.1 == column && !rows.contains(&place.0));
                let in_column = columns.contains(&column)
                    && places.iter().any(|place| place.0 == row && !columns.contains(&place.1));
                in_row || in_column
            };
            let meant = table
                .places()
                .filter(|(row, column, _)| there((*row, *column)))
                .flat_map(|(.., cell)| cell)
                .find(|other| other.is_firm() && other.is_like(quantity) && !stated(other));
            if let Some(meant) = meant {
                found.push(Disagreement {
                    kind: quantity.subject(),
                    said: quantity.text.clone(),
                    source: Some(meant.text.clone()),
                    veto: true,
                });
            }
        }
    }
    found
}

impl Table {
    fn places(&self) -> impl Iterator<Item = (usize, usize, &Vec<Quantity>)> {
        self.rows
            .iter()
            .enumerate()
            .flat_map(|(r, row)| row.cells.iter().enumerate().map(move |(c, cell)| (r, c, cell)))
    }
}

/// The labels whose every word is said, without those that are a part of another.
fn mentioned<'l>(labels: impl Iterator<Item = &'l Label>, said: &HashSet<&str>) -> Vec<usize> {
    let all =
        |label: &Label| !label.tokens.is_empty() && label.tokens.iter().all(|token| said.contains(token.as_str()));
    let found: Vec<(usize, &Label)> = labels.enumerate().filter(|(_, label)| all(label)).collect();
    let part = |label: &Label| {
        found
            .iter()
            .any(|(_, other)| other.tokens.len() > label.tokens.len() && other.tokens.is_superset(&label.tokens))
    };
    found.iter().filter(|(_, label)| !part(label)).map(|(at, _)| *at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;
    use crate::passages::lexical::LexicalAnalyser;

    fn wrong(source: &str, said: &str, lang: &Lang) -> Vec<String> {
        let analyser = LexicalAnalyser::open(None);
        let tables = tables(source, &|text| analyser.tokens(text, lang));
        let said = Words::read(&analyser, said, lang);
        compare(&tables, &said, &[]).into_iter().map(|disagreement| disagreement.said).collect()
    }

    #[test]
    fn a_value_belongs_to_its_row_and_column() {
        let fees = "| 方法 | 上限額 | 手数料 |\n|---|---|---|\n| コンビニ払い | 300,000円 | 220円 |\n| 代金引換 | 100,000円 | 330円 |";
        assert!(wrong(fees, "コンビニ払いの手数料は220円です。", &Lang::JA).is_empty());
        assert_eq!(wrong(fees, "コンビニ払いの手数料は330円です。", &Lang::JA), ["330円"]);
        let plus = "| Benefit | Without Plus | With Plus |\n| Delivery | 520 yen | 100 yen |";
        assert!(wrong(plus, "With Plus, delivery is 100 yen.", &Lang::EN).is_empty());
        assert_eq!(wrong(plus, "Without Plus, delivery is 100 yen.", &Lang::EN), ["100 yen"]);
    }
}
