use super::*;

/// What the previous storey wrote: two steps of the schema, and a conversation in it.
async fn of_the_previous_storey(place: &Place) -> (ConversationId, MessageId) {
    let store = Store::reach(&place.url()).await.unwrap();
    store.migrate(Some(2)).await.unwrap();
    let (conversation, message, reply) = (RandomIds.fresh(), RandomIds.fresh(), RandomIds.fresh());
    let status = serde_json::json!({ "type": "status", "stage": "received", "message_id": message });
    for row in [
        format!("INSERT INTO conversation VALUES ('{conversation}', 'hash', 'ja', '[\"customer\"]', 1700000000000)"),
        format!(
            "INSERT INTO message VALUES \
             ('{message}', '{conversation}', 0, 'customer', '\u{fdd0}0返品したい', 'ja', NULL, NULL, 1700000000001)"
        ),
        format!(
            "INSERT INTO message VALUES \
             ('{reply}', '{conversation}', 1, 'assistant', '30日です。', 'ja', '{message}', NULL, 1700000000002)"
        ),
        format!("INSERT INTO event VALUES ('{conversation}', 1, '{message}', 'status', '{status}')"),
        format!("INSERT INTO idempotency_key VALUES ('{conversation}', 'k', '1', '{message}')"),
        format!("INSERT INTO receipt VALUES ('{message}', '{conversation}', '{{}}')"),
        "INSERT INTO generation VALUES ('g', '{}')".to_owned(),
    ] {
        store.db.execute_unprepared(&row).await.unwrap();
    }
    store.close().await;
    (ConversationId(conversation), MessageId(message))
}

async fn old_data_survives(place: Place) -> Bench {
    let (conversation, message) = of_the_previous_storey(&place).await;
    let bench = Bench::at(place).await;
    let (found, hash) = bench.store.conversation(conversation).await.unwrap().unwrap();
    assert_eq!((found.owner, found.fresh_after, hash.0.as_str()), (Owner::Assistant, 0, "hash"));
    assert_eq!(found.created_at.as_millisecond(), 1_700_000_000_000);
    let messages = bench.store.messages(conversation).await.unwrap();
    assert_eq!(
        messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(),
        ["\u{fdd0}0返品したい", "30日です。"]
    );
    assert_eq!(messages[1].in_reply_to, Some(message));
    assert_eq!(messages[1].author, None);
    assert_eq!(bench.store.last_event(conversation).await.unwrap(), 1);
    let again = bench.store.receive(conversation, &bench.incoming("返品したい", Some(("k", "1")))).await.unwrap();
    assert_eq!(again, Kept::Before { id: message, since: 1, failed: false });
    // And it goes on: a case can come of it.
    let said = bench.says(conversation, "担当者をお願いします").await;
    let new = bench.ticket(conversation);
    assert!(matches!(bench.finish(conversation, said, Some(&new)).await, Ok(Finished::HandedOff(_))));
    assert_eq!(bench.store.messages(conversation).await.unwrap().len(), 4);
    bench
}

#[tokio::test]
async fn old_data_survives_on_sqlite() {
    old_data_survives(Place::file()).await;
}

#[tokio::test]
async fn old_data_survives_on_postgres() {
    let Some(place) = Place::server().await else { return };
    old_data_survives(place).await.tidy().await;
}

/// As if nothing had been there.
async fn another_place(bench: &Bench) -> Place {
    match &bench.place {
        Place::File(_) => Place::file(),
        Place::Server { .. } => Place::server().await.unwrap(),
    }
}

on_both! {
    async fn replicas_that_start_together_agree_on_the_schema(bench: Bench) {
        let place = another_place(bench).await;
        let starts = (0..4).map(|_| {
            let url = place.url();
            tokio::spawn(async move { Store::connect(&url).await })
        });
        for started in starts.collect::<Vec<_>>() {
            let store = started.await.unwrap().unwrap();
            store.ready().await.unwrap();
            store.close().await;
        }
        Bench::at(place).await.tidy().await;
    }

    async fn who_looks_at_a_database_leaves_its_schema_as_it_is(bench: Bench) {
        let place = another_place(bench).await;
        let older = Store::look_at_url(&place.url()).await.unwrap();
        let (all, unknown) = older.steps_apart().await.unwrap();
        assert!(all.len() > 2 && unknown.is_empty(), "{all:?} {unknown:?}");
        older.migrate(Some(2)).await.unwrap();
        older.close().await;
        for _ in 0..2 {
            let looked = Store::look_at_url(&place.url()).await.unwrap();
            assert_eq!(looked.steps_apart().await.unwrap(), (all[2..].to_vec(), Vec::new()));
            looked.close().await;
        }
        let newer = Bench::at(place).await;
        assert_eq!(newer.store.steps_apart().await.unwrap(), (Vec::new(), Vec::new()));
        newer.raw("INSERT INTO seaql_migrations VALUES ('m999_future', 0)").await.unwrap();
        assert_eq!(newer.store.steps_apart().await.unwrap(), (Vec::new(), vec!["m999_future".to_owned()]));
        newer.tidy().await;
    }

    async fn an_address_that_names_no_database_is_refused(bench: Bench) {
        for address in ["", "mysql://root:secret@host/db", bench.place.url().trim_start_matches(|c: char| c != ':')] {
            let error = Store::connect(address).await.unwrap_err();
            assert!(matches!(error, StoreError::Address), "{error}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
