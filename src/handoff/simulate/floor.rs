//! The floor: queues, operators, and the clockwork that looks after promises, from one event to the next.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

use jiff::{SignedDuration, Timestamp};

use super::Plan;
use super::traffic::Arrival;
use crate::guard::DeskCode;
use crate::handoff::{
    Backlog, Calendar, Change, DeskRules, Entry, Look, Measured, Minutes, OperatorName, Promise, Sample, Wait,
    hour_of_week, priority, raised,
};

/// As many waiting cases are counted before a new one, and as many handled ones remembered, as the service does.
const COUNTED: usize = 500;
const REMEMBERED: usize = 5_000;
/// How long what was measured is taken for what there is: one case more changes no median.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// As often as two calendars are asked in turn for a moment that is in both.
const TRIES: usize = 800;

/// What became of a case.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// Which of the plan's desks had it.
    pub(super) desk: usize,
    pub(super) opened_at: Timestamp,
    pub(super) claimed_at: Option<Timestamp>,
    pub(super) answered_at: Option<Timestamp>,
    /// What the customer was shown when it was opened.
    pub(super) estimate: Option<Minutes>,
    pub(super) ledger: Vec<Entry>,
    priority: u8,
    promise: Promise,
    handling: SignedDuration,
}

/// All cases of a run.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) desks: Vec<DeskCode>,
    pub(super) cases: Vec<Run>,
    /// The most cases that waited in each hour, by desk.
    pub(super) peaks: Vec<Vec<usize>>,
}

/// A place in a queue: by urgency, then by what was promised, then by age. The store's `TicketCursor` is the same.
type Place = (u8, Timestamp, Timestamp, usize);

struct Counter<'p> {
    code: DeskCode,
    rules: DeskRules,
    shift: Option<Calendar>,
    staff: u32,
    busy: u32,
    queue: BTreeSet<Place>,
    samples: Vec<Sample>,
    measured: Option<(Timestamp, Measured)>,
    /// When operators come in next; asked for again once that has passed.
    comes_in: Option<Timestamp>,
    outage: Option<&'p Calendar>,
}

struct Floor<'p> {
    counters: Vec<Counter<'p>>,
    coming: Peekable<IntoIter<Arrival>>,
    cases: Vec<Run>,
    /// When the clockwork must look at which case.
    due: BTreeSet<(Timestamp, usize)>,
    /// When an operator is done with which case.
    worked_on: BTreeSet<(Timestamp, usize)>,
    from: Timestamp,
    peaks: Vec<Vec<usize>>,
}

/// Runs from the first moment to the last, which does not belong to it.
pub(super) fn run(
    plan: &Plan,
    arrivals: Vec<Arrival>,
    outage: Option<&Calendar>,
    (from, to): (Timestamp, Timestamp),
) -> Ran {
    let mut floor = Floor {
        counters: counters(plan, &arrivals, outage),
        coming: arrivals.into_iter().peekable(),
        cases: Vec::new(),
        due: BTreeSet::new(),
        worked_on: BTreeSet::new(),
        from,
        peaks: Vec::new(),
    };
    let mut now = from;
    loop {
        let next = floor.next(now).map(|next| up_again(next.max(now), outage));
        let Some(next) = next.filter(|next| *next < to) else { break };
        now = next;
        floor.note_peaks(now);
        // As the service does: what was promised comes before any other work, also after it was down.
        floor.tend(now);
        floor.finish(now);
        floor.receive(now);
        floor.take(now);
        floor.note_peaks(now);
    }
    floor.note_peaks(to.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(to));
    let desks = floor.counters.into_iter().map(|counter| counter.code).collect();
    Ran { desks, cases: floor.cases, peaks: floor.peaks }
}

/// The moment itself, or the end of the outage that it lies in.
pub(super) fn up_again(at: Timestamp, outage: Option<&Calendar>) -> Timestamp {
    match outage {
        Some(outage) if outage.is_open(at) => outage.closes(at).unwrap_or(Timestamp::MAX),
        _ => at,
    }
}

