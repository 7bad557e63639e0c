//! The channels file, read key by key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use toml::{Table, Value};

use super::{About, Channel, ChannelCode, ChannelKind, Channels, Condition, FILE, ServiceNotice};
use crate::guard::{DeskCode, PolicyCode};
use crate::handoff::written::{FileError, Place, table, whole};
use crate::language::Lang;

/// The most that a notice can delay: a week of a desk that is never closed.
const MOST_DELAY: u32 = 7 * 24 * 60;
const CONDITIONS: &str =
    "conditions are long_wait, urgent, evidence, night and language:ja; \"long_wait+evidence\" wants both";

pub(super) fn read(text: &str, zone: &TimeZone) -> Result<Channels, FileError> {
    let table = table(FILE, text)?;
    let file = Place::of(FILE, &table);
    file.knows(&["rules", "channel", "notice"])?;
    let mut read = Channels::none();
    if let Some(rules) = file.table("rules")? {
        take_rules(&mut read, &rules)?;
    }
    if let Some(channels) = file.table("channel")? {
        read.channels = all_channels(&file, &channels, zone)?;
    }
    read.notices = notices(&file, &read.channels, zone)?;
    Ok(read)
}

fn take_rules(read: &mut Channels, rules: &Place<'_>) -> Result<(), FileError> {
    rules.knows(&["long_wait_minutes", "urgent_priority", "night"])?;
    if let Some(minutes) = rules.minutes("long_wait_minutes")? {
        read.long_wait = minutes;
    }
    if let Some(value) = rules.table.get("urgent_priority") {
        let priority = whole(value).and_then(|priority| u8::try_from(priority).ok());
        read.urgent =
            priority.ok_or_else(|| rules.wrong("urgent_priority", "is no priority", "write a priority such as 2"))?;
    }
    if rules.table.contains_key("night") {
        read.night = rules.hours("night")?;
    }
    Ok(())
}

fn all_channels(
    file: &Place<'_>,
    channels: &Place<'_>,
    zone: &TimeZone,
) -> Result<BTreeMap<ChannelCode, Channel>, FileError> {
    let mut found = BTreeMap::new();
    for code in channels.table.keys() {
        let Some(written) = channels.table(code)? else { continue };
        let part = file.part(format!("channel {code}"), written.table);
        found.insert(ChannelCode(code.clone()), channel(&part, zone)?);
    }
    Ok(found)
}

fn channel(it: &Place<'_>, zone: &TimeZone) -> Result<Channel, FileError> {
    it.knows(&["kind", "name", "contact", "time_zone", "hours", "special", "languages", "desks", "policies", "when"])?;
    let Some(hours) = it.table("hours")? else {
        return Err(it.wrong(
            "hours",
            "are not there",
            "write [channel.….hours] with mon = [\"09:00-18:00\"] and so on",
        ));
    };
    let mut languages = Vec::new();
    for tag in it.texts("languages")? {
        languages.push(it.language("languages", tag)?);
    }
    let when = it.texts("when")?.into_iter().map(|rule| conditions(it, rule)).collect::<Result<Vec<_>, _>>()?;
    if when.is_empty() {
        return Err(it.wrong("when", "is not there", format!("say when it is offered: {CONDITIONS}")));
    }
    Ok(Channel {
        kind: kind(it)?,
        name: it.by_language("name")?,
        contact: it.by_language("contact")?,
        calendar: it.calendar(&hours, &it.zone(zone)?)?,
        languages,
        desks: it.texts("desks")?.into_iter().map(|code| DeskCode(code.to_owned())).collect(),
        policies: it.texts("policies")?.into_iter().map(|code| PolicyCode(code.to_owned())).collect(),
        when,
    })
}

fn kind(it: &Place<'_>) -> Result<ChannelKind, FileError> {
    let remedy = "write \"phone\", \"mail\", \"chat\", \"store\" or \"other\"";
    match it.text("kind")? {
        Some("phone") => Ok(ChannelKind::Phone),
        Some("mail") => Ok(ChannelKind::Mail),
        Some("chat") => Ok(ChannelKind::Chat),
        Some("store") => Ok(ChannelKind::Store),
        Some("other") => Ok(ChannelKind::Other),
        Some(other) => Err(it.wrong("kind", format!("\"{other}\" is not known"), remedy)),
        None => Err(it.wrong("kind", "is not there", remedy)),
    }
}

