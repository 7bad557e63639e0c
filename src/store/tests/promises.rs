use std::collections::BTreeSet;

use super::*;

on_both! {
    async fn what_is_due_is_lent_to_one(bench: Bench) {
        let other = bench.replica().await;
        for _ in 0..12 {
            bench.handed_over().await;
        }
        assert_eq!(bench.store.due(bench.minute(44), bench.minute(46), 99).await.unwrap(), []);
        let takers = (0..8).map(|n| {
            let store = if n % 2 == 0 { bench.store.clone() } else { other.clone() };
            let (now, until) = (bench.minute(45), bench.minute(47));
            tokio::spawn(async move { store.due(now, until, 3).await })
        });
        let mut lent = Vec::new();
        for taken in takers.collect::<Vec<_>>() {
            lent.extend(taken.await.unwrap().unwrap());
        }
        // What another was taking at that moment is passed over, and is there for the next look.
        lent.extend(bench.store.due(bench.minute(45), bench.minute(47), 99).await.unwrap());
        let ids: BTreeSet<TicketId> = lent.iter().map(|filed| filed.ticket.id).collect();
        assert_eq!((lent.len(), ids.len()), (12, 12));
        assert_eq!(bench.store.due(bench.minute(46), bench.minute(48), 99).await.unwrap(), []);
        // Whoever had them died: they are lent again.
        assert_eq!(other.due(bench.minute(47), bench.minute(49), 99).await.unwrap().len(), 12);
    }

    async fn the_earliest_promise_comes_first(bench: Bench) {
        let mut tickets = Vec::new();
        for minutes in [70, 50, 60] {
            let conversation = bench.conversation().await;
            let mut new = bench.ticket(conversation.id);
            new.promised_by = bench.minute(minutes);
            new.outbox.clear();
            bench.store.open_ticket(&new, CUSTOMER, None, Telling::default()).await.unwrap();
            tickets.push(new.ticket.id);
        }
        let order = [tickets[1], tickets[2], tickets[0]];
        let listed = bench.store.promises(&PromiseFilter { owed: true, limit: 2, ..PromiseFilter::default() }).await.unwrap();
        let after = listed.last().map(Filed::promise_cursor);
        let rest = bench.store.promises(&PromiseFilter { after, limit: 2, ..PromiseFilter::default() }).await.unwrap();
        assert_eq!(listed.iter().chain(&rest).map(|filed| filed.ticket.id).collect::<Vec<_>>(), order);
        let before = PromiseFilter {
            promised_before: Some(bench.minute(60)),
            desks: vec![desk("returns")],
            states: vec![PromiseState::Running],
            limit: 9,
            ..PromiseFilter::default()
        };
        assert_eq!(bench.store.promises(&before).await.unwrap().len(), 1);
        let due = bench.store.due(bench.minute(45), bench.minute(46), 9).await.unwrap();
        assert_eq!(due.iter().map(|filed| filed.ticket.id).collect::<Vec<_>>(), order);
    }

    async fn a_promise_in_danger_goes_its_whole_way(bench: Bench) {
        let ticket = bench.handed_over().await;
        let due = async |minute: i64| {
            let mut due = bench.store.due(bench.minute(minute), bench.minute(minute + 2), 9).await.unwrap();
            due.pop().map(|filed| filed.promise)
        };
        let seen = due(45).await.unwrap();
        bench.store.look_again(&seen, Some(bench.minute(46))).await.unwrap();
        assert_eq!(due(45).await, None);
        let seen = due(46).await.unwrap();
        let outbox = vec![bench.notice(Target::Webhook("slack".to_owned()), None)];
        let warned = bench.store.warn(&seen, bench.minute(46), 2, bench.minute(50), outbox).await.unwrap();
        assert_eq!((warned.priority, warned.level, warned.version), (2, 0, 2));
        // Another replica, whose lease was over, comes too late to do it again.
        let again = bench.store.warn(&seen, bench.minute(46), 1, bench.minute(50), Vec::new()).await;
        assert!(matches!(again, Err(StoreError::Stale)));

        let seen = due(50).await.unwrap();
        assert_eq!(seen.warned, 1);
        let notice = bench.message(Role::Notice, "申し訳ありません。12時までにご返事します。");
        let telling = || Telling { notice: Some(&notice), ..Telling::default() };
        let sooner = bench.store.renegotiate(&seen, &bench.later(50, 60), telling()).await;
        assert!(matches!(sooner, Err(StoreError::Untimely(_))));
        let too_late = bench.store.renegotiate(&seen, &bench.later(60, 90), telling()).await;
        assert!(matches!(too_late, Err(StoreError::Untimely(_))));
        let too_early = bench.store.breach(&seen, &bench.later(59, 90), telling()).await;
        assert!(matches!(too_early, Err(StoreError::Untimely(_))));
        let moved = bench.store.renegotiate(&seen, &bench.later(50, 120), telling()).await.unwrap();
        assert_eq!(moved.level, 1);
        let standing = bench.store.standing(ticket.conversation).await.unwrap().unwrap();
        assert_eq!(standing.promised_by, Some(bench.minute(120)));

        let seen = due(115).await.unwrap();
        assert_eq!((seen.warned, seen.machine_renegotiations), (0, 1));
        assert_eq!(seen.first_promised_by, bench.minute(60));
        let telling = Telling::default;
        let twice = bench.store.renegotiate(&seen, &bench.later(115, 180), telling()).await;
        assert!(matches!(twice, Err(StoreError::Untimely(_))));
        bench.store.breach(&seen, &bench.later(120, 180), telling()).await.unwrap();
        let promise = bench.promise(&ticket).await;
        assert_eq!((promise.state, promise.owed()), (PromiseState::Breached, Some(bench.minute(180))));
        // A supervisor may move it as often as they dare to write.
        let person = NewPromise { by: "operator:sato", machine: false, level: 2, ..bench.later(170, 240) };
        bench.store.renegotiate(&promise, &person, telling()).await.unwrap();
        let promise = bench.promise(&ticket).await;
        bench.store.breach(&promise, &bench.later(250, 300), telling()).await.unwrap();

        let operator = tanaka();
        bench.store.claim(&bench.act(&ticket, &operator, 260)).await.unwrap();
        let act = bench.act(&ticket, &operator, 270);
        let (_, keeping) = bench.store.resolve(&act, ANSWER, telling()).await.unwrap();
        assert_eq!((keeping, bench.promise(&ticket).await.state), (Keeping::Kept, PromiseState::Breached));
        let now = bench.promise(&ticket).await;
        assert!(matches!(bench.store.look_again(&now, None).await, Err(StoreError::Stale)), "nothing is owed any more");
        use LedgerKind::{Breached, Kept, Promised, Renegotiated, Warned};
        assert_eq!(bench.kinds(&ticket).await, [Promised, Warned, Renegotiated, Breached, Renegotiated, Breached, Kept]);
        let counts = bench.store.promise_counts().await.unwrap();
        assert_eq!(counts, PromiseCounts { breached: 1, warned: 1, ..PromiseCounts::default() });
    }

    async fn promises_are_counted_at_their_worst(bench: Bench) {
        let operator = tanaka();
        assert_eq!(bench.store.promise_counts().await.unwrap(), PromiseCounts::default());
        bench.handed_over().await;
        let kept = bench.claimed(&operator).await;
        bench.store.resolve(&bench.act(&kept, &operator, 30), ANSWER, Telling::default()).await.unwrap();
        let moved = bench.claimed(&operator).await;
        let promise = bench.promise(&moved).await;
        bench.store.renegotiate(&promise, &bench.later(50, 120), Telling::default()).await.unwrap();
        bench.store.resolve(&bench.act(&moved, &operator, 100), ANSWER, Telling::default()).await.unwrap();
        assert!(!bench.store.seen_by_customer(moved.id, bench.minute(101)).await.unwrap(), "nothing is owed any more");
        let counts = bench.store.promise_counts().await.unwrap();
        assert_eq!(counts, PromiseCounts { running: 1, kept: 1, renegotiated: 1, ..PromiseCounts::default() });
    }

    async fn a_line_of_the_ledger_is_never_changed(bench: Bench) {
        let ticket = bench.handed_over().await;
        assert!(bench.store.seen_by_customer(ticket.id, bench.minute(1)).await.unwrap());
        assert!(!bench.store.seen_by_customer(ticket.id, bench.minute(2)).await.unwrap());
        let before = bench.store.ledger(ticket.id).await.unwrap();
        for change in ["UPDATE ledger SET kind = 'kept'", "DELETE FROM ledger"] {
            let error = bench.raw(change).await.unwrap_err().to_string();
            assert!(error.contains("only added to"), "{error}");
        }
        // It outlives the ticket and the conversation.
        bench.raw("DELETE FROM conversation").await.unwrap();
        assert_eq!(bench.store.ticket(ticket.id).await.unwrap(), None);
        assert_eq!(bench.store.promise(ticket.id).await.unwrap(), None);
        assert_eq!(bench.store.ledger(ticket.id).await.unwrap(), before);
        assert_eq!(before.iter().map(|entry| entry.kind).collect::<Vec<_>>(), [LedgerKind::Promised, LedgerKind::Told]);
        let counts = bench.store.promise_counts().await.unwrap();
        assert_eq!(counts, PromiseCounts { running: 1, told: 1, ..PromiseCounts::default() });
    }
}
