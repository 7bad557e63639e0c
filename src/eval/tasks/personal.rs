//! Personal data in messages: what is found of it, and what is taken for it.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::json;

use super::{Examination, flag, languages, mark};
use crate::eval::dataset::personal::Row;
use crate::eval::report::{Report, Scored};
use crate::eval::table::{Measure, Table};
use crate::guard::personal::{self, Found, Kind};
use crate::language::Lang;

/// One thing that is scored: something personal that was found or not, something found that is none, or a message without any. Each is
/// a case of its own, so that a figure is a share of cases and its interval Wilson's.
#[derive(Debug, Clone)]
struct Case<'a> {
    id: String,
    row: &'a Row,
    /// What stands in the set, and what was found there of the same kind.
    what: What,
    /// No letter or digit of it was left, under whichever name.
    hidden: bool,
    /// Found to the character.
    exact: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Hit(Kind),
    Missed(Kind, Option<Kind>),
    Mistaken(Kind),
    /// A message in which nothing is personal, and whether nothing was found.
    Clean(bool),
}

/// Scores the detectors.
///
/// # Errors
/// When nothing could be scored.
pub async fn run(examination: &Examination<'_>, rows: &[Row]) -> anyhow::Result<Report> {
    let rows = rows.get(..examination.options.limit.unwrap_or(rows.len())).unwrap_or(rows);
    let named: Vec<Lang> = languages(rows.iter().map(|row| &row.lang)).into_iter().collect();
    let cases: Vec<Case<'_>> = rows.iter().flat_map(cases).collect();
    let work = |at: usize| {
        let (cases, named) = (&cases, &named);
        async move {
            let Some(case) = cases.get(at) else { anyhow::bail!("no such case") };
            Ok(score(case, named))
        }
    };
    let everything = crate::eval::run::RunOptions { limit: None, ..examination.options.clone() };
    let examination = Examination { options: &everything, ..*examination };
    examination.report("personal", &cases, |case| &case.id, work, |table| (measures(table), Vec::new())).await
}

/// What one message gives to score. Something found counts for something personal of its kind that it lies over, each once.
fn cases(row: &Row) -> Vec<Case<'_>> {
    let found = personal::find(&row.text);
    let chars: Vec<char> = row.text.chars().collect();
    let mut used = vec![false; found.len()];
    let mut cases = Vec::new();
    let case = |name: String, what, hidden, exact| Case { id: format!("{}{name}", row.id), row, what, hidden, exact };
    for (n, span) in (1..).zip(&row.spans) {
        let over = |found: &Found| found.range.start < span.range.end && span.range.start < found.range.end;
        let at = found.iter().zip(&used).position(|(found, used)| over(found) && found.kind == span.kind && !used);
        if let Some(used) = at.and_then(|at| used.get_mut(at)) {
            *used = true;
        }
        let instead = found.iter().find(|found| over(found)).map(|found| found.kind);
        let what = if at.is_some() { What::Hit(span.kind) } else { What::Missed(span.kind, instead) };
        let exact = at.and_then(|at| found.get(at)).is_some_and(|found| same(&chars, &found.range, &span.range));
        cases.push(case(format!("#{n}"), what, hidden(&chars, &span.range, &found), exact));
    }
    // A second piece of what was found already is neither a hit nor a mistake.
    let piece = |found: &Found| {
        let over = |range: &Range<usize>| found.range.start < range.end && range.start < found.range.end;
        row.spans.iter().any(|span| span.kind == found.kind && over(&span.range))
    };
    let mistaken = found.iter().zip(&used).filter(|(found, used)| !**used && !piece(found));
    for (n, (found, _)) in (1..).zip(mistaken) {
        cases.push(case(format!("#?{n}"), What::Mistaken(found.kind), true, false));
    }
    if row.spans.is_empty() {
        cases.push(case(String::new(), What::Clean(found.is_empty()), true, false));
    }
    cases
}

/// Whether two ranges are the same but for marks and spaces at their ends.
fn same(chars: &[char], a: &Range<usize>, b: &Range<usize>) -> bool {
    let core = |range: &Range<usize>| {
        let mut at = range.clone().filter(|at| chars.get(*at).is_some_and(|c| c.is_alphanumeric()));
        let first = at.next();
        (first, at.last().or(first))
    };
    core(a) == core(b)
}

fn hidden(chars: &[char], span: &Range<usize>, found: &[Found]) -> bool {
    let covered = |at: usize| found.iter().any(|found| found.range.contains(&at));
    span.clone().all(|at| covered(at) || chars.get(at).is_none_or(|c| !c.is_alphanumeric()))
}

