use super::*;

on_both! {
    async fn a_case_goes_to_a_desk_all_at_once(bench: Bench) {
        let opened = bench.conversation().await;
        let said = bench.says(opened.id, "返品したい").await;
        let new = bench.ticket(opened.id);
        let finished = bench.finish(opened.id, said, Some(&new)).await.unwrap();
        let Finished::HandedOff(standing) = finished else { panic!("{finished:?}") };
        assert_eq!(standing.owner, Owner::Waiting);
        assert_eq!(standing.reference.as_ref(), Some(&new.ticket.reference));
        assert_eq!((standing.promised_by, standing.operator.as_deref()), (Some(bench.minute(60)), None));

        assert_eq!(bench.owner(opened.id).await, Owner::Waiting);
        assert_eq!(bench.store.ticket(new.ticket.id).await.unwrap().as_ref(), Some(&new.ticket));
        let reference = &new.ticket.reference;
        assert_eq!(bench.store.ticket_by_reference(reference).await.unwrap().as_ref(), Some(&new.ticket));
        assert_eq!(bench.store.open_ticket_of(opened.id).await.unwrap().as_ref(), Some(&new.ticket));
        assert_eq!(bench.store.tickets_of(opened.id).await.unwrap(), std::slice::from_ref(&new.ticket));
        let promise = bench.promise(&new.ticket).await;
        assert_eq!((promise.state, promise.promised_by), (PromiseState::Running, bench.minute(60)));
        assert_eq!((promise.first_promised_by, promise.next_due), (bench.minute(60), Some(bench.minute(45))));
        let ledger = bench.store.ledger(new.ticket.id).await.unwrap();
        assert_eq!(ledger.len(), 1);
        assert_eq!((ledger[0].kind, ledger[0].promised_by), (LedgerKind::Promised, Some(bench.minute(60))));
        assert_eq!(ledger[0].words.as_deref(), Some(new.words.as_str()));
        let notices = bench.store.due_notices(bench.now, bench.minute(1), 10).await.unwrap();
        assert_eq!(notices.len(), 1);
        assert_eq!((notices[0].ticket, &notices[0].payload), (Some(new.ticket.id), &new.outbox[0].payload));
        // Who waits for the answer sees where the conversation stands before the answer ends the stream.
        assert_eq!(bench.events(opened.id).await, ["status", "status", "delta", "standing", "message"]);
        assert_eq!(bench.store.standing(opened.id).await.unwrap(), Some(standing));
        let audited = bench.store.audited(0, 10).await.unwrap();
        assert_eq!((audited.len(), audited[0].what.as_str()), (1, "hand_off"));
        assert_eq!(bench.store.audited(audited[0].seq, 10).await.unwrap(), []);
    }

    async fn of_a_hand_off_that_fails_nothing_is_kept(bench: Bench) {
        let first = bench.handed_over().await;
        let opened = bench.conversation().await;
        let said = bench.says(opened.id, "返品したい").await;
        let taken_reference = {
            let mut new = bench.ticket(opened.id);
            new.ticket.reference = first.reference.clone();
            new
        };
        let taken_notice = {
            let mut new = bench.ticket(opened.id);
            let sent = bench.store.outbox(&OutboxFilter { limit: 1, ..OutboxFilter::default() }).await.unwrap();
            new.outbox.push(NewNotice { id: sent[0].id, ..bench.notice(Target::Mail, None) });
            new
        };
        for broken in [taken_reference, taken_notice] {
            assert!(matches!(bench.finish(opened.id, said, Some(&broken)).await, Err(StoreError::Database(_))));
            assert_eq!(bench.owner(opened.id).await, Owner::Assistant);
            assert_eq!(bench.store.tickets_of(opened.id).await.unwrap(), []);
            assert_eq!(bench.store.ledger(broken.ticket.id).await.unwrap(), []);
            assert_eq!(bench.store.messages(opened.id).await.unwrap().len(), 1);
            assert_eq!(bench.events(opened.id).await, ["status"]);
            assert_eq!(bench.store.receipt_for(said).await.unwrap(), None);
            assert_eq!(bench.store.unanswered().await.unwrap().len(), 1);
            let of_conversation = OutboxFilter { conversation: Some(opened.id), limit: 9, ..OutboxFilter::default() };
            assert_eq!(bench.store.outbox(&of_conversation).await.unwrap(), []);
        }
        let whole = bench.ticket(opened.id);
        assert!(matches!(bench.finish(opened.id, said, Some(&whole)).await, Ok(Finished::HandedOff(_))));
    }

    async fn while_a_person_has_the_conversation_the_assistant_is_silent(bench: Bench) {
        let opened = bench.conversation().await;
        let (first, second) = (bench.says(opened.id, "返品したい").await, bench.says(opened.id, "送料は?").await);
        let third = bench.says(opened.id, "もしもし").await;
        let new = bench.ticket(opened.id);
        bench.finish(opened.id, first, Some(&new)).await.unwrap();
        // It was being answered when the case went to a desk: now it belongs to the case.
        let finished = bench.answer(opened.id, second).await.unwrap();
        let Finished::Added(standing) = finished else { panic!("{finished:?}") };
        assert_eq!(standing.reference, Some(new.ticket.reference));
        // So does one that would have been a case of its own, and one that failed.
        let another = bench.finish(opened.id, third, Some(&bench.ticket(opened.id))).await.unwrap();
        assert!(matches!(another, Finished::Added(_)));
        assert_eq!(bench.store.tickets_of(opened.id).await.unwrap().len(), 1);
        assert_eq!(bench.store.messages(opened.id).await.unwrap().len(), 4, "three questions, one reply");
        assert!(bench.store.receipt_for(second).await.unwrap().is_some());
        assert!(matches!(bench.answer(opened.id, second).await, Err(StoreError::Answered)));
        assert!(bench.store.unanswered().await.unwrap().is_empty());

        let mut added = bench.incoming("色は赤です", Some(("k", "1")));
        added.notices = vec![bench.notice(Target::Webhook("slack".to_owned()), None)];
        let kept = bench.store.receive(opened.id, &added).await.unwrap();
        let Kept::New { id, since, answers: false } = kept else { panic!("{kept:?}") };
        let events = bench.store.events_after(opened.id, since - 1, 10).await.unwrap();
        assert_eq!(events.iter().map(|event| event.body.name()).collect::<Vec<_>>(), ["status", "added"]);
        let again = bench.store.receive(opened.id, &added).await.unwrap();
        assert_eq!(again, Kept::Before { id, since, failed: false });
        let of_conversation = OutboxFilter { conversation: Some(opened.id), limit: 9, ..OutboxFilter::default() };
        let notices = bench.store.outbox(&of_conversation).await.unwrap();
        assert_eq!(notices.iter().map(|notice| notice.seq).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(notices[1].ticket, Some(new.ticket.id));
        assert!(bench.store.unanswered().await.unwrap().is_empty());
    }

    async fn what_is_said_after_the_end_opens_the_conversation_again(bench: Bench) {
        let opened = bench.conversation().await;
        let before = bench.says(opened.id, "送料は?").await;
        bench.store.close_conversation(opened.id, bench.minute(1), Telling::default()).await.unwrap();
        assert_eq!(bench.store.contact(opened.id).await.unwrap().unwrap().closed_at, Some(bench.minute(1)));
        // It was being answered when the customer left: the answer is there when they come back.
        assert_eq!(bench.answer(opened.id, before).await.unwrap(), Finished::Said);
        assert_eq!(bench.owner(opened.id).await, Owner::Closed);
        let kept = bench.store.receive(opened.id, &bench.incoming("もう一つ", None)).await.unwrap();
        assert!(matches!(kept, Kept::New { answers: true, .. }));
        let (conversation, _) = bench.store.conversation(opened.id).await.unwrap().unwrap();
        assert_eq!((conversation.owner, conversation.fresh_after), (Owner::Assistant, 2));
        assert_eq!(bench.store.contact(opened.id).await.unwrap().unwrap().closed_at, None);
        // A case that comes up after the end is not lost either.
        bench.store.close_conversation(opened.id, bench.minute(2), Telling::default()).await.unwrap();
        let new = bench.ticket(opened.id);
        assert!(matches!(bench.finish(opened.id, id_of(&kept), Some(&new)).await, Ok(Finished::HandedOff(_))));
        assert_eq!(bench.owner(opened.id).await, Owner::Waiting);
    }

    async fn a_button_opens_one_case(bench: Bench) {
        let opened = bench.conversation().await;
        let new = bench.ticket(opened.id);
        let notice = bench.message(Role::Notice, "担当者におつなぎします。");
        let telling = || Telling { notice: Some(&notice), ..Telling::default() };
        let first = bench.store.open_ticket(&new, CUSTOMER, None, telling()).await.unwrap();
        assert!(matches!(&first, Opened::New(standing) if standing.owner == Owner::Waiting));
        let again = bench.store.open_ticket(&bench.ticket(opened.id), CUSTOMER, None, telling()).await.unwrap();
        assert_eq!(again, Opened::There(Box::new(new.ticket.clone())));
        assert_eq!(bench.events(opened.id).await, ["message", "standing"]);
        let events = bench.store.events_after(opened.id, 0, 9).await.unwrap();
        assert!(events.iter().all(|event| event.message_id == notice.id));
        let messages = bench.store.messages(opened.id).await.unwrap();
        assert_eq!(messages[0].html, notice.html);
        assert_eq!(messages.iter().map(|message| message.role).collect::<Vec<_>>(), [Role::Notice]);
        assert!(bench.store.unanswered().await.unwrap().is_empty());
    }

    async fn many_hands_open_one_case(bench: Bench) {
        let opened = bench.conversation().await;
        let other = bench.replica().await;
        let tries = (0..8).map(|n| {
            let store = if n % 2 == 0 { bench.store.clone() } else { other.clone() };
            let new = bench.ticket(opened.id);
            tokio::spawn(async move { store.open_ticket(&new, CUSTOMER, None, Telling::default()).await })
        });
        let mut opened_new = 0;
        for tried in tries.collect::<Vec<_>>() {
            opened_new += usize::from(matches!(tried.await.unwrap().unwrap(), Opened::New(_)));
        }
        assert_eq!((opened_new, bench.store.tickets_of(opened.id).await.unwrap().len()), (1, 1));
        // The database itself would refuse a second one.
        let second = "INSERT INTO ticket (id, reference, conversation_id, desk, lang, priority, level, state, kase, opened_at, version)";
        let values = format!("VALUES ('x', 'x', '{}', 'd', 'ja', 1, 0, 'claimed', '{{}}', 0, 1)", opened.id);
        assert!(bench.raw(&format!("{second} {values}")).await.is_err());
    }
}
