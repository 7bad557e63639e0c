use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::handoff::{Backlog, Promise};

/// As it is shipped.
const SHIPPED: &str = include_str!("../../../knowledge/desks.toml");

fn tokyo() -> TimeZone {
    TimeZone::get("Asia/Tokyo").unwrap()
}

fn code(code: &str) -> DeskCode {
    DeskCode(code.to_owned())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn refused(text: &str) -> String {
    Desks::read(text, &tokyo()).unwrap_err().to_string()
}

#[test]
fn a_desk_is_read() {
    let text = r#"
        [desk.returns]
        time_zone = "Europe/Berlin"
        [desk.returns.hours]
        mon = ["13:00-18:00", "09:00-12:00"]
        sat = ["22:00-24:00"]
        holidays = "jp"
        [desk.returns.special]
        "2026-12-31" = ["09:00-12:00"]
        2027-01-01 = []
        [desk.returns.promise]
        minutes = { 1 = 60, 3 = 240 }
        at_risk_share = 0
        tell_before_minutes = 45
        supervisors = ["sato", "kim"]
        [desk.general.hours]
        sun = ["00:00-24:00"]
    "#;
    let desks = Desks::read(text, &tokyo()).unwrap();
    assert_eq!(desks.codes().cloned().collect::<Vec<_>>(), [code("general"), code("returns")]);
    let returns = desks.get(&code("returns")).unwrap();
    assert_eq!(returns.calendar.zone().iana_name(), Some("Europe/Berlin"));
    // A Monday; a day of the old year that is a Thursday; New Year's Day.
    assert!(returns.calendar.is_open(at("2026-06-01T13:00:00+02:00")));
    assert!(!returns.calendar.is_open(at("2026-06-01T12:30:00+02:00")));
    assert!(returns.calendar.is_open(at("2026-12-31T10:00:00+01:00")));
    assert!(!returns.calendar.is_open(at("2027-01-01T10:00:00+01:00")));
    assert_eq!(returns.terms.open(4), SignedDuration::from_mins(240));
    assert!(returns.is_supervisor(&OperatorName("kim".to_owned())));
    let general = desks.get(&code("general")).unwrap();
    assert_eq!((general.calendar.zone(), &general.terms), (&tokyo(), &Terms::usual()));
}

#[test]
fn a_desk_keeps_other_hours_in_another_language() {
    let text = r#"
        [desk.a.hours]
        mon = ["08:00-22:00"]
        tue = ["08:00-22:00"]
        [desk.a.hours_by_language.en]
        mon = ["09:00-18:00"]
        [desk.a.special]
        "2026-06-08" = []
    "#;
    let rules = Desks::read(text, &tokyo()).unwrap().get(&code("a")).unwrap().clone();
    let open = |lang: &Lang, moment: &str| rules.clone().speaking(lang).calendar.is_open(at(moment));
    for (lang, open_at_eight, open_on_tuesday) in [(Lang::JA, true, true), (Lang::EN, false, false)] {
        assert_eq!(open(&lang, "2026-06-01T08:30:00+09:00"), open_at_eight);
        assert!(open(&lang, "2026-06-01T10:00:00+09:00"));
        assert_eq!(open(&lang, "2026-06-02T10:00:00+09:00"), open_on_tuesday);
        assert!(!open(&lang, "2026-06-08T10:00:00+09:00"), "a special day is one in every language");
    }
    let wrong = |lines: &str| refused(&format!("[desk.a.hours]\nmon = [\"08:00-22:00\"]\n{lines}"));
    let error = wrong("[desk.a.hours_by_language.english]\nmon = []");
    assert!(error.contains("desk a: hours_by_language.english: \"english\" is no language; write a tag"), "{error}");
    let error = wrong("[desk.a.hours_by_language.en]\nmon = []");
    assert!(error.contains("desk a: hours_by_language.en: no day of the week has hours"), "{error}");
}

#[test]
fn without_a_file_each_desk_is_there_from_eight_to_ten() {
    let desks = Desks::default_for([code("a"), code("b")], &tokyo());
    let rules = desks.get(&code("b")).unwrap();
    for (moment, open) in [
        ("2026-01-01T08:00:00+09:00", true),
        ("2026-01-04T21:59:59+09:00", true),
        ("2026-01-05T07:59:59+09:00", false),
        ("2026-01-05T22:00:00+09:00", false),
    ] {
        assert_eq!(rules.calendar.is_open(at(moment)), open, "{moment}");
    }
    let own = "[desk.a.hours]\nmon = [\"09:00-10:00\"]";
    let completed = Desks::read(own, &tokyo()).unwrap().completed([code("a"), code("b")], &tokyo());
    assert_eq!(completed.get(&code("b")), desks.get(&code("b")));
    assert_ne!(completed.get(&code("a")), desks.get(&code("a")));
    assert_eq!(Desks::read("", &tokyo()), Ok(Desks::default()));
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_a_remedy() {
    let hours = |lines: &str| format!("[desk.a.hours]\nmon = [\"09:00-18:00\"]\n{lines}");
    let promise = |lines: &str| hours(&format!("[desk.a.promise]\n{lines}"));
    let cases = [
        ("version = 1".to_owned(), "desks.toml: version: is not known; known keys: desk"),
        ("desk = 1".to_owned(), "desks.toml: desk: is no table; write a heading"),
        ("[desk]\na = 1".to_owned(), "desks.toml: desk.a: is no table; write a heading"),
        ("[desk.a]".to_owned(), "desks.toml: desk a: hours: are not there; write [desk.….hours]"),
        (
            "[desk.a.hours]\nholidays = \"jp\"".to_owned(),
            "desks.toml: desk a: hours: no day of the week has hours; write",
        ),
        (
            "[desk.a]\ntime_zone = \"Asia/Tokio\"".to_owned(),
            "desk a: time_zone: there is no time zone \"Asia/Tokio\"; write",
        ),
        ("[desk.a]\ntimezone = \"UTC\"".to_owned(), "desk a: timezone: is not known; known keys: time_zone, hours"),
        (hours("tues = []"), "desk a: hours.tues: is not known; known keys: mon, tue"),
        (hours("tue = \"09:00-18:00\""), "desk a: hours.tue: is no list of texts; write a list"),
        (hours("tue = [9]"), "desk a: hours.tue: is no list of texts; write a list"),
        (hours("tue = [\"9-18\"]"), "desk a: hours.tue: \"9-18\" is no interval of the day; write it as"),
        (hours("tue = [\"18:00-09:00\"]"), "desk a: hours.tue: \"18:00-09:00\" ends before it begins; hours past"),
        (
            hours("tue = [\"09:00-13:00\", \"12:00-18:00\"]"),
            "desk a: hours.tue: \"09:00-13:00\" and \"12:00-18:00\" overlap; write them as one",
        ),
        (hours("holidays = \"de\""), "desk a: hours.holidays: \"de\" are not known; write \"jp\""),
        (hours("holidays = true"), "desk a: hours.holidays: is no text; write it between"),
        (hours("[desk.a.special]\n\"2026-02-30\" = []"), "desk a: special.2026-02-30: is no day; write the day as"),
        (hours("[desk.a.special]\n\"2026-02-03\" = [\"x\"]"), "desk a: special.2026-02-03: \"x\" is no interval"),
        (promise("minute = {}"), "desk a: promise.minute: is not known; known keys: minutes, at_risk_share"),
        (promise("minutes = {}"), "desk a: promise.minutes: no priority has minutes; write minutes"),
        (promise("minutes = { high = 60 }"), "desk a: promise.minutes.high: is no priority; priorities are"),
        (promise("minutes = { 0 = 60 }"), "desk a: promise.minutes.0: is no priority; priorities are"),
        (promise("minutes = { 1 = 60, 01 = 90 }"), "desk a: promise.minutes.1: is there twice; write each"),
        (promise("minutes = { 1 = -60 }"), "desk a: promise.minutes.1: has no number of minutes; write whole"),
        (promise("minutes = { 1 = 99999 }"), "desk a: promise.minutes: priority 1 has 99999 minutes"),
        (promise("at_risk_share = 1"), "desk a: promise.at_risk_share: 1 is no share"),
        (promise("at_risk_share = \"half\""), "desk a: promise.at_risk_share: is no number; write a share"),
        (promise("tell_before_minutes = 0.5"), "desk a: promise.tell_before_minutes: is no number of minutes"),
        (
            promise("tell_before_minutes = 60"),
            "desk a: promise.tell_before_minutes: 60 minutes are not less than the 60",
        ),
        (promise("supervisors = \"sato\""), "desk a: promise.supervisors: is no list of texts; write a list"),
    ];
    for (text, expected) in cases {
        let error = refused(&text);
        assert!(error.starts_with("desks.toml: ") && error.contains(expected), "{text}\n{error}\n{expected}");
    }
    assert!(refused("[desk.a").ends_with("; the file must be TOML"));
}

#[test]
fn the_shipped_file_says_what_the_articles_say() {
    let desks = Desks::read(SHIPPED, &tokyo()).unwrap();
    let all = ["delivery", "general", "identity", "payments", "returns", "safety"];
    assert_eq!(desks.codes().cloned().collect::<Vec<_>>(), all.map(code));
    let open = |desk: &str, moment: &str| desks.get(&code(desk)).unwrap().calendar.is_open(at(moment));
    // A holiday (the first Monday of May 2026 is one), a Sunday; nine in the evening; the middle of the night.
    for moment in ["2026-05-04T21:00:00+09:00", "2026-06-07T08:00:00+09:00"] {
        assert!(open("general", moment) && open("safety", moment) && !open("returns", moment), "{moment}");
    }
    assert!(open("safety", "2027-01-01T03:00:00+09:00") && !open("general", "2027-01-01T03:00:00+09:00"));
    assert!(all.iter().all(|desk| open(desk, "2026-06-01T08:00:00+09:00")));
}

/// The longest time to a first answer in the articles (`after-a-handoff`): business days in which the day of the
/// hand-off does not count, and four hours by the clock for the safety desk.
#[test]
fn no_promise_is_later_than_the_articles_whatever_the_backlog() {
    let desks = Desks::read(SHIPPED, &tokyo()).unwrap();
    let backlog = Backlog { ahead: 1_000, median_handling: Some(SignedDuration::from_mins(20)) };
    // A business day is one on which the delivery desk is there.
    let business = |day: jiff::civil::Date| {
        let noon = day.at(12, 0, 0, 0).to_zoned(tokyo()).unwrap().timestamp();
        desks.get(&code("delivery")).unwrap().calendar.is_open(noon)
    };
    for (desk, days) in
        [("identity", 1), ("delivery", 1), ("returns", 2), ("payments", 2), ("general", 3), ("safety", 0)]
    {
        let rules = desks.get(&code(desk)).unwrap();
        for hour in (0..24 * 365).step_by(5) {
            let now = at("2026-04-01T00:07:00+09:00") + SignedDuration::from_hours(hour);
            let today = now.to_zoned(tokyo()).date();
            let latest = match days {
                0 => now + SignedDuration::from_hours(4),
                days => {
                    let mut after = today.series(jiff::Span::new().days(1)).skip(1).filter(|day| business(*day));
                    let last = after.nth(days - 1).unwrap();
                    last.tomorrow().unwrap().to_zoned(tokyo()).unwrap().timestamp()
                }
            };
            for (priority, lang) in [(1, Lang::JA), (6, Lang::JA), (6, Lang::EN)] {
                let calendar = rules.clone().speaking(&lang).calendar;
                let promise = Promise::made(now, &calendar, &rules.terms, priority, backlog).promise;
                assert!(promise.promised_by <= latest, "{desk}, {now}: {} is after {latest}", promise.promised_by);
            }
        }
    }
}

#[test]
fn a_desk_leaves_cases_of_a_sellers_region_to_another() {
    let hours = "[desk.returns.hours]\nmon = [\"09:00-18:00\"]\n[desk.returns.sellers]\n";
    let desks = Desks::read(&format!("{hours}CN = \"overseas\"\n\"中国\" = \"overseas\"\n"), &tokyo()).unwrap();
    let rules = desks.get(&code("returns")).unwrap();
    for region in ["CN", "cn", " Cn ", "中国"] {
        assert_eq!(rules.for_seller(region), Some(&code("overseas")), "{region}");
    }
    for region in ["", "C", "JP", "china"] {
        assert_eq!(rules.for_seller(region), None, "{region}");
    }
    assert_eq!(desks.left_to().count(), 2);
    assert_eq!(DeskRules::usual(&tokyo()).for_seller("CN"), None);
    assert!(refused(&format!("{hours}CN = \"a\"\ncn = \"b\"")).contains("sellers"));
    assert!(refused(&format!("{hours}CN = [\"a\"]")).contains("sellers.CN"));
}

#[test]
fn a_desk_may_have_a_mailbox() {
    let with = |mail: &str| format!("[desk.a]\n{mail}\n[desk.a.hours]\nmon = [\"09:00-18:00\"]");
    let mail = |text: &str| Desks::read(&with(text), &tokyo()).unwrap().get(&code("a")).unwrap().mail.clone();
    assert_eq!(mail(""), None);
    assert_eq!(mail("mail = \"returns@shop.example\"").as_deref(), Some("returns@shop.example"));
    for no in ["\"\"", "\"returns\"", "\"a@b.example, c@d.example\""] {
        let error = refused(&with(&format!("mail = {no}")));
        assert!(error.contains("desk a: mail: ") && error.contains("is no address; write one such as"), "{error}");
    }
    assert!(refused(&with("mail = 1")).contains("desk a: mail: is no text"));
}
