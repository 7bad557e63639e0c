//! Customers, operators, the clockwork and crashes, in any order.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;

/// One of them does something.
#[derive(Debug, Clone, Copy)]
enum Step {
    Says,
    Answers(usize),
    HandsOver(usize),
    Fails(usize),
    Button,
    Claims(bool),
    ClaimsNext(bool),
    Releases(bool),
    Transfers(bool),
    Replies(bool, bool),
    Resolves(bool),
    HandsBack(bool),
    CallsOff,
    Closes,
    Reopens,
    Passes(i64),
    Crashes,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Says),
        4 => (0usize..8).prop_map(Step::Answers),
        3 => (0usize..8).prop_map(Step::HandsOver),
        1 => (0usize..8).prop_map(Step::Fails),
        1 => Just(Step::Button),
        3 => any::<bool>().prop_map(Step::Claims),
        1 => any::<bool>().prop_map(Step::ClaimsNext),
        1 => any::<bool>().prop_map(Step::Releases),
        1 => any::<bool>().prop_map(Step::Transfers),
        3 => any::<(bool, bool)>().prop_map(|(who, answer)| Step::Replies(who, answer)),
        2 => any::<bool>().prop_map(Step::Resolves),
        2 => any::<bool>().prop_map(Step::HandsBack),
        1 => Just(Step::CallsOff),
        1 => Just(Step::Closes),
        1 => Just(Step::Reopens),
        2 => (1i64..90).prop_map(Step::Passes),
        1 => Just(Step::Crashes),
    ]
}

/// A story with one customer.
struct Story {
    bench: Bench,
    conversation: ConversationId,
    said: Vec<MessageId>,
    minute: i64,
}

impl Story {
    async fn begin(bench: Bench) -> Self {
        let conversation = bench.conversation().await.id;
        Self { bench, conversation, said: Vec::new(), minute: 0 }
    }

    async fn go_on(&mut self, step: Step) -> Result<(), StoreError> {
        let operator = |first: bool| if first { tanaka() } else { sato() };
        let store = self.bench.store.clone();
        let at = self.bench.minute(self.minute);
        let last = store.tickets_of(self.conversation).await?.pop();
        let message = |at: usize| self.said.len().checked_sub(1).and_then(|last| self.said.get(at.min(last)).copied());
        match step {
            Step::Says => self.said.push(self.bench.says(self.conversation, "もしもし").await),
            Step::Answers(which) => {
                if let Some(id) = message(which) {
                    self.bench.answer(self.conversation, id).await?;
                }
            }
            Step::HandsOver(which) => {
                if let Some(id) = message(which) {
                    self.bench.finish(self.conversation, id, Some(&self.new_ticket())).await?;
                }
            }
            Step::Fails(which) => {
                if let Some(id) = message(which) {
                    let failure = [EventBody::Error { detail: String::new() }];
                    store.finish(&Attempt::first(self.conversation, id), None, &failure, None).await?;
                }
            }
            Step::Button => {
                store.open_ticket(&self.new_ticket(), CUSTOMER, None, Telling::default()).await?;
            }
            Step::ClaimsNext(who) => {
                store.claim_next(&[], &operator(who), at).await?;
            }
            Step::Closes => {
                store.close_conversation(self.conversation, at, Telling::default()).await?;
            }
            Step::Reopens => {
                store.reopen(self.conversation, at, Telling::default()).await?;
            }
            Step::Passes(minutes) => {
                self.minute += minutes;
                self.tick().await?;
            }
            Step::Crashes => {
                let again = self.bench.replica().await;
                std::mem::replace(&mut self.bench.store, again).close().await;
            }
            Step::Claims(_)
            | Step::Releases(_)
            | Step::Transfers(_)
            | Step::Replies(..)
            | Step::Resolves(_)
            | Step::HandsBack(_)
            | Step::CallsOff => {
                let Some(ticket) = last else { return Ok(()) };
                self.operate(step, &ticket, at).await?;
            }
        }
        Ok(())
    }

