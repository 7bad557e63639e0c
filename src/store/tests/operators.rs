use super::*;

fn profile(bench: &Bench, name: OperatorName) -> OperatorProfile {
    OperatorProfile { name, present: true, capacity: None, languages: Vec::new(), last_seen: bench.now }
}

/// A ticket that waits, changed as it needs to be.
async fn waiting(bench: &Bench, promised: i64, change: impl FnOnce(&mut Ticket)) -> Ticket {
    let conversation = bench.conversation().await;
    let mut new = bench.ticket(conversation.id);
    new.promised_by = bench.minute(promised);
    new.outbox.clear();
    change(&mut new.ticket);
    bench.store.open_ticket(&new, CUSTOMER, None, Telling::default()).await.unwrap();
    new.ticket
}

async fn next(bench: &Bench, by: &OperatorName, minute: i64) -> Option<TicketId> {
    bench.store.claim_next(&[], by, bench.minute(minute)).await.unwrap().map(|ticket| ticket.id)
}

on_both! {
    async fn an_operator_is_known_from_their_first_call_on(bench: Bench) {
        let name = tanaka();
        assert_eq!(bench.store.operator(&name).await.unwrap(), None);
        bench.store.heard_of(&name, &[Lang::JA], bench.now).await.unwrap();
        let known = bench.store.operator(&name).await.unwrap().unwrap();
        assert_eq!(known, OperatorAtWork { profile: OperatorProfile { languages: vec![Lang::JA], ..profile(bench, tanaka()) }, has: 0 });
        // Not every call is written down, and none takes back what they said.
        let said = OperatorProfile { present: false, capacity: Some(3), languages: vec![Lang::EN], ..profile(bench, tanaka()) };
        bench.store.keep_operator(&said).await.unwrap();
        let soon = bench.now + SignedDuration::from_secs(29);
        bench.store.heard_of(&name, &[Lang::JA], soon).await.unwrap();
        assert_eq!(bench.store.operator(&name).await.unwrap().unwrap().profile, said);
        bench.store.heard_of(&name, &[Lang::JA], bench.minute(1)).await.unwrap();
        let known = bench.store.operator(&name).await.unwrap().unwrap().profile;
        assert_eq!(known, OperatorProfile { last_seen: bench.minute(1), ..said });
        // A clock that was put back takes nothing back.
        bench.store.heard_of(&name, &[], bench.minute(-60)).await.unwrap();
        assert_eq!(bench.store.operator(&name).await.unwrap().unwrap().profile, known);
        let there = OperatorProfile { present: true, ..known };
        assert!(there.is_there(bench.minute(11)) && !there.is_there(bench.minute(12)));

        bench.store.heard_of(&sato(), &[], bench.now).await.unwrap();
        let ticket = waiting(bench, 60, |_| {}).await;
        bench.store.claim(&bench.act(&ticket, &sato(), 2)).await.unwrap();
        let all = bench.store.operators().await.unwrap();
        let has: Vec<(&str, u64)> = all.iter().map(|it| (it.profile.name.0.as_str(), it.has)).collect();
        assert_eq!(has, [("sato", 1), ("tanaka", 0)]);
    }

    async fn nobody_is_given_more_than_they_take(bench: Bench) {
        for minutes in [50, 60, 70, 80] {
            waiting(bench, minutes, |_| {}).await;
        }
        bench.store.keep_operator(&OperatorProfile { capacity: Some(2), ..profile(bench, tanaka()) }).await.unwrap();
        let other = bench.replica().await;
        let tries: Vec<_> = (0..6)
            .map(|n| {
                let (store, at) = (if n % 2 == 0 { bench.store.clone() } else { other.clone() }, bench.minute(5));
                tokio::spawn(async move { store.claim_next(&[], &tanaka(), at).await.unwrap() })
            })
            .collect();
        let mut got = Vec::new();
        for tried in tries {
            got.extend(tried.await.unwrap());
        }
        assert_eq!(got.len(), 2);
        assert!(bench.store.operator(&tanaka()).await.unwrap().unwrap().is_full());
        // One that is given back makes room.
        bench.store.release(&bench.act(&got[0], &tanaka(), 6), Telling::default()).await.unwrap();
        assert!(next(bench, &tanaka(), 7).await.is_some());
        assert_eq!(next(bench, &tanaka(), 8).await, None);
        // Whoever has not said how many they take gets what is left.
        assert!(next(bench, &sato(), 8).await.is_some() && next(bench, &sato(), 8).await.is_some());
        bench.store.keep_operator(&OperatorProfile { capacity: Some(0), ..profile(bench, sato()) }).await.unwrap();
        waiting(bench, 90, |_| {}).await;
        assert_eq!(next(bench, &sato(), 9).await, None);
        // Taking a case that one names oneself is one's own affair.
        let named = waiting(bench, 95, |_| {}).await;
        assert!(bench.store.claim(&bench.act(&named, &sato(), 10)).await.is_ok());
    }

    async fn whoever_speaks_the_language_takes_it_first(bench: Bench) {
        bench.store.keep_operator(&OperatorProfile { languages: vec![Lang::EN], ..profile(bench, tanaka()) }).await.unwrap();
        let japanese = waiting(bench, 50, |_| {}).await;
        let english = waiting(bench, 60, |ticket| ticket.case.language = Lang::EN).await;
        let wished = waiting(bench, 70, |ticket| ticket.case.wished_language = Some(Lang::EN)).await;
        let urgent = waiting(bench, 90, |ticket| ticket.priority = 1).await;
        // Urgency first, and nobody waits for a language for ever.
        for expected in [urgent.id, english.id, wished.id, japanese.id] {
            assert_eq!(next(bench, &tanaka(), 5).await, Some(expected));
        }
    }

    async fn who_comes_back_meets_the_same_operator(bench: Bench) {
        let before = bench.claimed(&tanaka()).await;
        bench.store.resolve(&bench.act(&before, &tanaka(), 6), ANSWER, Telling::default()).await.unwrap();
        for name in [tanaka(), sato()] {
            bench.store.keep_operator(&profile(bench, name)).await.unwrap();
        }
        let back = async |promised| waiting(bench, promised, |ticket| ticket.case.earlier = vec![before.reference.clone()]).await;
        let (theirs, first, second) = (back(90).await, waiting(bench, 70, |_| {}).await, waiting(bench, 80, |_| {}).await);
        // A colleague leaves it to who had it, as long as there is something else.
        assert_eq!(next(bench, &sato(), 7).await, Some(first.id));
        assert_eq!(next(bench, &tanaka(), 7).await, Some(theirs.id));
        let again = back(60).await;
        assert_eq!(next(bench, &sato(), 8).await, Some(second.id));
        assert_eq!(next(bench, &sato(), 8).await, Some(again.id));
        // Who is not there is not waited for.
        let (again, other) = (back(60).await, waiting(bench, 70, |_| {}).await);
        assert_eq!(next(bench, &sato(), 30).await, Some(again.id));
        assert_eq!(next(bench, &sato(), 30).await, Some(other.id));
        // Nor is who passed it on given it again before others.
        let (again, sooner) = (back(90).await, waiting(bench, 60, |_| {}).await);
        bench.store.transfer(&bench.act(&again, &tanaka(), 31), &desk("returns"), Telling::default()).await.unwrap();
        assert_eq!(next(bench, &tanaka(), 32).await, Some(sooner.id));
    }

    async fn far_off_and_moving_promises_are_seen_in_the_figures(bench: Bench) {
        assert_eq!(bench.store.promise_figures().await.unwrap(), PromiseFigures::default());
        let mut tickets = Vec::new();
        for minutes in [30, 600, 60, 90] {
            tickets.push(waiting(bench, minutes, |_| {}).await);
        }
        let seen = bench.promise(&tickets[1]).await;
        let new = NewPromise {
            by: CLOCKWORK,
            machine: true,
            at: bench.minute(500),
            promised_by: bench.minute(700),
            next_due: bench.minute(690),
            level: 1,
            words: "申し訳ありません。",
            reason: None,
        };
        bench.store.renegotiate(&seen, &new, Telling::default()).await.unwrap();
        let figures = bench.store.promise_figures().await.unwrap();
        assert_eq!(figures.tickets, 4);
        assert_eq!(figures.median_promised_minutes, Some(60.0));
        assert_eq!(figures.renegotiations_per_ticket, Some(0.25));
    }
}
