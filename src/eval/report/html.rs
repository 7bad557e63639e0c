//! Reports as one page that asks for nothing else: no script, style or image from elsewhere.

mod detail;

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;
use serde_json::Value;

use self::detail::{Detail, plain};
use super::text::layout::{self, Layout, counted, foreign_first, interval, millis, number};
use super::{Failure, Report, plots};
use crate::eval::table::Figure;

const NAME: &str = "report.html";
const TEMPLATE: &str = include_str!("report.html");
/// With more bars the picture is longer than a screen, and is folded away.
const BARS: usize = 24;

/// The reports as a page, others' data first.
pub fn html(reports: &[Report]) -> String {
    let sections: Vec<Section<'_>> =
        foreign_first(reports).into_iter().enumerate().map(|(nth, report)| Section::of(nth + 1, report)).collect();
    // The template is a part of the program and is tested: a page that says what is wrong with it is enough.
    rendered(&Page { sections }).unwrap_or_else(|error| {
        let error = minijinja::HtmlEscape(&format!("{error:#}")).to_string();
        format!("<!doctype html>\n<title>Evaluation</title>\n<p>This page could not be made: {error}</p>\n")
    })
}

fn rendered(page: &Page<'_>) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    // That the name ends in `.html` is what turns escaping on.
    environment.add_template(NAME, TEMPLATE)?;
    environment.get_template(NAME)?.render(Serde(page))
}

#[derive(Debug, Serialize)]
struct Page<'a> {
    sections: Vec<Section<'a>>,
}

/// A report as the template wants it: everything is text but what is asked about.
#[derive(Debug, Serialize)]
struct Section<'a> {
    anchor: String,
    task: &'a str,
    dataset: &'a str,
    foreign: bool,
    cases: String,
    crashed: usize,
    failed: usize,
    notes: &'a [String],
    config: Vec<Setting>,
    matrix: Option<Matrix>,
    list: Vec<Metric>,
    bars: String,
    bars_open: bool,
    plots: Vec<Picture<'a>>,
    confusion: String,
    latency: Option<Latency>,
    failures: Vec<Failed<'a>>,
    crashes: &'a [super::Crash],
}

#[derive(Debug, Serialize)]
struct Setting {
    name: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct Matrix {
    columns: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    label: String,
    cells: Vec<Option<Metric>>,
    n: String,
}

#[derive(Debug, Serialize)]
struct Metric {
    name: String,
    value: String,
    interval: String,
    n: usize,
}

#[derive(Debug, Serialize)]
struct Picture<'a> {
    title: &'a str,
    svg: String,
}

#[derive(Debug, Serialize)]
struct Latency {
    p50: String,
    p90: String,
    p99: String,
    svg: String,
}

#[derive(Debug, Serialize)]
struct Failed<'a> {
    id: &'a str,
    why: &'a [String],
    detail: Detail,
}

impl<'a> Section<'a> {
    fn of(nth: usize, report: &'a Report) -> Self {
        let layout = Layout::of(report);
        let bars: Vec<(String, &Figure)> = bars(&layout);
        let latency = report.timings.as_ref().map(|timings| Latency {
            p50: millis(timings.p50_ms),
            p90: millis(timings.p90_ms),
            p99: millis(timings.p99_ms),
            svg: plots::latency(timings),
        });
        Self {
            anchor: format!("report-{nth}"),
            task: &report.task,
            dataset: &report.dataset,
            foreign: report.foreign,
            cases: counted(report.cases.ids.len() + report.crashed.len(), "case"),
            crashed: report.crashed.len(),
            failed: report.failures.len(),
            notes: &report.notes,
            config: settings(&report.config),
            matrix: layout.matrix.as_ref().map(Matrix::of),
            list: layout.list.iter().map(|(name, figure)| Metric::of(name, figure)).collect(),
            bars: plots::bars(&bars),
            bars_open: bars.len() <= BARS,
            plots: report.plots.iter().map(|plot| Picture { title: &plot.title, svg: plots::lines(plot) }).collect(),
            confusion: report.confusion.as_ref().map(plots::confusion).unwrap_or_default(),
            latency,
            failures: report.failures.iter().map(Failed::of).collect(),
            crashes: &report.crashed,
        }
    }
}

impl Matrix {
    fn of(matrix: &layout::Matrix<'_>) -> Self {
        let row = |row: &layout::Row<'_>| {
            let cells = row.cells.iter().zip(&matrix.columns);
            let cells = cells.map(|(figure, name)| figure.map(|figure| Metric::of(name, figure))).collect();
            Row { label: row.label.clone(), cells, n: row.n() }
        };
        Self { columns: matrix.columns.clone(), rows: matrix.rows.iter().map(row).collect() }
    }
}

impl Metric {
    fn of(name: &str, figure: &Figure) -> Self {
        Self { name: name.to_owned(), value: number(figure.value), interval: interval(figure), n: figure.n }
    }
}

impl<'a> Failed<'a> {
    fn of(failure: &'a Failure) -> Self {
        Self { id: &failure.id, why: &failure.why, detail: Detail::of(&failure.detail) }
    }
}

