//! A circuit breaker: after failures in a row, a model is left alone for a while, so that customers do not wait for what will not come.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::clock::Clock;

/// When a model is left alone, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// So many failures in a row open the breaker; at least 1.
    pub failures: u32,
    /// How long it stays open before one request may try again.
    pub cooldown: SignedDuration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// All may pass.
    Closed { failures: u32 },
    /// None may pass, until then.
    Open { until: Timestamp },
    /// One is trying. Should it never be heard of, another may try then.
    HalfOpen { until: Timestamp },
}

/// The state machine. Time comes in with every call.
#[derive(Debug)]
struct Machine {
    settings: BreakerSettings,
    state: State,
    /// Counts changes of state: the outcome of a request that was let through in an earlier one says nothing about this one.
    epoch: u64,
}

impl Machine {
    fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: State::Closed { failures: 0 }, epoch: 0 }
    }

    fn turn(&mut self, state: State) {
        self.state = state;
        self.epoch += 1;
    }

    fn later(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.settings.cooldown).unwrap_or(Timestamp::MAX)
    }

    /// Whether a request may pass now; if so, in which epoch.
    fn admit(&mut self, now: Timestamp) -> Option<u64> {
        match self.state {
            State::Closed { .. } => {}
            // A clock that was set back must not prolong the rest.
            State::Open { until } | State::HalfOpen { until } if now < until && until <= self.later(now) => {
                return None;
            }
            State::Open { .. } | State::HalfOpen { .. } => self.turn(State::HalfOpen { until: self.later(now) }),
        }
        Some(self.epoch)
    }

    /// A request that was let through had an answer. Says whether that closed the breaker.
    fn succeeded(&mut self, epoch: u64) -> bool {
        match self.state {
            _ if epoch != self.epoch => false,
            State::Closed { .. } => {
                self.state = State::Closed { failures: 0 };
                false
            }
            State::Open { .. } | State::HalfOpen { .. } => {
                self.turn(State::Closed { failures: 0 });
                true
            }
        }
    }

    /// A request that was let through failed. Says whether that opened the breaker.
    fn failed(&mut self, epoch: u64, now: Timestamp) -> bool {
        match self.state {
            _ if epoch != self.epoch => return false,
            State::Closed { failures } if failures + 1 < self.settings.failures => {
                self.state = State::Closed { failures: failures + 1 };
                return false;
            }
            State::Closed { .. } | State::Open { .. } | State::HalfOpen { .. } => {}
        }
        self.turn(State::Open { until: self.later(now) });
        true
    }

    /// A request that was let through was given up by whoever asked: the next one may try at once.
    fn abandoned(&mut self, epoch: u64) {
        if epoch == self.epoch && matches!(self.state, State::HalfOpen { .. }) {
            self.turn(State::Open { until: Timestamp::MIN });
        }
    }
}

/// A breaker that many requests share.
#[derive(Debug, Clone)]
pub(super) struct Breaker {
    name: Arc<str>,
    machine: Arc<Mutex<Machine>>,
    clock: Arc<dyn Clock>,
}

impl Breaker {
    /// The breaker of the model `name`.
    pub(super) fn new(name: &str, settings: BreakerSettings, clock: Arc<dyn Clock>) -> Self {
        Self { name: name.into(), machine: Arc::new(Mutex::new(Machine::new(settings))), clock }
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request through, or not.
    pub(super) fn admit(&self) -> Option<Permit> {
        let epoch = self.machine().admit(self.clock.now())?;
        Some(Permit { breaker: self.clone(), epoch, heard: Heard::Nothing })
    }
}

/// What was heard of a request.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Nothing,
    /// The beginning of an answer.
    Words,
    /// How it ended.
    All,
}

/// A request that was let through. Dropped without an outcome, it was given up: before the first word because that took too long, which is
/// a failure; after it for a reason of the caller's.
#[derive(Debug)]
pub(super) struct Permit {
    breaker: Breaker,
    epoch: u64,
    heard: Heard,
}

impl Permit {
    /// An answer has begun.
    pub(super) fn begun(&mut self) {
        self.heard = Heard::Words;
    }

    /// There was an answer.
    pub(super) fn succeeded(mut self) {
        self.heard = Heard::All;
        if self.breaker.machine().succeeded(self.epoch) {
            tracing::info!(model = &*self.breaker.name, "the chat model answers again");
        }
    }

    /// There was none.
    pub(super) fn failed(mut self) {
        self.heard = Heard::All;
        self.fail();
    }

