//! A simulation's outcome as a page of text.

use std::io::Write;

use crate::handoff::simulate::{Figures, Quantiles, Simulated};

/// How a figure is said.
type Said = fn(&Figures) -> String;

/// Lines of a desk: what is named, and how it is said.
const LINES: [(&str, Said); 8] = [
    ("cases in", |it| format!("{} in, {} answered, {} left over", it.cases_in, it.answered, it.left_over)),
    ("waited", |it| spread(it.waiting_minutes)),
    ("promised", |it| spread(it.promised_minutes)),
    ("kept", |it| format!("{}{}", it.kept, percent(it.kept_rate))),
    ("renegotiated", |it| {
        let by_ticket = it.renegotiations_per_ticket.map(|rate| format!(", {rate:.2} new times a case"));
        format!("{}{}{}", it.renegotiated, percent(it.renegotiated_rate), by_ticket.unwrap_or_default())
    }),
    ("breached", |it| {
        format!("{}{}, {} of them in silence", it.breached, percent(it.breached_rate), it.silent_breaches)
    }),
    ("still running", |it| it.running.to_string()),
    ("estimates", |it| {
        let it = &it.estimates;
        let (Some(within), Some(error)) = (it.within_p90, it.median_error_minutes) else {
            return "none shown: too little was measured".to_owned();
        };
        let (shown, within, error) = (it.shown, within * 100.0, minutes(error));
        format!("{shown} shown, off by {error} (median), {within:.0}% waited no longer than nine in ten should")
    }),
];

pub(super) fn text(out: &mut impl Write, it: &Simulated) -> std::io::Result<()> {
    let days = if it.days == 1 { "1 day".to_owned() } else { format!("{} days", it.days) };
    writeln!(out, "{days} from {}, seed {}", it.start, it.seed)?;
    for desk in &it.desks {
        let people = if desk.operators == 1 { "operator" } else { "operators" };
        block(out, &format!("{} ({} {people})", desk.desk, desk.operators), &desk.figures)?;
    }
    block(out, "all desks", &it.all)?;
    if it.all.silent_breaches > 0 {
        writeln!(out, "\n{} promised times passed in silence: this must not be", it.all.silent_breaches)?;
    }
    Ok(())
}

fn block(out: &mut impl Write, title: &str, figures: &Figures) -> std::io::Result<()> {
    writeln!(out, "\n{title}")?;
    for (name, line) in LINES {
        writeln!(out, "  {name:<14}{}", line(figures))?;
    }
    Ok(())
}

fn spread(quantiles: Option<Quantiles>) -> String {
    quantiles.map_or_else(
        || "no case".to_owned(),
        |it| format!("median {}, nine in ten within {}", minutes(it.median), minutes(it.p90)),
    )
}

fn percent(rate: Option<f64>) -> String {
    rate.map(|rate| format!(" ({:.1}%)", rate * 100.0)).unwrap_or_default()
}

fn minutes(minutes: f64) -> String {
    if minutes < 120.0 { format!("{minutes:.0} min") } else { format!("{:.1} h", minutes / 60.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::DeskCode;
    use crate::handoff::simulate::{DeskFigures, Estimates};

    #[test]
    fn a_page_says_everything() {
        let figures = Figures {
            cases_in: 10,
            answered: 9,
            left_over: 1,
            waiting_minutes: Some(Quantiles { median: 4.4, p90: 150.0 }),
            promised_minutes: None,
            kept: 6,
            renegotiated: 2,
            breached: 1,
            running: 1,
            kept_rate: Some(6.0 / 9.0),
            renegotiated_rate: Some(2.0 / 9.0),
            breached_rate: Some(1.0 / 9.0),
            renegotiations_per_ticket: Some(0.3),
            silent_breaches: 0,
            estimates: Estimates { shown: 8, within_p90: Some(0.875), median_error_minutes: Some(3.0) },
        };
        let quiet = Estimates { shown: 0, within_p90: None, median_error_minutes: None };
        let all = Figures { silent_breaches: 3, estimates: quiet, ..figures.clone() };
        let desk = DeskCode("returns".to_owned());
        let desks = vec![DeskFigures { desk, operators: 1, figures, most_waiting: vec![3] }];
        let start = jiff::civil::date(2026, 6, 1);
        let mut page = Vec::new();
        text(&mut page, &Simulated { start, days: 1, seed: 7, all, desks, hours: Vec::new() }).unwrap();
        let page = String::from_utf8(page).unwrap();
        for line in [
            "1 day from 2026-06-01, seed 7",
            "returns (1 operator)",
            "10 in, 9 answered, 1 left over",
            "median 4 min, nine in ten within 2.5 h",
            "promised      no case",
            "6 (66.7%)",
            "2 (22.2%), 0.30 new times a case",
            "8 shown, off by 3 min (median), 88% waited no longer",
            "none shown: too little was measured",
            "3 promised times passed in silence",
        ] {
            assert!(page.contains(line), "{line} is not in\n{page}");
        }
    }
}