/// A counter for each desk of the plan, and for each that something comes in for.
fn counters<'p>(plan: &Plan, arrivals: &[Arrival], outage: Option<&'p Calendar>) -> Vec<Counter<'p>> {
    let named = arrivals.iter().map(|arrival| &arrival.desk);
    let codes: BTreeSet<&DeskCode> = plan.desks.codes().chain(plan.staff.keys()).chain(named).collect();
    let counter = |code: &DeskCode| {
        let rules = plan.desks.get(code).cloned().unwrap_or_else(|| DeskRules::usual(&plan.zone));
        let shift = plan.shift.clone().map(|hours| Calendar::daily(rules.calendar.zone().clone(), hours));
        Counter {
            code: code.clone(),
            rules,
            shift,
            staff: plan.staff.get(code).copied().unwrap_or(0),
            busy: 0,
            queue: BTreeSet::new(),
            samples: Vec::new(),
            measured: None,
            comes_in: None,
            outage,
        }
    };
    codes.into_iter().map(counter).collect()
}

impl Counter<'_> {
    /// How many operators are there; they finish what they have begun.
    fn present(&self, at: Timestamp) -> u32 {
        let there = self.rules.calendar.is_open(at) && self.shift.as_ref().is_none_or(|shift| shift.is_open(at));
        if there { self.staff } else { 0 }
    }

    /// When operators come in next, if somebody waits for them.
    fn wakes(&mut self, now: Timestamp) -> Option<Timestamp> {
        if self.queue.is_empty() || self.busy >= self.staff {
            return None;
        }
        if self.comes_in.is_none_or(|at| at <= now) {
            self.comes_in = self.next_presence(now);
        }
        self.comes_in
    }

    fn next_presence(&self, now: Timestamp) -> Option<Timestamp> {
        let mut at = now;
        for _ in 0..TRIES {
            let open = up_again(self.rules.calendar.next_open(at).ok()?, self.outage);
            let on_shift = self.shift.as_ref().map_or(Ok(open), |shift| shift.next_open(open)).ok()?;
            if self.present(on_shift) > 0 && up_again(on_shift, self.outage) == on_shift {
                return Some(on_shift).filter(|at| *at > now);
            }
            at = on_shift;
        }
        None
    }

    fn measured(&mut self, now: Timestamp) -> &Measured {
        let stale = self.measured.as_ref().is_none_or(|(at, _)| now.duration_since(*at) >= FRESH);
        if stale {
            let recent = self.samples.get(self.samples.len().saturating_sub(REMEMBERED)..).unwrap_or_default();
            self.measured = Some((now, Measured::of(recent)));
        }
        let (_, measured) = self.measured.get_or_insert_with(|| (now, Measured::default()));
        measured
    }
}