/// Every metric as a bar, in the order of the tables.
fn bars<'a>(layout: &Layout<'a>) -> Vec<(String, &'a Figure)> {
    let mut bars = Vec::new();
    if let Some(matrix) = &layout.matrix {
        for (at, column) in matrix.columns.iter().enumerate() {
            for row in &matrix.rows {
                bars.extend(row.cells[at].map(|figure| (format!("{column} {}", row.label), figure)));
            }
        }
    }
    bars.extend(layout.list.iter().map(|(name, figure)| ((*name).to_owned(), *figure)));
    bars
}

/// Settings in settings by dotted names, lists on one line.
fn settings(config: &Value) -> Vec<Setting> {
    fn walk(name: &str, value: &Value, settings: &mut Vec<Setting>) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (key, value) in fields {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    walk(&name, value, settings);
                }
            }
            Value::Object(_) | Value::Null => {}
            Value::Array(items) => {
                let value = items.iter().map(plain).collect::<Vec<_>>().join(", ");
                settings.push(Setting { name: name.to_owned(), value });
            }
            value => settings.push(Setting { name: name.to_owned(), value: plain(value) }),
        }
    }
    let mut settings = Vec::new();
    walk("", config, &mut settings);
    settings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::eval::report::text::sample;

    fn page(reports: &[Report]) -> String {
        let html = html(reports);
        assert!(!html.contains("could not be made"), "{html}");
        assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"), "{html}");
        html
    }

    #[test]
    fn everything_of_a_report_is_on_the_page() {
        let html = page(&[sample::full("retrieval", "xquad", true)]);
        for part in [
            "xquad",
            "4 cases",
            "others' data",
            "model.digest",
            "dense, lexical",
            "recall@10",
            "0.400–0.900",
            "Risk &amp; coverage",
            "p50 32 ms",
            "ja-returns was not found",
            "三十日以内です。",
            "返品の手順",
            "a bare passage",
            "(empty)",
            "passages found",
            "cites",
            "&quot;trace&quot;",
            "timeout &lt;of&gt; 5 s",
            "2 assertions &amp; more could not be scored",
        ] {
            assert!(html.contains(part), "{part} is not in\n{html}");
        }
        assert_eq!(html.matches("<svg ").count(), 4, "bars, a plot, confusion and latency");
        assert_eq!(html, page(&[sample::full("retrieval", "xquad", true)]));
    }

    #[test]
    fn what_was_written_by_others_is_text() {
        let mut report = sample::full(sample::NASTY, sample::NASTY, false);
        report.notes = vec![sample::NASTY.to_owned()];
        report.config = json!({ (sample::NASTY): [sample::NASTY] });
        report.crashed[0].error = sample::NASTY.to_owned();
        report.crashed[0].id = sample::NASTY.to_owned();
        report.failures[0].id = sample::NASTY.to_owned();
        report.failures[0].detail = json!({
            "question": sample::NASTY,
            "answer": [sample::NASTY],
            "passages": [{ "title": sample::NASTY, "text": sample::NASTY, (sample::NASTY): sample::NASTY }],
            "verdicts": { (sample::NASTY): sample::NASTY },
            (sample::NASTY): sample::NASTY,
        });
        report.plots[0].title = sample::NASTY.to_owned();
        report.plots[0].x = sample::NASTY.to_owned();
        report.metrics.insert(sample::NASTY.to_owned(), sample::figure(0.5));
        report.metrics.insert(format!("recall@1.a{}", sample::NASTY), sample::figure(0.5));
        let html = page(&[report]);
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(html.matches("&lt;script&gt;alert").count() > 15, "{html}");
    }

    #[test]
    fn others_data_comes_first_and_each_has_its_anchor() {
        let html = page(&[sample::full("guards", "ours", false), sample::full("guards", "theirs", true)]);
        let at = |text: &str| html.find(text).unwrap();
        assert!(at("theirs") < at("ours"), "{html}");
        assert!(at("id=\"report-1\"") < at("id=\"report-2\""), "{html}");
        assert!(html.contains("href=\"#report-2\""), "{html}");
    }

    #[test]
    fn nothing_of_it_comes_from_elsewhere() {
        let html = page(&[sample::full("guards", "ours", false)]);
        let elsewhere = html.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for trace in ["http:", "https:", "src=", "url(", "@import", "<link", "fetch(", "<iframe"] {
            assert!(!elsewhere.contains(trace), "{trace}: {html}");
        }
    }

    #[test]
    fn a_report_with_nothing_but_a_metric_has_no_empty_sections() {
        let html = page(&[sample::with_metrics("guards", &["f1"])]);
        for heading in ["<h3>Failures", "<h3>Crashes", "<h3>Latency", "<h3>Confusion", "<h3>Measured with"] {
            assert!(!html.contains(heading), "{heading}");
        }
        assert!(html.contains("0.800"));
        page(&[]);
    }

    #[test]
    fn settings_are_flat() {
        let config = json!({"a": {"b": 1, "none": null, "e": {}}, "list": ["x", 2], "s": "t"});
        let flat: Vec<String> =
            settings(&config).into_iter().map(|setting| format!("{}={}", setting.name, setting.value)).collect();
        assert_eq!(flat, ["a.b=1", "list=x, 2", "s=t"]);
        assert!(settings(&json!(null)).is_empty());
    }
}
