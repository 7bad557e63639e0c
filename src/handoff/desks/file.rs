//! The desks file, read key by key, so that each mistake is named by its own.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use toml::{Table, Value};

use super::{DeskRules, DesksError};
use crate::guard::DeskCode;
use crate::handoff::{Calendar, Holidays, Hours, OperatorName, Terms, TermsError};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub(super) fn read(text: &str, zone: &TimeZone) -> Result<BTreeMap<DeskCode, DeskRules>, DesksError> {
    let of_file = |problem: String, remedy: &str| DesksError { place: None, key: None, problem, remedy: remedy.into() };
    let table: Table = text
        .parse()
        .map_err(|error: toml::de::Error| of_file(error.to_string().trim_end().to_owned(), "the file must be TOML"))?;
    let file = Place { desk: None, path: String::new(), table: &table };
    file.knows(&["desk"])?;
    let Some(desks) = file.table("desk")? else { return Ok(BTreeMap::new()) };
    let mut found = BTreeMap::new();
    for code in desks.table.keys() {
        let Some(desk) = desks.table(code)? else { continue };
        let desk = Place { desk: Some(code), path: String::new(), table: desk.table };
        found.insert(DeskCode(code.clone()), rules(&desk, zone)?);
    }
    Ok(found)
}

fn rules(desk: &Place<'_>, zone: &TimeZone) -> Result<DeskRules, DesksError> {
    desk.knows(&["time_zone", "hours", "special", "promise"])?;
    let zone = match desk.text("time_zone")? {
        None => zone.clone(),
        Some(name) => TimeZone::get(name).map_err(|_| {
            let problem = format!("there is no time zone \"{name}\"");
            desk.wrong("time_zone", problem, "write a name of the tz database, such as \"Asia/Tokyo\"")
        })?,
    };
    let Some(hours) = desk.table("hours")? else {
        let remedy = "write [desk.….hours] with mon = [\"09:00-18:00\"] and so on, or leave the whole desk out";
        return Err(desk.wrong("hours", "are not there", remedy));
    };
    let (week, holidays) = week(&hours)?;
    let mut special = BTreeMap::new();
    if let Some(days) = desk.table("special")? {
        for day in days.table.keys() {
            let date: Date =
                day.parse().map_err(|_| days.wrong(day, "is no day", "write the day as \"2026-12-31\""))?;
            special.insert(date, days.hours(day)?);
        }
    }
    let calendar = Calendar::new(zone, week, holidays, special).map_err(|error| {
        hours.wrong("", error.to_string(), "write mon = [\"09:00-18:00\"] and so on: a missing day is closed")
    })?;
    let (terms, supervisors) = match desk.table("promise")? {
        None => (Terms::usual(), Vec::new()),
        Some(promise) => terms(&promise)?,
    };
    Ok(DeskRules { calendar, terms, supervisors })
}

fn week(hours: &Place<'_>) -> Result<([Hours; 7], Holidays), DesksError> {
    let known: Vec<&str> = DAYS.into_iter().chain(["holidays"]).collect();
    hours.knows(&known)?;
    let mut week: [Hours; 7] = std::array::from_fn(|_| Hours::closed());
    for (hours_of, day) in week.iter_mut().zip(DAYS) {
        *hours_of = hours.hours(day)?;
    }
    let holidays = match hours.text("holidays")? {
        None | Some("none") => Holidays::None,
        Some("jp") => Holidays::Japan,
        Some(other) => {
            let remedy = "write \"jp\" for Japan's, or \"none\"; other days off are special days";
            return Err(hours.wrong("holidays", format!("\"{other}\" are not known"), remedy));
        }
    };
    Ok((week, holidays))
}