impl Floor<'_> {
    /// When something happens next.
    fn next(&mut self, now: Timestamp) -> Option<Timestamp> {
        let coming = self.coming.peek().map(|arrival| arrival.at);
        let due = self.due.first().map(|(at, _)| *at);
        let done = self.worked_on.first().map(|(at, _)| *at);
        let wakes = self.counters.iter_mut().filter_map(|counter| counter.wakes(now)).min();
        [coming, due, done, wakes].into_iter().flatten().min()
    }

    /// Looks after every promise that is due.
    fn tend(&mut self, now: Timestamp) {
        while let Some((_, case)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            let Some(run) = self.cases.get(case) else { return };
            let Some(counter) = self.counters.get(run.desk) else { return };
            let look = run.promise.look(now, &counter.rules.calendar, &counter.rules.terms, run.priority);
            let change = run.promise.done(&look, now);
            let urgency = if matches!(look, Look::Warn { .. }) { raised(run.priority) } else { run.priority };
            self.change(case, change, urgency);
        }
    }

    /// Keeps a case's promise and urgency as they are now, and its place in the queue with them.
    fn change(&mut self, case: usize, change: Change, urgency: u8) {
        let Some(run) = self.cases.get_mut(case) else { return };
        if let Some(due) = run.promise.next_due {
            self.due.remove(&(due, case));
        }
        let before = place(case, run);
        run.ledger.extend(change.entries);
        (run.promise, run.priority) = (change.promise, urgency);
        if let Some(due) = run.promise.next_due {
            self.due.insert((due, case));
        }
        let waits = self.counters.get_mut(run.desk).is_some_and(|counter| counter.queue.remove(&before));
        if let Some(counter) = self.counters.get_mut(run.desk).filter(|_| waits) {
            counter.queue.insert(place(case, run));
        }
    }

    /// Answers that are ready.
    fn finish(&mut self, now: Timestamp) {
        while let Some((at, case)) = self.worked_on.first().copied().filter(|(at, _)| *at <= now) {
            self.worked_on.remove(&(at, case));
            let Some(run) = self.cases.get_mut(case) else { return };
            run.answered_at = Some(now);
            let claimed_at = run.claimed_at.unwrap_or(now);
            if let Some(counter) = self.counters.get_mut(run.desk) {
                counter.busy = counter.busy.saturating_sub(1);
                counter.samples.push(Sample {
                    hour_of_week: hour_of_week(run.opened_at, counter.rules.calendar.zone()),
                    waited: claimed_at.duration_since(run.opened_at),
                    handled: now.duration_since(claimed_at),
                });
            }
            let (kept, urgency) = (run.promise.keep(now, &OperatorName("simulated".to_owned())), run.priority);
            if let Some(change) = kept {
                self.change(case, change, urgency);
            }
        }
    }

    /// Cases that come in, or came in while the service was down and are sent again now.
    fn receive(&mut self, now: Timestamp) {
        while let Some(arrival) = self.coming.next_if(|arrival| arrival.at <= now) {
            let case = self.cases.len();
            let Some(desk) = self.counters.iter().position(|counter| counter.code == arrival.desk) else { continue };
            let Some(counter) = self.counters.get_mut(desk) else { continue };
            let urgency = priority(Some(arrival.priority), false);
            let hour = hour_of_week(now, counter.rules.calendar.zone());
            let as_urgent = counter.queue.iter().take_while(|(priority, ..)| *priority <= urgency);
            let ahead = u32::try_from(as_urgent.take(COUNTED).count()).unwrap_or(u32::MAX);
            let median_handling = counter.measured(now).handling(hour).map(|spread| spread.median);
            let backlog = Backlog { ahead, median_handling };
            let Change { promise, entries } =
                Promise::made(now, &counter.rules.calendar, &counter.rules.terms, urgency, backlog);
            let mut run = Run {
                desk,
                opened_at: now,
                claimed_at: None,
                answered_at: None,
                estimate: None,
                ledger: entries,
                priority: urgency,
                promise,
                handling: arrival.handling,
            };
            let place = place(case, &run);
            let position = counter.queue.range(..place).count().saturating_add(1);
            let (position, present) = (u32::try_from(position).unwrap_or(u32::MAX), counter.present(now));
            run.estimate = Wait::at(position, present, counter.measured(now), hour).estimate;
            counter.queue.insert(place);
            self.due.extend(run.promise.next_due.map(|due| (due, case)));
            self.cases.push(run);
        }
    }

    /// Operators who are free take the first in line.
    fn take(&mut self, now: Timestamp) {
        for counter in &mut self.counters {
            while counter.busy < counter.present(now) {
                let Some((.., case)) = counter.queue.pop_first() else { break };
                let Some(run) = self.cases.get_mut(case) else { break };
                run.claimed_at = Some(now);
                counter.busy += 1;
                self.worked_on.insert((now.checked_add(run.handling).unwrap_or(Timestamp::MAX), case));
            }
        }
    }

    /// Notes how many wait, for this hour and for those since the last note in which nothing happened.
    fn note_peaks(&mut self, now: Timestamp) {
        let hour = usize::try_from(now.duration_since(self.from).as_hours()).unwrap_or(0);
        let waiting: Vec<usize> = self.counters.iter().map(|counter| counter.queue.len()).collect();
        while self.peaks.len() <= hour {
            self.peaks.push(waiting.clone());
        }
        for (peak, waiting) in self.peaks.get_mut(hour).into_iter().flatten().zip(waiting) {
            *peak = (*peak).max(waiting);
        }
    }
}

fn place(case: usize, run: &Run) -> Place {
    (run.priority, run.promise.promised_by, run.opened_at, case)
}
