//! A simulation's chart: cases waiting by hour, and how long they waited by the hour of the day.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use crate::eval::report::plots::{
    Area, COLOURS, Drawn, FAINT, INK, LETTERS, drawn, fit, mark, pixels, stroke, tick, words,
};
use crate::handoff::simulate::{HourFigures, Quantiles, Simulated};

const WIDTH: i32 = 760;
const CHART: i32 = 560;
const HEIGHT: i32 = 300;
/// Marks on a line: with more they run into each other.
const MARKS: usize = 12;

/// A line with a name.
struct Line {
    name: String,
    points: Vec<(f64, f64)>,
}

/// The chart as SVG.
pub(super) fn chart(it: &Simulated) -> String {
    let waiting: Vec<Line> = it
        .desks
        .iter()
        .map(|desk| {
            let waiting = desk.most_waiting.iter().map(|most| *most as f64);
            Line { name: desk.desk.to_string(), points: (0_u32..).map(f64::from).zip(waiting).collect() }
        })
        .collect();
    let waits = |name: &str, of: fn(&Quantiles) -> f64| {
        let point = |hour: &HourFigures| Some((f64::from(hour.hour), of(hour.waiting_minutes.as_ref()?)));
        Line { name: name.to_owned(), points: it.hours.iter().filter_map(point).collect() }
    };
    let waits = [waits("median", |it| it.median), waits("nine in ten", |it| it.p90)];
    drawn((WIDTH, 2 * HEIGHT), |root| {
        let (upper, lower) = root.split_vertically(HEIGHT);
        lines(root, &upper, &waiting, &format!("hours from {}", it.start), "cases waiting")?;
        lines(root, &lower, &waits, "hour of the day at which cases came in", "minutes waited")
    })
}

/// Lines in a part of the picture, with a legend. A chart tells where its points are in the whole picture, so marks are drawn there.
fn lines(whole: &Area<'_>, part: &Area<'_>, lines: &[Line], x: &str, y: &str) -> Drawn {
    let (area, legend) = part.split_horizontally(CHART);
    let most = |of: fn(&(f64, f64)) -> f64| lines.iter().flat_map(|line| &line.points).map(of).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(&area)
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..most(|point| point.0), 0.0..most(|point| point.1) * 1.1)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT)
        .label_style(("sans-serif", LETTERS))
        .x_label_formatter(&|x: &f64| tick(*x))
        .y_label_formatter(&|y: &f64| tick(*y))
        .x_desc(fit(x, CHART))
        .y_desc(fit(y, HEIGHT))
        .draw()?;
    for (nth, line) in lines.iter().enumerate() {
        let style = stroke(COLOURS[nth % COLOURS.len()], 2);
        chart.draw_series(LineSeries::new(line.points.iter().copied(), style))?;
        let every = line.points.len().div_ceil(MARKS).max(1);
        for (x, y) in line.points.iter().step_by(every).map(|point| chart.backend_coord(point)) {
            mark(whole, (x, y), nth, style)?;
        }
        let y = 30 + 24 * pixels(nth);
        legend.draw(&PathElement::new(vec![(6, y), (34, y)], style))?;
        mark(&legend, (20, y), nth, style)?;
        legend.draw_text(&fit(&line.name, WIDTH - CHART - 50), &words(INK, HPos::Left), (42, y))?;
    }
    Ok(())
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
