//! Promises on a simulated clock: random desks, downtimes, clocks put forward and back, operators who do what they
//! like. Whatever happens, no promised time passes in silence. What that means is checked on the ledger alone, by other
//! code than what writes it.

use std::collections::BTreeMap;

use jiff::civil::date;
use jiff::tz::TimeZone;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

use super::*;
use crate::handoff::{Holidays, Hours};

const ZONES: [&str; 5] = ["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"];
const HOURS: [&[&str]; 5] = [
    &["09:00-12:00", "13:00-17:40"],
    &["00:00-24:00"],
    &["08:00-22:00"],
    &["00:00-02:30", "22:00-24:00"],
    &["02:00-03:00"],
];

struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0.next_u32() % n
    }

    fn minutes(&mut self, n: u32) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.below(n * 60)))
    }

    fn one_of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len() as u32) as usize]
    }

    fn calendar(&mut self) -> Calendar {
        let zone = TimeZone::get(self.one_of(&ZONES)).unwrap();
        let mut week: [Hours; 7] = std::array::from_fn(|_| match self.below(4) {
            0 => Hours::closed(),
            _ => Hours::read(self.one_of(&HOURS)).unwrap(),
        });
        week[self.below(7) as usize] = Hours::all_day();
        let holidays = if self.below(2) == 0 { Holidays::Japan } else { Holidays::None };
        let special = (0..self.below(20)).map(|_| {
            let day = date(2026, 1, 1).saturating_add(jiff::Span::new().days(i64::from(self.below(700))));
            (day, if self.below(2) == 0 { Hours::closed() } else { Hours::all_day() })
        });
        let special: BTreeMap<_, _> = special.collect();
        Calendar::new(zone, week, holidays, special).unwrap()
    }

    fn terms(&mut self) -> Terms {
        let shortest = 5 + self.below(120);
        let minutes =
            BTreeMap::from([(1, shortest), (3, shortest + self.below(600)), (5, shortest + self.below(2_000))]);
        Terms::new(minutes, f64::from(self.below(100)) / 100.0, self.below(shortest)).unwrap()
    }
}

/// Reads a ledger as the customer lived through it.
struct Customer {
    told: Timestamp,
    by_machine: u32,
    read: usize,
    over: bool,
}

impl Customer {
    fn reads(&mut self, ledger: &[Entry]) {
        for entry in &ledger[self.read..] {
            assert!(!self.over, "something comes after the end: {entry:?}");
            match entry.kind {
                EntryKind::Promised | EntryKind::Warned | EntryKind::Told => assert_eq!(entry.promised_by, self.told),
                EntryKind::Renegotiated => {
                    assert!(entry.at < self.told, "told too late: {entry:?}");
                    assert!(entry.promised_by > self.told, "not put off: {entry:?}");
                    self.by_machine += u32::from(entry.by == By::Machine);
                }
                EntryKind::Breached => {
                    assert!(entry.at >= self.told, "not broken yet: {entry:?}");
                    // Owned up to: from here on it is not silent any more.
                    self.told = entry.promised_by.max(entry.at);
                }
                EntryKind::Kept | EntryKind::Withdrawn => {
                    assert!(entry.at <= self.told, "passed in silence: {entry:?}");
                    self.over = true;
                }
            }
            self.told = self.told.max(entry.promised_by);
        }
        self.read = ledger.len();
        assert!(self.by_machine <= 1, "the machine put it off {} times", self.by_machine);
    }
}

/// One ticket after the other, until a life of that many days is over. Gives the number of breaches.
fn live(seed: u64, days: i64) -> u32 {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let mut now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let end = now + SignedDuration::from_hours(24 * days);
    let mut breaches = 0;
    while now < end {
        let (calendar, terms) = (dice.calendar(), dice.terms());
        let (mut calendar, mut terms, mut priority) = (calendar, terms, dice.below(7) as u8);
        let backlog = Backlog { ahead: dice.below(30), median_handling: Some(dice.minutes(20)) };
        let Change { mut promise, entries: mut ledger } = Promise::made(now, &calendar, &terms, priority, backlog);
        let mut customer = Customer { told: promise.promised_by, by_machine: 0, read: 0, over: false };
        assert!(promise.promised_by > now);
        for _ in 0..200 {
            match dice.below(12) {
                // The clockwork comes when it is due, and that is the usual thing.
                0..=5 => now = now.max(promise.next_due.unwrap_or(now)),
                6..=8 => now += dice.minutes(120),
                // Nobody is there to look: a restart, a downtime.
                9 => now += dice.minutes(60 * 24 * 6),
                // The clock is put right, or wrong.
                10 => now -= dice.minutes(180),
                _ => now -= dice.minutes(3),
            }
            let change = match dice.below(40) {
                0 => promise.keep(now, &OperatorName("tanaka".to_owned())),
                1 => promise.withdraw(now, By::Customer),
                2 | 3 => {
                    let by = promise.promised_by + dice.minutes(3_000) - dice.minutes(600);
                    let boss = OperatorName("sato".to_owned());
                    promise.renegotiate(now, by, &boss, "I looked at it myself", &calendar, &terms).ok()
                }
                4 => {
                    // Another desk takes over; the promise stays.
                    (calendar, terms) = (dice.calendar(), dice.terms());
                    None
                }
                5 => {
                    priority = dice.below(7) as u8;
                    None
                }
                _ => None,
            };
            if let Some(change) = change {
                promise = change.promise;
                ledger.extend(change.entries);
            }
            let look = promise.look(now, &calendar, &terms, priority);
            let change = promise.done(&look, now);
            assert!(look != Look::Breach { new_promised_by: promise.promised_by, next_due: now });
            promise = change.promise;
            ledger.extend(change.entries);
            customer.reads(&ledger);
            assert_eq!(customer.over, !promise.is_owed());
            if !promise.is_owed() {
                break;
            }
            assert!(promise.promised_by > now, "a silent breach at {now}: {promise:?}");
            let due = promise.next_due.unwrap();
            assert!(now < due && due <= promise.promised_by, "{now}: {promise:?}");
            // What was done is done: a second look, by another replica, finds nothing.
            let second = promise.look(now, &calendar, &terms, priority);
            assert_eq!(second, Look::Nothing { next_due: Some(due) });
        }
        breaches += ledger.iter().filter(|entry| entry.kind == EntryKind::Breached).count() as u32;
    }
    breaches
}

#[test]
fn thousands_of_random_days_hold_no_silent_breach() {
    let breaches: u32 = (0..60).map(|seed| live(seed, 100)).sum();
    // They were loud, and there were many: the simulation is worth something.
    assert!(breaches > 1_000, "{breaches}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn nor_do_any_others(seed: u64) {
        live(seed, 40);
    }
}
