//! When each desk is there and what may be promised in its name: `desks.toml` beside the articles.
//!
//! The file is optional, and so is each desk in it: a desk that it leaves out keeps the hours and terms that are
//! compiled in. What it does say must be right, or it is refused as a whole: a typing mistake here is a promise that
//! nobody keeps.

mod file;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{Calendar, FileError, Hours, OperatorName, Terms};
use crate::guard::DeskCode;
use crate::language::Lang;

/// What the file is called, in error messages.
const FILE: &str = "desks.toml";
/// The hours of a desk that says nothing of its own, every day.
const USUAL: &str = "08:00-22:00";

/// When a desk is there, and what may be promised in its name.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskRules {
    /// Its hours.
    pub calendar: Calendar,
    /// The hours in which it answers in a language, where these are others.
    pub by_language: BTreeMap<Lang, Calendar>,
    /// What may be promised.
    pub terms: Terms,
    /// Its own mailbox: it is told there of promises that are in danger or broken.
    pub mail: Option<String>,
    /// Who may promise a later time once the machine has done so: names of keys.
    pub supervisors: Vec<OperatorName>,
    /// Which other desk takes its cases when the seller is in a region: by the region as the shop writes it, in small letters.
    pub sellers: BTreeMap<String, DeskCode>,
}

/// The rules of all desks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Desks(BTreeMap<DeskCode, DeskRules>);

impl Desks {
    /// Reads a desks file. A desk that names no time zone is in `zone`; one that promises nothing of its own has the
    /// usual terms. Whether its desks exist, the caller has to ask the policies.
    ///
    /// # Errors
    /// Names the desk, the key and what to write instead: when the text is no TOML, holds unknown keys, or times, zones
    /// or terms that cannot be.
    pub fn read(text: &str, zone: &TimeZone) -> Result<Self, FileError> {
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

    /// The desks that cases are left to because of the seller's region. Whether they exist, too, the caller has to ask the policies.
    pub fn left_to(&self) -> impl Iterator<Item = &DeskCode> {
        self.0.values().flat_map(|rules| rules.sellers.values())
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
        Self {
            calendar: Calendar::daily(zone.clone(), hours),
            by_language: BTreeMap::new(),
            terms: Terms::usual(),
            mail: None,
            supervisors: Vec::new(),
            sellers: BTreeMap::new(),
        }
    }

    /// The rules for a customer of this language: with the hours in which somebody at the desk answers in it.
    pub fn speaking(mut self, lang: &Lang) -> Self {
        if let Some(calendar) = self.by_language.remove(lang) {
            self.calendar = calendar;
        }
        self
    }

    /// The rules while everything takes longer: what is promised from now on is so many minutes (of open time) later.
    pub fn delayed(mut self, minutes: u32) -> Self {
        self.terms = self.terms.delayed(minutes);
        self
    }

    /// The other desk that takes its cases when the seller is in this region, if there is one.
    pub fn for_seller(&self, region: &str) -> Option<&DeskCode> {
        self.sellers.get(&region.trim().to_lowercase())
    }

    /// Whether this operator may promise a later time.
    pub fn is_supervisor(&self, name: &OperatorName) -> bool {
        self.supervisors.contains(name)
    }
}
