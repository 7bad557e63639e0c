use super::*;
use crate::handoff::{Asked, InquiryLook, InquiryState, chased_at};

impl Bench {
    fn question(&self, to: Asked) -> NewInquiry {
        let due = self.minute(90);
        NewInquiry {
            to,
            question: "荷物は\u{0}どこにありますか 📦".to_owned(),
            due,
            next_due: chased_at(self.minute(10), due),
        }
    }

    /// The desk `returns` asks the desk `delivery` at minute 10, to be answered by minute 90.
    async fn asks(&self, ticket: &Ticket) -> crate::handoff::Inquiry {
        let new = self.question(Asked::Desk(desk("delivery")));
        self.store.inquire(&self.act(ticket, &tanaka(), 10), &new, Vec::new()).await.unwrap()
    }

    async fn kinds_told(&self, of: &Ticket) -> Vec<String> {
        let of_ticket = OutboxFilter { ticket: Some(of.id), limit: 99, ..OutboxFilter::default() };
        self.store.outbox(&of_ticket).await.unwrap().into_iter().map(|notice| notice.kind).collect()
    }
}

fn told(bench: &Bench, kind: &str) -> Vec<NewNotice> {
    vec![NewNotice { kind: kind.to_owned(), ..bench.notice(Target::Webhook("sheet".to_owned()), None) }]
}

