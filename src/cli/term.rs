//! How commands look: colours and progress on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, Write as _};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use crate::knowledge::Progress;

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();

/// Says what went wrong, on standard error.
pub(super) fn error(text: &str) {
    let _ = writeln!(anstream::stderr(), "{RED}error:{RED:#} {text}");
}

/// Says something beside the output, on standard error.
pub(super) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{DIM}{text}{DIM:#}");
}

/// Says what should be known, on standard error.
pub(super) fn warning(text: &str) {
    let _ = writeln!(anstream::stderr(), "{YELLOW}warning:{YELLOW:#} {text}");
}

/// Columns of the terminal; `None` where output goes elsewhere and lines may be as long as they are.
pub(super) fn width() -> Option<u16> {
    let set = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    if !std::io::stdout().is_terminal() {
        return None;
    }
    set.or_else(|| Some(console::Term::stdout().size().1))
}

/// A line of the doctor.
pub(super) fn verdict(state: Verdict, part: &str, detail: &str) -> std::io::Result<()> {
    let (style, word) = match state {
        Verdict::Ok => (GREEN, "OK  "),
        Verdict::Warn => (YELLOW, "WARN"),
        Verdict::Fail => (RED, "FAIL"),
    };
    writeln!(anstream::stdout(), "{style}{word}{style:#}  {part:<11} {detail}")
}

/// How the doctor finds a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Ok,
    Warn,
    Fail,
}

/// Shows how far a sync is: a bar on a terminal, nothing elsewhere.
#[derive(Debug)]
pub(super) struct SyncBar(ProgressBar);

impl SyncBar {
    pub(super) fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn show(&self, progress: Progress) {
        match progress {
            Progress::Reading => self.0.set_message("reading articles"),
            Progress::Embedding { done, total } => {
                self.0.set_message("embedding");
                self.0.set_length(total as u64);
                self.0.set_position(done as u64);
            }
            Progress::Publishing { passages } => {
                self.0.set_message(format!("building the index of {passages} passages"))
            }
        }
    }
}

impl Drop for SyncBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Shows how far a measurement is: a bar on a terminal, nothing elsewhere.
#[derive(Debug)]
pub(super) struct RunBar(ProgressBar);

impl RunBar {
    pub(super) fn new(name: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(0).with_message(name.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}, {eta} left") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn show(&self, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }
}

impl Drop for RunBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
