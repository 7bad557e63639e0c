use super::*;
use crate::conversation::Subject;
use crate::handoff::ShopContext;

fn account(name: &str) -> Subject {
    Subject::new(name).unwrap()
}

impl Bench {
    /// A conversation of an account's, and its token.
    async fn of_account(&self, subject: Option<&Subject>, minutes: i64) -> (ConversationId, Token) {
        let token = Token::fresh(self.ids.as_ref());
        let opened = Conversation {
            id: ConversationId(self.ids.fresh()),
            locale: None,
            audiences: vec![Audience::customer()],
            created_at: self.minute(minutes),
            owner: Owner::Assistant,
            fresh_after: 0,
            subject: subject.cloned(),
        };
        let context = ShopContext { order_id: Some(format!("HM-{minutes}")), ..ShopContext::default() };
        self.store.open_in_context(&opened, &token.hash(), Some(&context)).await.unwrap();
        (opened.id, token)
    }

    async fn listed(&self, subject: &Subject) -> Vec<ConversationId> {
        self.store.own(subject, None, 100).await.unwrap().iter().map(|own| own.conversation).collect()
    }
}

on_both! {
    async fn a_list_is_ones_own_and_the_newest_first(bench: Bench) {
        let (tanaka, other) = (account("田中"), account("other"));
        assert_eq!(bench.listed(&tanaka).await, []);
        let mut own = Vec::new();
        for minutes in [1, 3, 2, 3] {
            own.push(bench.of_account(Some(&tanaka), minutes).await.0);
        }
        bench.of_account(Some(&other), 4).await;
        bench.of_account(None, 5).await;
        // Those of one moment, too, have one order on both databases.
        let expected = [own[3], own[1], own[2], own[0]];
        assert_eq!(bench.listed(&tanaka).await, expected);
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = bench.store.own(&tanaka, after, 1).await.unwrap();
            let Some(last) = page.last() else { break };
            // As a customer hands it back.
            after = Some(last.cursor().to_string().parse().unwrap());
            read.extend(page.iter().map(|own| own.conversation));
        }
        assert_eq!(read, expected);
        assert_eq!(bench.store.own_ids(&tanaka).await.unwrap(), [own[0], own[2], own[1], own[3]]);
        for near in ["田中 ", "%", "_", "' OR '1'='1", "OTHER"] {
            assert_eq!(bench.listed(&account(near)).await, [], "{near}");
        }
    }

    async fn a_line_says_what_became_of_it(bench: Bench) {
        let tanaka = account("田中");
        let (id, _) = bench.of_account(Some(&tanaka), 0).await;
        let read = bench.store.own(&tanaka, None, 9).await.unwrap().remove(0);
        assert_eq!((read.owner, read.last_activity, read.solved), (Owner::Assistant, bench.now, None));
        assert_eq!(read.context.unwrap().order_id.as_deref(), Some("HM-0"));
        let said = bench.says(id, "返品したい").await;
        let new = bench.ticket(id);
        bench.finish(id, said, Some(&new)).await.unwrap();
        bench.store.claim(&bench.act(&new.ticket, &sato(), 5)).await.unwrap();
        let solved = Feedback { solved: Some(true), score: Some(5), comment: None, at: bench.now };
        bench.store.feedback(id, &solved).await.unwrap();
        let read = bench.store.own(&tanaka, None, 9).await.unwrap().remove(0);
        assert_eq!((read.owner, read.solved), (Owner::Operator, Some(true)));
        assert_eq!(read.tickets.len(), 1);
        assert_eq!((&read.tickets[0].reference, &read.tickets[0].operator), (&new.ticket.reference, &Some(sato())));
        assert!(read.last_activity >= bench.now);
    }

    async fn a_conversation_of_nobodys_goes_into_an_account_once(bench: Bench) {
        let (tanaka, other) = (account("田中"), account("other"));
        let (id, token) = bench.of_account(None, 0).await;
        let (_, elsewhere) = bench.of_account(None, 1).await;
        let take = async |subject: &Subject, token: &Token| {
            bench.store.take_over(id, &token.hash(), subject, bench.now).await.unwrap()
        };
        assert_eq!(take(&tanaka, &elsewhere).await, TakenOver::Unknown);
        let unknown = ConversationId(bench.ids.fresh());
        let nowhere = bench.store.take_over(unknown, &token.hash(), &tanaka, bench.now).await.unwrap();
        assert_eq!(nowhere, TakenOver::Unknown);
        assert_eq!(bench.listed(&tanaka).await, []);
        assert_eq!(take(&tanaka, &token).await, TakenOver::Now);
        assert_eq!(take(&tanaka, &token).await, TakenOver::Before);
        assert_eq!(take(&other, &token).await, TakenOver::Another);
        assert_eq!(take(&other, &elsewhere).await, TakenOver::Unknown, "whose it is, only its token tells");
        assert_eq!(bench.listed(&tanaka).await, [id]);
        assert_eq!(bench.listed(&other).await, []);
        let (conversation, _) = bench.store.conversation(id).await.unwrap().unwrap();
        assert_eq!(conversation.subject, Some(tanaka));
        let lines = bench.store.audited(0, 100).await.unwrap();
        let taken: Vec<_> = lines.iter().filter(|line| line.what == "take_over").collect();
        assert_eq!(taken.len(), 1);
        assert!(!format!("{lines:?}").contains("田中"), "the log of deeds names no customer");
    }

    async fn two_accounts_that_reach_for_one_conversation(bench: Bench) {
        let (id, token) = bench.of_account(None, 0).await;
        let replica = bench.replica().await;
        let (one, two) = (account("one"), account("two"));
        let hash = token.hash();
        let (first, second) = tokio::join!(
            bench.store.take_over(id, &hash, &one, bench.now),
            replica.take_over(id, &hash, &two, bench.now)
        );
        let outcomes = [first.unwrap(), second.unwrap()];
        assert!(outcomes.contains(&TakenOver::Now) && outcomes.contains(&TakenOver::Another), "{outcomes:?}");
        replica.close().await;
    }
}

#[test]
fn a_place_in_the_list_is_a_place_or_refused() {
    for word in ["", ".", "1", "1.", ".1", "1.2", "x.00000000-0000-0000-0000-000000000001", "あ.い"] {
        assert!(word.parse::<OwnCursor>().is_err(), "{word}");
    }
}
