//! The desks file, read key by key.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::{DeskRules, FILE};
use crate::guard::DeskCode;
use crate::handoff::written::{FileError, Place, table, whole};
use crate::handoff::{OperatorName, Terms, TermsError};

pub(super) fn read(text: &str, zone: &TimeZone) -> Result<BTreeMap<DeskCode, DeskRules>, FileError> {
    let table = table(FILE, text)?;
    let file = Place::of(FILE, &table);
    file.knows(&["desk"])?;
    let Some(desks) = file.table("desk")? else { return Ok(BTreeMap::new()) };
    let mut found = BTreeMap::new();
    for code in desks.table.keys() {
        let Some(desk) = desks.table(code)? else { continue };
        let desk = file.part(format!("desk {code}"), desk.table);
        found.insert(DeskCode(code.clone()), rules(&desk, zone)?);
    }
    Ok(found)
}

fn rules(desk: &Place<'_>, zone: &TimeZone) -> Result<DeskRules, FileError> {
    desk.knows(&["time_zone", "hours", "hours_by_language", "special", "promise", "mail", "sellers"])?;
    let zone = desk.zone(zone)?;
    let Some(hours) = desk.table("hours")? else {
        let remedy = "write [desk.….hours] with mon = [\"09:00-18:00\"] and so on, or leave the whole desk out";
        return Err(desk.wrong("hours", "are not there", remedy));
    };
    let calendar = desk.calendar(&hours, &zone)?;
    let mut by_language = BTreeMap::new();
    if let Some(languages) = desk.table("hours_by_language")? {
        for tag in languages.table.keys() {
            let lang = languages.language(tag, tag)?;
            let Some(hours) = languages.table(tag)? else { continue };
            by_language.insert(lang, desk.calendar(&hours, &zone)?);
        }
    }
    let (terms, supervisors) = match desk.table("promise")? {
        None => (Terms::usual(), Vec::new()),
        Some(promise) => terms(&promise)?,
    };
    Ok(DeskRules { calendar, by_language, terms, mail: mail(desk)?, supervisors, sellers: sellers(desk)? })
}

/// Which desk takes the cases of sellers in a region: `CN = "overseas"`.
fn sellers(desk: &Place<'_>) -> Result<BTreeMap<String, DeskCode>, FileError> {
    let Some(regions) = desk.table("sellers")? else { return Ok(BTreeMap::new()) };
    let mut found = BTreeMap::new();
    for region in regions.table.keys() {
        let Some(code) = regions.text(region)? else { continue };
        if found.insert(region.trim().to_lowercase(), DeskCode(code.to_owned())).is_some() {
            return Err(regions.wrong(region, "is there twice", "write each region once: capitals make no difference"));
        }
    }
    Ok(found)
}

/// The desk's own mailbox.
fn mail(desk: &Place<'_>) -> Result<Option<String>, FileError> {
    let Some(address) = desk.text("mail")? else { return Ok(None) };
    let _: lettre::Address = address.parse().map_err(|_| {
        desk.wrong("mail", format!("\"{address}\" is no address"), "write one such as \"returns@shop.example\"")
    })?;
    Ok(Some(address.to_owned()))
}

fn terms(promise: &Place<'_>) -> Result<(Terms, Vec<OperatorName>), FileError> {
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
    let tell = promise.minutes("tell_before_minutes")?.unwrap_or(Terms::TELL_BEFORE);
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

fn by_priority(minutes: &Place<'_>) -> Result<BTreeMap<u8, u32>, FileError> {
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
