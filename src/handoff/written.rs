//! Files that content teams write (`desks.toml`, `channels.toml`), read key by key, so that each mistake is named by its
//! own place. What such a file says must be right, or it is refused as a whole: a typing mistake in it is a promise that
//! nobody keeps.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::{Table, Value};

use super::{Calendar, Holidays, Hours};
use crate::guard::Texts;
use crate::language::Lang;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Why such a file is refused: what is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FileError {
    /// Which file: `desks.toml`.
    pub file: &'static str,
    /// The part of it, if it is about one: `desk returns`.
    pub place: Option<String>,
    /// The key, such as `hours.mon`.
    pub key: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        for part in [&self.place, &self.key].into_iter().flatten() {
            write!(f, "{part}: ")?;
        }
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}

/// A file's text as a table.
///
/// # Errors
/// When it is no TOML.
pub(super) fn table(file: &'static str, text: &str) -> Result<Table, FileError> {
    text.parse().map_err(|error: toml::de::Error| {
        let problem = error.to_string().trim_end().to_owned();
        FileError { file, place: None, key: None, problem, remedy: "the file must be TOML".to_owned() }
    })
}

/// A table of a file, and where it stands.
#[derive(Debug)]
pub(super) struct Place<'t> {
    file: &'static str,
    place: Option<String>,
    /// The keys that lead to it within its place, a dot after each.
    path: String,
    pub(super) table: &'t Table,
}

impl<'t> Place<'t> {
    /// The file itself.
    pub(super) fn of(file: &'static str, table: &'t Table) -> Self {
        Self { file, place: None, path: String::new(), table }
    }

    /// A part of the file, by the name that mistakes in it are told with.
    pub(super) fn part(&self, name: String, table: &'t Table) -> Self {
        Self { file: self.file, place: Some(name), path: String::new(), table }
    }

    /// A mistake at a key, or, without one, at the table itself.
    pub(super) fn wrong(&self, key: &str, problem: impl Into<String>, remedy: impl Into<String>) -> FileError {
        let path = format!("{}{key}", self.path);
        let key = Some(path.trim_end_matches('.').to_owned()).filter(|path| !path.is_empty());
        FileError { file: self.file, place: self.place.clone(), key, problem: problem.into(), remedy: remedy.into() }
    }

    pub(super) fn knows(&self, keys: &[&str]) -> Result<(), FileError> {
        match self.table.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => Err(self.wrong(key, "is not known", format!("known keys: {}", keys.join(", ")))),
            None => Ok(()),
        }
    }

    pub(super) fn table(&self, key: &str) -> Result<Option<Self>, FileError> {
        match self.table.get(key) {
            None => Ok(None),
            Some(Value::Table(table)) => {
                let path = format!("{}{key}.", self.path);
                Ok(Some(Self { file: self.file, place: self.place.clone(), path, table }))
            }
            Some(_) => Err(self.wrong(key, "is no table", "write a heading in brackets, and its keys below")),
        }
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<&'t str>, FileError> {
        let value = self.table.get(key);
        let no_text = || self.wrong(key, "is no text", "write it between quotation marks");
        value.map(|value| value.as_str().ok_or_else(no_text)).transpose()
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<&'t str>, FileError> {
        let no_list = || self.wrong(key, "is no list of texts", "write a list, such as [\"a\", \"b\"], or [] for none");
        match self.table.get(key) {
            None => Ok(Vec::new()),
            Some(value) => {
                let list = value.as_array().ok_or_else(no_list)?;
                list.iter().map(|text| text.as_str().ok_or_else(no_list)).collect()
            }
        }
    }

    /// Whole minutes.
    pub(super) fn minutes(&self, key: &str) -> Result<Option<u32>, FileError> {
        let none = || self.wrong(key, "is no number of minutes", "write whole minutes such as 30");
        self.table.get(key).map(|value| whole(value).ok_or_else(none)).transpose()
    }

    /// A text by language, English among them.
    pub(super) fn by_language(&self, key: &str) -> Result<Texts, FileError> {
        let remedy =
            "write it by language, such as { ja = \"…\", en = \"…\" }: English is used where a language is absent";
        let Some(written) = self.table(key)? else { return Err(self.wrong(key, "is not there", remedy)) };
        let mut texts = BTreeMap::new();
        for tag in written.table.keys() {
            let text = written.text(tag)?.unwrap_or_default().trim();
            if text.is_empty() {
                return Err(written.wrong(tag, "is empty", "write the text, or take the line out"));
            }
            texts.insert(written.language(tag, tag)?, text.to_owned());
        }
        Texts::of(texts).ok_or_else(|| written.wrong("en", "is missing", remedy))
    }

    /// The language of a tag that stands at a key.
    pub(super) fn language(&self, key: &str, tag: &str) -> Result<Lang, FileError> {
        let none = || self.wrong(key, format!("\"{tag}\" is no language"), "write a tag such as \"ja\" or \"en\"");
        Lang::from_tag(tag).ok_or_else(none)
    }

    pub(super) fn hours(&self, key: &str) -> Result<Hours, FileError> {
        Hours::read(&self.texts(key)?).map_err(|error| self.wrong(key, error.to_string(), error.remedy()))
    }

    /// The zone that `time_zone` names, else `usual`.
    pub(super) fn zone(&self, usual: &TimeZone) -> Result<TimeZone, FileError> {
        let Some(name) = self.text("time_zone")? else { return Ok(usual.clone()) };
        TimeZone::get(name).map_err(|_| {
            let problem = format!("there is no time zone \"{name}\"");
            self.wrong("time_zone", problem, "write a name of the tz database, such as \"Asia/Tokyo\"")
        })
    }

    /// The calendar of a table of hours by weekday, with the special days of this one.
    pub(super) fn calendar(&self, hours: &Self, zone: &TimeZone) -> Result<Calendar, FileError> {
        let (week, holidays) = hours.week()?;
        let mut special = BTreeMap::new();
        if let Some(days) = self.table("special")? {
            for day in days.table.keys() {
                let date: Date =
                    day.parse().map_err(|_| days.wrong(day, "is no day", "write the day as \"2026-12-31\""))?;
                special.insert(date, days.hours(day)?);
            }
        }
        Calendar::new(zone.clone(), week, holidays, special).map_err(|error| {
            hours.wrong("", error.to_string(), "write mon = [\"09:00-18:00\"] and so on: a missing day is closed")
        })
    }

    fn week(&self) -> Result<([Hours; 7], Holidays), FileError> {
        let known: Vec<&str> = DAYS.into_iter().chain(["holidays"]).collect();
        self.knows(&known)?;
        let mut week: [Hours; 7] = std::array::from_fn(|_| Hours::closed());
        for (hours_of, day) in week.iter_mut().zip(DAYS) {
            *hours_of = self.hours(day)?;
        }
        let holidays = match self.text("holidays")? {
            None | Some("none") => Holidays::None,
            Some("jp") => Holidays::Japan,
            Some(other) => {
                let remedy = "write \"jp\" for Japan's, or \"none\"; other days off are special days";
                return Err(self.wrong("holidays", format!("\"{other}\" are not known"), remedy));
            }
        };
        Ok((week, holidays))
    }
}

/// A whole number that is not negative.
pub(super) fn whole(value: &Value) -> Option<u32> {
    value.as_integer().and_then(|number| u32::try_from(number).ok())
}
