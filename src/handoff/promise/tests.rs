use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::*;
use crate::handoff::Hours;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Open from 9 to 18 every day, in UTC.
fn office() -> Calendar {
    Calendar::daily(TimeZone::UTC, Hours::read(&["09:00-18:00"]).unwrap())
}

fn terms() -> Terms {
    Terms::new(BTreeMap::from([(1, 60), (3, 240)]), 0.25, 30).unwrap()
}

fn made(now: &str) -> Promise {
    Promise::made(at(now), &office(), &terms(), 3, Backlog::default()).promise
}

fn look(promise: &Promise, now: &str) -> (Look, Promise) {
    let look = promise.look(at(now), &office(), &terms(), 3);
    (look, promise.done(&look, at(now)).promise)
}

fn tanaka() -> OperatorName {
    OperatorName("tanaka".to_owned())
}

#[test]
fn a_time_within_the_desks_hours_is_promised() {
    for (now, by) in [
        ("2026-06-01T09:00:00Z", "2026-06-01T13:00:00Z"),
        ("2026-06-01T09:00:01Z", "2026-06-01T13:15:00Z"),
        ("2026-06-01T14:00:00Z", "2026-06-01T18:00:00Z"),
        ("2026-06-01T14:07:00Z", "2026-06-02T09:15:00Z"),
        ("2026-06-01T23:00:00Z", "2026-06-02T13:00:00Z"),
    ] {
        assert_eq!(made(now).promised_by, at(by), "{now}");
    }
}

#[test]
fn a_backlog_makes_it_later_and_never_more_than_three_times_as_long() {
    let by = |ahead, minutes: Option<i64>| {
        let backlog = Backlog { ahead, median_handling: minutes.map(SignedDuration::from_mins) };
        let made = Promise::made(at("2026-06-01T09:00:00Z"), &office(), &terms(), 1, backlog);
        made.promise.promised_by.to_string()
    };
    assert_eq!(by(0, Some(10)), "2026-06-01T10:00:00Z");
    assert_eq!(by(500, None), "2026-06-01T10:00:00Z");
    assert_eq!(by(4, Some(-10)), "2026-06-01T10:00:00Z");
    assert_eq!(by(4, Some(10)), "2026-06-01T10:45:00Z");
    assert_eq!(by(u32::MAX, Some(i64::MAX / 60)), "2026-06-01T12:00:00Z");
}

#[test]
fn the_desk_is_warned_the_customer_is_told_and_a_breach_is_owned_up_to() {
    let promise = made("2026-06-01T09:00:00Z");
    assert_eq!(promise.next_due, Some(at("2026-06-01T12:00:00Z")));
    assert_eq!(look(&promise, "2026-06-01T11:59:59Z").0, Look::Nothing { next_due: promise.next_due });

    let (warned, promise) = look(&promise, "2026-06-01T12:00:00Z");
    assert_eq!(warned, Look::Warn { next_due: at("2026-06-01T12:30:00Z") });
    let (nothing, promise) = look(&promise, "2026-06-01T12:29:00Z");
    assert_eq!(nothing, Look::Nothing { next_due: Some(at("2026-06-01T12:30:00Z")) });

    let (told, promise) = look(&promise, "2026-06-01T12:30:00Z");
    let (new_promised_by, next_due) = (at("2026-06-01T16:30:00Z"), at("2026-06-01T15:30:00Z"));
    assert_eq!(told, Look::Renegotiate { new_promised_by, next_due });
    assert!(told.escalates() && !warned.escalates());
    assert_eq!(promise.first_promised_by, at("2026-06-01T13:00:00Z"));

    // The machine does it once. The desk is warned again, and then it is a breach; the next one too.
    let (warned, promise) = look(&promise, "2026-06-01T15:30:00Z");
    assert_eq!(warned, Look::Warn { next_due: new_promised_by });
    let (breach, promise) = look(&promise, "2026-06-01T16:30:00Z");
    assert_eq!(
        breach,
        Look::Breach { new_promised_by: at("2026-06-02T11:30:00Z"), next_due: at("2026-06-02T10:30:00Z") }
    );
    assert_eq!((promise.state, promise.warned, promise.is_owed()), (PromiseState::Breached, false, true));
    let (again, promise) = look(&promise, "2026-06-05T20:00:00Z");
    assert!(matches!(again, Look::Breach { .. }));
    assert_eq!(promise.promised_by, at("2026-06-06T13:00:00Z"));
}

#[test]
fn after_a_long_downtime_the_first_look_is_a_breach() {
    let promise = made("2026-06-01T09:00:00Z");
    let (breach, promise) = look(&promise, "2026-06-20T03:00:00Z");
    assert!(matches!(breach, Look::Breach { .. }));
    // The machine has not put anything off yet, and may.
    assert_eq!(promise.promised_by, at("2026-06-20T13:00:00Z"));
    let (told, _) = look(&promise, "2026-06-20T12:45:00Z");
    assert!(matches!(told, Look::Renegotiate { .. }));
}

