use super::*;

fn note(bench: &Bench) -> Note {
    Note {
        id: bench.ids.fresh(),
        operator: OperatorName(INBOUND.to_owned()),
        text: "他のアドレスから👍".to_owned(),
        at: bench.now,
    }
}

async fn state_of(bench: &Bench, id: uuid::Uuid) -> Option<NoticeState> {
    bench.store.notice(id).await.unwrap().map(|notice| notice.state)
}

on_both! {
    async fn a_key_from_a_mail_opens_one_conversation_for_a_while(bench: Bench) {
        let (one, _other) = (bench.conversation().await, bench.conversation().await);
        let (first, second) = (Token::fresh(&RandomIds), Token::fresh(&RandomIds));
        let resumed = async |token: &Token, minute: i64| {
            bench.store.resumed(&token.hash(), bench.minute(minute)).await.unwrap()
        };
        bench.store.keep_resume_token(one.id, &first.hash(), bench.now, bench.minute(10)).await.unwrap();
        assert_eq!(resumed(&first, 9).await, Some(one.id));
        assert_eq!(resumed(&first, 10).await, None, "its time is over");
        assert_eq!(resumed(&second, 0).await, None, "nobody has given it out");
        // A mail brings a new one, and the old one still works; what is over is forgotten.
        bench.store.keep_resume_token(one.id, &second.hash(), bench.minute(5), bench.minute(15)).await.unwrap();
        assert_eq!((resumed(&first, 6).await, resumed(&second, 6).await), (Some(one.id), Some(one.id)));
        let third = Token::fresh(&RandomIds);
        bench.store.keep_resume_token(one.id, &third.hash(), bench.minute(12), bench.minute(20)).await.unwrap();
        assert_eq!((resumed(&first, 1).await, resumed(&second, 12).await), (None, Some(one.id)));
        let nowhere = ConversationId(bench.ids.fresh());
        let lost = Token::fresh(&RandomIds).hash();
        assert!(bench.store.keep_resume_token(nowhere, &lost, bench.now, bench.minute(1)).await.is_err());
    }

    async fn what_a_mail_leads_to_is_done_once(bench: Bench) {
        let ticket = bench.handed_over().await;
        let slack = || bench.notice(Target::Webhook("slack".to_owned()), None);
        let note = note(bench);
        let (first, again) = ([slack()], [slack()]);
        assert!(bench.store.note_once(ticket.id, &note, &first).await.unwrap());
        assert!(!bench.store.note_once(ticket.id, &note, &again).await.unwrap());
        assert_eq!(bench.store.notes(ticket.id).await.unwrap(), [note]);
        assert_eq!(state_of(bench, first[0].id).await, Some(NoticeState::Pending));
        assert_eq!(state_of(bench, again[0].id).await, None);

        let told = bench.message(Role::Notice, "添付ファイルは受け付けておりません。");
        let telling = || Telling { notice: Some(&told), ..Telling::default() };
        assert!(bench.store.tell_once(ticket.conversation, telling()).await.unwrap());
        let count = bench.store.messages(ticket.conversation).await.unwrap().len();
        assert!(!bench.store.tell_once(ticket.conversation, telling()).await.unwrap());
        assert!(!bench.store.tell_once(ticket.conversation, Telling::default()).await.unwrap());
        assert_eq!(bench.store.messages(ticket.conversation).await.unwrap().len(), count);

        let waits = bench.notice(Target::Mail, None);
        assert!(bench.store.enqueue_once(ticket.conversation, &waits).await.unwrap());
        assert!(!bench.store.enqueue_once(ticket.conversation, &waits).await.unwrap());
        let kept = bench.store.notice(waits.id).await.unwrap().unwrap();
        assert_eq!((kept.ticket, kept.conversation), (None, Some(ticket.conversation)));
    }

    async fn what_became_of_a_message_is_known(bench: Bench) {
        let opened = bench.conversation().await;
        let said = bench.says(opened.id, "送料は？").await;
        assert_eq!(bench.store.end_of(said).await.unwrap(), End::Open);
        bench.answer(opened.id, said).await.unwrap();
        assert_eq!(bench.store.end_of(said).await.unwrap(), End::Answered);
        let ticket = bench.handed_over().await;
        let added = bench.says(ticket.conversation, "追加です").await;
        assert_eq!(bench.store.end_of(added).await.unwrap(), End::Added);
        assert_eq!(bench.store.end_of(MessageId(bench.ids.fresh())).await.unwrap(), End::Open);
    }

    async fn a_mail_that_came_back_told_nobody(bench: Bench) {
        let ticket = bench.handed_over().await;
        let of = ticket.conversation;
        bench.store.set_email(of, Some("hanako@shop.example"), Some(bench.now)).await.unwrap();
        let sent = bench.store.due_notices(bench.now, bench.minute(1), 9).await.unwrap().remove(0);
        bench.store.delivered(sent.id, bench.minute(1)).await.unwrap();
        assert_eq!(bench.store.promise_counts().await.unwrap().told, 1);
        assert!(!bench.store.seen_by_customer(ticket.id, bench.minute(2)).await.unwrap());

        let returned = || Returned {
            notice: sent.id,
            conversation: of,
            why: "the mail came back: 5.1.1".to_owned(),
            at: bench.minute(3),
            note: Some((ticket.id, note(bench))),
            outbox: vec![bench.notice(Target::Webhook("slack".to_owned()), None)],
        };
        assert!(bench.store.returned(&returned()).await.unwrap());
        assert!(!bench.store.returned(&returned()).await.unwrap(), "reported again");
        assert_eq!(bench.kinds(&ticket).await, [LedgerKind::Promised, LedgerKind::Told, LedgerKind::Undelivered]);
        assert_eq!(bench.store.notes(ticket.id).await.unwrap().len(), 1);
        let dead = bench.store.notice(sent.id).await.unwrap().unwrap();
        assert_eq!((dead.state, dead.last_error.as_deref()), (NoticeState::Dead, Some("the mail came back: 5.1.1")));
        let contact = bench.store.contact(of).await.unwrap().unwrap();
        assert_eq!((contact.email.as_deref(), contact.email_verified_at), (Some("hanako@shop.example"), None));
        assert_eq!(bench.store.promise_counts().await.unwrap().told, 0);
        // Seen in the conversation, it counts as told all the same.
        assert!(bench.store.seen_by_customer(ticket.id, bench.minute(4)).await.unwrap());
        assert_eq!(bench.store.promise_counts().await.unwrap().told, 1);
    }

    async fn an_address_that_was_changed_since_stays_confirmed(bench: Bench) {
        let ticket = bench.handed_over().await;
        let sent = bench.store.due_notices(bench.now, bench.minute(1), 9).await.unwrap().remove(0);
        bench.store.delivered(sent.id, bench.minute(1)).await.unwrap();
        let (of, other) = (ticket.conversation, "other@shop.example");
        bench.store.set_email(of, Some(other), Some(bench.minute(2))).await.unwrap();
        let returned = Returned {
            notice: sent.id,
            conversation: of,
            why: "gone".to_owned(),
            at: bench.minute(3),
            note: None,
            outbox: Vec::new(),
        };
        assert!(bench.store.returned(&returned).await.unwrap());
        let contact = bench.store.contact(of).await.unwrap().unwrap();
        assert_eq!((contact.email.as_deref(), contact.email_verified_at), (Some(other), Some(bench.minute(2))));
    }

    async fn an_answer_that_came_back_was_sent_to_the_address_of_its_day(bench: Bench) {
        let opened = bench.conversation().await;
        let answer = async |sent: i64, confirmed: i64| {
            bench.store.set_email(opened.id, Some("hanako@shop.example"), Some(bench.minute(confirmed))).await.unwrap();
            let payload = serde_json::json!({ "in_reply_to": bench.ids.fresh() });
            let mail = NewNotice { kind: "assistant_reply".to_owned(), payload, ..bench.notice(Target::Mail, None) };
            bench.store.enqueue(opened.id, std::slice::from_ref(&mail)).await.unwrap();
            bench.store.delivered(mail.id, bench.minute(sent)).await.unwrap();
            let returned = Returned {
                notice: mail.id,
                conversation: opened.id,
                why: "gone".to_owned(),
                at: bench.minute(9),
                note: None,
                outbox: Vec::new(),
            };
            assert!(bench.store.returned(&returned).await.unwrap());
            bench.store.contact(opened.id).await.unwrap().unwrap().email_verified_at
        };
        assert_eq!(answer(1, 0).await, None);
        assert_eq!(answer(1, 2).await, Some(bench.minute(2)), "confirmed since");
    }

    async fn mail_that_does_not_arrive_is_known_until_an_address_is_named(bench: Bench) {
        let opened = bench.conversation().await;
        let lost = async || bench.store.not_arrived(opened.id, None).await.unwrap();
        let name = async |confirmed: bool| {
            let verified_at = confirmed.then(|| bench.minute(1));
            bench.store.set_email(opened.id, Some("hanako@shop.example"), verified_at).await.unwrap();
        };
        let mail = async |kind: &str, arrives: bool| {
            let mail = NewNotice { kind: kind.to_owned(), ..bench.notice(Target::Mail, None) };
            bench.store.enqueue(opened.id, std::slice::from_ref(&mail)).await.unwrap();
            match arrives {
                true => bench.store.delivered(mail.id, bench.minute(1)).await.unwrap(),
                false => bench.store.dead(mail.id, "550 5.1.1").await.unwrap(),
            }
            mail.id
        };
        assert_eq!(lost().await, None, "no address is known");
        name(false).await;
        let code = mail("verify_address", false).await;
        assert_eq!(lost().await, Some(code), "not even the code");
        name(true).await;
        let code = mail("verify_address", true).await;
        assert_eq!(lost().await, None, "it was named anew");
        // What goes to others says nothing about this one.
        let desk = bench.notice(Target::Desk, None);
        bench.store.enqueue(opened.id, std::slice::from_ref(&desk)).await.unwrap();
        bench.store.dead(desk.id, "550 5.1.1").await.unwrap();
        assert_eq!(lost().await, None);
        for _ in 0..2 {
            mail("notice", false).await;
            assert_eq!(lost().await, Some(code), "the name of what is known of this address");
        }
        mail("notice", true).await;
        assert_eq!(lost().await, None, "a later one has arrived");
        // After one has come back, that a later one went off shows nothing.
        name(false).await;
        assert_eq!(lost().await, Some(code));
        mail("verify_address", true).await;
        assert_eq!(lost().await, None);
        assert_eq!(bench.store.not_arrived(ConversationId(bench.ids.fresh()), None).await.unwrap(), None);
    }

    async fn lost_mails_have_one_name_in_whatever_order_they_come_back(bench: Bench) {
        let opened = bench.conversation().await;
        bench.store.set_email(opened.id, Some("hanako@shop.example"), Some(bench.now)).await.unwrap();
        let mails = [(); 3].map(|()| bench.notice(Target::Mail, None));
        bench.store.enqueue(opened.id, &mails).await.unwrap();
        for mail in mails.iter().take(2) {
            bench.store.delivered(mail.id, bench.minute(1)).await.unwrap();
        }
        // No mail has named the address: it came with the sign-in.
        for mail in [&mails[1], &mails[0]] {
            let returned = Returned {
                notice: mail.id,
                conversation: opened.id,
                why: "gone".to_owned(),
                at: bench.minute(2),
                note: None,
                outbox: Vec::new(),
            };
            assert!(bench.store.returned(&returned).await.unwrap());
            assert_eq!(bench.store.not_arrived(opened.id, None).await.unwrap(), Some(opened.id.0));
        }
        bench.store.dead(mails[2].id, "550 5.1.1").await.unwrap();
        assert_eq!(bench.store.not_arrived(opened.id, None).await.unwrap(), Some(opened.id.0));
    }

    async fn a_mail_that_is_about_to_be_given_up_counts_as_lost(bench: Bench) {
        let opened = bench.conversation().await;
        bench.store.set_email(opened.id, Some("hanako@shop.example"), Some(bench.now)).await.unwrap();
        let [sent, held, later] = [(); 3].map(|()| bench.notice(Target::Mail, None));
        bench.store.enqueue(opened.id, &[sent.clone(), held.clone(), later.clone()]).await.unwrap();
        let lost = async |id| bench.store.not_arrived(opened.id, Some(id)).await.unwrap();
        assert_eq!(bench.store.not_arrived(opened.id, None).await.unwrap(), None, "all are on their way");
        assert_eq!(lost(held.id).await, Some(opened.id.0));
        bench.store.delivered(sent.id, bench.minute(1)).await.unwrap();
        assert_eq!(lost(sent.id).await, None, "it has gone");
        assert_eq!(lost(held.id).await, Some(opened.id.0), "what went before shows nothing");
        bench.store.delivered(later.id, bench.minute(2)).await.unwrap();
        assert_eq!(lost(held.id).await, None, "a later one has arrived");
    }

    async fn what_has_lost_its_target_waits_for_it(bench: Bench) {
        let ticket = bench.handed_over().await;
        let slack = bench.notice(Target::Webhook("slack".to_owned()), None);
        let desk = bench.notice(Target::Desk, None);
        bench.store.enqueue(ticket.conversation, &[slack.clone(), desk.clone()]).await.unwrap();
        bench.store.hold(slack.id, "webhook:slack is not configured").await.unwrap();
        bench.store.hold(desk.id, "desk is not configured").await.unwrap();
        let held = bench.store.notice(slack.id).await.unwrap().unwrap();
        assert_eq!((held.state, held.attempts), (NoticeState::Held, 0));
        assert_eq!(held.last_error.as_deref(), Some("webhook:slack is not configured"));
        let release = async |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            bench.store.release_held(&names, bench.minute(5)).await.unwrap()
        };
        assert_eq!(release(&[]).await, 0);
        assert_eq!(release(&["mail", "webhook:other"]).await, 0);
        assert_eq!(release(&["mail", "webhook:slack"]).await, 1);
        assert_eq!(state_of(bench, slack.id).await, Some(NoticeState::Pending));
        assert_eq!(state_of(bench, desk.id).await, Some(NoticeState::Held));
        assert_eq!(bench.store.notice(desk.id).await.unwrap().unwrap().target, Target::Desk);
    }

    async fn what_has_nothing_to_tell_yet_is_looked_at_later(bench: Bench) {
        let opened = bench.conversation().await;
        let waits = bench.notice(Target::Mail, None);
        bench.store.enqueue_once(opened.id, &waits).await.unwrap();
        let due = async |minute: i64| {
            bench.store.due_notices(bench.minute(minute), bench.minute(minute + 99), 9).await.unwrap().len()
        };
        assert_eq!(due(0).await, 1);
        bench.store.postpone(waits.id, bench.minute(2)).await.unwrap();
        assert_eq!((due(1).await, due(2).await), (0, 1));
        assert_eq!(bench.store.notice(waits.id).await.unwrap().unwrap().attempts, 0);
        bench.store.drop_notice(waits.id).await.unwrap();
        assert_eq!(state_of(bench, waits.id).await, None);
        let sent = bench.notice(Target::Mail, None);
        bench.store.enqueue_once(opened.id, &sent).await.unwrap();
        bench.store.delivered(sent.id, bench.minute(3)).await.unwrap();
        bench.store.drop_notice(sent.id).await.unwrap();
        assert_eq!(state_of(bench, sent.id).await, Some(NoticeState::Sent), "what went is on record");
    }
}