on_both! {
    async fn what_is_asked_is_kept_to_the_letter_and_numbered(bench: Bench) {
        let ticket = bench.claimed(&tanaka()).await;
        let promise = bench.promise(&ticket).await;
        let first = bench.asks(&ticket).await;
        let seller = Asked::Seller { name: "青葉\u{0}書房".to_owned(), address: Some("mail:aoba@shop.example".to_owned()) };
        let outbox = told(bench, "inquiry_opened");
        let sato = sato();
        let act = bench.act(&ticket, &sato, 12);
        let second = bench.store.inquire(&act, &bench.question(seller), outbox).await.unwrap();
        assert_eq!((first.number, second.number), (1, 2));
        assert_eq!(bench.store.inquiries_of(ticket.id).await.unwrap(), [first.clone(), second.clone()]);
        assert_eq!(bench.store.inquiry(ticket.id, 2).await.unwrap(), Some(second));
        assert_eq!(bench.store.inquiry(ticket.id, 3).await.unwrap(), None);
        assert!(bench.kinds_told(&ticket).await.contains(&"inquiry_opened".to_owned()));
        // What the customer was promised has not moved, and does not wait.
        assert_eq!(bench.promise(&ticket).await, promise);
        // The desk that was asked sees it, and the seller's it does not.
        let theirs = bench.store.asked_of(&[desk("delivery")], 9).await.unwrap();
        assert_eq!(theirs.iter().map(|(asked, _)| asked.clone()).collect::<Vec<_>>(), [first]);
        assert_eq!(bench.store.asked_of(&[desk("payments")], 9).await.unwrap().len(), 0);
        assert_eq!(bench.store.asked_of(&[], 9).await.unwrap().len(), 1);
    }

    async fn it_is_answered_once_and_wakes_the_case(bench: Bench) {
        let ticket = bench.handed_over().await;
        let asked = bench.asks(&ticket).await;
        bench.store.snooze(&bench.act(&ticket, &tanaka(), 11), Some(bench.minute(50))).await.unwrap();
        let sato = sato();
        let act = bench.act(&ticket, &sato, 30);
        let outbox = told(bench, "inquiry_answered");
        let answered = bench.store.answer_inquiry(&act, 1, "那覇の営業所です", outbox).await.unwrap();
        assert_eq!((answered.state, answered.next_due), (InquiryState::Answered, None));
        let answer = answered.answer.as_ref().unwrap();
        assert_eq!((answer.text.as_str(), &answer.by, answer.at), ("那覇の営業所です", &sato, bench.minute(30)));
        assert_eq!(bench.store.inquiry(ticket.id, asked.number).await.unwrap(), Some(answered));
        assert_eq!(bench.store.ticket(ticket.id).await.unwrap().unwrap().snoozed_until, None);
        let again = bench.store.answer_inquiry(&act, 1, "いいえ、羽田です", Vec::new()).await;
        assert!(matches!(again, Err(StoreError::Untimely(_))));
        let nobody = bench.store.answer_inquiry(&act, 7, "?", Vec::new()).await;
        assert!(matches!(nobody, Err(StoreError::UnknownTicket)));
        assert_eq!(bench.store.due_inquiries(bench.minute(500), bench.minute(501), 9).await.unwrap(), []);
        assert_eq!(bench.store.asked_of(&[], 9).await.unwrap(), []);
    }

    async fn it_is_reminded_of_once_and_lapses_loudly_once(bench: Bench) {
        let ticket = bench.handed_over().await;
        bench.asks(&ticket).await;
        let other = bench.replica().await;
        // A quarter of eighty minutes is left at minute 70.
        assert_eq!(bench.store.due_inquiries(bench.minute(69), bench.minute(70), 9).await.unwrap(), []);
        let due = bench.store.due_inquiries(bench.minute(70), bench.minute(71), 9).await.unwrap();
        let [(seen, about)] = due.as_slice() else { panic!("{due:?}") };
        assert_eq!(about.id, ticket.id);
        assert_eq!(seen.look(bench.minute(70), true), InquiryLook::Chase { next_due: bench.minute(90) });
        assert_eq!(other.due_inquiries(bench.minute(70), bench.minute(71), 9).await.unwrap(), [], "one replica has it");
        let chased = Looked::Chased { next_due: bench.minute(90) };
        bench.store.looked_at(seen, chased, bench.minute(70), told(bench, "inquiry_reminder")).await.unwrap();
        let late = other.looked_at(seen, chased, bench.minute(70), told(bench, "inquiry_reminder")).await;
        assert!(matches!(late, Err(StoreError::Stale)), "who saw it before does nothing");

        let due = other.due_inquiries(bench.minute(90), bench.minute(91), 9).await.unwrap();
        let [(seen, _)] = due.as_slice() else { panic!("{due:?}") };
        assert_eq!(seen.look(bench.minute(90), true), InquiryLook::Lapse);
        let lapsed = Looked::Lapsed { priority: 2 };
        other.looked_at(seen, lapsed, bench.minute(90), told(bench, "inquiry_lapsed")).await.unwrap();
        assert_eq!(bench.store.ticket(ticket.id).await.unwrap().unwrap().priority, 2);
        let kept = bench.store.inquiry(ticket.id, 1).await.unwrap().unwrap();
        assert_eq!((kept.state, kept.lapsed_at, kept.next_due), (InquiryState::Lapsed, Some(bench.minute(90)), None));
        assert_eq!(bench.store.due_inquiries(bench.minute(900), bench.minute(901), 9).await.unwrap(), []);
        let kinds = bench.kinds_told(&ticket).await;
        let count = |kind: &str| kinds.iter().filter(|told| *told == kind).count();
        assert_eq!((count("inquiry_reminder"), count("inquiry_lapsed")), (1, 1), "{kinds:?}");
        // Late is better than never.
        let sato = sato();
        let act = bench.act(&ticket, &sato, 100);
        let answered = bench.store.answer_inquiry(&act, 1, "那覇です", Vec::new()).await.unwrap();
        assert_eq!(answered.state, InquiryState::Answered);
    }

    async fn a_closed_case_asks_nobody(bench: Bench) {
        let ticket = bench.handed_over().await;
        bench.asks(&ticket).await;
        bench.store.call_off(ticket.id, bench.minute(20), Telling::default()).await.unwrap();
        let new = bench.question(Asked::Desk(desk("delivery")));
        let late = bench.store.inquire(&bench.act(&ticket, &tanaka(), 21), &new, Vec::new()).await;
        assert!(matches!(late, Err(StoreError::Untimely(_))));
        assert_eq!(bench.store.asked_of(&[], 9).await.unwrap(), []);
        let due = bench.store.due_inquiries(bench.minute(70), bench.minute(71), 9).await.unwrap();
        let [(seen, about)] = due.as_slice() else { panic!("{due:?}") };
        assert_eq!(seen.look(bench.minute(70), about.state.open()), InquiryLook::Withdraw);
        bench.store.looked_at(seen, Looked::Withdrawn, bench.minute(70), told(bench, "inquiry_lapsed")).await.unwrap();
        assert!(!bench.kinds_told(&ticket).await.contains(&"inquiry_lapsed".to_owned()), "nobody is told");
        assert_eq!(bench.store.inquiry(ticket.id, 1).await.unwrap().unwrap().state, InquiryState::Withdrawn);
    }

    async fn with_a_conversation_its_inquiries_are_gone(bench: Bench) {
        let ticket = bench.handed_over().await;
        bench.asks(&ticket).await;
        bench.raw("DELETE FROM conversation").await.unwrap();
        assert_eq!(bench.store.inquiries_of(ticket.id).await.unwrap(), []);
    }
}
