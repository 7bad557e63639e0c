//! Choosing the rows of a table that a question is about.

use std::collections::HashSet;

use super::blocks::visible;

/// Words that bind one row to another, or a right to its condition. A table with any of them is quoted whole.
const BINDING: &[&str] = &[
    "ただし",
    "例外",
    "除",
    "以外",
    "のみ",
    "だけ",
    "場合は",
    "上の",
    "下の",
    "他の",
    "ほかの",
    "同じ",
    "except",
    "unless",
    "only",
    "other",
    "above",
    "below",
    "same",
    "but ",
    "not ",
    "但",
    "除外",
    "仅",
    "只",
    "例外",
    "다만",
    "단,",
    "제외",
    "경우",
];

/// Rows from which a table is worth shortening. In a shorter one the rows are often sides of one thing (price, tax, delivery)
/// rather than alternatives, and reading them all costs nothing.
const LONG: usize = 8;

/// The head of `table` with those of its rows that the question names, or `None` if the table must be quoted whole: the
/// question names no row, or nearly all; the table is short; or a row that would be left out could hold a condition.
pub(super) fn rows_asked_for(
    table: &str,
    asked: &HashSet<String>,
    words: &dyn Fn(&str) -> HashSet<String>,
) -> Option<String> {
    let lines: Vec<&str> = table.lines().collect();
    let (head, rows) = lines.split_at_checked(2)?;
    if rows.len() < LONG {
        return None;
    }
    let labels: Vec<HashSet<String>> = rows.iter().map(|row| words(&visible_label(row))).collect();
    let told_apart = |word: &&String| labels.iter().filter(|label| label.contains(*word)).count() <= rows.len() / 2;
    let named: Vec<bool> = labels.iter().map(|label| label.intersection(asked).any(|word| told_apart(&word))).collect();
    let kept = named.iter().filter(|named| **named).count();
    if kept == 0 || kept > rows.len() / 2 {
        return None;
    }
    let left_out = rows.iter().zip(&named).filter(|(_, named)| !**named).map(|(row, _)| row.to_lowercase());
    if left_out.into_iter().any(|row| BINDING.iter().any(|word| row.contains(word))) {
        return None;
    }
    let kept = rows.iter().zip(&named).filter(|(_, named)| **named).map(|(row, _)| *row);
    Some(head.iter().copied().chain(kept).collect::<Vec<_>>().join("\n"))
}

/// The first cell of a row, as read.
fn visible_label(row: &str) -> String {
    let cell = row.trim().trim_start_matches('|').split('|').next().unwrap_or_default();
    visible(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> HashSet<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
    }

    const METHODS: &str = "| Method | Limit | Fee |\n|---|---|---|\n| Card | your limit | none |\n| Store | 300,000 yen | 220 yen |\n| PayPay | your limit | none |\n| Points | what you hold | none |\n| Gift card | balance | none |\n| Transfer | your limit | none |\n| Carrier | 50,000 yen | none |\n| Cash | 100,000 yen | 330 yen |";

    #[test]
    fn the_row_that_is_named_is_kept_under_its_head() {
        let asked = words("what fee at a convenience store?");
        let kept = rows_asked_for(METHODS, &asked, &words).unwrap();
        assert_eq!(kept, "| Method | Limit | Fee |\n|---|---|---|\n| Store | 300,000 yen | 220 yen |");
    }

    #[test]
    fn a_question_that_names_no_row_gets_the_whole_table() {
        assert_eq!(rows_asked_for(METHODS, &words("how can I pay?"), &words), None);
    }

    #[test]
    fn a_row_with_an_exception_is_never_left_out() {
        let table = METHODS.replace("what you hold", "except gift cards");
        assert_eq!(rows_asked_for(&table, &words("store"), &words), None);
    }
}