#[test]
fn an_answer_in_time_keeps_it_and_one_that_is_late_does_not() {
    let promise = made("2026-06-01T09:00:00Z");
    let kept = promise.keep(at("2026-06-01T13:00:00Z"), &tanaka()).unwrap();
    assert_eq!((kept.promise.state, kept.promise.next_due, kept.breached()), (PromiseState::Kept, None, false));
    assert_eq!(kept.entries.len(), 1);
    assert_eq!(kept.promise.keep(at("2026-06-01T13:00:00Z"), &tanaka()), None);
    assert_eq!(look(&kept.promise, "2027-01-01T00:00:00Z").0, Look::Nothing { next_due: None });

    let late = promise.keep(at("2026-06-01T13:00:01Z"), &tanaka()).unwrap();
    assert!(late.breached());
    let kinds: Vec<EntryKind> = late.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(
        (kinds.as_slice(), late.promise.state),
        (&[EntryKind::Breached, EntryKind::Kept][..], PromiseState::Breached)
    );

    let late = promise.withdraw(at("2026-06-01T13:00:01Z"), By::Customer).unwrap();
    assert_eq!((late.promise.state, late.entries.len()), (PromiseState::Breached, 2));
    let called_off = promise.withdraw(at("2026-06-01T10:00:00Z"), By::Customer).unwrap();
    assert_eq!(called_off.promise.state, PromiseState::Withdrawn);
}

#[test]
fn a_supervisor_puts_it_off_before_and_owns_up_after() {
    let promise = made("2026-06-01T09:00:00Z");
    let put_off = |promise: &Promise, now: &str, by: &str| {
        promise.renegotiate(at(now), at(by), &tanaka(), "the carrier has not answered", &office(), &terms())
    };
    let change = put_off(&promise, "2026-06-01T12:00:00Z", "2026-06-02T12:00:00Z").unwrap();
    assert_eq!(change.entries[0].kind, EntryKind::Renegotiated);
    assert_eq!(change.entries[0].by.word(), "operator:tanaka");
    assert_eq!(change.promise.machine_renegotiations, 0);
    let change = put_off(&promise, "2026-06-01T13:00:00Z", "2026-06-02T12:00:00Z").unwrap();
    assert_eq!((change.entries[0].kind, change.promise.state), (EntryKind::Breached, PromiseState::Breached));

    let after = promise.promised_by;
    assert_eq!(
        put_off(&promise, "2026-06-01T12:00:00Z", "2026-06-01T13:00:00Z"),
        Err(NotRenegotiated::NotLater { after })
    );
    let over = promise.withdraw(at("2026-06-01T10:00:00Z"), By::Machine).unwrap().promise;
    assert_eq!(put_off(&over, "2026-06-01T10:00:00Z", "2026-06-03T13:00:00Z"), Err(NotRenegotiated::Over));

    // A very short time is not put off again by the machine at once.
    let short = put_off(&promise, "2026-06-01T12:50:00Z", "2026-06-01T13:10:00Z").unwrap().promise;
    assert_eq!(look(&short, "2026-06-01T12:50:00Z").0, Look::Nothing { next_due: Some(at("2026-06-01T13:05:00Z")) });
}

#[test]
fn a_desk_that_never_opens_is_promised_by_the_clock() {
    let hour = Hours::read(&["09:00-10:00"]).unwrap();
    let mut week = std::array::from_fn(|_| Hours::closed());
    week[0] = hour;
    let seldom = Calendar::new(TimeZone::UTC, week, super::super::Holidays::None, BTreeMap::new()).unwrap();
    let long = Terms::new(BTreeMap::from([(1, 6_000)]), 0.25, 30).unwrap();
    let now = at("2026-06-01T09:00:00Z");
    let promise = Promise::made(now, &seldom, &long, 1, Backlog::default()).promise;
    assert_eq!(promise.promised_by, now + SignedDuration::from_mins(6_000));
    assert!(promise.next_due.is_some_and(|due| now < due && due <= promise.promised_by));
}

#[test]
fn another_desks_terms_do_not_make_the_clockwork_spin() {
    let promise = made("2026-06-01T09:00:00Z");
    let (_, warned) = look(&promise, "2026-06-01T12:00:00Z");
    let other = Terms::new(BTreeMap::from([(1, 60)]), 0.25, 5).unwrap();
    let now = at("2026-06-01T12:30:00Z");
    assert_eq!(warned.look(now, &office(), &other, 3), Look::Nothing { next_due: Some(at("2026-06-01T12:55:00Z")) });
}

#[test]
fn words_are_read_back() {
    for state in [PromiseState::Running, PromiseState::Kept, PromiseState::Breached, PromiseState::Withdrawn] {
        assert_eq!(PromiseState::of(state.word()), Some(state));
    }
    assert_eq!(PromiseState::of("broken"), None);
}
