use std::collections::BTreeSet;

use super::*;

/// A ticket with another place in the queue.
async fn queued(bench: &Bench, priority: u8, promised: i64, opened: i64) -> Ticket {
    let conversation = bench.conversation().await;
    let mut new = bench.ticket(conversation.id);
    new.ticket.priority = priority;
    new.ticket.opened_at = bench.minute(opened);
    new.promised_by = bench.minute(promised);
    new.outbox.clear();
    bench.store.open_ticket(&new, CUSTOMER, None, Telling::default()).await.unwrap();
    new.ticket
}

on_both! {
    async fn one_of_many_who_want_a_ticket_gets_it(bench: Bench) {
        let other = bench.replica().await;
        for _ in 0..5 {
            let ticket = bench.handed_over().await;
            let tries = (0..6).map(|n| {
                let store = if n % 2 == 0 { bench.store.clone() } else { other.clone() };
                let (id, at) = (ticket.id, bench.minute(n));
                tokio::spawn(async move {
                    let by = OperatorName(format!("operator {n}"));
                    store.claim(&Act { ticket: id, by: &by, at, seen: Some(1) }).await
                })
            });
            let mut won = Vec::new();
            for tried in tries.collect::<Vec<_>>() {
                match tried.await.unwrap() {
                    Ok(ticket) => won.push(ticket),
                    Err(StoreError::Taken { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(won.len(), 1);
            assert_eq!(bench.store.ticket(ticket.id).await.unwrap().as_ref(), won.first());
            let standing = bench.store.standing(ticket.conversation).await.unwrap().unwrap();
            assert_eq!(standing.operator, won[0].operator.as_ref().map(|operator| operator.0.clone()));
            assert_eq!(standing.owner, Owner::Operator);
        }
    }

    async fn each_operator_gets_a_ticket_of_their_own(bench: Bench) {
        let other = bench.replica().await;
        for n in 0..12 {
            queued(bench, 3, 60 + n, n).await;
        }
        let tries = (0..15).map(|n| {
            let store = if n % 2 == 0 { bench.store.clone() } else { other.clone() };
            let now = bench.minute(20);
            tokio::spawn(async move { store.claim_next(&[desk("returns")], &OperatorName(format!("operator {n}")), now).await })
        });
        let mut got = Vec::new();
        for tried in tries.collect::<Vec<_>>() {
            got.extend(tried.await.unwrap().unwrap());
        }
        let ids: BTreeSet<TicketId> = got.iter().map(|ticket| ticket.id).collect();
        assert_eq!((got.len(), ids.len()), (12, 12));
        assert!(got.iter().all(|ticket| ticket.state == TicketState::Claimed));
    }

    async fn the_most_urgent_comes_first(bench: Bench) {
        let late = queued(bench, 3, 90, 0).await;
        let soon = queued(bench, 3, 60, 2).await;
        let older = queued(bench, 3, 60, 1).await;
        let urgent = queued(bench, 1, 120, 3).await;
        let order = [urgent.id, older.id, soon.id, late.id];
        let filter = TicketFilter { states: vec![TicketState::Waiting], limit: 10, ..TicketFilter::default() };
        let all = bench.store.tickets(&filter).await.unwrap();
        assert_eq!(all.iter().map(|filed| filed.ticket.id).collect::<Vec<_>>(), order);
        for (ahead, id) in (0..).zip(order) {
            assert_eq!(bench.store.queue_ahead(id, bench.now).await.unwrap(), Some(ahead));
        }
        let mut paged = Vec::new();
        let mut page = TicketFilter { limit: 3, ..filter };
        loop {
            let found = bench.store.tickets(&page).await.unwrap();
            let Some(last) = found.last() else { break };
            page.after = Some(last.cursor());
            paged.extend(found.into_iter().map(|filed| filed.ticket.id));
        }
        assert_eq!(paged, order);

        let operator = tanaka();
        let act = Act { ticket: older.id, by: &operator, at: bench.minute(5), seen: None };
        bench.store.snooze(&act, Some(bench.minute(30))).await.unwrap();
        assert_eq!(bench.store.queue_ahead(soon.id, bench.minute(10)).await.unwrap(), Some(1));
        assert_eq!(bench.store.queue_ahead(soon.id, bench.minute(30)).await.unwrap(), Some(2));
        let awake = TicketFilter { awake_at: Some(bench.minute(10)), limit: 10, ..TicketFilter::default() };
        assert_eq!(bench.store.tickets(&awake).await.unwrap().len(), 3);
        for (expected, minute) in [(urgent.id, 10), (soon.id, 10), (older.id, 30), (late.id, 30)] {
            let got = bench.store.claim_next(&[], &tanaka(), bench.minute(minute)).await.unwrap();
            assert_eq!(got.map(|ticket| ticket.id), Some(expected));
        }
        assert_eq!(bench.store.claim_next(&[], &tanaka(), bench.minute(40)).await.unwrap(), None);
        assert_eq!(bench.store.queue_ahead(soon.id, bench.now).await.unwrap(), None);
    }

    async fn tickets_are_found_by_what_they_are(bench: Bench) {
        let ticket = bench.claimed(&tanaka()).await;
        let other = bench.handed_over().await;
        let found = async |filter: TicketFilter| {
            let found = bench.store.tickets(&TicketFilter { limit: 10, ..filter }).await.unwrap();
            found.into_iter().map(|filed| filed.ticket.id).collect::<Vec<_>>()
        };
        let by_operator = TicketFilter { operator: Some(tanaka()), ..TicketFilter::default() };
        assert_eq!(found(by_operator).await, [ticket.id]);
        let waiting = TicketFilter { states: vec![TicketState::Waiting], ..TicketFilter::default() };
        assert_eq!(found(waiting).await, [other.id]);
        let elsewhere = TicketFilter { desks: vec![desk("payments")], ..TicketFilter::default() };
        assert_eq!(found(elsewhere).await, []);
        let english = TicketFilter { language: Some(Lang::EN), ..TicketFilter::default() };
        assert_eq!(found(english).await, []);
        let japanese = TicketFilter { language: Some(Lang::JA), ..TicketFilter::default() };
        assert_eq!(found(japanese).await.len(), 2);
        assert_eq!(bench.store.claim_next(&[desk("payments")], &sato(), bench.minute(9)).await.unwrap(), None);
    }
}
