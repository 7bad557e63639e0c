use super::*;

/// A case of a customer who said these words.
async fn case_of(bench: &Bench, words: &str, opened: i64) -> Ticket {
    let conversation = bench.conversation().await;
    let said = bench.says(conversation.id, words).await;
    let mut new = bench.ticket(conversation.id);
    new.ticket.case.message = "[masked]".to_owned();
    new.ticket.opened_at = bench.minute(opened);
    new.outbox.clear();
    bench.finish(conversation.id, said, Some(&new)).await.unwrap();
    new.ticket
}

fn everywhere() -> Watcher {
    Watcher { name: tanaka(), desks: Vec::new() }
}

async fn found_by(bench: &Bench, asked: &str, watcher: &Watcher) -> Vec<TicketId> {
    let search = TicketSearch { asked, watcher, after: None, limit: 50 };
    let found = bench.store.search_tickets(&search).await.unwrap();
    found.into_iter().map(|filed| filed.ticket.id).collect()
}

on_both! {
    async fn a_case_is_found_by_what_is_remembered_of_it(bench: Bench) {
        let full = case_of(bench, "返品したい。注文番号は ＨＭ－２０２６－００４５１１ です", 1).await;
        let kana = case_of(bench, "ﾍﾝﾋﾟﾝしたいのですが、100%_オフ!の券は？👍🏽", 2).await;
        let english = case_of(bench, "My PARCEL never came,\u{0} order hm-2026-009", 3).await;
        let all = everywhere();
        let found = async |asked: &str| found_by(bench, asked, &all).await;
        for (asked, expected) in [
            ("hm-2026-004511", vec![full.id]),
            ("HM‐2026", vec![english.id, full.id]),
            ("ＨＭ-2026 返品", vec![full.id]),
            ("2026-0045", vec![full.id]),
            ("ヘンピン", vec![kana.id]),
            ("へんぴん", vec![]),
            ("したい", vec![kana.id, full.id]),
            ("parcel", vec![english.id]),
            ("came, order", vec![english.id]),
            ("👍🏽", vec![kana.id]),
            ("%", vec![kana.id]),
            ("_", vec![kana.id]),
            ("!", vec![kana.id]),
            ("100%_オフ!", vec![kana.id]),
            ("1%6", vec![]),
            ("h_-2026", vec![]),
            ("' OR 1=1 --", vec![]),
            ("", vec![]),
            (" \u{3000}\u{0}", vec![]),
            // Nothing that we said ourselves.
            ("30日", vec![]),
        ] {
            assert_eq!(found(asked).await, expected, "{asked:?}");
        }
        for spelt in [full.reference.as_str().to_lowercase(), full.reference.as_str().replace('-', "ー")] {
            assert_eq!(found(&spelt).await, [full.id], "{spelt}");
            assert_eq!(found(&format!("受付番号{spelt}の件")).await, [full.id], "{spelt}");
        }
        assert_eq!(found(&"返".repeat(100_000)).await, []);
        // What is added later is found as well.
        bench.says(english.conversation, "追加です：伝票は ＡＢＣ９ です").await;
        assert_eq!(found("abc9").await, [english.id]);
        // And what the shop says of it; but not by the names that it gives things.
        bench.store.set_context(kana.conversation, &serde_json::json!({ "order_id": "SO-77-X" })).await.unwrap();
        assert_eq!(found("so-77-x").await, [kana.id]);
        assert_eq!(found("order_id").await, []);
    }

    async fn nobody_finds_what_they_may_not_see(bench: Bench) {
        let ticket = case_of(bench, "返品したい", 1).await;
        let payments = Watcher { name: sato(), desks: vec![desk("payments")] };
        let returns = Watcher { name: sato(), desks: vec![desk("payments"), desk("returns")] };
        assert_eq!(found_by(bench, "返品", &payments).await, []);
        assert_eq!(found_by(bench, ticket.reference.as_str(), &payments).await, []);
        assert_eq!(found_by(bench, "返品", &returns).await, [ticket.id]);
        // What one has oneself one sees, wherever it belongs.
        bench.store.claim(&bench.act(&ticket, &sato(), 5)).await.unwrap();
        assert_eq!(found_by(bench, "返品", &payments).await, [ticket.id]);
    }

    async fn what_is_found_comes_in_pages(bench: Bench) {
        let mut cases = Vec::new();
        for n in 0..7 {
            // Some were opened at the same moment.
            cases.push(case_of(bench, "返品したい", n / 3).await);
        }
        let all = everywhere();
        let whole = found_by(bench, "返品", &all).await;
        assert_eq!(whole.len(), 7);
        assert_eq!(whole[0], cases[6].id);
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let search = TicketSearch { asked: "返品", watcher: &all, after, limit: 2 };
            let page = bench.store.search_tickets(&search).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.found_cursor());
            paged.extend(page.into_iter().map(|filed| filed.ticket.id));
        }
        assert_eq!(paged, whole);
    }
}
