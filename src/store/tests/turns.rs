use super::*;

impl Bench {
    /// So many seconds after the test began.
    fn second(&self, seconds: i64) -> Timestamp {
        self.now + SignedDuration::from_secs(seconds)
    }

    /// Takes up what nobody works on at that second.
    async fn take_up(&self, store: &Store, second: i64) -> Vec<Attempt> {
        let (now, lease) = (self.second(second), self.second(second) + TURN_LEASE);
        let taken = store.take_up(now, lease, self.ids.fresh(), 100).await.unwrap();
        taken.into_iter().map(|(attempt, _)| attempt).collect()
    }
}

fn lapsed() -> i64 {
    TURN_LEASE.as_secs()
}

on_both! {
    async fn whoever_takes_a_message_in_has_it_until_the_lease_lapses(bench: Bench) {
        let other = bench.replica().await;
        let opened = bench.conversation().await;
        let said = bench.says(opened.id, "返品したい").await;
        assert_eq!(bench.take_up(&other, lapsed() - 1).await, [], "it is being answered");
        // Renewed, it is theirs for longer.
        let first = Attempt::first(opened.id, said);
        assert!(bench.store.renew(&first, bench.second(2 * lapsed())).await.unwrap());
        assert_eq!(bench.take_up(&other, lapsed()).await, []);
        let taken = bench.take_up(&other, 2 * lapsed()).await;
        assert_eq!(taken.iter().map(|attempt| attempt.message).collect::<Vec<_>>(), [said]);
        assert_eq!(bench.take_up(&bench.store, 2 * lapsed()).await, [], "one has it, and not both");
        assert!(!bench.store.renew(&first, bench.second(99)).await.unwrap(), "it is not theirs any more");
        bench.answer_in(&taken[0]).await.unwrap();
        assert_eq!(bench.take_up(&bench.store, 1_000).await, [], "it is answered");
        assert!(!other.renew(&taken[0], bench.second(99)).await.unwrap());
    }

    async fn an_attempt_that_has_lost_its_place_says_nothing(bench: Bench) {
        let opened = bench.conversation().await;
        let said = bench.says(opened.id, "返品したい").await;
        let first = Attempt::first(opened.id, said);
        let piece = [EventBody::Delta { text: "30日".to_owned() }];
        bench.store.begin_writing(&first, &Receipt::default()).await.unwrap();
        bench.store.add_events(&first, &piece).await.unwrap();
        let [second] = bench.take_up(&bench.store, lapsed()).await[..] else { panic!() };
        // It was only slow, and knows nothing of it.
        assert!(matches!(bench.store.begin_writing(&first, &Receipt::default()).await, Err(StoreError::Stale)));
        assert!(matches!(bench.store.add_events(&first, &piece).await, Err(StoreError::Stale)));
        let late = bench.finish_in(&first, Some(&bench.ticket(opened.id))).await;
        assert!(matches!(late, Err(StoreError::Stale)));
        assert_eq!(bench.events(opened.id).await, ["status", "status", "delta"]);
        assert_eq!(bench.store.tickets_of(opened.id).await.unwrap(), []);
        assert_eq!(bench.store.messages(opened.id).await.unwrap().len(), 1);

        bench.store.add_events(&second, &piece).await.unwrap();
        assert_eq!(bench.answer_in(&second).await.unwrap(), Finished::Said);
        assert!(matches!(bench.answer_in(&first).await, Err(StoreError::Answered)));
        assert_eq!(bench.store.messages(opened.id).await.unwrap().len(), 2);
    }

    async fn what_has_come_to_its_end_is_not_taken_up(bench: Bench) {
        let (answered, failed, left) = (bench.conversation().await, bench.conversation().await, bench.conversation().await);
        let said = bench.says(answered.id, "送料は?").await;
        bench.answer(answered.id, said).await.unwrap();
        let said = bench.says(failed.id, "送料は?").await;
        let failure = [EventBody::Error { detail: String::new() }];
        bench.store.finish(&Attempt::first(failed.id, said), None, &failure, None).await.unwrap();
        let handed_over = bench.handed_over().await;
        bench.says(handed_over.conversation, "色は赤です").await;
        let said = bench.says(left.id, "送料は?").await;
        let taken = bench.take_up(&bench.store, lapsed()).await;
        assert_eq!(taken.iter().map(|attempt| attempt.message).collect::<Vec<_>>(), [said]);
        let unanswered = bench.store.unanswered().await.unwrap();
        assert_eq!(unanswered.iter().map(|(_, message)| message.id).collect::<Vec<_>>(), [said]);
    }

    async fn a_message_that_is_tried_again_is_taken_up_as_well(bench: Bench) {
        let opened = bench.conversation().await;
        let key = Some(("k", "1"));
        let said = id_of(&bench.store.receive(opened.id, &bench.incoming("返品", key)).await.unwrap());
        let failure = [EventBody::Error { detail: String::new() }];
        bench.store.finish(&Attempt::first(opened.id, said), None, &failure, None).await.unwrap();
        assert_eq!(bench.take_up(&bench.store, lapsed()).await, []);
        // Whoever asked again ended too before the answer was there.
        bench.store.receive(opened.id, &bench.incoming("返品", key)).await.unwrap();
        let taken = bench.take_up(&bench.store, lapsed()).await;
        assert_eq!(taken.iter().map(|attempt| attempt.message).collect::<Vec<_>>(), [said]);
    }

    async fn two_replicas_that_start_together_share_what_is_left(bench: Bench) {
        let other = bench.replica().await;
        let mut said = Vec::new();
        for _ in 0..20 {
            let opened = bench.conversation().await;
            said.push(bench.says(opened.id, "返品したい").await);
        }
        let takes = [bench.store.clone(), other].map(|store| {
            let (now, lease, ids) = (bench.second(lapsed()), bench.second(2 * lapsed()), bench.ids.clone());
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let some = store.take_up(now, lease, ids.fresh(), 3).await.unwrap();
                    if some.is_empty() {
                        return taken;
                    }
                    taken.extend(some.into_iter().map(|(_, message)| message.id));
                }
            })
        });
        let mut taken = Vec::new();
        for take in takes {
            taken.extend(take.await.unwrap());
        }
        taken.sort_unstable();
        said.sort_unstable();
        // Neither twice nor left out: who skips what the other has a hand on comes back for what is left over.
        taken.extend(bench.take_up(&bench.store, lapsed()).await.iter().map(|attempt| attempt.message));
        taken.sort_unstable();
        assert_eq!(taken, said);
    }

    async fn the_only_process_need_not_wait_for_leases_of_the_one_before(bench: Bench) {
        let ticket = bench.handed_over().await;
        let opened = bench.conversation().await;
        bench.says(opened.id, "返品したい").await;
        let (now, long) = (bench.minute(45), bench.minute(99));
        assert_eq!(bench.store.due(now, long, 9).await.unwrap().len(), 1);
        assert_eq!(bench.store.due_notices(now, long, 9).await.unwrap().len(), 1);
        bench.store.take_up(now, long, bench.ids.fresh(), 9).await.unwrap();
        bench.store.void_leases().await.unwrap();
        // On Postgres another replica may have them, and they are left alone.
        let free = usize::from(matches!(bench.place, Place::File(_)));
        assert_eq!(bench.store.take_up(now, long, bench.ids.fresh(), 9).await.unwrap().len(), free);
        assert_eq!(bench.store.due_notices(now, long, 9).await.unwrap().len(), free);
        let due = bench.store.due(now, long, 9).await.unwrap();
        assert!(due.len() == free && due.iter().all(|filed| filed.ticket.id == ticket.id));
    }

    async fn with_a_conversation_its_turns_are_gone(bench: Bench) {
        let opened = bench.conversation().await;
        bench.says(opened.id, "返品したい").await;
        bench.raw("DELETE FROM conversation").await.unwrap();
        assert_eq!(bench.take_up(&bench.store, 1_000).await, []);
    }
}