fn score(case: &Case<'_>, named: &[Lang]) -> Scored {
    let Case { id, row, what, hidden, exact } = case;
    let mut values = Vec::new();
    let mut set = |name: &str, yes: bool| values.push((name.to_owned(), flag(yes)));
    let mut why = Vec::new();
    let kind = match what {
        What::Hit(kind) => {
            ["hits", "actual", "predicted"].into_iter().for_each(|name| set(name, true));
            set("hidden", *hidden);
            set("exact", *exact);
            if !hidden {
                why.push(format!("{} found, but a part of it is left", kind.as_str()));
            }
            Some(kind)
        }
        What::Missed(kind, instead) => {
            set("hits", false);
            set("actual", true);
            set("predicted", false);
            set("hidden", *hidden);
            set("exact", false);
            let instead = instead.map_or("missed".to_owned(), |kind| format!("taken for {}", kind.as_str()));
            why.push(format!("{} {instead}", kind.as_str()));
            Some(kind)
        }
        What::Mistaken(kind) => {
            set("hits", false);
            set("actual", false);
            set("predicted", true);
            why.push(format!("taken for {}", kind.as_str()));
            Some(kind)
        }
        What::Clean(clean) => {
            set("clean", *clean);
            None
        }
    };
    if let Some(kind) = kind {
        set(&mark(kind.as_str()), true);
    }
    if named.contains(&row.lang) {
        set(&mark(row.lang.as_str()), true);
        if let Some(kind) = kind {
            set(&mark(&format!("{}.{}", kind.as_str(), row.lang)), true);
        }
    }
    let got: Vec<_> = personal::find(&row.text).into_iter().map(|found| shown(&row.text, &found)).collect();
    Scored {
        id: id.clone(),
        values,
        why,
        detail: json!({ "question": row.text, "expected": row.spans, "got": got }),
        ..Scored::default()
    }
}

fn shown(text: &str, found: &Found) -> serde_json::Value {
    let value: String = text.chars().take(found.range.end).skip(found.range.start).collect();
    json!({ "kind": found.kind, "text": value })
}

fn measures(table: &Table) -> BTreeMap<String, Measure> {
    let mut measures = BTreeMap::new();
    let parts = super::parts(table);
    for (name, measure) in [
        ("recall", Measure::ratio("hits", "actual")),
        ("precision", Measure::ratio("hits", "predicted")),
        ("hidden", Measure::mean("hidden")),
        ("exact", Measure::mean("exact")),
        ("clean", Measure::mean("clean")),
    ] {
        super::with_parts(&mut measures, name, measure, &parts);
    }
    measures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::dataset::personal::read;
    use crate::eval::table::{Figure, figures};

    fn measured(lines: &[&str]) -> BTreeMap<String, Figure> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pii.jsonl");
        std::fs::write(&path, lines.join("\n")).unwrap();
        let rows = read(&path).unwrap();
        let mut table = Table::default();
        for case in rows.iter().flat_map(cases) {
            let scored = score(&case, &[Lang::JA, Lang::EN]);
            table.push(&scored.id, scored.values);
        }
        figures(&table, &measures(&table), 1)
    }

    #[test]
    fn misses_mistakes_and_halves_each_move_their_figure() {
        let figures = measured(&[
            r#"{"lang":"ja","text":"電話は090-1234-5678です","spans":[{"kind":"phone","text":"090-1234-5678"}]}"#,
            r#"{"lang":"ja","text":"電話は090-1234-5678の山田です","spans":[{"kind":"phone","text":"090-1234-5678の山田"}]}"#,
            r#"{"lang":"en","text":"my secret word is xyzzy","spans":[{"kind":"password","text":"xyzzy"}]}"#,
            r#"{"lang":"en","text":"HN-12345678","spans":[{"kind":"account_id","text":"HN-12345678"}]}"#,
            r#"{"lang":"ja","text":"返品したい"}"#,
            r#"{"lang":"ja","text":"a@example.com"}"#,
        ]);
        assert_eq!((figures["recall"].value, figures["recall"].n), (0.5, 4));
        assert_eq!((figures["recall.phone"].value, figures["recall.phone.ja"].n), (1.0, 2));
        assert_eq!(figures["recall.password"].value, 0.0);
        // Two phones right; the order id and the address of the last line are taken for what they are not.
        assert_eq!((figures["precision"].value, figures["precision"].n), (0.5, 4));
        assert_eq!((figures["precision.order_id"].value, figures["precision.email"].value), (0.0, 0.0));
        // Under another name it is hidden all the same; half of it is not.
        assert_eq!((figures["hidden"].value, figures["hidden.account_id"].value), (0.5, 1.0));
        assert_eq!((figures["exact"].value, figures["clean"].value), (0.25, 0.5));
        assert!(figures["recall"].low > 0.1 && figures["recall"].high < 0.9, "Wilson's: {:?}", figures["recall"]);
        assert!(!figures.contains_key("clean.phone"));
    }
}
