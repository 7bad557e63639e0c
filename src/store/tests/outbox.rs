use std::collections::BTreeSet;

use super::*;

on_both! {
    async fn notices_of_a_ticket_go_in_their_order(bench: Bench) {
        let ticket = bench.handed_over().await;
        let slack = || Target::Webhook("slack".to_owned());
        let later = [bench.notice(Target::Mail, None), bench.notice(slack(), None), bench.notice(slack(), None)];
        bench.store.enqueue(ticket.conversation, &later).await.unwrap();
        let due = async |minute: i64| {
            let due = bench.store.due_notices(bench.minute(minute), bench.minute(minute + 5), 99).await.unwrap();
            due.into_iter().map(|notice| notice.seq).collect::<Vec<_>>()
        };
        // The first mail, and the first for the webhook: neither waits for the other.
        assert_eq!(due(0).await, [1, 3]);
        assert_eq!(due(1).await, [] as [u64; 0]);
        let all = bench.store.outbox(&OutboxFilter { limit: 99, ..OutboxFilter::default() }).await.unwrap();
        let id = |seq: u64| all.iter().find(|notice| notice.seq == seq).unwrap().id;
        bench.store.failed(id(1), "busy", bench.minute(30)).await.unwrap();
        bench.store.delivered(id(3), bench.minute(1)).await.unwrap();
        assert_eq!(due(2).await, [4], "the second mail waits for the first");
        // The lease is over, and nobody has said what became of it.
        assert_eq!(due(7).await, [4]);
        bench.store.dead(id(4), "gone").await.unwrap();
        assert_eq!(due(30).await, [1]);
        bench.store.dead(id(1), "no such address").await.unwrap();
        assert_eq!(due(31).await, [2], "what was given up holds up nothing");

        let dead = OutboxFilter { states: vec![NoticeState::Dead], ticket: Some(ticket.id), limit: 9, ..OutboxFilter::default() };
        let found = bench.store.outbox(&dead).await.unwrap();
        assert_eq!(found.iter().map(|notice| notice.seq).collect::<Vec<_>>(), [1, 4]);
        assert_eq!((found[0].attempts, found[0].last_error.as_deref()), (2, Some("no such address")));
        assert!(bench.store.retry(id(1), bench.minute(40)).await.unwrap());
        assert!(!bench.store.retry(id(1), bench.minute(40)).await.unwrap());
        assert_eq!(due(40).await, [1]);
        let page = OutboxFilter { after: Some(id(1)), limit: 1, ..OutboxFilter::default() };
        assert_eq!(bench.store.outbox(&page).await.unwrap().len(), 1);
    }

    async fn a_delivered_promise_is_told_once(bench: Bench) {
        let ticket = bench.handed_over().await;
        let notice = bench.store.due_notices(bench.now, bench.minute(1), 9).await.unwrap().remove(0);
        bench.store.delivered(notice.id, bench.minute(1)).await.unwrap();
        bench.store.delivered(notice.id, bench.minute(2)).await.unwrap();
        let ledger = bench.store.ledger(ticket.id).await.unwrap();
        assert_eq!(bench.kinds(&ticket).await, [LedgerKind::Promised, LedgerKind::Told]);
        assert_eq!((ledger[1].at, ledger[1].promised_by), (bench.minute(1), Some(bench.minute(60))));
        let sent = OutboxFilter { states: vec![NoticeState::Sent], limit: 9, ..OutboxFilter::default() };
        assert_eq!(bench.store.outbox(&sent).await.unwrap()[0].sent_at, Some(bench.minute(1)));
        let nothing = bench.store.delivered(uuid::Uuid::nil(), bench.now).await;
        assert!(matches!(nothing, Err(StoreError::UnknownNotice)));
    }

    async fn what_has_nowhere_to_go_waits(bench: Bench) {
        let opened = bench.conversation().await;
        let held = NewNotice { held: true, ..bench.notice(Target::Mail, None) };
        bench.store.enqueue(opened.id, std::slice::from_ref(&held)).await.unwrap();
        assert_eq!(bench.store.due_notices(bench.minute(9), bench.minute(10), 9).await.unwrap(), []);
        assert!(bench.store.retry(held.id, bench.minute(10)).await.unwrap());
        let due = bench.store.due_notices(bench.minute(10), bench.minute(11), 9).await.unwrap();
        assert_eq!((due.len(), due[0].ticket, due[0].conversation), (1, None, Some(opened.id)));
    }

    async fn a_notice_is_lent_to_one(bench: Bench) {
        let other = bench.replica().await;
        for _ in 0..12 {
            bench.handed_over().await;
        }
        let takers = (0..8).map(|n| {
            let store = if n % 2 == 0 { bench.store.clone() } else { other.clone() };
            let (now, until) = (bench.now, bench.minute(5));
            tokio::spawn(async move { store.due_notices(now, until, 3).await })
        });
        let mut lent = Vec::new();
        for taken in takers.collect::<Vec<_>>() {
            lent.extend(taken.await.unwrap().unwrap());
        }
        lent.extend(bench.store.due_notices(bench.now, bench.minute(5), 99).await.unwrap());
        let ids: BTreeSet<uuid::Uuid> = lent.iter().map(|notice| notice.id).collect();
        assert_eq!((lent.len(), ids.len()), (12, 12));
    }
}