/// What was left unanswered before there were leases is taken up; what was answered is not.
async fn what_was_left_before(place: Place) -> Bench {
    let store = Store::reach(&place.url()).await.unwrap();
    store.migrate(Some(3)).await.unwrap();
    let [left, answered, failed] = ["a", "b", "c"].map(|_| RandomIds.fresh());
    let conversation = RandomIds.fresh();
    let columns = "(id, token_hash, audiences, created_at, owner, fresh_after)";
    let mut rows =
        vec![format!("INSERT INTO conversation {columns} VALUES ('{conversation}', 'h', '[]', 1, 'assistant', 0)")];
    for (seq, message) in [left, answered, failed].iter().enumerate() {
        let columns = "(id, conversation_id, seq, role, text, lang, created_at)";
        rows.push(format!(
            "INSERT INTO message {columns} VALUES ('{message}', '{conversation}', {seq}, 'customer', '返品', 'ja', 1)"
        ));
    }
    for (seq, (message, name)) in [(left, "status"), (answered, "message"), (failed, "error")].iter().enumerate() {
        rows.push(format!("INSERT INTO event VALUES ('{conversation}', {seq}, '{message}', '{name}', '{{}}')"));
    }
    for row in rows {
        store.db.execute_unprepared(&row).await.unwrap();
    }
    store.close().await;
    let bench = Bench::at(place).await;
    let taken = bench.take_up(&bench.store, 0).await;
    assert_eq!(taken.iter().map(|attempt| attempt.message.0).collect::<Vec<_>>(), [left]);
    bench
}

#[tokio::test]
async fn what_was_left_before_on_sqlite() {
    what_was_left_before(Place::file()).await;
}

#[tokio::test]
async fn what_was_left_before_on_postgres() {
    let Some(place) = Place::server().await else { return };
    what_was_left_before(place).await.tidy().await;
}
