//! When each desk is there and what may be promised in its name: `desks.toml` beside the articles.
//!
//! The file is optional, and so is each desk in it: a desk that it leaves out keeps the hours and terms that are
//! compiled in. What it does say must be right, or it is refused as a whole: a typing mistake here is a promise that
//! nobody keeps.

mod file;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use jiff::tz::TimeZone;

use super::{Calendar, Hours, OperatorName, Terms};
use crate::guard::DeskCode;

/// What the file is called, in error messages.
const FILE: &str = "desks.toml";
/// The hours of a desk that says nothing of its own, every day.
const USUAL: &str = "08:00-22:00";

/// When a desk is there, and what may be promised in its name.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskRules {
    /// Its hours.
    pub calendar: Calendar,
    /// What may be promised.
    pub terms: Terms,
    /// Who may promise a later time once the machine has done so: names of keys.
    pub supervisors: Vec<OperatorName>,
}

/// The rules of all desks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Desks(BTreeMap<DeskCode, DeskRules>);

/// Why a desks file is refused: what is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DesksError {
    /// The desk, if it is about one: `desk returns`.
    pub place: Option<String>,
    /// The key, such as `hours.mon`.
    pub key: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for DesksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FILE}: ")?;
        for part in [&self.place, &self.key].into_iter().flatten() {
            write!(f, "{part}: ")?;
        }
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

impl Desks {
    /// Reads a desks file. A desk that names no time zone is in `zone`; one that promises nothing of its own has the
    /// usual terms. Whether its desks exist, the caller has to ask the policies.
    ///
    /// # Errors
    /// Names the desk, the key and what to write instead: when the text is no TOML, holds unknown keys, or times, zones
    /// or terms that cannot be.
    pub fn read(text: &str, zone: &TimeZone) -> Result<Self, DesksError> {
        file::read(text, zone).map(Self)
    }

    /// Where there is no file: each desk from 8:00 to 22:00 of `zone`, every day, with the usual terms and without
    /// supervisors.
    pub fn default_for(codes: impl IntoIterator<Item = DeskCode>, zone: &TimeZone) -> Self {
        Self::default().completed(codes, zone)
    }

    /// With the default for those desks that the file leaves out.
    pub fn completed(mut self, codes: impl IntoIterator<Item = DeskCode>, zone: &TimeZone) -> Self {
        for code in codes {
            self.0.entry(code).or_insert_with(|| DeskRules::usual(zone));
        }
        self
    }

    /// The rules of one desk.
    pub fn get(&self, code: &DeskCode) -> Option<&DeskRules> {
        self.0.get(code)
    }

    /// The desks that have rules.
    pub fn codes(&self) -> impl Iterator<Item = &DeskCode> {
        self.0.keys()
    }
}

impl DeskRules {
    /// Of a desk that says nothing of its own.
    pub fn usual(zone: &TimeZone) -> Self {
        let hours = Hours::read(&[USUAL]).unwrap_or_else(|_| Hours::all_day());
        Self { calendar: Calendar::daily(zone.clone(), hours), terms: Terms::usual(), supervisors: Vec::new() }
    }

    /// Whether this operator may promise a later time.
    pub fn is_supervisor(&self, name: &OperatorName) -> bool {
        self.supervisors.contains(name)
    }
}