    async fn operate(&self, step: Step, ticket: &Ticket, at: Timestamp) -> Result<(), StoreError> {
        let store = &self.bench.store;
        let who = matches!(
            step,
            Step::Claims(true)
                | Step::Releases(true)
                | Step::Transfers(true)
                | Step::Replies(true, _)
                | Step::Resolves(true)
                | Step::HandsBack(true)
        );
        let by = if who { tanaka() } else { sato() };
        let act = Act { ticket: ticket.id, by: &by, at, seen: Some(ticket.version) };
        match step {
            Step::Claims(_) => drop(store.claim(&act).await?),
            Step::Releases(_) => drop(store.release(&act, Telling::default()).await?),
            Step::Transfers(_) => drop(store.transfer(&act, &desk("payments"), Telling::default()).await?),
            Step::Replies(_, answer) => {
                let text = self.bench.message(Role::Operator, "はい。");
                store.operator_says(&act, &text, answer.then_some(ANSWER), Vec::new()).await?;
            }
            Step::Resolves(_) => drop(store.resolve(&act, ANSWER, Telling::default()).await?),
            Step::HandsBack(_) => drop(store.hand_back(&act, ANSWER, Telling::default()).await?),
            _ => drop(store.call_off(ticket.id, at, Telling::default()).await?),
        }
        Ok(())
    }

    fn new_ticket(&self) -> NewTicket {
        let mut new = self.bench.ticket(self.conversation);
        new.ticket.opened_at = self.bench.minute(self.minute);
        new.promised_by = self.bench.minute(self.minute + 60);
        new.next_due = self.bench.minute(self.minute + 45);
        new
    }

    /// The clockwork: whatever passed is told.
    async fn tick(&self) -> Result<(), StoreError> {
        let (store, now) = (&self.bench.store, self.bench.minute(self.minute));
        for filed in store.due(now, self.bench.minute(self.minute + 1), 9).await? {
            let (seen, promised_by) = (&filed.promise, self.bench.minute(self.minute + 60));
            let next_due = self.bench.minute(self.minute + 45);
            let new = NewPromise {
                by: CLOCKWORK,
                machine: true,
                at: now,
                promised_by,
                next_due,
                level: filed.ticket.level + 1,
                words: "申し訳ありません。",
                reason: None,
            };
            let notice = self.bench.message(Role::Notice, "申し訳ありません。");
            let telling = Telling { notice: Some(&notice), ..Telling::default() };
            if now >= seen.promised_by {
                store.breach(seen, &new, telling).await?;
            } else if seen.machine_renegotiations == 0 {
                store.renegotiate(seen, &new, telling).await?;
            } else {
                store.warn(seen, now, 1, seen.promised_by, Vec::new()).await?;
            }
        }
        Ok(())
    }

    /// What holds whatever happens.
    async fn check(&self) {
        let store = &self.bench.store;
        let owner = self.bench.owner(self.conversation).await;
        let tickets = store.tickets_of(self.conversation).await.unwrap();
        let open: Vec<&Ticket> = tickets.iter().filter(|ticket| ticket.state.open()).collect();
        // Never two owners.
        match (owner, open.as_slice()) {
            (Owner::Assistant | Owner::Closed, []) => {}
            (Owner::Waiting, [ticket]) => assert_eq!(ticket.state, TicketState::Waiting),
            (Owner::Operator, [ticket]) => {
                assert_eq!(ticket.state, TicketState::Claimed);
                assert!(ticket.operator.is_some());
            }
            other => panic!("{other:?}"),
        }
        // No message is lost, none is answered twice.
        let messages = store.messages(self.conversation).await.unwrap();
        let of_customer: Vec<MessageId> =
            messages.iter().filter(|message| message.role == Role::Customer).map(|message| message.id).collect();
        assert_eq!(of_customer, self.said);
        let events = store.events_after(self.conversation, 0, 10_000).await.unwrap();
        assert!((1..).zip(&events).all(|(seq, event)| event.seq == seq));
        let unanswered = store.unanswered().await.unwrap();
        for id in &self.said {
            let ends: Vec<&str> = events
                .iter()
                .filter(|event| event.message_id == *id && event.body.is_last())
                .map(|event| event.body.name())
                .collect();
            let closed = ends.iter().filter(|name| **name != EventBody::ERROR).count();
            assert!(closed <= 1, "{ends:?}");
            assert_eq!(ends.is_empty(), unanswered.iter().any(|(_, message)| message.id == *id));
        }
        let shown = events.iter().filter(|event| event.body.name() == EventBody::MESSAGE).count();
        assert_eq!(shown, messages.len() - of_customer.len());
        // No promise is silent: whose time has passed is broken, and says so, and has a new time.
        let now = self.bench.minute(self.minute);
        for ticket in &tickets {
            let promise = self.bench.promise(ticket).await;
            let kinds = self.bench.kinds(ticket).await;
            assert_eq!(kinds.first(), Some(&LedgerKind::Promised));
            assert_eq!(promise.state == PromiseState::Breached, kinds.contains(&LedgerKind::Breached));
            match promise.owed() {
                Some(promised_by) => {
                    assert!(ticket.state.open() && promised_by > now, "{promise:?}");
                    assert!(!kinds.contains(&LedgerKind::Kept));
                }
                None => assert!(matches!(kinds.last(), Some(LedgerKind::Kept | LedgerKind::Withdrawn)), "{kinds:?}"),
            }
        }
    }
}

