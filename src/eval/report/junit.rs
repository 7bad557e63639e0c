//! Reports as JUnit's XML, which build servers show.

use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use serde_json::Value;

use super::text::layout::foreign_first;
use super::{Crash, Failure, Report};

/// The reports as one file: a suite a report, others' data first, with the metrics as its properties, and a test a case. The cases
/// that crashed come last in their suite, as errors.
///
/// # Errors
/// When it cannot be written as XML; what of a text XML forbids is no reason.
pub fn junit(reports: &[Report]) -> anyhow::Result<String> {
    let mut all = quick_junit::Report::new("madoguchi eval");
    all.add_test_suites(foreign_first(reports).into_iter().map(suite));
    Ok(all.to_string()?)
}

fn suite(report: &Report) -> TestSuite {
    let name = allowed(&report.name());
    let mut suite = TestSuite::new(&name);
    for (metric, figure) in &report.metrics {
        suite.add_property((allowed(metric), figure.value.to_string()));
    }
    // Times belong to cases by their order, which holds only where each has one.
    let each_ms = report.timings.as_ref().map(|timings| timings.each_ms.as_slice()).unwrap_or_default();
    let times: &[f64] = if each_ms.len() == report.cases.ids.len() { each_ms } else { &[] };
    let time = |ms: f64| Duration::try_from_secs_f64(ms / 1000.0).ok();
    let mut failures: BTreeMap<&str, &Failure> = BTreeMap::new();
    for failure in &report.failures {
        failures.entry(&failure.id).or_insert(failure);
    }
    for (row, id) in report.cases.ids.iter().enumerate() {
        let status = failures.remove(id.as_str()).map_or_else(TestCaseStatus::success, failed);
        let mut case = TestCase::new(allowed(id), status);
        case.set_classname(&name);
        case.time = times.get(row).copied().and_then(time);
        suite.add_test_case(case);
    }
    for crash in &report.crashed {
        let mut case = TestCase::new(allowed(&crash.id), crashed(crash));
        case.set_classname(&name);
        suite.add_test_case(case);
    }
    if !times.is_empty() {
        suite.time = time(times.iter().sum());
    }
    suite
}

fn failed(failure: &Failure) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    let mut description = failure.why.join("\n");
    if failure.detail != Value::Null {
        description.push_str("\n\n");
        description.push_str(&serde_json::to_string_pretty(&failure.detail).unwrap_or_default());
    }
    status.set_message(line(&failure.why.join("; "))).set_description(allowed(&description));
    status
}

fn crashed(crash: &Crash) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(line(&crash.error)).set_description(allowed(&crash.error));
    status
}

/// For an attribute, which has no lines.
fn line(text: &str) -> String {
    allowed(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What XML 1.0 forbids, and the control characters it would rather not see, as U+FFFD: the crate leaves most of them out, but two
/// noncharacters in, and takes what follows an escape character for a colour.
fn allowed(text: &str) -> String {
    let replaced = |c: char| match c {
        '\n' => '\n',
        '\t' | '\r' => ' ',
        '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(replaced).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::report::text::sample;

    fn read(reports: &[Report]) -> (String, quick_junit::Report) {
        let xml = junit(reports).unwrap();
        let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
        (xml, read)
    }

    #[test]
    fn a_test_a_case_in_order() {
        let (xml, read) = read(&[sample::full("guards", "small", false)]);
        assert_eq!((read.tests, read.failures, read.errors), (4, 1, 1), "{xml}");
        let suite = &read.test_suites[0];
        assert_eq!(suite.name.as_str(), "guards/small");
        let names: Vec<&str> = suite.test_cases.iter().map(|case| case.name.as_str()).collect();
        assert_eq!(names, ["q-1", "q-2", "q-3", "q-4"]);
        assert_eq!(suite.test_cases[1].time, Some(Duration::from_millis(250)));
        assert_eq!(suite.properties.len(), 5);
        let (failure, error) = (&suite.test_cases[1].status, &suite.test_cases[3].status);
        let TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, message, description, .. } = failure else {
            panic!("{failure:?}");
        };
        assert!(message.as_ref().unwrap().starts_with("ja-returns was not found; 返品は<script>"), "{message:?}");
        assert!(description.as_ref().unwrap().contains("\"expected\": [\n"), "{description:?}");
        assert!(matches!(error, TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. }), "{error:?}");
        assert!(matches!(suite.test_cases[0].status, TestCaseStatus::Success { .. }));
    }

    #[test]
    fn what_xml_forbids_does_not_break_it() {
        let mut report = sample::full("guards", sample::NASTY, false);
        report.cases.ids[0] = format!("\u{0}\u{9b}1m{}", sample::NASTY);
        report.crashed[0].error = sample::NASTY.to_owned();
        report.notes.clear();
        let (xml, read) = read(&[report]);
        let forbidden = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
        assert!(!xml.contains(forbidden), "{xml:?}");
        assert!(!xml.contains("<script>"), "{xml}");
        // The escape character is seen to be gone, and what it would have coloured is still there.
        let id = read.test_suites[0].test_cases[0].name.as_str();
        assert_eq!(id, "��1m返品は<script>alert('x')</script>�[31m できますか & ��🙂?");
    }

    #[test]
    fn others_data_comes_first_and_nothing_is_a_file_too() {
        let (xml, read) = read(&[sample::full("a", "ours", false), sample::full("b", "theirs", true)]);
        let names: Vec<&str> = read.test_suites.iter().map(|suite| suite.name.as_str()).collect();
        assert_eq!(names, ["b/theirs", "a/ours"]);
        assert_eq!(xml, junit(&[sample::full("a", "ours", false), sample::full("b", "theirs", true)]).unwrap());
        assert!(junit(&[]).unwrap().contains("tests=\"0\""));
    }

    #[test]
    fn times_that_belong_to_no_case_are_left_out() {
        let mut report = sample::full("guards", "small", false);
        report.cases.push("q-5", []);
        let (_, read) = read(&[report]);
        assert!(read.test_suites[0].test_cases.iter().all(|case| case.time.is_none()));
    }
}
