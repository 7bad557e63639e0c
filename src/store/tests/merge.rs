use super::*;

/// A ticket of a conversation of its own, promised by then.
async fn opened(bench: &Bench, promised: i64) -> Ticket {
    let conversation = bench.conversation().await;
    let mut new = bench.ticket(conversation.id);
    new.promised_by = bench.minute(promised);
    new.next_due = bench.minute(promised - 15);
    new.outbox.clear();
    bench.store.open_ticket(&new, CUSTOMER, None, Telling::default()).await.unwrap();
    new.ticket
}

fn into(ticket: &Ticket, in_force: Option<Timestamp>) -> Merging<'static> {
    let words = "あわせて承ります。";
    Merging { into: ticket.id, in_force, words, here: Telling::default(), there: Telling::default() }
}

on_both! {
    async fn two_become_one_and_the_earlier_time_holds(bench: Bench) {
        let operator = tanaka();
        let goes = bench.claimed(&operator).await;
        let stays = opened(bench, 90).await;
        let act = bench.act(&goes, &operator, 10);
        bench.store.note(&act, bench.ids.fresh(), "配送会社に確認中").await.unwrap();
        bench.store.snooze(&bench.act(&stays, &operator, 10), Some(bench.minute(80))).await.unwrap();
        let (here, there) = (bench.message(Role::Notice, "こちらは終わります。"), bench.message(Role::Notice, "あわせて承ります。"));
        let merging = Merging {
            here: Telling { notice: Some(&here), ..Telling::default() },
            there: Telling { notice: Some(&there), ..Telling::default() },
            ..into(&stays, Some(bench.minute(60)))
        };
        let merged = bench.store.merge(&act, merging).await.unwrap();

        assert_eq!((merged.closed.state, merged.closed.merged_into), (TicketState::Merged, Some(stays.id)));
        assert_eq!(merged.closed.closed_at, Some(bench.minute(10)));
        assert_eq!(bench.store.ticket(goes.id).await.unwrap().as_ref(), Some(&merged.closed));
        let kept = bench.store.ticket(stays.id).await.unwrap().unwrap();
        assert_eq!(kept, merged.into);
        assert_eq!((kept.state, kept.snoozed_until), (TicketState::Waiting, None));
        assert_eq!(kept.case.earlier, std::slice::from_ref(&goes.reference));
        assert_eq!(bench.owner(goes.conversation).await, Owner::Closed);
        assert_eq!(bench.owner(stays.conversation).await, Owner::Waiting);
        for (conversation, notice) in [(goes.conversation, &here), (stays.conversation, &there)] {
            let last = bench.store.messages(conversation).await.unwrap().pop().unwrap();
            assert_eq!((last.id, last.role), (notice.id, Role::Notice));
        }
        let standing = bench.store.standing(stays.conversation).await.unwrap().unwrap();
        assert_eq!(standing.promised_by, Some(bench.minute(60)));

        assert_eq!(bench.kinds(&goes).await, [LedgerKind::Promised, LedgerKind::Merged]);
        assert_eq!(bench.kinds(&stays).await, [LedgerKind::Promised, LedgerKind::TookOver]);
        let line = bench.store.ledger(stays.id).await.unwrap().pop().unwrap();
        assert_eq!((line.promised_by, line.reason.as_deref()), (Some(bench.minute(60)), Some(goes.reference.as_str())));
        assert_eq!((line.by.as_str(), line.words.as_deref()), ("operator:tanaka", Some("あわせて承ります。")));
        let (over, runs) = (bench.promise(&goes).await, bench.promise(&stays).await);
        assert_eq!((over.state, over.owed()), (PromiseState::Merged, None));
        assert_eq!((runs.state, runs.owed(), runs.next_due), (PromiseState::Running, Some(bench.minute(60)), Some(bench.minute(45))));
        let counts = bench.store.promise_counts().await.unwrap();
        assert_eq!(counts, PromiseCounts { running: 1, merged: 1, ..PromiseCounts::default() });

        let notes = bench.store.notes(stays.id).await.unwrap();
        assert_eq!((notes.len(), notes[0].text.as_str()), (1, "配送会社に確認中"));
        assert_eq!(bench.store.notes(goes.id).await.unwrap(), notes);
        assert_eq!(bench.store.own_notes(goes.id).await.unwrap(), notes);
        assert_eq!(bench.store.own_notes(stays.id).await.unwrap(), [], "what was noted about the other is the other's");
        assert_eq!(bench.store.merged_into(stays.id).await.unwrap(), std::slice::from_ref(&merged.closed));
        assert_eq!(bench.store.merged_into(goes.id).await.unwrap(), []);
        let due = bench.store.due(bench.minute(46), bench.minute(47), 9).await.unwrap();
        assert_eq!(due.iter().map(|filed| filed.ticket.id).collect::<Vec<_>>(), [stays.id]);

        // The earlier time is the one that is kept or broken.
        bench.store.claim(&bench.act(&stays, &operator, 47)).await.unwrap();
        let answer = bench.message(Role::Operator, "両方とも返金しました。");
        let (_, keeping) =
            bench.store.operator_says(&bench.act(&stays, &operator, 61), &answer, Some(ANSWER), Vec::new()).await.unwrap();
        assert_eq!(keeping, Some(Keeping::Late));
        assert!(matches!(bench.store.merge(&act, into(&stays, None)).await, Err(StoreError::NotNow(_))));
        // What was merged before is seen in the last one, too.
        let last = opened(bench, 300).await;
        let merged = bench.store.merge(&bench.act(&stays, &operator, 62), into(&last, Some(bench.minute(300)))).await;
        assert_eq!(merged.unwrap().into.id, last.id);
        assert_eq!(bench.store.notes(last.id).await.unwrap(), notes);
        assert_eq!(bench.store.merged_into(last.id).await.unwrap().len(), 2);
    }

    async fn what_is_owed_about_one_is_owed_though_the_other_was_answered(bench: Bench) {
        let operator = tanaka();
        let answered = bench.claimed(&operator).await;
        let answer = bench.message(Role::Operator, "返金しました。");
        let act = bench.act(&answered, &operator, 20);
        bench.store.operator_says(&act, &answer, Some(ANSWER), Vec::new()).await.unwrap();
        let owed = opened(bench, 90).await;
        let merging = into(&answered, Some(bench.minute(90)));
        bench.store.merge(&bench.act(&owed, &operator, 30), merging).await.unwrap();
        let runs = bench.promise(&answered).await;
        assert_eq!((runs.state, runs.owed(), runs.next_due), (PromiseState::Running, Some(bench.minute(90)), Some(bench.minute(75))));
        assert_eq!(
            bench.kinds(&answered).await,
            [LedgerKind::Promised, LedgerKind::Kept, LedgerKind::TookOver]
        );

        // The other way round the time that runs goes on, and the ledger has nothing to say.
        let other = bench.claimed(&operator).await;
        let answer = bench.message(Role::Operator, "返金しました。");
        bench.store.operator_says(&bench.act(&other, &operator, 31), &answer, Some(ANSWER), Vec::new()).await.unwrap();
        let merging = into(&answered, Some(bench.minute(90)));
        bench.store.merge(&bench.act(&other, &operator, 32), merging).await.unwrap();
        assert_eq!(bench.promise(&answered).await, runs);
        assert_eq!(bench.kinds(&other).await, [LedgerKind::Promised, LedgerKind::Kept]);
    }

    async fn what_cannot_be_merged_stays_as_it_is(bench: Bench) {
        let (tanaka, sato) = (tanaka(), sato());
        let ticket = bench.claimed(&tanaka).await;
        let other = opened(bench, 90).await;
        let settled = bench.claimed(&tanaka).await;
        bench.store.resolve(&bench.act(&settled, &tanaka, 6), ANSWER, Telling::default()).await.unwrap();
        let in_force = Some(bench.minute(60));
        let tried = async |by: &OperatorName, from: &Ticket, to: &Ticket, at: Option<Timestamp>| {
            bench.store.merge(&bench.act(from, by, 10), into(to, at)).await.unwrap_err()
        };
        assert!(matches!(tried(&tanaka, &ticket, &ticket, in_force).await, StoreError::Itself));
        assert!(matches!(tried(&sato, &ticket, &other, in_force).await, StoreError::Taken { .. }));
        assert!(matches!(tried(&tanaka, &ticket, &settled, in_force).await, StoreError::NotNow(_)));
        assert!(matches!(tried(&tanaka, &settled, &other, in_force).await, StoreError::NotNow(_)));
        // The customer would be told a time that does not hold.
        assert!(matches!(tried(&tanaka, &ticket, &other, Some(bench.minute(90))).await, StoreError::Stale));
        let gone = Ticket { id: TicketId(uuid::Uuid::nil()), ..other.clone() };
        assert!(matches!(tried(&tanaka, &ticket, &gone, in_force).await, StoreError::UnknownTicket));
        let stale = Act { seen: Some(1), ..bench.act(&ticket, &tanaka, 10) };
        assert!(matches!(bench.store.merge(&stale, into(&other, in_force)).await, Err(StoreError::Stale)));
        assert_eq!(bench.store.ticket(ticket.id).await.unwrap(), Some(ticket.clone()));
        assert_eq!(bench.store.ticket(other.id).await.unwrap(), Some(other.clone()));
        assert_eq!(bench.kinds(&ticket).await, [LedgerKind::Promised]);
        assert_eq!(bench.owner(ticket.conversation).await, Owner::Operator);
    }

    async fn of_two_who_merge_crosswise_one_does(bench: Bench) {
        let replica = bench.replica().await;
        for _ in 0..6 {
            let (one, other) = (opened(bench, 60).await, opened(bench, 90).await);
            let crosswise = [(one.id, other.id, bench.store.clone()), (other.id, one.id, replica.clone())];
            let (at, in_force) = (bench.minute(10), Some(bench.minute(60)));
            let tries: Vec<_> = crosswise
                .into_iter()
                .map(|(from, to, store)| {
                    tokio::spawn(async move {
                        let by = tanaka();
                        let act = Act { ticket: from, by: &by, at, seen: None };
                        let merging =
                            Merging { into: to, in_force, words: "…", here: Telling::default(), there: Telling::default() };
                        store.merge(&act, merging).await.map(|merged| merged.into.id)
                    })
                })
                .collect();
            let mut stays = Vec::new();
            for tried in tries {
                match tried.await.unwrap() {
                    Ok(id) => stays.push(id),
                    Err(StoreError::NotNow(_)) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            assert_eq!(stays.len(), 1);
            let owed = bench.store.promise(stays[0]).await.unwrap().unwrap().owed();
            assert_eq!(owed, Some(bench.minute(60)));
        }
    }

    async fn customers_are_known_to_be_one_by_what_they_have_shown(bench: Bench) {
        let (one, other) = (bench.conversation().await.id, bench.conversation().await.id);
        assert!(bench.store.same_customer(one, one).await.unwrap());
        assert!(!bench.store.same_customer(one, other).await.unwrap());
        bench.store.set_email(one, Some("Hanako@shop.example"), Some(bench.now)).await.unwrap();
        bench.store.set_email(other, Some("hanako@shop.example"), None).await.unwrap();
        assert!(!bench.store.same_customer(one, other).await.unwrap(), "anybody can name an address");
        bench.store.set_email(other, Some("hanako@shop.example"), Some(bench.now)).await.unwrap();
        assert!(bench.store.same_customer(one, other).await.unwrap());
        let nowhere = ConversationId(uuid::Uuid::nil());
        assert!(matches!(bench.store.same_customer(one, nowhere).await, Err(StoreError::UnknownConversation)));
    }
}
