//! Reports as tables for a terminal.

pub(super) mod layout;
#[cfg(test)]
pub(super) mod sample;

use std::ops::Range;

use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Row, Table, TableStyle};

use self::layout::{Layout, Matrix, counted, foreign_first, interval, millis, number, short_interval};
use super::Report;
use crate::eval::table::Figure;

/// Lines enough to see what kind of wrong it is; the whole is for a page.
const FAILURES: usize = 10;
const CRASHES: usize = 5;
/// Characters of a line where no terminal says how wide it is.
const LONGEST: usize = 300;
/// Columns below which tables fall to pieces; a narrower terminal breaks the lines itself.
const NARROWEST: u16 = 40;

const PLAIN: TableStyle = TableStyle::new();
const RULED: TableStyle = PLAIN.header_separator(LineStyle::none().fill('─'));

/// The reports as tables, others' data first, without colour; every line ends with a line feed. `width` is the terminal's, if it is
/// one.
pub fn text(reports: &[Report], width: Option<u16>) -> String {
    let width = width.map(|width| width.max(NARROWEST));
    let texts: Vec<String> = foreign_first(reports).into_iter().map(|report| one(report, width)).collect();
    texts.join("\n")
}

fn one(report: &Report, width: Option<u16>) -> String {
    let layout = Layout::of(report);
    let mut parts = vec![heading(report)];
    if let Some(metrics) = &layout.matrix {
        parts.extend(matrix(metrics, width));
    }
    if !layout.list.is_empty() {
        parts.push(list(&layout.list, width));
    }
    if !report.notes.is_empty() {
        parts.push(wrapped(report.notes.iter().map(|note| format!("note: {}", clean(note))), width));
    }
    if let Some(timings) = &report.timings {
        let [p50, p90, p99] = [timings.p50_ms, timings.p90_ms, timings.p99_ms].map(millis);
        parts.push(format!(" latency: p50 {p50}, p90 {p90}, p99 {p99}"));
    }
    let failures = report.failures.iter().map(|failure| (failure.id.as_str(), failure.why.join("; ")));
    parts.extend(section("failed", failures, FAILURES, width));
    let crashes = report.crashed.iter().map(|crash| (crash.id.as_str(), crash.error.clone()));
    parts.extend(section("crashed", crashes, CRASHES, width));
    parts.join("\n") + "\n"
}

fn heading(report: &Report) -> String {
    let cases = report.cases.ids.len() + report.crashed.len();
    let crashed = match report.crashed.len() {
        0 => String::new(),
        n => format!(", {n} of them crashed"),
    };
    let whose = if report.foreign { ", others' data" } else { "" };
    format!("{} ({}{crashed}{whose})", clean(&report.name()), counted(cases, "case"))
}