/// `long_wait`, or several that must hold together: `long_wait+language:ja`.
fn conditions(it: &Place<'_>, rule: &str) -> Result<Vec<Condition>, FileError> {
    rule.split('+').map(|word| condition(it, word.trim())).collect()
}

fn condition(it: &Place<'_>, word: &str) -> Result<Condition, FileError> {
    let language = word.strip_prefix("language:").and_then(Lang::from_tag);
    match (word, language) {
        ("long_wait", _) => Ok(Condition::LongWait),
        ("urgent", _) => Ok(Condition::Urgent),
        ("evidence", _) => Ok(Condition::Evidence),
        ("night", _) => Ok(Condition::Night),
        (_, Some(lang)) => Ok(Condition::Language(lang)),
        _ => Err(it.wrong("when", format!("\"{word}\" is no condition"), CONDITIONS)),
    }
}

fn notices(
    file: &Place<'_>,
    channels: &BTreeMap<ChannelCode, Channel>,
    zone: &TimeZone,
) -> Result<Vec<ServiceNotice>, FileError> {
    let no_list = || file.wrong("notice", "is no list of tables", "write [[notice]], and its keys below");
    let Some(written) = file.table.get("notice") else { return Ok(Vec::new()) };
    let list = written.as_array().ok_or_else(no_list)?;
    let mut found = Vec::new();
    for (nth, value) in list.iter().enumerate() {
        let table: &Table = value.as_table().ok_or_else(no_list)?;
        found.push(notice(&file.part(format!("notice {}", nth + 1), table), channels, zone)?);
    }
    Ok(found)
}

fn notice(
    it: &Place<'_>,
    channels: &BTreeMap<ChannelCode, Channel>,
    zone: &TimeZone,
) -> Result<ServiceNotice, FileError> {
    it.knows(&["from", "until", "channel", "desk", "text", "delays_minutes"])?;
    let (from, until) = (time(it, "from", zone)?, time(it, "until", zone)?);
    if until <= from {
        return Err(it.wrong("until", "is not after from", "a notice holds from one time until a later one"));
    }
    let about = match (it.text("channel")?, it.text("desk")?) {
        (Some(code), None) => About::Channel(ChannelCode(code.to_owned())),
        (None, Some(code)) => About::Desk(DeskCode(code.to_owned())),
        _ => {
            return Err(it.wrong("", "must be about one channel or one desk", "write channel = \"…\" or desk = \"…\""));
        }
    };
    if let About::Channel(code) = &about
        && !channels.contains_key(code)
    {
        let known: Vec<&str> = channels.keys().map(|code| code.0.as_str()).collect();
        let remedy = format!("channels of this file: {}", known.join(", "));
        return Err(it.wrong("channel", format!("there is no channel \"{}\"", code.0), remedy));
    }
    let delay = it.minutes("delays_minutes")?.unwrap_or(0);
    if delay > MOST_DELAY {
        let remedy = format!("write at most {MOST_DELAY}: beyond that close the desk by special days in desks.toml");
        return Err(it.wrong("delays_minutes", format!("{delay} are more than a week"), remedy));
    }
    if delay > 0 && matches!(about, About::Channel(_)) {
        let remedy = "write it in a notice with desk = \"…\": only desks promise times";
        return Err(it.wrong("delays_minutes", "means nothing for a channel", remedy));
    }
    Ok(ServiceNotice { from, until, about, text: it.by_language("text")?, delay })
}

/// A day and a time, with an offset or else in `zone`: as TOML has them, or as a text.
fn time(it: &Place<'_>, key: &str, zone: &TimeZone) -> Result<Timestamp, FileError> {
    let remedy = "write a day and a time such as 2026-12-29T09:00:00, or with an offset, 2026-12-29T09:00:00+09:00";
    let written = match it.table.get(key) {
        Some(Value::Datetime(written)) => written.to_string(),
        Some(Value::String(written)) => written.clone(),
        Some(_) => return Err(it.wrong(key, "is no time", remedy)),
        None => return Err(it.wrong(key, "is not there", remedy)),
    };
    if let Ok(at) = written.parse::<Timestamp>() {
        return Ok(at);
    }
    // A day alone would leave open whether its own hours belong to it.
    let day_and_time = Some(&written).filter(|written| written.contains(':'));
    let civil = day_and_time.and_then(|written| written.parse::<DateTime>().ok());
    let at = civil.and_then(|civil| civil.to_zoned(zone.clone()).ok());
    at.map(|at| at.timestamp()).ok_or_else(|| it.wrong(key, format!("\"{written}\" is no day and time"), remedy))
}
