use super::*;

on_both! {
    async fn only_who_has_a_ticket_works_on_it(bench: Bench) {
        let (tanaka, sato) = (tanaka(), sato());
        let ticket = bench.handed_over().await;
        let text = bench.message(Role::Operator, "確認します。");
        let early = bench.store.operator_says(&bench.act(&ticket, &tanaka, 1), &text, None, Vec::new()).await;
        assert!(matches!(early, Err(StoreError::NotNow(_))));
        let ticket = bench.store.claim(&bench.act(&ticket, &tanaka, 5)).await.unwrap();
        assert_eq!((ticket.version, ticket.claimed_at), (2, Some(bench.minute(5))));
        // Once more is not another time.
        assert_eq!(bench.store.claim(&bench.act(&ticket, &tanaka, 6)).await.unwrap(), ticket);
        let theirs = bench.act(&ticket, &sato, 7);
        assert!(matches!(bench.store.claim(&theirs).await, Err(StoreError::Taken { operator }) if operator == "tanaka"));
        let said = bench.store.operator_says(&theirs, &text, None, Vec::new()).await;
        assert!(matches!(said, Err(StoreError::Taken { .. })));
        let resolved = bench.store.resolve(&theirs, ANSWER, Telling::default()).await;
        assert!(matches!(resolved, Err(StoreError::Taken { .. })));
        let old = Act { seen: Some(1), ..bench.act(&ticket, &tanaka, 8) };
        assert!(matches!(bench.store.release(&old, Telling::default()).await, Err(StoreError::Stale)));
        assert_eq!(bench.store.messages(ticket.conversation).await.unwrap().len(), 2);

        let seen = Act { seen: Some(2), ..bench.act(&ticket, &sato, 9) };
        let released = bench.store.release(&seen, Telling::default()).await.unwrap();
        assert_eq!((released.state, released.version), (TicketState::Waiting, 3));
        assert_eq!(bench.owner(ticket.conversation).await, Owner::Waiting);
        assert!(matches!(bench.store.release(&theirs, Telling::default()).await, Err(StoreError::NotNow(_))));
        assert_eq!(bench.store.claim(&theirs).await.unwrap().operator, Some(sato.clone()));
        let unknown = Act { ticket: TicketId(uuid::Uuid::nil()), ..theirs };
        assert!(matches!(bench.store.claim(&unknown).await, Err(StoreError::UnknownTicket)));
    }

    async fn an_answer_keeps_the_promise_and_a_holding_reply_does_not(bench: Bench) {
        let operator = tanaka();
        let ticket = bench.claimed(&operator).await;
        let holding = bench.message(Role::Operator, "少々お待ちください。");
        let act = bench.act(&ticket, &operator, 20);
        let (_, keeping) = bench.store.operator_says(&act, &holding, None, Vec::new()).await.unwrap();
        assert_eq!((keeping, bench.promise(&ticket).await.state), (None, PromiseState::Running));
        assert_eq!(bench.store.handling(&desk("returns")).await.unwrap(), []);

        let answer = bench.message(Role::Operator, "返金しました。");
        let act = bench.act(&ticket, &operator, 60);
        let outbox = vec![bench.notice(Target::Mail, None)];
        let (_, keeping) = bench.store.operator_says(&act, &answer, Some(ANSWER), outbox).await.unwrap();
        assert_eq!(keeping, Some(Keeping::Kept));
        let promise = bench.promise(&ticket).await;
        assert_eq!((promise.state, promise.owed(), promise.next_due), (PromiseState::Kept, None, None));
        assert_eq!(bench.kinds(&ticket).await, [LedgerKind::Promised, LedgerKind::Kept]);
        assert_eq!(bench.store.ledger(ticket.id).await.unwrap()[1].by, "operator:tanaka");
        let standing = bench.store.standing(ticket.conversation).await.unwrap().unwrap();
        assert_eq!((standing.owner, standing.promised_by), (Owner::Operator, None));
        let messages = bench.store.messages(ticket.conversation).await.unwrap();
        assert_eq!((messages[3].role, messages[3].author.as_deref()), (Role::Operator, Some("tanaka")));

        let (resolved, keeping) =
            bench.store.resolve(&bench.act(&ticket, &operator, 65), ANSWER, Telling::default()).await.unwrap();
        assert_eq!((keeping, resolved.state, resolved.closed_at), (Keeping::Already, TicketState::Resolved, Some(bench.minute(65))));
        assert_eq!(bench.owner(ticket.conversation).await, Owner::Closed);
        let samples = bench.store.handling(&desk("returns")).await.unwrap();
        let minutes = |minutes| SignedDuration::from_mins(minutes);
        assert_eq!(samples.len(), 1);
        assert_eq!((samples[0].waited, samples[0].handled, samples[0].hour_of_week), (minutes(5), minutes(60), 33));
        let again = bench.store.resolve(&bench.act(&ticket, &operator, 66), ANSWER, Telling::default()).await;
        assert!(matches!(again, Err(StoreError::NotNow(_))));
        let what: Vec<String> = bench.store.audited(0, 99).await.unwrap().into_iter().map(|line| line.what).collect();
        assert_eq!(what, ["hand_off", "claim", "reply", "answer", "resolve"]);
    }

    async fn an_answer_after_the_time_is_a_breach_whoever_noticed(bench: Bench) {
        let operator = tanaka();
        let ticket = bench.claimed(&operator).await;
        let answer = bench.message(Role::Operator, "返金しました。");
        let act = bench.act(&ticket, &operator, 61);
        let (_, keeping) = bench.store.operator_says(&act, &answer, Some(ANSWER), Vec::new()).await.unwrap();
        assert_eq!((keeping, bench.promise(&ticket).await.state), (Some(Keeping::Late), PromiseState::Breached));
        assert_eq!(bench.kinds(&ticket).await, [LedgerKind::Promised, LedgerKind::Breached, LedgerKind::Kept]);
        let counts = bench.store.promise_counts().await.unwrap();
        assert_eq!(counts, PromiseCounts { breached: 1, ..PromiseCounts::default() });
        assert_eq!(bench.store.due(bench.minute(500), bench.minute(501), 9).await.unwrap(), []);
    }

    async fn what_is_given_back_begins_afresh(bench: Bench) {
        let operator = tanaka();
        let ticket = bench.claimed(&operator).await;
        let notice = bench.message(Role::Notice, "アシスタントが続けます。");
        let telling = Telling { notice: Some(&notice), ..Telling::default() };
        let (back, keeping) = bench.store.hand_back(&bench.act(&ticket, &operator, 30), ANSWER, telling).await.unwrap();
        assert_eq!((back.state, keeping), (TicketState::HandedBack, Keeping::Kept));
        let (conversation, _) = bench.store.conversation(ticket.conversation).await.unwrap().unwrap();
        assert_eq!((conversation.owner, conversation.fresh_after), (Owner::Assistant, 2));
        let kept = bench.store.receive(ticket.conversation, &bench.incoming("ありがとう", None)).await.unwrap();
        assert!(matches!(kept, Kept::New { answers: true, .. }));
        // Another case can be opened now.
        let new = bench.ticket(ticket.conversation);
        assert!(matches!(bench.finish(ticket.conversation, id_of(&kept), Some(&new)).await, Ok(Finished::HandedOff(_))));
        assert_eq!(bench.store.tickets_of(ticket.conversation).await.unwrap().len(), 2);
    }

    async fn a_transfer_keeps_the_promise(bench: Bench) {
        let operator = tanaka();
        let ticket = bench.claimed(&operator).await;
        let before = bench.promise(&ticket).await;
        let act = bench.act(&ticket, &operator, 10);
        let moved = bench.store.transfer(&act, &desk("payments"), Telling::default()).await.unwrap();
        assert_eq!((moved.desk, moved.state, moved.operator), (desk("payments"), TicketState::Waiting, None));
        assert_eq!(bench.promise(&ticket).await, before);
        assert_eq!(bench.owner(ticket.conversation).await, Owner::Waiting);
        // One that waits can be passed on as well.
        let moved = bench.store.transfer(&act, &desk("returns"), Telling::default()).await.unwrap();
        assert_eq!(moved.desk, desk("returns"));
        bench.store.call_off(ticket.id, bench.minute(11), Telling::default()).await.unwrap();
        let late = bench.store.transfer(&act, &desk("payments"), Telling::default()).await;
        assert!(matches!(late, Err(StoreError::NotNow(_))));
    }

    async fn the_customer_calls_it_off_or_leaves(bench: Bench) {
        let called_off = bench.claimed(&tanaka()).await;
        let ticket = bench.store.call_off(called_off.id, bench.minute(10), Telling::default()).await.unwrap();
        assert_eq!((ticket.state, ticket.closed_at), (TicketState::CalledOff, Some(bench.minute(10))));
        assert_eq!(bench.owner(ticket.conversation).await, Owner::Assistant);
        assert_eq!(bench.promise(&ticket).await.state, PromiseState::Withdrawn);
        let again = bench.store.call_off(called_off.id, bench.minute(11), Telling::default()).await;
        assert!(matches!(again, Err(StoreError::NotNow(_))));

        let left = bench.handed_over().await;
        let standing = bench.store.close_conversation(left.conversation, bench.minute(61), Telling::default()).await.unwrap();
        assert_eq!((standing.owner, standing.reference), (Owner::Closed, None));
        assert_eq!(bench.store.ticket(left.id).await.unwrap().unwrap().state, TicketState::CalledOff);
        // The time had passed without a word: leaving does not make that undone.
        assert_eq!(bench.kinds(&left).await, [LedgerKind::Promised, LedgerKind::Breached, LedgerKind::Withdrawn]);
        let again = bench.store.close_conversation(left.conversation, bench.minute(62), Telling::default()).await;
        assert!(matches!(again, Err(StoreError::NotNow(_))));
        let standing = bench.store.reopen(left.conversation, bench.minute(63), Telling::default()).await.unwrap();
        assert_eq!(standing.owner, Owner::Assistant);
        let counts = bench.store.promise_counts().await.unwrap();
        assert_eq!(counts, PromiseCounts { breached: 1, withdrawn: 1, ..PromiseCounts::default() });
    }

    async fn notes_stay_and_a_word_from_the_customer_wakes_a_ticket(bench: Bench) {
        let operator = tanaka();
        let ticket = bench.handed_over().await;
        let act = bench.act(&ticket, &operator, 3);
        bench.store.note(&act, bench.ids.fresh(), "配送会社に\u{0}確認中").await.unwrap();
        let notes = bench.store.notes(ticket.id).await.unwrap();
        assert_eq!((notes.len(), notes[0].text.as_str()), (1, "配送会社に\u{0}確認中"));
        let asleep = bench.store.snooze(&act, Some(bench.minute(40))).await.unwrap();
        assert_eq!(asleep.snoozed_until, Some(bench.minute(40)));
        bench.says(ticket.conversation, "まだですか").await;
        let awake = bench.store.ticket(ticket.id).await.unwrap().unwrap();
        assert_eq!((awake.snoozed_until, awake.version), (None, 3));
    }

    async fn a_customer_is_known_by_what_they_say(bench: Bench) {
        let opened = bench.conversation().await;
        let context = serde_json::json!({ "order": "250-1" });
        bench.store.set_email(opened.id, Some("hanako@shop.example"), None).await.unwrap();
        bench.store.set_context(opened.id, &context).await.unwrap();
        let contact = bench.store.contact(opened.id).await.unwrap().unwrap();
        assert_eq!((contact.email.as_deref(), contact.email_verified_at), (Some("hanako@shop.example"), None));
        assert_eq!((contact.context, contact.closed_at), (Some(context), None));
        bench.store.set_email(opened.id, Some("hanako@shop.example"), Some(bench.now)).await.unwrap();
        assert_eq!(bench.store.contact(opened.id).await.unwrap().unwrap().email_verified_at, Some(bench.now));

        let mut feedback = Feedback { solved: Some(false), score: Some(2), comment: Some("\u{0}…".to_owned()), at: bench.now };
        bench.store.feedback(opened.id, &feedback).await.unwrap();
        assert_eq!(bench.store.feedback_of(opened.id).await.unwrap().as_ref(), Some(&feedback));
        feedback.solved = Some(true);
        bench.store.feedback(opened.id, &feedback).await.unwrap();
        assert_eq!(bench.store.feedback_of(opened.id).await.unwrap().as_ref(), Some(&feedback));

        let nowhere = ConversationId(uuid::Uuid::nil());
        assert_eq!(bench.store.contact(nowhere).await.unwrap(), None);
        assert!(matches!(bench.store.set_email(nowhere, None, None).await, Err(StoreError::UnknownConversation)));
        assert!(matches!(bench.store.feedback(nowhere, &feedback).await, Err(StoreError::UnknownConversation)));
        assert!(matches!(bench.store.enqueue(nowhere, &[]).await, Err(StoreError::UnknownConversation)));
    }
}
