//! Charts as SVG: on white, because they are shown on light and dark pages alike, and in colours that the colour-blind tell apart.

use std::collections::BTreeSet;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::text::layout::{counted, millis, number, short_interval};
use super::{Confusion, Plot, Timings};
use crate::eval::stats::count;
use crate::eval::table::Figure;

/// Where a chart is drawn.
pub(crate) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// What drawing comes to.
pub(crate) type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Okabe and Ito 2008, without the yellow, which white swallows.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];
const INK: RGBColor = RGBColor(34, 34, 34);
const FAINT: RGBColor = RGBColor(218, 218, 218);
/// The SVG backend writes it divided by 1.24: 13 pixels.
const LETTERS: i32 = 16;
/// Pixels that a Latin letter of that size takes at most.
const LETTER: i32 = 8;
/// Marks on a line: with more they run into each other.
const MARKS: usize = 12;

/// Lines between 0 and 1, with a legend; lines differ in colour and in marks.
pub(super) fn lines(plot: &Plot) -> String {
    const CHART: i32 = 520;
    let finite = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()).copied().collect()
    };
    let series: Vec<(&str, Vec<(f64, f64)>)> =
        plot.series.iter().map(|series| (series.name.as_str(), finite(&series.points))).collect();
    let (left, right) = range(series.iter().flat_map(|(_, points)| points).map(|(x, _)| *x));
    let height = (24 * pixels(series.len()) + 60).max(340);
    drawn((720, height), |root| {
        Lines {
            chart: CHART,
            x: (left..right, &fit(&plot.x, CHART)),
            y: (0.0..1.0, &fit(&plot.y, CHART)),
            lines: &series,
        }
        .draw(root, root)
    })
}

/// Lines with names over a piece of two axes, and what these say.
pub(crate) struct Lines<'a> {
    /// Pixels of the chart; what is left of the part's width is the legend's.
    pub(crate) chart: i32,
    pub(crate) x: (Range<f64>, &'a str),
    pub(crate) y: (Range<f64>, &'a str),
    pub(crate) lines: &'a [(&'a str, Vec<(f64, f64)>)],
}

impl Lines<'_> {
    /// Draws them into a part of the whole picture; lines differ in colour and in marks. A chart tells where its points are in the whole
    /// picture, so marks are drawn there.
    pub(crate) fn draw(&self, whole: &Area<'_>, part: &Area<'_>) -> Drawn {
        let Self { chart, x: (over, x), y: (up, y), lines } = self;
        let (area, legend) = part.split_horizontally(*chart);
        let mut chart = ChartBuilder::on(&area)
            .margin(14)
            .x_label_area_size(46)
            .y_label_area_size(56)
            .build_cartesian_2d(over.clone(), up.clone())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .label_style(("sans-serif", LETTERS))
            .x_label_formatter(&|x: &f64| tick(*x))
            .y_label_formatter(&|y: &f64| tick(*y))
            .x_desc(*x)
            .y_desc(*y)
            .draw()?;
        for (nth, (name, points)) in lines.iter().enumerate() {
            let style = stroke(COLOURS[nth % COLOURS.len()], 2);
            chart.draw_series(LineSeries::new(points.iter().copied(), style))?;
            for point in points.iter().step_by(points.len().div_ceil(MARKS).max(1)) {
                mark(whole, chart.backend_coord(point), nth, style)?;
            }
            let y = 30 + 24 * pixels(nth);
            legend.draw(&PathElement::new(vec![(6, y), (34, y)], style))?;
            mark(&legend, (20, y), nth, style)?;
            legend.draw_text(&fit(name, 150), &words(INK, HPos::Left), (42, y))?;
        }
        Ok(())
    }
}