    fn fail(&self) {
        let now = self.breaker.clock.now();
        if self.breaker.machine().failed(self.epoch, now) {
            tracing::warn!(model = &*self.breaker.name, "the chat model fails again and again, and is left alone");
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        match self.heard {
            Heard::Nothing => self.fail(),
            Heard::Words => self.breaker.machine().abandoned(self.epoch),
            Heard::All => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SETTINGS: BreakerSettings = BreakerSettings { failures: 3, cooldown: SignedDuration::from_secs(30) };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn open() -> Machine {
        let mut machine = Machine::new(SETTINGS);
        for last in [false, false, true] {
            let epoch = machine.admit(at(0)).unwrap();
            assert_eq!(machine.failed(epoch, at(0)), last);
        }
        machine
    }

    #[test]
    fn it_opens_tries_again_and_closes() {
        let mut machine = open();
        assert_eq!(machine.admit(at(29)), None);
        let probe = machine.admit(at(30)).unwrap();
        assert_eq!(machine.admit(at(31)), None, "one tries, the others wait");
        assert!(machine.succeeded(probe));
        let (one, other) = (machine.admit(at(32)), machine.admit(at(32)));
        assert!(one.is_some() && one == other);
    }

    #[test]
    fn a_try_that_fails_opens_it_again_at_once() {
        let mut machine = open();
        let probe = machine.admit(at(30)).unwrap();
        assert!(machine.failed(probe, at(40)));
        assert_eq!(machine.admit(at(69)), None);
        assert!(machine.admit(at(70)).is_some());
    }

    #[test]
    fn a_success_between_failures_counts_them_from_nothing() {
        let mut machine = Machine::new(SETTINGS);
        for failure in [true, true, false, true, true] {
            let epoch = machine.admit(at(0)).unwrap();
            match failure {
                true => assert!(!machine.failed(epoch, at(0))),
                false => assert!(!machine.succeeded(epoch)),
            }
        }
        assert!(machine.admit(at(0)).is_some());
    }

    #[test]
    fn a_clock_set_back_does_not_prolong_the_rest() {
        let mut machine = open();
        assert!(machine.admit(at(-86_400)).is_some());
    }

    #[derive(Debug)]
    struct Hand(Mutex<Timestamp>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn who_gives_up_after_the_first_word_leaves_the_try_to_the_next() {
        let hand = Arc::new(Hand(Mutex::new(at(0))));
        let breaker = Breaker::new("tiny", SETTINGS, hand.clone());
        let give_up = || breaker.admit().map(|mut permit| permit.begun());
        for _ in 0..9 {
            give_up().unwrap();
        }
        for _ in 0..3 {
            breaker.admit().unwrap().failed();
        }
        assert!(breaker.admit().is_none(), "the clock stands still");
        *hand.0.lock().unwrap() = at(30);
        let mut probe = breaker.admit().unwrap();
        probe.begun();
        assert!(breaker.admit().is_none());
        drop(probe);
        breaker.admit().unwrap().succeeded();
        assert!(breaker.admit().is_some());
    }

    #[test]
    fn who_gives_up_before_it_has_waited_for_nothing() {
        let hand = Arc::new(Hand(Mutex::new(at(0))));
        let breaker = Breaker::new("tiny", SETTINGS, hand.clone());
        for _ in 0..3 {
            drop(breaker.admit().unwrap());
        }
        assert!(breaker.admit().is_none());
        *hand.0.lock().unwrap() = at(30);
        drop(breaker.admit().unwrap());
        assert!(breaker.admit().is_none(), "that was the try");
    }

    #[derive(Debug, Clone)]
    enum Event {
        Pass(i64),
        Ask,
        Succeed(usize),
        Fail(usize),
        GiveUp(usize),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            (0..20_i64).prop_map(Event::Pass),
            Just(Event::Ask),
            Just(Event::Ask),
            any::<usize>().prop_map(Event::Succeed),
            any::<usize>().prop_map(Event::Fail),
            any::<usize>().prop_map(Event::Fail),
            any::<usize>().prop_map(Event::GiveUp),
        ]
    }

    proptest! {
        /// Whatever happens in whatever order: it opens by failures in a row and by nothing else, lets nobody through while it is open,
        /// one at a time when it tries, and never stays open for longer than the cool-down.
        #[test]
        fn it_rests_when_it_should_and_no_longer(events in prop::collection::vec(event(), 0..200)) {
            let mut machine = Machine::new(SETTINGS);
            let (mut now, mut asking, mut tried) = (0, Vec::new(), i64::MIN);
            for event in events {
                let before = (machine.state, machine.epoch);
                let closed = matches!(machine.state, State::Closed { .. });
                match event {
                    Event::Pass(seconds) => now += seconds,
                    Event::Ask => {
                        let admitted = machine.admit(at(now));
                        match before.0 {
                            State::Closed { .. } => prop_assert!(admitted.is_some()),
                            State::Open { until } => prop_assert_eq!(admitted.is_some(), at(now) >= until),
                            State::HalfOpen { .. } => prop_assert_eq!(admitted.is_some(), now >= tried + 30),
                        }
                        if admitted.is_some() && !closed {
                            prop_assert_eq!(admitted, Some(before.1 + 1), "a try is an epoch of its own");
                            tried = now;
                        }
                        asking.extend(admitted);
                    }
                    Event::Succeed(which) | Event::Fail(which) | Event::GiveUp(which) if !asking.is_empty() => {
                        let epoch = asking.swap_remove(which % asking.len());
                        match event {
                            Event::Succeed(_) => {
                                machine.succeeded(epoch);
                            }
                            Event::Fail(_) => {
                                machine.failed(epoch, at(now));
                            }
                            _ => machine.abandoned(epoch),
                        }
                        if epoch != before.1 {
                            prop_assert_eq!((machine.state, machine.epoch), before, "of another epoch");
                        } else {
                            match (&event, before.0) {
                                (Event::Succeed(_), _) => prop_assert_eq!(machine.state, State::Closed { failures: 0 }),
                                (Event::Fail(_), State::Closed { failures }) if failures < 2 => {
                                    prop_assert_eq!(machine.state, State::Closed { failures: failures + 1 });
                                }
                                (Event::Fail(_), _) => prop_assert_eq!(machine.state, State::Open { until: at(now + 30) }),
                                (_, State::Closed { .. }) => prop_assert_eq!(machine.state, before.0),
                                _ => {
                                    let next = machine.admit(at(now));
                                    prop_assert!(next.is_some(), "the next may try at once");
                                    asking.extend(next);
                                    tried = now;
                                }
                            }
                        }
                    }
                    _ => {}
                }
                prop_assert!(machine.epoch >= before.1);
            }
            now += 30;
            prop_assert!(machine.admit(at(now)).is_some());
        }
    }
}