fn list(metrics: &[(&str, &Figure)], width: Option<u16>) -> String {
    let mut table = table(RULED, width);
    table.set_header(["metric", "value", "95 %", "n"]);
    for (name, figure) in metrics {
        table.add_row([clean(name), number(figure.value), interval(figure), figure.n.to_string()]);
    }
    for column in [1, 3] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// One table, or several below each other where the columns have no room beside each other.
fn matrix(metrics: &Matrix<'_>, width: Option<u16>) -> Vec<String> {
    let padded = |text: &str| text.chars().count() + 2;
    let label = widest(metrics.rows.iter().map(|row| padded(&row.label)));
    let n = widest(metrics.rows.iter().map(|row| padded(&row.n())));
    let column = |at: usize| {
        let figures = metrics.rows.iter().filter_map(|row| row.cells[at]);
        widest(figures.map(|figure| padded(&short_interval(figure)))).max(padded(&metrics.columns[at]))
    };
    let room = width.map_or(usize::MAX, usize::from).saturating_sub(label + n);
    let mut tables = Vec::new();
    let mut from = 0;
    while from < metrics.columns.len() {
        let mut to = from + 1;
        let mut used = column(from);
        while to < metrics.columns.len() && used + column(to) <= room {
            used += column(to);
            to += 1;
        }
        tables.push(columns(metrics, from..to));
        from = to;
    }
    tables
}

fn widest(widths: impl Iterator<Item = usize>) -> usize {
    widths.max().unwrap_or(0)
}

fn columns(metrics: &Matrix<'_>, range: Range<usize>) -> String {
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let mut table = table(RULED, None);
    let names = metrics.columns[range.clone()].iter().map(|name| right(clean(name)));
    table.set_header([Cell::new("")].into_iter().chain(names).chain([right("n".to_owned())]));
    for row in &metrics.rows {
        let written = |figure: &Figure| format!("{}\n{}", number(figure.value), short_interval(figure));
        let cells = row.cells[range.clone()].iter().map(|figure| right(figure.map(written).unwrap_or_default()));
        table.add_row([Cell::new(clean(&row.label))].into_iter().chain(cells).chain([right(row.n())]));
    }
    table.trim_fmt()
}

/// `count title:` and a line each of the first; nothing of nothing.
fn section<'a>(
    title: &str,
    items: impl ExactSizeIterator<Item = (&'a str, String)>,
    most: usize,
    width: Option<u16>,
) -> Option<String> {
    let count = items.len();
    if count == 0 {
        return None;
    }
    let lines = items.take(most).map(|(id, why)| format!("{}: {}", clean(id), clean(&why)));
    let mut section = format!(" {} {title}:\n{}", counted(count, "case"), cut(lines, width));
    if count > most {
        section.push_str(&format!("\n   … and {} more; --json or --html shows all", count - most));
    }
    Some(section)
}

/// A line each, cut where the terminal ends.
fn cut(lines: impl Iterator<Item = String>, width: Option<u16>) -> String {
    let mut table = table(PLAIN, width);
    for line in lines {
        // No text holds this delimiter, so that lines are cut at the last column and not behind some word: Japanese has few.
        let mut row = Row::from([Cell::new(line).set_delimiter('\0')]);
        row.max_height(1);
        table.add_row(row);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_padding((3, 0));
    }
    table.trim_fmt()
}

/// A paragraph each.
fn wrapped(texts: impl Iterator<Item = String>, width: Option<u16>) -> String {
    let mut table = table(PLAIN, width);
    for text in texts {
        table.add_row([text]);
    }
    table.trim_fmt()
}

fn table(style: TableStyle, width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(style);
    if let Some(width) = width {
        table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
    }
    table
}

/// On one line, without what a terminal would obey: these texts are customers' and models'.
fn clean(text: &str) -> String {
    let obeyed = |c: &char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut clean = String::new();
    for word in text.split_whitespace() {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.extend(word.chars().filter(|c| !obeyed(c)));
        if let Some((end, _)) = clean.char_indices().nth(LONGEST) {
            clean.truncate(end);
            clean.push('…');
            break;
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::report::{Crash, Failure};

    #[test]
    fn a_list_of_metrics() {
        let mut report = sample::with_metrics("guards", &["recall", "f1.ja"]);
        report.metrics.insert("length".to_owned(), Figure { value: 123.46, n: 7, low: 99.0, high: 1200.0 });
        report.cases.push("a", []);
        let rule = "─".repeat(32);
        let lines = [
            "guards/small (1 case)",
            " metric  value  95 %          n",
            &rule,
            " f1.ja   0.800  0.400–0.900  20",
            " length  123.5  99.00–1200    7",
            " recall  0.800  0.400–0.900  20",
            "",
        ];
        assert_eq!(text(&[report], Some(80)), lines.join("\n"));
    }

    #[test]
    fn families_are_one_matrix_or_several_where_there_is_no_room() {
        let names = ["recall@5", "recall@10", "ndcg@10", "dense.recall@5", "dense.recall@10", "dense.ndcg@10"];
        let report = sample::with_metrics("retrieval", &names);
        let wide = text(std::slice::from_ref(&report), None);
        let header = wide.lines().nth(1).unwrap();
        assert_eq!(header.split_whitespace().collect::<Vec<_>>(), ["ndcg@10", "recall@5", "recall@10", "n"]);
        assert!(wide.contains("fused") && wide.contains("dense"), "{wide}");
        assert!(wide.contains("0.800") && wide.contains("0.40–0.90"), "{wide}");
        let narrow = text(&[report], Some(NARROWEST));
        assert!(narrow.lines().count() > wide.lines().count(), "{narrow}");
        assert!(narrow.lines().all(|line| line.chars().count() <= usize::from(NARROWEST)), "{narrow}");
        assert_eq!(narrow.matches("fused").count(), 2, "{narrow}");
    }

    #[test]
    fn everything_there_is_to_say_stands_below() {
        let text = text(&[sample::full("retrieval", "xquad", true)], Some(100));
        let first = text.lines().next().unwrap();
        assert_eq!(first, "retrieval/xquad (4 cases, 1 of them crashed, others' data)");
        for part in [
            " note: 2 assertions & more could not be scored",
            " latency: p50 32 ms, p90 206 ms, p99 246 ms",
            " 1 case failed:",
            "   q-2: ja-returns was not found; 返品は",
            " 1 case crashed:",
            "   q-4: timeout <of> 5 s",
        ] {
            assert!(text.contains(part), "{part:?} is not in\n{text}");
        }
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "a terminal obeys nothing of it: {text:?}");
        assert_eq!(text, super::text(&[sample::full("retrieval", "xquad", true)], Some(100)));
    }

    #[test]
    fn only_the_first_failures_are_shown_and_each_on_one_line() {
        let mut report = sample::with_metrics("guards", &["f1"]);
        let failure = |n: usize| Failure {
            id: format!("ja-{n}"),
            why: vec!["あ\nい".to_owned(), "日本語の長い文".repeat(100)],
            detail: serde_json::Value::Null,
        };
        report.failures = (0..13).map(failure).collect();
        report.crashed = (0..6).map(|n| Crash { id: n.to_string(), error: "no\nmodel".to_owned() }).collect();
        let text = text(&[report], Some(60));
        let failures: Vec<&str> = text.lines().filter(|line| line.starts_with("   ja-")).collect();
        assert_eq!(failures.len(), FAILURES, "{text}");
        for line in failures {
            // All behind the id is two columns wide, but for spaces, colons and the ellipsis.
            let width: usize = line.chars().map(|c| if c.is_ascii() || c == '…' { 1 } else { 2 }).sum();
            assert!((58..=60).contains(&width), "{width} columns: {line}");
            assert!(line.ends_with('…'), "{line}");
        }
        assert!(text.contains("   … and 3 more; --json or --html shows all"), "{text}");
        assert!(text.contains("   … and 1 more; --json or --html shows all"), "{text}");
        assert_eq!(text.matches(": no model").count(), CRASHES, "{text}");
    }

    #[test]
    fn others_data_comes_first() {
        let reports = [
            sample::full("guards", "ours", false),
            sample::full("guards", "theirs", true),
            sample::full("a", "b", false),
        ];
        let text = text(&reports, None);
        let at = |name: &str| text.find(name).unwrap();
        assert!(at("guards/theirs") < at("guards/ours") && at("guards/ours") < at("a/b"), "{text}");
        assert_eq!(super::text(&[], None), "");
    }

    #[test]
    fn a_megabyte_is_one_line_too() {
        let mut report = sample::with_metrics("guards", &["f1"]);
        let why = vec!["長".repeat(1 << 18), "x ".repeat(1 << 18)];
        report.failures = vec![Failure { id: String::new(), why, detail: serde_json::Value::Null }];
        assert!(text(&[report], None).len() < 10_000);
    }
}