/// How many cases took how long, and where the quantiles lie. What took more than twice the 99th percentile is counted in the last
/// bar: one case that hung should not squeeze all others into the first.
pub(super) fn latency(timings: &Timings) -> String {
    let times: Vec<f64> = timings.each_ms.iter().copied().filter(|ms| ms.is_finite() && *ms >= 0.0).collect();
    let longest = times.iter().copied().fold(0.0, f64::max);
    let end = match longest.min(2.0 * timings.p99_ms) {
        end if end > 0.0 => end,
        _ => 1.0,
    };
    let bars = (count(times.len()).sqrt().ceil() as usize).clamp(8, 30);
    let step = end / count(bars);
    let mut heights = vec![0_usize; bars];
    for ms in &times {
        heights[((ms / step) as usize).min(bars - 1)] += 1;
    }
    let top = count(heights.iter().copied().max().unwrap_or(0).max(1)) * 1.15;
    drawn((720, 300), |root| {
        let mut chart = ChartBuilder::on(root)
            .margin(14)
            .x_label_area_size(46)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..end, 0.0..top)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(FAINT)
            .disable_x_mesh()
            .label_style(("sans-serif", LETTERS))
            .x_label_formatter(&|ms: &f64| tick(*ms))
            .y_label_formatter(&|cases: &f64| whole(*cases))
            .x_desc(if longest > end { "milliseconds; the last bar holds all longer ones" } else { "milliseconds" })
            .y_desc("cases")
            .draw()?;
        let bar = |(nth, height): (usize, &usize)| {
            let (from, to) = (step * count(nth), step * count(nth + 1));
            Rectangle::new([(from, 0.0), (to, count(*height))], COLOURS[5].filled())
        };
        chart.draw_series(heights.iter().enumerate().map(bar))?;
        let quantiles = [("p50", timings.p50_ms), ("p90", timings.p90_ms), ("p99", timings.p99_ms)];
        for (nth, (name, ms)) in quantiles.into_iter().enumerate().filter(|(_, (_, ms))| ms.is_finite()) {
            let (x, bottom) = chart.backend_coord(&(ms, 0.0));
            // One below the other, because near each other they would cover each other.
            let y = 24 + 18 * pixels(nth);
            root.draw(&PathElement::new(vec![(x, y - 8), (x, bottom)], stroke(COLOURS[1], 2)))?;
            let (at, side) = if x > 560 { (x - 5, HPos::Right) } else { (x + 5, HPos::Left) };
            root.draw_text(&format!("{name} {}", millis(ms)), &words(INK, side), (at, y))?;
        }
        Ok(())
    })
}

/// The metrics between 0 and 1 as bars with their intervals; nothing if there is none.
pub(super) fn bars(metrics: &[(String, &Figure)]) -> String {
    const ROW: i32 = 26;
    const TOP: i32 = 26;
    const LONG: i32 = 380;
    let inside = |figure: &Figure| [figure.low, figure.value, figure.high].iter().all(|x| (0.0..=1.0).contains(x));
    let metrics: Vec<&(String, &Figure)> = metrics.iter().filter(|(_, figure)| inside(figure)).collect();
    if metrics.is_empty() {
        return String::new();
    }
    let label = metrics.iter().map(|(name, _)| wide(name)).max().unwrap_or(0).min(240) + 20;
    let bottom = TOP + ROW * pixels(metrics.len());
    drawn((label + LONG + 170, bottom + 10), |root| {
        let x = |share: f64| label + (share * f64::from(LONG)).round() as i32;
        for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
            root.draw(&PathElement::new(vec![(x(share), TOP - 6), (x(share), bottom)], stroke(FAINT, 1)))?;
            root.draw_text(&tick(share), &words(INK, HPos::Center), (x(share), 11))?;
        }
        for (nth, (name, figure)) in metrics.iter().enumerate() {
            let y = TOP + ROW * pixels(nth) + ROW / 2;
            root.draw(&Rectangle::new([(label, y - 8), (x(figure.value), y + 8)], COLOURS[5].filled()))?;
            let whisker = stroke(INK, 2);
            let (low, high) = (x(figure.low), x(figure.high));
            root.draw(&PathElement::new(vec![(low, y), (high, y)], whisker))?;
            for end in [low, high] {
                root.draw(&PathElement::new(vec![(end, y - 4), (end, y + 4)], whisker))?;
            }
            root.draw_text(&fit(name, 240), &words(INK, HPos::Right), (label - 8, y))?;
            let written = format!("{} ({})", number(figure.value), short_interval(figure));
            root.draw_text(&written, &words(INK, HPos::Left), (label + LONG + 12, y))?;
        }
        Ok(())
    })
}