fn terms(promise: &Place<'_>) -> Result<(Terms, Vec<OperatorName>), DesksError> {
    promise.knows(&["minutes", "at_risk_share", "tell_before_minutes", "supervisors"])?;
    let minutes = match promise.table("minutes")? {
        None => Terms::usual_minutes(),
        Some(minutes) => by_priority(&minutes)?,
    };
    let share = match promise.table.get("at_risk_share") {
        None => Some(Terms::AT_RISK_SHARE),
        Some(value) => value.as_float().or_else(|| value.as_integer().map(|share| share as f64)),
    };
    let share = share.ok_or_else(|| promise.wrong("at_risk_share", "is no number", "write a share such as 0.25"))?;
    let tell = match promise.table.get("tell_before_minutes") {
        None => Some(Terms::TELL_BEFORE),
        Some(value) => whole(value),
    };
    let remedy = "write whole minutes such as 30";
    let tell = tell.ok_or_else(|| promise.wrong("tell_before_minutes", "is no number of minutes", remedy))?;
    let terms = Terms::new(minutes, share, tell).map_err(|error| {
        let (key, remedy) = match error {
            TermsError::NoMinutes | TermsError::Minutes { .. } => ("minutes", "write minutes = { 1 = 60, 3 = 240 }"),
            TermsError::Share(_) => ("at_risk_share", "write a share such as 0.25: a quarter of the time is left"),
            TermsError::Tell { .. } => {
                ("tell_before_minutes", "write fewer, or the customer would be told of a delay at once")
            }
        };
        promise.wrong(key, error.to_string(), remedy)
    })?;
    let supervisors = promise.texts("supervisors")?.into_iter().map(|name| OperatorName(name.to_owned())).collect();
    Ok((terms, supervisors))
}

fn by_priority(minutes: &Place<'_>) -> Result<BTreeMap<u8, u32>, DesksError> {
    let mut found = BTreeMap::new();
    for (key, value) in minutes.table {
        let Some(priority) = key.parse::<u8>().ok().filter(|priority| *priority > 0) else {
            return Err(minutes.wrong(key, "is no priority", "priorities are 1, 2, 3 and so on, 1 being the first"));
        };
        let Some(value) = whole(value) else {
            return Err(minutes.wrong(key, "has no number of minutes", "write whole minutes such as 240"));
        };
        if found.insert(priority, value).is_some() {
            return Err(minutes.wrong(key, "is there twice", "write each priority once"));
        }
    }
    Ok(found)
}

fn whole(value: &Value) -> Option<u32> {
    value.as_integer().and_then(|number| u32::try_from(number).ok())
}

/// A table of the file, and where it stands.
struct Place<'t> {
    desk: Option<&'t str>,
    /// The keys that lead to it within the desk, a dot after each.
    path: String,
    table: &'t Table,
}

impl<'t> Place<'t> {
    /// A mistake at a key, or at the table itself.
    fn wrong(&self, key: &str, problem: impl Into<String>, remedy: impl Into<String>) -> DesksError {
        let path = format!("{}{key}", self.path);
        let key = Some(path.trim_end_matches('.').to_owned()).filter(|path| !path.is_empty());
        let place = self.desk.map(|code| format!("desk {code}"));
        DesksError { place, key, problem: problem.into(), remedy: remedy.into() }
    }

    fn knows(&self, keys: &[&str]) -> Result<(), DesksError> {
        match self.table.keys().find(|key| !keys.contains(&key.as_str())) {
            Some(key) => Err(self.wrong(key, "is not known", format!("known keys: {}", keys.join(", ")))),
            None => Ok(()),
        }
    }

    fn table(&self, key: &str) -> Result<Option<Place<'t>>, DesksError> {
        match self.table.get(key) {
            None => Ok(None),
            Some(Value::Table(table)) => {
                Ok(Some(Place { desk: self.desk, path: format!("{}{key}.", self.path), table }))
            }
            Some(_) => Err(self.wrong(key, "is no table", "write a heading in brackets, and its keys below")),
        }
    }

    fn text(&self, key: &str) -> Result<Option<&'t str>, DesksError> {
        let value = self.table.get(key);
        let no_text = || self.wrong(key, "is no text", "write it between quotation marks");
        value.map(|value| value.as_str().ok_or_else(no_text)).transpose()
    }

    fn texts(&self, key: &str) -> Result<Vec<&'t str>, DesksError> {
        let no_list = || self.wrong(key, "is no list of texts", "write a list, such as [\"a\", \"b\"], or [] for none");
        match self.table.get(key) {
            None => Ok(Vec::new()),
            Some(value) => {
                let list = value.as_array().ok_or_else(no_list)?;
                list.iter().map(|text| text.as_str().ok_or_else(no_list)).collect()
            }
        }
    }

    fn hours(&self, day: &str) -> Result<Hours, DesksError> {
        Hours::read(&self.texts(day)?).map_err(|error| self.wrong(day, error.to_string(), error.remedy()))
    }
}
