//! A simulation's chart: cases waiting by hour, and how long they waited by the hour of the day.

use crate::eval::report::plots::{Area, Drawn, Lines, drawn, fit};
use crate::handoff::simulate::{HourFigures, Quantiles, Simulated};

const WIDTH: i32 = 760;
const CHART: i32 = 560;
const HEIGHT: i32 = 300;

/// A line with a name.
type Line<'a> = (&'a str, Vec<(f64, f64)>);

/// The chart as SVG.
pub(super) fn chart(it: &Simulated) -> String {
    let names: Vec<String> = it.desks.iter().map(|desk| desk.desk.to_string()).collect();
    let waiting: Vec<Line<'_>> = it
        .desks
        .iter()
        .zip(&names)
        .map(|(desk, name)| {
            let waiting = desk.most_waiting.iter().map(|most| *most as f64);
            (name.as_str(), (0_u32..).map(f64::from).zip(waiting).collect())
        })
        .collect();
    let waits = |name: &'static str, of: fn(&Quantiles) -> f64| {
        let point = |hour: &HourFigures| Some((f64::from(hour.hour), of(hour.waiting_minutes.as_ref()?)));
        (name, it.hours.iter().filter_map(point).collect::<Vec<_>>())
    };
    let waits = [waits("median", |it| it.median), waits("nine in ten", |it| it.p90)];
    drawn((WIDTH, 2 * HEIGHT), |root| {
        let (upper, lower) = root.split_vertically(HEIGHT);
        lines(root, &upper, &waiting, &format!("hours from {}", it.start), "cases waiting")?;
        lines(root, &lower, &waits, "hour of the day at which cases came in", "minutes waited")
    })
}

/// Lines in a part of the picture, from zero on.
fn lines(whole: &Area<'_>, part: &Area<'_>, lines: &[Line<'_>], x: &str, y: &str) -> Drawn {
    let most = |of: fn(&(f64, f64)) -> f64| lines.iter().flat_map(|(_, points)| points).map(of).fold(1.0, f64::max);
    Lines {
        chart: CHART,
        x: (0.0..most(|point| point.0), &fit(x, CHART)),
        y: (0.0..most(|point| point.1) * 1.1, &fit(y, HEIGHT)),
        lines,
    }
    .draw(whole, part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::DeskCode;
    use crate::handoff::simulate::{HandlingTime, Kind, Plan, Traffic, simulate};

    #[test]
    fn a_chart_has_a_line_a_desk() {
        let kind = |desk: &str| Kind { desk: DeskCode(desk.to_owned()), priority: 3, weight: 1.0 };
        let plan = |rate: f64| Plan {
            desks: Default::default(),
            zone: jiff::tz::TimeZone::UTC,
            start: jiff::civil::date(2026, 6, 1),
            days: 1,
            traffic: Traffic::new(
                [rate; 24],
                vec![kind("returns"), kind("<safety>")],
                HandlingTime::new(9.0, 20.0).unwrap(),
            )
            .unwrap(),
            staff: [(DeskCode("returns".to_owned()), 1)].into(),
            shift: None,
            outage: None,
            seed: 1,
        };
        let svg = chart(&simulate(&plan(4.0)).unwrap());
        for text in
            ["returns", "&lt;safety&gt;", "cases waiting", "minutes waited", "nine in ten", "#0072B2", "#D55E00"]
        {
            assert!(svg.contains(text), "{text} is not in {svg}");
        }
        assert!(svg.starts_with("<svg ") && !svg.contains("NaN"));
        assert!(
            chart(&simulate(&plan(0.0)).unwrap()).contains("returns"),
            "nothing came in, and it is drawn all the same"
        );
    }
}