/// Expected by got, each cell as dark as its share of what was expected; nothing of nothing.
pub(super) fn confusion(confusion: &Confusion) -> String {
    const ROW: i32 = 34;
    const TOP: i32 = 56;
    let got: BTreeSet<&str> = confusion.counts.values().flat_map(|row| row.keys().map(String::as_str)).collect();
    if got.is_empty() {
        return String::new();
    }
    let label = confusion.counts.keys().map(|name| wide(name)).max().unwrap_or(0).clamp(70, 240) + 20;
    let cell = got.iter().map(|name| wide(name)).max().unwrap_or(0).clamp(50, 150) + 14;
    let size = (label + cell * pixels(got.len()) + 90, TOP + ROW * pixels(confusion.counts.len()) + 10);
    drawn(size, |root| {
        root.draw_text("expected", &words(INK, HPos::Right), (label - 8, 40))?;
        root.draw_text("got", &words(INK, HPos::Left), (label + 4, 14))?;
        for (nth, name) in got.iter().enumerate() {
            let x = label + cell * pixels(nth) + cell / 2;
            root.draw_text(&fit(name, cell - 8), &words(INK, HPos::Center), (x, 40))?;
        }
        for (nth, (expected, row)) in confusion.counts.iter().enumerate() {
            let (top, all) = (TOP + ROW * pixels(nth), row.values().sum::<usize>());
            let middle = top + ROW / 2;
            root.draw_text(&fit(expected, 240), &words(INK, HPos::Right), (label - 8, middle))?;
            for (nth, name) in got.iter().enumerate() {
                let n = row.get(*name).copied().unwrap_or(0);
                let share = count(n) / count(all.max(1));
                let left = label + cell * pixels(nth);
                let corners = [(left + 1, top + 1), (left + cell - 1, top + ROW - 1)];
                root.draw(&Rectangle::new(corners, shade(share).filled()))?;
                let ink = match n {
                    0 => RGBColor(150, 150, 150),
                    _ if share > 0.55 => WHITE,
                    _ => INK,
                };
                root.draw_text(&n.to_string(), &words(ink, HPos::Center), (left + cell / 2, middle))?;
            }
            let right = label + cell * pixels(got.len()) + 8;
            root.draw_text(&counted(all, "case"), &words(INK, HPos::Left), (right, middle))?;
        }
        Ok(())
    })
}

/// An image in memory cannot fail to be written. Should it all the same, the report lacks a picture and is still a report.
pub(crate) fn drawn((width, height): (i32, i32), draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, (width.unsigned_abs(), height.unsigned_abs())).into_drawing_area();
    let outcome = root.fill(&WHITE).and_then(|()| draw(&root)).and_then(|()| root.present());
    drop(root);
    match outcome {
        Ok(()) => svg,
        Err(error) => {
            tracing::warn!(%error, "a chart could not be drawn");
            String::new()
        }
    }
}

/// What the points span: 0 to 1 if they lie within, and never nothing.
fn range(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    match (low, high) {
        (low, high) if low > high || (low >= 0.0 && high <= 1.0) => (0.0, 1.0),
        (low, high) if low < high => (low, high),
        (low, high) => (low - 0.5, high + 0.5),
    }
}

/// Marks that differ in shape, for those who cannot go by colour.
fn mark(root: &Area<'_>, (x, y): (i32, i32), nth: usize, style: ShapeStyle) -> Drawn {
    match nth % 4 {
        0 => root.draw(&Circle::new((x, y), 4, style.filled())),
        1 => root.draw(&Rectangle::new([(x - 4, y - 4), (x + 4, y + 4)], style.filled())),
        2 => root.draw(&TriangleMarker::new((x, y), 6, style.filled())),
        _ => root.draw(&Cross::new((x, y), 5, style)),
    }
}

fn stroke(colour: RGBColor, width: u32) -> ShapeStyle {
    ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: width }
}

fn words(colour: RGBColor, side: HPos) -> TextStyle<'static> {
    ("sans-serif", LETTERS).into_font().color(&colour).pos(Pos::new(side, VPos::Center))
}

/// From white to blue.
fn shade(share: f64) -> RGBColor {
    let RGBColor(r, g, b) = COLOURS[0];
    let mixed = |to: u8| (255.0 - (255.0 - f64::from(to)) * share.clamp(0.0, 1.0)).round() as u8;
    RGBColor(mixed(r), mixed(g), mixed(b))
}

/// A number at an axis, as short as it goes.
fn tick(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The same where only whole numbers mean something.
fn whole(value: f64) -> String {
    if (value - value.round()).abs() < 1e-6 { tick(value) } else { String::new() }
}

/// Pixels of a text; one can only guess, for it is the reader's browser that chooses the letters.
fn wide(text: &str) -> i32 {
    text.chars().map(letter).fold(0, i32::saturating_add)
}

fn letter(c: char) -> i32 {
    if c < '\u{1100}' { LETTER } else { 2 * LETTER }
}

/// As much of a text as has room, without what XML forbids.
pub(crate) fn fit(text: &str, room: i32) -> String {
    let allowed = |c: char| if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') { ' ' } else { c };
    let mut fitting = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += letter(c);
        if used > room {
            fitting.pop();
            fitting.push('…');
            break;
        }
        fitting.push(allowed(c));
    }
    fitting
}

