use uuid::Uuid;

use super::*;

on_both! {
    async fn what_was_said_is_there_after_a_restart_to_the_letter(bench: Bench) {
        let opened = bench.conversation().await;
        let texts = ["いつ届きますか？", "👩‍👩‍👧‍👦 e\u{301}", "", "a\u{0}b", "\u{fdd0}0\u{0}", "'); DROP TABLE message; --"];
        for text in texts {
            bench.store.receive(opened.id, &bench.incoming(text, None)).await.unwrap();
        }
        bench.store.clone().close().await;
        let again = bench.replica().await;
        let said: Vec<String> = again.messages(opened.id).await.unwrap().into_iter().map(|m| m.text).collect();
        assert_eq!(said, texts);
        assert_eq!(again.conversation(opened.id).await.unwrap().unwrap().0, opened);
        assert_eq!(again.unanswered().await.unwrap().len(), texts.len());
    }

    async fn events_are_numbered_and_resumable(bench: Bench) {
        let opened = bench.conversation().await;
        let kept = bench.store.receive(opened.id, &bench.incoming("返品", None)).await.unwrap();
        bench.answer(opened.id, id_of(&kept)).await.unwrap();
        let all = bench.store.events_after(opened.id, 0, 100).await.unwrap();
        assert_eq!(all.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(all.iter().map(|e| e.body.name()).collect::<Vec<_>>(), ["status", "status", "delta", "message"]);
        let rest = bench.store.events_after(opened.id, 3, 100).await.unwrap();
        assert_eq!(rest.len(), 1);
        assert!(rest[0].body.is_last());
        assert!(bench.store.unanswered().await.unwrap().is_empty());
        assert_eq!(bench.store.last_event(opened.id).await.unwrap(), 4);
    }

    async fn a_message_is_answered_once_whoever_tries(bench: Bench) {
        let opened = bench.conversation().await;
        let kept = bench.store.receive(opened.id, &bench.incoming("返品", None)).await.unwrap();
        bench.answer(opened.id, id_of(&kept)).await.unwrap();
        assert!(matches!(bench.answer(opened.id, id_of(&kept)).await, Err(StoreError::Answered)));
        assert_eq!(bench.store.messages(opened.id).await.unwrap().len(), 2);
        assert_eq!(bench.store.last_event(opened.id).await.unwrap(), 4, "the refused answer left no event");
    }

    async fn a_key_names_one_message(bench: Bench) {
        let opened = bench.conversation().await;
        let first = bench.store.receive(opened.id, &bench.incoming("返品", Some(("k", "1")))).await.unwrap();
        let again = bench.store.receive(opened.id, &bench.incoming("返品", Some(("k", "1")))).await.unwrap();
        assert_eq!(again, Kept::Before { id: id_of(&first), since: 1, failed: false });
        let other = bench.store.receive(opened.id, &bench.incoming("交換", Some(("k", "2")))).await.unwrap();
        assert_eq!(other, Kept::KeyReused);
        let elsewhere = bench.conversation().await;
        let theirs = bench.store.receive(elsewhere.id, &bench.incoming("交換", Some(("k", "2")))).await.unwrap();
        assert!(matches!(theirs, Kept::New { .. }), "keys of two conversations have nothing to do with each other");
        assert_eq!(bench.store.messages(opened.id).await.unwrap().len(), 1);
    }

    async fn a_failed_message_is_tried_again_under_its_key(bench: Bench) {
        let opened = bench.conversation().await;
        let key = Some(("k", "1"));
        let kept = bench.store.receive(opened.id, &bench.incoming("返品", key)).await.unwrap();
        let failure = [EventBody::Error { detail: "later".to_owned() }];
        bench.store.finish(&Attempt::first(opened.id, id_of(&kept)), None, &failure, None).await.unwrap();
        let request = bench.incoming("返品", key);
        let again = bench.store.receive(opened.id, &request).await.unwrap();
        assert_eq!(again, Kept::Before { id: id_of(&kept), since: 3, failed: true });
        // The first attempt is over, and has nothing more to say; who asks a third time waits for the second.
        assert!(matches!(bench.answer(opened.id, id_of(&kept)).await, Err(StoreError::Stale)));
        let third = bench.store.receive(opened.id, &bench.incoming("返品", key)).await.unwrap();
        assert_eq!(third, Kept::Before { id: id_of(&kept), since: 3, failed: false });
        bench.answer_in(&Attempt::begun_by(&request, opened.id, id_of(&kept))).await.unwrap();
        let once_more = bench.store.receive(opened.id, &bench.incoming("返品", key)).await.unwrap();
        assert_eq!(once_more, Kept::Before { id: id_of(&kept), since: 3, failed: false });
    }

    async fn many_at_once_lose_nothing_and_keep_their_order(bench: Bench) {
        let opened = bench.conversation().await;
        let sent = (0..40).map(|n| {
            let (store, incoming, id) = (bench.store.clone(), bench.incoming(&n.to_string(), None), opened.id);
            tokio::spawn(async move { store.receive(id, &incoming).await })
        });
        for sent in sent.collect::<Vec<_>>() {
            sent.await.unwrap().unwrap();
        }
        assert_eq!(bench.store.messages(opened.id).await.unwrap().len(), 40);
        let seqs: Vec<u64> = bench.store.events_after(opened.id, 0, 100).await.unwrap().iter().map(|e| e.seq).collect();
        assert_eq!(seqs, (1..=40).collect::<Vec<_>>());
    }

    async fn a_message_to_nowhere_is_refused(bench: Bench) {
        let nowhere = ConversationId(Uuid::nil());
        assert!(bench.store.receive(nowhere, &bench.incoming("返品", None)).await.is_err());
        assert!(bench.store.conversation(nowhere).await.unwrap().is_none());
    }

    async fn the_probe_leaves_nothing_behind(bench: Bench) {
        bench.store.ready().await.unwrap();
        bench.store.ready().await.unwrap();
    }
}
