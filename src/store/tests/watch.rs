use std::collections::BTreeSet;
use std::time::Duration;

use super::*;

on_both! {
    async fn what_changes_in_the_queue_is_told_in_order(bench: Bench) {
        let operator = tanaka();
        let ticket = bench.claimed(&operator).await;
        bench.says(ticket.conversation, "まだですか").await;
        let act = bench.act(&ticket, &operator, 20);
        let holding = bench.message(Role::Operator, "確認します。");
        bench.store.operator_says(&act, &holding, None, Vec::new()).await.unwrap();
        let answer = bench.message(Role::Operator, "返金しました。");
        bench.store.operator_says(&act, &answer, Some(ANSWER), Vec::new()).await.unwrap();
        bench.store.snooze(&act, Some(bench.minute(30))).await.unwrap();
        bench.store.release(&act, Telling::default()).await.unwrap();
        bench.store.transfer(&act, &desk("payments"), Telling::default()).await.unwrap();
        bench.store.call_off(ticket.id, bench.minute(25), Telling::default()).await.unwrap();

        use DeskEventKind::*;
        let events = bench.store.desk_events_after(0, 99).await.unwrap();
        let kinds: Vec<DeskEventKind> = events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [Opened, Claimed, CustomerWrote, Replied, Answered, Snoozed, Released, Transferred, CalledOff]);
        assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=9).collect::<Vec<_>>());
        assert!(events.iter().all(|event| event.ticket == ticket.id && event.reference == ticket.reference));
        let by: Vec<&str> = events.iter().map(|event| event.by.as_str()).collect();
        assert_eq!((by[0], by[1], by[2], by[8]), (ASSISTANT, "operator:tanaka", CUSTOMER, CUSTOMER));
        let moved = &events[7];
        assert_eq!((&moved.desk, moved.from_desk.as_ref(), &moved.operator), (&desk("payments"), Some(&desk("returns")), &None));
        assert!(events[..7].iter().all(|event| event.from_desk.is_none() && event.desk == desk("returns")));
        let told = format!("{events:?}");
        assert!(!told.contains("まだですか") && !told.contains("返品したい") && !told.contains("返金"), "{told}");

        let resumed = bench.store.desk_events_after(3, 2).await.unwrap();
        assert_eq!(resumed, events[3..5]);
        assert_eq!(bench.store.last_desk_event().await.unwrap(), 9);
        assert_eq!(bench.store.desk_events_after(9, 99).await.unwrap(), []);
        assert_eq!(bench.store.desk_events_after(u64::MAX, 99).await.unwrap(), []);
    }

    async fn what_is_long_past_goes_and_the_numbers_go_on(bench: Bench) {
        let ticket = bench.claimed(&tanaka()).await;
        let operator = tanaka();
        bench.store.snooze(&bench.act(&ticket, &operator, 20), Some(bench.minute(30))).await.unwrap();
        bench.store.release(&bench.act(&ticket, &operator, 40), Telling::default()).await.unwrap();
        let seqs = async || {
            let events = bench.store.desk_events_after(0, 99).await.unwrap();
            events.iter().map(|event| event.seq).collect::<Vec<_>>()
        };
        // Nobody has looked at the queue so far: numbers are given all the same.
        assert_eq!(bench.store.forget_desk_events(bench.minute(-1)).await.unwrap(), 0);
        assert_eq!(bench.store.forget_desk_events(bench.minute(20)).await.unwrap(), 2);
        assert_eq!(seqs().await, [3, 4]);
        // Whoever heard number 4 and comes back after years misses nothing of what happens from then on.
        assert_eq!(bench.store.forget_desk_events(bench.minute(999)).await.unwrap(), 1);
        assert_eq!(bench.store.forget_desk_events(bench.minute(999)).await.unwrap(), 0);
        assert_eq!((seqs().await, bench.store.last_desk_event().await.unwrap()), (vec![4], 4));
        bench.store.claim(&bench.act(&ticket, &operator, 1_000)).await.unwrap();
        let heard = bench.store.desk_events_after(4, 99).await.unwrap();
        let heard: Vec<_> = heard.iter().map(|event| (event.seq, event.kind)).collect();
        assert_eq!(heard, [(5, DeskEventKind::Claimed)]);
    }

    async fn what_becomes_of_a_promise_is_told(bench: Bench) {
        let ticket = bench.claimed(&tanaka()).await;
        let before = bench.store.last_desk_event().await.unwrap();
        let seen = bench.promise(&ticket).await;
        bench.store.warn(&seen, bench.minute(45), 2, bench.minute(55), Vec::new()).await.unwrap();
        let seen = bench.promise(&ticket).await;
        bench.store.renegotiate(&seen, &bench.later(55, 120), Telling::default()).await.unwrap();
        let seen = bench.promise(&ticket).await;
        bench.store.breach(&seen, &bench.later(121, 180), Telling::default()).await.unwrap();
        let (_, keeping) =
            bench.store.resolve(&bench.act(&ticket, &tanaka(), 181), ANSWER, Telling::default()).await.unwrap();
        assert_eq!(keeping, Keeping::Late);
        use DeskEventKind::*;
        let events = bench.store.desk_events_after(before, 99).await.unwrap();
        let told: Vec<(DeskEventKind, &str)> = events.iter().map(|event| (event.kind, event.by.as_str())).collect();
        assert_eq!(told, [
            (Warned, CLOCKWORK), (Renegotiated, CLOCKWORK), (Breached, CLOCKWORK), (Breached, CLOCKWORK),
            (Resolved, "operator:tanaka"),
        ]);
    }

    async fn nobody_who_listens_misses_a_change(bench: Bench) {
        const EACH: usize = 24;
        let other = bench.replica().await;
        let mut news = Vec::new();
        for _ in 0..EACH {
            let conversation = bench.conversation().await;
            let mut new = bench.ticket(conversation.id);
            new.outbox.clear();
            news.push(new);
        }
        let expected: BTreeSet<TicketId> = news.iter().map(|new| new.ticket.id).collect();
        let writers: Vec<_> = news
            .into_iter()
            .enumerate()
            .map(|(n, new)| {
                let store = if n % 2 == 0 { bench.store.clone() } else { other.clone() };
                tokio::spawn(async move { store.open_ticket(&new, CUSTOMER, None, Telling::default()).await.unwrap() })
            })
            .collect();
        // Two listen, on one replica each, while all that is written.
        let listeners: Vec<_> = [bench.store.clone(), other.clone()]
            .into_iter()
            .map(|store| {
                tokio::spawn(async move {
                    let mut seen: Vec<DeskEvent> = Vec::new();
                    while seen.len() < EACH {
                        let after = seen.last().map_or(0, |event| event.seq);
                        seen.extend(store.desk_events_after(after, 3).await.unwrap());
                        tokio::task::yield_now().await;
                    }
                    seen
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let mut told = Vec::new();
        for listener in listeners {
            let seen = tokio::time::timeout(Duration::from_secs(120), listener).await.unwrap().unwrap();
            assert!((1..).zip(&seen).all(|(seq, event)| event.seq == seq), "{seen:?}");
            assert_eq!(seen.iter().map(|event| event.ticket).collect::<BTreeSet<_>>(), expected);
            told.push(seen);
        }
        assert_eq!(told[0], told[1]);
    }
}