fn pixels(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::report::Series;
    use crate::eval::report::text::sample;

    /// Opened elements are closed in order, and no text holds a bare `<` or `&`.
    fn well_formed(svg: &str) {
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
        let mut open = Vec::new();
        for piece in svg.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').unwrap();
            let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap();
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name), "{svg}");
            } else if !tag.ends_with('/') {
                open.push(name);
            }
            assert!(!text.contains('>'), "{text}");
            for entity in text.split('&').skip(1) {
                let known = ["lt;", "gt;", "amp;", "quot;", "apos;"];
                assert!(known.iter().any(|known| entity.starts_with(*known)), "&{entity}");
            }
        }
        assert_eq!(open, Vec::<&str>::new(), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(svg.chars().all(|c| c == '\n' || !c.is_control()), "{svg:?}");
    }

    #[test]
    fn lines_of_a_plot() {
        let report = sample::full("abstention", "small", false);
        let svg = lines(&report.plots[0]);
        well_formed(&svg);
        assert!(svg.contains("dense &lt;1&gt;") && svg.contains("日本語"), "{svg}");
        assert!(svg.contains("coverage") && svg.contains("risk"), "{svg}");
        assert!(svg.contains("#0072B2") && svg.contains("#D55E00"), "two lines, two colours: {svg}");
        assert_eq!(svg, lines(&report.plots[0]));
    }

    #[test]
    fn lines_of_odd_plots() {
        let plot = |points: Vec<(f64, f64)>| Plot {
            title: String::new(),
            x: sample::NASTY.to_owned(),
            y: String::new(),
            series: vec![Series { name: sample::NASTY.repeat(20), points }],
        };
        well_formed(&lines(&plot(Vec::new())));
        well_formed(&lines(&plot(vec![(5.0, 0.5)])));
        well_formed(&lines(&plot(vec![(f64::NAN, 0.5), (f64::INFINITY, 1.0), (3.0, f64::NAN)])));
        well_formed(&lines(&plot((0..500).map(|n| (f64::from(n), 0.5)).collect())));
        well_formed(&lines(&Plot { series: Vec::new(), ..plot(Vec::new()) }));
        let many = (0..30).map(|n| Series { name: n.to_string(), points: vec![(0.0, 0.0), (1.0, 1.0)] }).collect();
        well_formed(&lines(&Plot { series: many, ..plot(Vec::new()) }));
    }

    #[test]
    fn latencies() {
        let svg = latency(&Timings::of(vec![12.0, 250.0, 31.5]).unwrap());
        well_formed(&svg);
        for text in ["p50 32 ms", "p90 206 ms", "p99 246 ms", "milliseconds", "cases"] {
            assert!(svg.contains(text), "{text} is not in {svg}");
        }
        well_formed(&latency(&Timings::default()));
        well_formed(&latency(&Timings::of(vec![0.0; 3]).unwrap()));
        let mut hung = vec![10.0; 999];
        hung.push(60_000.0);
        let svg = latency(&Timings::of(hung).unwrap());
        well_formed(&svg);
        assert!(svg.contains("the last bar holds all longer ones"), "{svg}");
    }

    #[test]
    fn bars_are_of_shares_only() {
        let (share, length) = (sample::figure(0.8), Figure { value: 12.0, n: 3, low: 11.0, high: 13.0 });
        let svg = bars(&[("recall <10>".to_owned(), &share), ("length".to_owned(), &length)]);
        well_formed(&svg);
        assert!(svg.contains("recall &lt;10&gt;") && svg.contains("0.800 (0.40–0.90)"), "{svg}");
        assert!(!svg.contains("length"), "{svg}");
        assert_eq!(bars(&[("length".to_owned(), &length)]), "");
    }

    #[test]
    fn a_confusion_has_every_cell() {
        let report = sample::full("guards", "small", false);
        let confused = report.confusion.unwrap();
        let svg = confusion(&confused);
        well_formed(&svg);
        assert!(svg.contains("&lt;hand over&gt;") && svg.contains("expected") && svg.contains("2 cases"), "{svg}");
        let cells = svg.matches("<rect ").count() - 1;
        assert_eq!(cells, 4, "two expected by two got, besides the ground: {svg}");
        assert_eq!(confusion(&Confusion::default()), "");
        let mut nasty = Confusion::default();
        nasty.count(&sample::NASTY.repeat(9), "");
        well_formed(&confusion(&nasty));
    }

    #[test]
    fn ticks_are_short() {
        assert_eq!([0.0, 0.1, 0.300_000_000_000_000_04, 10.0, 1200.0].map(tick), ["0", "0.1", "0.3", "10", "1200"]);
        assert_eq!(fit("日本語", 32), "日…");
        assert_eq!(fit("abc", 24), "abc");
        assert_eq!(fit("abc", 0), "…");
    }
}
