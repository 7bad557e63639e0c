use jiff::civil::{date, datetime};
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn daily(name: &str, hours: &[&str]) -> Calendar {
    Calendar::daily(zone(name), Hours::read(hours).unwrap())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

/// The open minutes of a whole day on the clock.
fn open_on(calendar: &Calendar, day: Date) -> i64 {
    let start = |day: Date| day.to_zoned(calendar.zone().clone()).unwrap().timestamp();
    calendar.open_between(start(day), start(day.tomorrow().unwrap())).as_mins()
}

#[test]
fn hours_add_up_over_a_break_a_night_and_a_weekend() {
    let mut week: [Hours; 7] = std::array::from_fn(|_| Hours::read(&["09:00-12:00", "13:00-18:00"]).unwrap());
    (week[5], week[6]) = (Hours::closed(), Hours::closed());
    let office = Calendar::new(zone("Asia/Tokyo"), week, Holidays::Japan, BTreeMap::new()).unwrap();
    // Friday.
    let friday = at("2026-06-05T11:30:00+09:00");
    assert_eq!(office.add(friday, minutes(30)), Ok(at("2026-06-05T12:00:00+09:00")));
    assert_eq!(office.add(friday, minutes(31)), Ok(at("2026-06-05T13:01:00+09:00")));
    assert_eq!(office.add(friday, minutes(330)), Ok(at("2026-06-05T18:00:00+09:00")));
    assert_eq!(office.add(friday, minutes(331)), Ok(at("2026-06-08T09:01:00+09:00")));
    assert_eq!(office.open_between(friday, at("2026-06-08T09:01:00+09:00")), minutes(331));
    assert!(office.is_open(friday) && !office.is_open(at("2026-06-05T12:00:00+09:00")));
    assert_eq!(office.next_open(at("2026-06-05T12:00:00+09:00")), Ok(at("2026-06-05T13:00:00+09:00")));
    assert_eq!(office.next_open(at("2026-06-06T12:00:00+09:00")), Ok(at("2026-06-08T09:00:00+09:00")));
    // Golden week: Wednesday 29 April is a holiday, and so are Sunday 3 May to Wednesday 6 May.
    assert_eq!(office.next_open(at("2026-04-28T18:00:00+09:00")), Ok(at("2026-04-30T09:00:00+09:00")));
    assert_eq!(office.next_open(at("2026-05-01T18:00:00+09:00")), Ok(at("2026-05-07T09:00:00+09:00")));
    assert_eq!(office.open_between(at("2026-05-02T00:00:00+09:00"), at("2026-05-07T09:00:00+09:00")), minutes(0));
}

#[test]
fn a_special_day_wins_over_weekday_and_holiday() {
    let week = std::array::from_fn(|_| Hours::all_day());
    let special = BTreeMap::from([
        (date(2026, 12, 31), Hours::read(&["09:00-12:00"]).unwrap()),
        (date(2027, 1, 1), Hours::read(&["10:00-11:00"]).unwrap()),
        (date(2027, 1, 2), Hours::closed()),
    ]);
    let desk = Calendar::new(zone("Asia/Tokyo"), week, Holidays::Japan, special).unwrap();
    let minutes: Vec<i64> = (30..=31).map(|day| date(2026, 12, day)).map(|day| open_on(&desk, day)).collect();
    assert_eq!(minutes, [1440, 180]);
    let minutes: Vec<i64> = [1, 2, 3, 11].map(|day| date(2027, 1, day)).map(|day| open_on(&desk, day)).into();
    assert_eq!(minutes, [60, 0, 1440, 0]);
}

#[test]
fn an_hour_that_the_clock_leaves_out_is_never_open() {
    // Berlin: 2:00 to 3:00 on 29 March 2026. New York: 2:00 to 3:00 on 8 March 2026.
    for (name, spring, day) in [
        ("Europe/Berlin", date(2026, 3, 29), "2026-03-29T00:00:00Z"),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T06:00:00Z"),
    ] {
        assert_eq!(open_on(&daily(name, &["00:00-24:00"]), spring), 23 * 60, "{name}");
        assert_eq!(open_on(&daily(name, &["01:00-04:00"]), spring), 120, "{name}");
        assert_eq!(open_on(&daily(name, &["01:30-02:30"]), spring), 30, "{name}");
        assert_eq!(open_on(&daily(name, &["02:30-03:30"]), spring), 30, "{name}");
        let night = daily(name, &["02:15-02:45"]);
        assert_eq!(open_on(&night, spring), 0, "{name}");
        assert_eq!(open_on(&night, spring.tomorrow().unwrap()), 30, "{name}");
        let opening = spring.tomorrow().unwrap().at(2, 15, 0, 0).to_zoned(zone(name)).unwrap().timestamp();
        assert_eq!(night.next_open(at(day)), Ok(opening), "{name}");
    }
}

#[test]
fn an_hour_that_the_clock_shows_twice_is_open_twice() {
    // Berlin: 2:00 to 3:00 on 25 October 2026. New York: 1:00 to 2:00 on 1 November 2026.
    for (name, autumn, hour) in [("Europe/Berlin", date(2026, 10, 25), 2), ("America/New_York", date(2026, 11, 1), 1)] {
        assert_eq!(open_on(&daily(name, &["00:00-24:00"]), autumn), 25 * 60, "{name}");
        assert_eq!(open_on(&daily(name, &["00:00-04:00"]), autumn), 300, "{name}");
        let quarter = daily(name, &[&format!("0{hour}:15-0{hour}:30")]);
        assert_eq!(open_on(&quarter, autumn), 30, "{name}");
        // Ten minutes of the first quarter, closed for 45 minutes, ten minutes of the second.
        let first = autumn.at(hour, 20, 0, 0).to_zoned(zone(name)).unwrap().timestamp();
        assert_eq!(quarter.add(first, minutes(20)), Ok(first + minutes(65)), "{name}");
        assert!(
            quarter.is_open(first) && !quarter.is_open(first + minutes(15)) && quarter.is_open(first + minutes(60))
        );
    }
}

#[test]
fn a_clock_that_is_put_back_over_midnight_is_walked_through_twice() {
    // St. John's did it at 0:01 until 2011: 23:01 to 0:01 came twice.
    let desk = daily("America/St_Johns", &["00:00-00:30", "23:30-24:00"]);
    let evening = datetime(2010, 11, 6, 22, 0, 0, 0).to_zoned(zone("America/St_Johns")).unwrap().timestamp();
    // 23:30 to 24:00, one minute of the new day, 23:30 to 24:00 again, 0:00 to 0:30.
    assert_eq!(desk.open_between(evening, evening + minutes(300)), minutes(30 + 1 + 30 + 30));
}

#[test]
fn quarters_are_those_of_its_own_clock_and_within_its_hours() {
    let desk = daily("Asia/Tokyo", &["09:00-17:40"]);
    let by = |from: &str, open| desk.quarter_after(at(from), minutes(open)).unwrap();
    assert_eq!(by("2026-06-01T09:00:00+09:00", 60), at("2026-06-01T10:00:00+09:00"));
    assert_eq!(by("2026-06-01T09:00:01+09:00", 60), at("2026-06-01T10:15:00+09:00"));
    assert_eq!(by("2026-06-01T16:31:00+09:00", 60), at("2026-06-01T17:40:00+09:00"));
    assert_eq!(by("2026-06-01T16:40:00+09:00", 60), at("2026-06-01T17:40:00+09:00"));
    assert_eq!(by("2026-06-01T16:41:00+09:00", 60), at("2026-06-02T09:15:00+09:00"));
    // A clock 5:45 ahead; one that was 4:56:02 behind.
    assert_eq!(
        daily("Asia/Kathmandu", &["00:00-24:00"]).quarter_after(at("2026-06-01T10:01:00+05:45"), minutes(1)),
        Ok(at("2026-06-01T10:15:00+05:45"))
    );
    let old = daily("America/New_York", &["00:00-24:00"]).quarter_after(at("1880-06-01T00:00:00Z"), minutes(1));
    assert_eq!(old, Ok(at("1880-06-01T00:11:02Z")));
}

#[test]
fn what_never_opens_is_said_so() {
    let closed = || std::array::from_fn(|_| Hours::closed());
    assert_eq!(Calendar::new(TimeZone::UTC, closed(), Holidays::None, BTreeMap::new()), Err(NoHours));
    let mut week: [Hours; 7] = closed();
    week[0] = Hours::read(&["09:00-10:00"]).unwrap();
    let mondays = Calendar::new(TimeZone::UTC, week, Holidays::None, BTreeMap::new()).unwrap();
    let from = at("2026-06-01T00:00:00Z");
    assert_eq!(mondays.add(from, minutes(57 * 60)), Ok(at("2027-06-28T10:00:00Z")));
    assert_eq!(mondays.add(from, minutes(59 * 60)), Err(NeverOpen { from }));
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    let desk = daily("Asia/Tokyo", &["09:00-18:00"]);
    for from in [Timestamp::MIN, Timestamp::MAX, Timestamp::UNIX_EPOCH] {
        let _ = (desk.add(from, SignedDuration::MAX), desk.quarter_after(from, minutes(1)), desk.is_open(from));
        assert_eq!(desk.open_between(from, Timestamp::MIN), SignedDuration::ZERO);
    }
    assert_eq!(desk.add(Timestamp::UNIX_EPOCH, SignedDuration::MIN), Ok(Timestamp::UNIX_EPOCH));
}

fn hours() -> impl Strategy<Value = Hours> {
    prop_oneof![
        Just(Hours::closed()),
        Just(Hours::all_day()),
        proptest::collection::vec(0_u16..=24 * 60, 2..8).prop_map(|mut edges| {
            edges.sort_unstable();
            edges.dedup();
            let clock = |at: u16| format!("{:02}:{:02}", at / 60, at % 60);
            let pairs = edges.chunks_exact(2).map(|pair| format!("{}-{}", clock(pair[0]), clock(pair[1])));
            Hours::read(&pairs.collect::<Vec<_>>()).unwrap()
        }),
    ]
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let zones = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"];
    let special = proptest::collection::btree_map(
        (0_i64..800).prop_map(|days| date(2026, 1, 1).saturating_add(jiff::Span::new().days(days))),
        hours(),
        0..12,
    );
    (proptest::sample::select(zones.to_vec()), proptest::collection::vec(hours(), 7), any::<bool>(), special)
        .prop_filter_map("no hours", |(name, week, japan, special)| {
            let holidays = if japan { Holidays::Japan } else { Holidays::None };
            Calendar::new(zone(name), week.try_into().unwrap(), holidays, special).ok()
        })
}

fn moments() -> impl Strategy<Value = Timestamp> {
    // 2026 and 2027, to the millisecond.
    (1_767_225_600_000_i64..1_830_297_600_000).prop_map(|ms| Timestamp::from_millisecond(ms).unwrap())
}

/// Open at a moment or right before it.
fn reached_open(calendar: &Calendar, at: Timestamp) -> bool {
    calendar.is_open(at) || calendar.is_open(at - SignedDuration::from_nanos(1))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_added_has_been_open(calendar in calendars(), from in moments(), open in 0_i64..20_000_000) {
        let open = SignedDuration::from_millis(open);
        let Ok(reached) = calendar.add(from, open) else { return Ok(()) };
        prop_assert!(reached >= from);
        prop_assert_eq!(calendar.open_between(from, reached), open);
        prop_assert!(reached_open(&calendar, reached));
        let quarter = calendar.quarter_after(from, open).unwrap();
        prop_assert!(reached <= quarter && quarter < reached + minutes(15));
        prop_assert!(reached_open(&calendar, quarter));
        prop_assert_eq!(calendar.open_between(reached, quarter), quarter.duration_since(reached));
    }

    #[test]
    fn a_desk_is_open_until_it_closes(calendar in calendars(), from in moments()) {
        let Some(end) = calendar.closes(from) else { return Ok(()) };
        prop_assert!(calendar.is_open(from) && !calendar.is_open(end));
        prop_assert_eq!(calendar.open_between(from, end), end.duration_since(from));
    }

    #[test]
    fn later_and_more_come_later(calendar in calendars(), a in moments(), later in 0_i64..9_000, m in 0_i64..9_000, n in 0_i64..9_000) {
        let b = a + minutes(later);
        let (least, most) = (minutes(m.min(n)), minutes(m.max(n)));
        if let (Ok(first), Ok(second)) = (calendar.add(a, least), calendar.add(b, most)) {
            prop_assert!(first <= second);
            let quarter = |from, open| calendar.quarter_after(from, open).unwrap();
            prop_assert!(quarter(a, least) <= quarter(b, most));
        }
    }

    #[test]
    fn stretches_add_up(calendar in calendars(), a in moments(), x in 0_i64..9_000, y in 0_i64..9_000) {
        let (b, c) = (a + minutes(x), a + minutes(x + y));
        let (all, parts) = (calendar.open_between(a, c), calendar.open_between(a, b) + calendar.open_between(b, c));
        prop_assert_eq!(all, parts);
        prop_assert!(all <= minutes(x + y));
        prop_assert_eq!(calendar.open_between(c, a), SignedDuration::ZERO);
    }

    /// The sums rest on stretches, and this on the clock alone.
    #[test]
    fn the_clock_on_the_wall_says_the_same(calendar in calendars(), from in moments()) {
        let start = from - SignedDuration::from_millis(from.as_millisecond() % 60_000);
        let open = (0..2_000).filter(|n| calendar.is_open(start + minutes(*n))).count() as i64;
        prop_assert_eq!(calendar.open_between(start, start + minutes(2_000)), minutes(open));
    }
}
