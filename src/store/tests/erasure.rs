//! Erasures and what is written down about them: what was done is done again where it must be, and nothing else is ever
//! done.

use super::privacy::erase;
use super::*;
use crate::privacy::{PrivacyError, Tombstones, bury, replay_on};

/// A replica's file of tombstones.
fn file(folder: &TempDir, name: &str) -> Tombstones {
    Tombstones::at(folder.path().join(name))
}

/// What stands in it.
fn lines(stones: &Tombstones) -> Vec<Tombstone> {
    let text = std::fs::read_to_string(stones.path()).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Erases as the service does.
async fn buried(
    bench: &Bench,
    store: &Store,
    stones: &Tombstones,
    of: ConversationId,
) -> Result<Removed, PrivacyError> {
    let Begun::Ready(erasing) = store.begin_erasure(of, ErasedBy::Customer).await? else {
        panic!("it cannot be erased")
    };
    let stone = erasing.tombstone(bench.ids.fresh(), bench.minute(20));
    bury((store, stones), erasing, ErasedBy::Customer, &stone, &[]).await
}

async fn replayed(bench: &Bench, stones: &Tombstones) -> usize {
    replay_on(&bench.store, stones, &|_| Vec::new()).await.unwrap()
}

on_both! {
    async fn what_is_written_after_an_erasure_that_failed_is_kept(bench: Bench) {
        let folder = tempfile::tempdir().unwrap();
        let stones = file(&folder, "here.jsonl");
        let of = bench.conversation().await.id;
        bench.says(of, "消してください").await;
        // The database gives up when everything but the conversation itself is gone.
        bench.raw("CREATE TABLE obstacle (conversation_id varchar REFERENCES conversation (id))").await.unwrap();
        bench.raw(&format!("INSERT INTO obstacle VALUES ('{of}')")).await.unwrap();
        let failed = buried(bench, &bench.store, &stones, of).await;
        assert!(matches!(failed, Err(PrivacyError::Store(StoreError::Database(_)))), "{failed:?}");
        bench.raw("DROP TABLE obstacle").await.unwrap();

        bench.says(of, "やはり質問があります").await;
        assert_eq!(replayed(bench, &stones).await, 0);
        assert_eq!(bench.store.messages(of).await.unwrap().len(), 2);
        assert_eq!((lines(&stones), bench.store.last_erasure().await.unwrap()), (Vec::new(), 0));

        assert_eq!(buried(bench, &bench.store, &stones, of).await.unwrap().messages, 2);
        assert_eq!(lines(&stones).len(), 1);
    }

    async fn nothing_is_erased_that_cannot_be_noted(bench: Bench) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let of = bench.conversation().await.id;
        bench.says(of, "消してください").await;
        let failed = buried(bench, &bench.store, &file(&folder, "file/stones.jsonl"), of).await;
        assert!(matches!(failed, Err(PrivacyError::Tombstones { .. })), "{failed:?}");
        assert_eq!(bench.store.messages(of).await.unwrap().len(), 1);
        assert_eq!(bench.store.last_erasure().await.unwrap(), 0);
    }

    async fn what_a_crash_left_unnoted_is_noted_at_the_next_start(bench: Bench) {
        let folder = tempfile::tempdir().unwrap();
        let of = bench.conversation().await.id;
        bench.says(of, "消してください").await;
        // Committed; and before the line was written the process died.
        erase(bench, of, ErasedBy::Customer, bench.minute(20)).await;
        let stones = file(&folder, "here.jsonl");
        assert_eq!(replayed(bench, &stones).await, 0);
        let kept = bench.store.tombstones_after(0, 9).await.unwrap();
        assert_eq!(lines(&stones), kept.into_iter().map(|(_, stone)| stone).collect::<Vec<_>>());
        assert_eq!((lines(&stones).len(), lines(&stones)[0].at), (1, bench.minute(20)));
        // No line is written twice, by this process or by the next one.
        for stones in [stones, file(&folder, "here.jsonl")] {
            assert_eq!(stones.note(&bench.store).await.unwrap(), 0);
            assert_eq!(lines(&stones).len(), 1);
        }
    }

    async fn every_replica_notes_what_any_of_them_erases(bench: Bench) {
        let folder = tempfile::tempdir().unwrap();
        let other = bench.replica().await;
        let (here, there) = (file(&folder, "here.jsonl"), file(&folder, "there.jsonl"));
        let mut doomed = Vec::new();
        for _ in 0..12 {
            doomed.push(bench.conversation().await.id);
        }
        let erased = doomed.iter().enumerate().map(|(n, of)| match n % 2 {
            0 => buried(bench, &bench.store, &here, *of),
            _ => buried(bench, &other, &there, *of),
        });
        for removed in futures::future::join_all(erased).await {
            removed.unwrap();
        }
        let kept: Vec<Tombstone> =
            bench.store.tombstones_after(0, 99).await.unwrap().into_iter().map(|(_, stone)| stone).collect();
        assert_eq!(kept.len(), doomed.len());
        for (store, stones) in [(&bench.store, &here), (&other, &there)] {
            stones.note(store).await.unwrap();
            assert_eq!(lines(stones), kept, "each once, in their order");
        }
        assert!(doomed.iter().all(|of| kept.iter().any(|stone| stone.conversation == Tombstone::digest(*of))));
    }

    async fn a_late_replay_erases_what_was_asked_for_and_keeps_what_came_after(bench: Bench) {
        let folder = tempfile::tempdir().unwrap();
        let stones = file(&folder, "here.jsonl");
        // What a backup brings back: conversations that are there, and lines that say they are not.
        let quiet = bench.handed_over().await;
        let (talks, asks) = (bench.conversation().await.id, bench.conversation().await.id);
        for of in [talks, asks] {
            bench.says(of, "消してください").await;
        }
        for of in [quiet.conversation, talks, asks] {
            let begun = bench.store.begin_erasure(of, ErasedBy::Customer).await.unwrap();
            let Begun::Ready(erasing) = begun else { panic!("it cannot be erased") };
            stones.write(&erasing.tombstone(bench.ids.fresh(), bench.minute(20))).await.unwrap();
        }
        // A replica without these lines was started first. That the desk is late there says nothing about the customer.
        let (seen, late) = (bench.promise(&quiet).await, bench.message(Role::Notice, "遅れております。"));
        let telling = Telling { notice: Some(&late), ..Telling::default() };
        bench.store.breach(&seen, &bench.later(121, 180), telling).await.unwrap();
        bench.says(talks, "やはり質問があります").await;
        bench.store.open_ticket(&bench.ticket(asks), CUSTOMER, None, Telling::default()).await.unwrap();

        assert_eq!(replayed(bench, &stones).await, 1);
        assert!(bench.store.conversation(quiet.conversation).await.unwrap().is_none());
        assert_eq!(bench.store.messages(talks).await.unwrap().len(), 2);
        assert!(bench.store.open_ticket_of(asks).await.unwrap().is_some());
        // Other replicas learn of what was done here.
        let there = file(&folder, "there.jsonl");
        assert_eq!((there.note(&bench.store).await.unwrap(), lines(&there)), (1, vec![lines(&stones)[0].clone()]));
        assert_eq!((stones.note(&bench.store).await.unwrap(), lines(&stones).len()), (0, 3));
        // Erased once more, they are gone also from what is older still.
        buried(bench, &bench.store, &stones, talks).await.unwrap();
        assert_eq!((replayed(bench, &stones).await, lines(&stones).len()), (0, 4));
    }

    async fn what_was_noted_before_covers_were_kept_covers_everything(bench: Bench) {
        let folder = tempfile::tempdir().unwrap();
        let stones = file(&folder, "here.jsonl");
        let of = bench.conversation().await.id;
        bench.says(of, "消してください").await;
        let stone = Tombstone::of(bench.ids.fresh(), of, bench.minute(20));
        let line = serde_json::json!({ "id": stone.id, "conversation": stone.conversation, "at": stone.at });
        std::fs::write(stones.path(), format!("{line}\n")).unwrap();
        assert_eq!((lines(&stones), replayed(bench, &stones).await), (vec![stone], 1));
    }

    async fn what_came_after_a_line_of_an_earlier_version_is_kept(bench: Bench) {
        let folder = tempfile::tempdir().unwrap();
        let stones = file(&folder, "here.jsonl");
        let of = bench.conversation().await.id;
        bench.says(of, "消してください").await;
        // That version noted first, and then the erasure failed.
        stones.write(&Tombstone::of(bench.ids.fresh(), of, bench.minute(20))).await.unwrap();
        let later = Incoming { at: bench.minute(30), ..bench.incoming("やはり質問があります", None) };
        bench.store.receive(of, &later).await.unwrap();

        assert_eq!(replayed(bench, &stones).await, 0);
        assert_eq!(bench.store.messages(of).await.unwrap().len(), 2);
        assert_eq!(buried(bench, &bench.store, &stones, of).await.unwrap().messages, 2);
    }
}