fn tell(steps: Vec<Step>, place: impl AsyncFnOnce() -> Option<Place>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(place) = place().await else { return };
        let mut story = Story::begin(Bench::at(place).await).await;
        for step in steps {
            match story.go_on(step).await {
                Ok(())
                | Err(StoreError::NotNow(_) | StoreError::Taken { .. } | StoreError::Stale | StoreError::Answered) => {}
                Err(error) => panic!("{step:?}: {error}"),
            }
            story.check().await;
        }
        story.bench.tidy().await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_or_doubled_on_sqlite(steps in proptest::collection::vec(step(), 1..40)) {
        tell(steps, async || Some(Place::file()));
    }

    #[test]
    fn nothing_is_lost_or_doubled_on_postgres(steps in proptest::collection::vec(step(), 1..40)) {
        tell(steps, Place::server);
    }
}

// Stories of the same customers, told by several at once, on two replicas. Whatever waits for whatever, somebody goes on;
// what is refused is refused with a reason; and in the end everything holds.
on_both! {
    async fn everybody_at_once(bench: Bench) {
        let conversations = [bench.conversation().await.id, bench.conversation().await.id, bench.conversation().await.id];
        let mut runner = TestRunner::deterministic();
        let mut tellers = Vec::new();
        for n in 0..6 {
            let steps = proptest::collection::vec(step(), 40).new_tree(&mut runner).unwrap().current();
            let mut stories = Vec::new();
            for conversation in conversations {
                let other = Bench { place: Place::file(), store: bench.replica().await, ids: Arc::clone(&bench.ids), now: bench.now };
                stories.push(Story { bench: other, conversation, said: Vec::new(), minute: 0 });
            }
            tellers.push(tokio::spawn(async move {
                for (at, step) in steps.into_iter().enumerate() {
                    let story = &mut stories[(at + n) % 3];
                    let step = if matches!(step, Step::Crashes) { Step::Passes(20) } else { step };
                    match story.go_on(step).await {
                        Ok(()) => {}
                        Err(StoreError::Database(error)) => panic!("{step:?}: {error}"),
                        Err(StoreError::NotNow(_) | StoreError::Taken { .. } | StoreError::Stale | StoreError::Answered) => {}
                        Err(StoreError::Untimely(_)) => {}
                        Err(error) => panic!("{step:?}: {error}"),
                    }
                }
                for story in &stories {
                    story.bench.store.clone().close().await;
                }
                stories.into_iter().map(|story| (story.said, story.minute)).collect::<Vec<_>>()
            }));
        }
        let mut said = [const { Vec::new() }; 3];
        let mut minute = 0;
        for teller in tellers {
            for (said, (more, passed)) in said.iter_mut().zip(teller.await.unwrap()) {
                said.extend(more);
                minute = minute.max(passed);
            }
        }
        for (conversation, mut said) in conversations.into_iter().zip(said) {
            let store = bench.replica().await;
            let place = Place::file();
            let mine = Bench { place, store, ids: Arc::clone(&bench.ids), now: bench.now };
            let mut story = Story { bench: mine, conversation, said: Vec::new(), minute };
            // Each teller knows what they said; the conversation knows in which order.
            let messages = story.bench.store.messages(conversation).await.unwrap();
            let customers = messages.iter().filter(|message| message.role == Role::Customer);
            story.said = customers.map(|message| message.id).collect();
            said.sort_unstable();
            let mut kept = story.said.clone();
            kept.sort_unstable();
            assert_eq!(kept, said, "a message is lost");
            story.go_on(Step::Passes(1)).await.unwrap();
            story.check().await;
            story.bench.store.close().await;
        }
    }
}
