//! Sentences that are cells of a table run together.
//!
//! A small model likes to copy a row without its marks: "Exchange Yes, under conditions". Each word of that stands in the source, so the
//! verifier lets it pass, but whose column it was is lost. The table says it in its place.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::likeness::squeeze;
use super::statements::{Cell, Statement};

/// Letters of a cell, at least: shorter ones stand in other words.
const LEAST: usize = 2;
/// Of a sentence that is made of cells, other words are no larger part than one in this many.
const OTHER: usize = 3;

/// The row that `sentence` was made from, if it is made of cells and does not say what they are: a row's label and its values, each by
/// the name of its column. In a table of two columns a value needs no name, if something stands between it and the label.
pub(super) fn run_together(sentence: &str, statements: &[Statement]) -> Option<usize> {
    let said = squeeze(sentence);
    let spoken = |statement: &Statement| statement.cells.is_empty() && squeeze(&statement.words).contains(&said);
    if said.is_empty() || statements.iter().any(spoken) {
        return None;
    }
    let linked = sentence.contains([':', '：']);
    let rows: Vec<(usize, &Statement)> =
        statements.iter().enumerate().filter(|(_, statement)| !statement.cells.is_empty()).collect();
    rows.chunk_by(|a, b| a.1.span == b.1.span).find_map(|table| of_table(&said, linked, table))
}

fn of_table(said: &str, linked: bool, rows: &[(usize, &Statement)]) -> Option<usize> {
    let cells = rows.iter().flat_map(|(_, row)| &row.cells);
    let mut texts: Vec<String> = cells.flat_map(|cell| [squeeze(&cell.head), squeeze(&cell.text)]).collect();
    texts.retain(|text| text.chars().count() >= LEAST);
    // The longest first, because shorter ones may be parts of them.
    texts.sort_by_key(|text| Reverse(text.chars().count()));
    let (mut rest, mut found) = (said.to_owned(), HashSet::new());
    for text in texts {
        if rest.contains(&text) {
            rest = rest.replacen(&text, " ", 1);
            found.insert(text);
        }
    }
    let other = rest.chars().filter(|c| *c != ' ').count();
    let alone = found.len() == 1 && other > 0;
    if found.is_empty() || alone || other * OTHER > said.chars().count() {
        return None;
    }
    let held = |row: &Statement| row.cells.iter().filter(|cell| found.contains(&squeeze(&cell.text))).count();
    // Of equals the first.
    let (at, row) = rows.iter().rev().max_by_key(|place| held(place.1))?;
    (!tells(&row.cells, &found, said, linked || other > 0)).then_some(*at)
}

/// Whether a sentence says of a row's values whose they are.
fn tells(row: &[Cell], found: &HashSet<String>, said: &str, joined: bool) -> bool {
    let Some((label, values)) = row.split_first() else { return false };
    let named = |name: &str| {
        let name = squeeze(name);
        !name.is_empty() && said.contains(&name)
    };
    let own = |text: &String| row.iter().any(|cell| squeeze(&cell.text) == *text || squeeze(&cell.head) == *text);
    let is_said = |cell: &&Cell| found.contains(&squeeze(&cell.text));
    let plain = values.len() == 1 && joined;
    // Values and columns in the same order: whose value is whose is then told by where they stand.
    let mut order: Vec<(Option<usize>, Option<usize>)> = values
        .iter()
        .filter(is_said)
        .map(|cell| (said.find(&squeeze(&cell.text)), said.find(&squeeze(&cell.head))))
        .collect();
    order.sort_unstable();
    named(&label.text)
        && found.iter().all(own)
        && values.iter().any(|cell| is_said(&cell))
        && (plain
            || (values.iter().filter(is_said).all(|cell| named(&cell.head))
                && order.is_sorted_by_key(|(_, head)| *head)))
}

#[cfg(test)]
mod tests {
    use super::super::statements::statements;
    use super::*;

    const SELLERS: &str = "Ask the seller first.\n\n| Point | Sold by us | Marketplace seller |\n|---|---|---|\n| Exchange | Yes, under conditions | No |\n| Contact first | Returns desk | The seller |";
    const ABROAD: &str =
        "| 項目 | 内容 |\n|---|---|\n| 届け先の変更 | できません |\n| 代金引換 | 使えません |\n| 靴 | 試着は可 |";

    /// The words of the row that is to be quoted.
    fn row(sentence: &str, source: &str) -> Option<String> {
        let statements = statements(source);
        run_together(sentence, &statements).map(|at| statements[at].words.clone())
    }

    #[test]
    fn cells_without_the_names_of_their_columns_say_nothing() {
        let exchange = Some("Exchange Sold by us: Yes, under conditions Marketplace seller: No".to_owned());
        for sentence in ["Exchange Yes, under conditions", "Exchange: Yes, under conditions.", "Yes, under conditions."]
        {
            assert_eq!(row(sentence, SELLERS), exchange, "{sentence}");
        }
        assert!(row("Yes, under conditions, The seller, Returns desk", SELLERS).is_some(), "of two rows");
        assert!(row("Point Sold by us Marketplace seller", SELLERS).is_some(), "the head alone");
        assert!(row("届け先の変更 できません", ABROAD).is_some(), "nothing between");
        assert!(row("代金引換はできません。", ABROAD).is_some(), "another row's value");
    }

    #[test]
    fn values_of_each_others_columns_do_not_pass() {
        const MUSIC: &str = "| Point | Basic plan | Family plan |\n|---|---|---|\n| Music downloads | standard quality | lossless quality |";
        let swapped = "Music downloads: lossless quality with the Basic plan, standard quality with the Family plan.";
        assert!(row(swapped, MUSIC).is_some());
        let right = "Music downloads: standard quality with the Basic plan, lossless quality with the Family plan.";
        assert_eq!(row(right, MUSIC), None);
    }

    #[test]
    fn what_says_whose_value_it_is_stands() {
        for sentence in [
            "For items sold by us, exchange: Yes, under conditions.",
            "Ask the seller first.",
            "You can ask the seller for an exchange of your things.",
            "",
        ] {
            assert_eq!(row(sentence, SELLERS), None, "{sentence}");
        }
        for sentence in ["届け先の変更はできません。", "代金引換：使えません", "靴の試着は可。", "返品はできません。"]
        {
            assert_eq!(row(sentence, ABROAD), None, "{sentence}");
        }
        assert_eq!(row("anything", "No table."), None);
    }

    proptest::proptest! {
        #[test]
        fn any_sentence_over_any_table(said in r"[ab返品 。:]{0,12}", source in r"(?s)(\|[ab返品]{0,3}|\|---|\n|\|\n){0,30}") {
            let statements = statements(&source);
            let row = run_together(&said, &statements);
            proptest::prop_assert!(row.is_none_or(|at| !statements[at].cells.is_empty()));
        }
    }
}
