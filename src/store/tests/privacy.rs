use std::collections::BTreeSet;

use sea_orm::{DbBackend, Statement};

use super::*;

/// Words that stand nowhere else.
const WORDS: &str = "合言葉は翡翠の梟";

/// A conversation in which the customer's words lie wherever they can lie, with a case that is open.
async fn full(bench: &Bench) -> Ticket {
    let opened = bench.conversation().await;
    let id = opened.id;
    let said = bench.store.receive(id, &bench.incoming(WORDS, Some(("key", "1")))).await.unwrap();
    let mut new = bench.ticket(id);
    new.ticket.case.message = WORDS.to_owned();
    new.outbox[0].payload = serde_json::json!({ "message": WORDS });
    assert!(matches!(bench.finish(id, id_of(&said), Some(&new)).await, Ok(Finished::HandedOff(_))));
    let (ticket, operator) = (new.ticket, tanaka());
    bench.store.note(&bench.act(&ticket, &operator, 1), bench.ids.fresh(), WORDS).await.unwrap();
    bench.store.set_email(id, Some("jade@owl.example"), Some(bench.now)).await.unwrap();
    bench.store.set_context(id, &serde_json::json!({ "order": WORDS })).await.unwrap();
    let said = Feedback { solved: None, score: None, comment: Some(WORDS.to_owned()), at: bench.now };
    bench.store.feedback(id, &said).await.unwrap();
    let seen = bench.promise(&ticket).await;
    let moved = NewPromise {
        by: "operator:sato",
        machine: false,
        at: bench.minute(10),
        promised_by: bench.minute(120),
        next_due: bench.minute(110),
        level: 1,
        words: "12時までにご返事します。",
        reason: Some(WORDS),
    };
    bench.store.renegotiate(&seen, &moved, Telling::default()).await.unwrap();
    ticket
}

pub(super) async fn erase(bench: &Bench, of: ConversationId, by: ErasedBy<'_>, at: Timestamp) -> Removed {
    let Begun::Ready(erasing) = bench.store.begin_erasure(of, by).await.unwrap() else { panic!("it cannot be erased") };
    let mut told = bench.notice(Target::Webhook("slack".to_owned()), None);
    told.payload = serde_json::json!({ "kind": "gone" });
    let told: Vec<NewNotice> = erasing.open().map(|_| told).into_iter().collect();
    let stone = erasing.tombstone(bench.ids.fresh(), at);
    erasing.finish(by, &stone, &told).await.unwrap()
}

/// Every text in every table, with the table's name.
async fn everything(bench: &Bench) -> Vec<(String, String)> {
    let backend = bench.store.db.get_database_backend();
    let tables = match backend {
        DbBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        _ => "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()",
    };
    let rows = bench.store.db.query_all_raw(Statement::from_string(backend, tables)).await.unwrap();
    let mut all = Vec::new();
    for table in rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()) {
        let columns = match backend {
            DbBackend::Sqlite => format!("SELECT name FROM pragma_table_info('{table}')"),
            _ => format!(
                "SELECT column_name::text FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}'"
            ),
        };
        let columns = bench.store.db.query_all_raw(Statement::from_string(backend, columns)).await.unwrap();
        for column in columns.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()) {
            let texts = format!("SELECT CAST(\"{column}\" AS TEXT) FROM \"{table}\" WHERE \"{column}\" IS NOT NULL");
            let rows = bench.store.db.query_all_raw(Statement::from_string(backend, texts)).await.unwrap();
            all.extend(rows.iter().map(|row| (table.clone(), row.try_get_by_index::<String>(0).unwrap())));
        }
    }
    all
}

async fn tables_with(bench: &Bench, words: &str) -> BTreeSet<String> {
    everything(bench).await.into_iter().filter(|(_, text)| text.contains(words)).map(|(table, _)| table).collect()
}

on_both! {
    async fn nothing_of_a_customer_is_left_in_any_table(bench: Bench) {
        let neighbour = bench.handed_over().await;
        let ticket = full(bench).await;
        let of = ticket.conversation;
        let before = tables_with(bench, WORDS).await;
        for table in ["message", "ticket", "note", "feedback", "outbox", "ledger", "conversation"] {
            assert!(before.contains(table), "{table} holds nothing to be erased: {before:?}");
        }
        let removed = erase(bench, of, ErasedBy::Customer, bench.minute(20)).await;
        assert_eq!(
            (removed.messages, removed.tickets, removed.notes, removed.feedback, removed.receipts, removed.idempotency_keys),
            (2, 1, 1, 1, 1, 1)
        );
        assert!(removed.events > 0 && removed.ledger_words == 2, "{removed:?}");
        assert_eq!((removed.unsent, removed.notices), (1, 0));
        for words in [WORDS, "jade@owl.example"] {
            assert_eq!(tables_with(bench, words).await, BTreeSet::new());
        }
        assert!(bench.store.conversation(of).await.unwrap().is_none());
        // By its id it is known only where ids and times stay.
        let stays: BTreeSet<String> = ["audit"].map(str::to_owned).into();
        assert_eq!(tables_with(bench, &of.to_string()).await, stays);
        let stays: BTreeSet<String> = ["audit", "ledger", "desk_event", "outbox"].map(str::to_owned).into();
        assert_eq!(tables_with(bench, &ticket.id.to_string()).await, stays);
        // And nobody else's is touched.
        assert_eq!(bench.store.messages(neighbour.conversation).await.unwrap().len(), 2);
        assert_eq!(bench.store.outbox(&OutboxFilter { ticket: Some(neighbour.id), limit: 9, ..OutboxFilter::default() }).await.unwrap().len(), 1);
        let words = bench.store.ledger(neighbour.id).await.unwrap()[0].words.clone();
        assert!(words.is_some());
    }

    async fn what_was_promised_is_called_off_and_the_desk_is_told(bench: Bench) {
        let ticket = full(bench).await;
        erase(bench, ticket.conversation, ErasedBy::Customer, bench.minute(20)).await;
        let ledger = bench.store.ledger(ticket.id).await.unwrap();
        let last = ledger.last().unwrap();
        assert_eq!((last.kind, last.by.as_str(), last.reason.as_deref()), (LedgerKind::Withdrawn, "customer", Some("erased")));
        assert_eq!(last.promised_by, Some(bench.minute(120)));
        assert!(ledger.iter().all(|line| line.words.is_none()), "{ledger:?}");
        assert_eq!(bench.store.due(bench.minute(500), bench.minute(501), 9).await.unwrap(), []);
        let due = bench.store.due_notices(bench.minute(500), bench.minute(501), 9).await.unwrap();
        assert_eq!(due.len(), 1, "{due:?}");
        assert_eq!((due[0].conversation, due[0].ticket), (None, Some(ticket.id)));
        bench.store.delivered(due[0].id, bench.minute(500)).await.unwrap();

        // After its time, it was broken all the same.
        let late = full(bench).await;
        erase(bench, late.conversation, ErasedBy::Customer, bench.minute(121)).await;
        let kinds = bench.kinds(&late).await;
        assert_eq!(kinds[kinds.len() - 2..], [LedgerKind::Breached, LedgerKind::Withdrawn]);
    }

    async fn only_words_can_be_taken_from_the_ledger(bench: Bench) {
        let ticket = full(bench).await;
        for change in [
            "UPDATE ledger SET words = 'other words'",
            "UPDATE ledger SET reason = 'another'",
            "UPDATE ledger SET words = NULL, at = 0",
            "UPDATE ledger SET words = NULL, \"by\" = 'customer'",
            "UPDATE ledger SET words = NULL, promised_by = NULL",
            "DELETE FROM ledger",
        ] {
            let error = bench.raw(change).await.unwrap_err().to_string();
            assert!(error.contains("only added to"), "{change}: {error}");
        }
        bench.raw("UPDATE ledger SET words = NULL, reason = NULL").await.unwrap();
        assert_eq!(bench.kinds(&ticket).await, [LedgerKind::Promised, LedgerKind::Renegotiated]);
    }

    async fn a_hold_keeps_a_conversation(bench: Bench) {
        let ticket = full(bench).await;
        let of = ticket.conversation;
        let act = |minutes| HoldAct { by: "operator:sato", reason: "裁判所", at: bench.minute(minutes) };
        let hold = bench.store.set_hold(of, bench.ids.fresh(), &act(1)).await.unwrap().unwrap();
        assert_eq!((hold.reason.as_str(), hold.lifted_at), ("裁判所", None));
        assert_eq!(bench.store.set_hold(of, bench.ids.fresh(), &act(2)).await.unwrap(), None);
        let begun = bench.store.begin_erasure(of, ErasedBy::Customer).await.unwrap();
        assert!(matches!(begun, Begun::OnHold(standing) if standing == hold));
        let stone = Tombstone::of(bench.ids.fresh(), of, bench.minute(0));
        let begun = bench.store.begin_erasure(of, ErasedBy::Tombstone(&stone)).await.unwrap();
        assert!(matches!(begun, Begun::OnHold(_)), "the hold is younger than the tombstone");
        assert!(bench.raw("DELETE FROM conversation").await.is_err(), "the database itself holds it");

        let lifted = bench.store.lift_hold(of, &act(3)).await.unwrap().unwrap();
        assert_eq!((lifted.id, lifted.lifted_at), (hold.id, Some(bench.minute(3))));
        assert_eq!(bench.store.lift_hold(of, &act(4)).await.unwrap(), None);
        // A second one, and the history of both.
        bench.store.set_hold(of, bench.ids.fresh(), &act(5)).await.unwrap().unwrap();
        bench.store.lift_hold(of, &act(6)).await.unwrap().unwrap();
        assert_eq!(bench.store.holds(of).await.unwrap().len(), 2);
        assert_eq!(erase(bench, of, ErasedBy::Customer, bench.minute(7)).await.holds, 2);
        let filter = AuditFilter { conversation: Some(of), limit: 99, ..AuditFilter::default() };
        let what: Vec<String> = bench.store.audited_by(&filter).await.unwrap().into_iter().map(|line| line.what).collect();
        assert_eq!(what, ["hold", "lift_hold", "hold", "lift_hold", "erase"]);
        let nobody = ConversationId(uuid::Uuid::nil());
        assert!(matches!(bench.store.set_hold(nobody, bench.ids.fresh(), &act(1)).await, Err(StoreError::UnknownConversation)));
    }

    async fn a_hold_that_a_backup_brought_back_is_outdated(bench: Bench) {
        let ticket = full(bench).await;
        let act = HoldAct { by: "operator:sato", reason: "裁判所", at: bench.minute(1) };
        bench.store.set_hold(ticket.conversation, bench.ids.fresh(), &act).await.unwrap().unwrap();
        let stone = Tombstone::of(bench.ids.fresh(), ticket.conversation, bench.minute(5));
        let by = ErasedBy::Tombstone(&stone);
        assert_eq!(erase(bench, ticket.conversation, by, bench.minute(5)).await.holds, 1);
    }

    async fn what_is_in_use_is_not_idle(bench: Bench) {
        let store = &bench.store;
        let quiet = bench.conversation().await;
        let open = bench.handed_over().await.conversation;
        let held = bench.conversation().await;
        let act = HoldAct { by: "operator:sato", reason: "裁判所", at: bench.minute(1) };
        store.set_hold(held.id, bench.ids.fresh(), &act).await.unwrap();
        let talkative = bench.conversation().await;
        let later = Incoming { at: bench.minute(30), ..bench.incoming("まだいます", None) };
        store.receive(talkative.id, &later).await.unwrap();
        let closed = bench.conversation().await;
        store.close_conversation(closed.id, bench.minute(30), Telling::default()).await.unwrap();

        let idle = async |minutes| store.idle_since(bench.minute(minutes), None, 99).await.unwrap();
        assert_eq!(idle(-1).await, []);
        assert_eq!(idle(10).await, [quiet.id]);
        assert_eq!(idle(30).await, [quiet.id, talkative.id, closed.id]);
        assert_eq!(store.idle_since(bench.minute(30), Some(quiet.id), 1).await.unwrap(), [talkative.id]);
        assert_eq!(store.last_activity(closed.id).await.unwrap(), bench.minute(30));

        // It may have changed since the list was read: that is looked at once more.
        for (of, since, goes) in [(quiet.id, -1, false), (open, 999, false), (talkative.id, 29, false), (talkative.id, 30, true)] {
            let by = ErasedBy::Retention { idle_since: bench.minute(since) };
            let begun = store.begin_erasure(of, by).await.unwrap();
            assert_eq!(matches!(begun, Begun::Ready(_)), goes, "{since}");
        }
    }

    async fn replicas_erase_once(bench: Bench) {
        let ticket = full(bench).await;
        let other = bench.replica().await;
        let (of, id, at) = (ticket.conversation, bench.ids.fresh(), bench.minute(20));
        let erasers = [bench.store.clone(), other].map(|store| {
            tokio::spawn(async move {
                match store.begin_erasure(of, ErasedBy::Customer).await {
                    Ok(Begun::Ready(erasing)) => {
                        let stone = erasing.tombstone(id, at);
                        erasing.finish(ErasedBy::Customer, &stone, &[]).await.is_ok()
                    }
                    Err(StoreError::UnknownConversation) => false,
                    other => panic!("{other:?}"),
                }
            })
        });
        let done = futures::future::join_all(erasers).await;
        assert_eq!(done.into_iter().filter(|done| *done.as_ref().unwrap()).count(), 1);
        let withdrawn = bench.kinds(&ticket).await.into_iter().filter(|kind| *kind == LedgerKind::Withdrawn).count();
        assert_eq!(withdrawn, 1);
        assert!(bench.store.last_erasure().await.unwrap() > 0);
    }

    async fn an_erasure_that_is_let_go_changes_nothing(bench: Bench) {
        let ticket = full(bench).await;
        let before = everything(bench).await;
        drop(bench.store.begin_erasure(ticket.conversation, ErasedBy::Customer).await.unwrap());
        assert_eq!(everything(bench).await, before);
    }
}

/// Whether any file in a folder holds these words.
fn found_in(folder: &std::path::Path, words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        if bytes.windows(words.len()).any(|window| window == words.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_in_any_file() {
    let bench = Bench::sqlite().await;
    let Place::File(folder) = &bench.place else { unreachable!() };
    let folder = folder.path().join("deep");
    // So many, and of such lengths, that pages are divided and rows wander.
    let mut doomed = Vec::new();
    for n in 0..60_usize {
        let opened = bench.conversation().await;
        let words = if n % 2 == 0 { WORDS } else { "別の人の言葉" };
        for m in 0..6 {
            bench.says(opened.id, &format!("{}{words}", "長い前置き。".repeat((n * 7 + m * 13) % 90))).await;
        }
        if n % 2 == 0 {
            doomed.push(opened.id);
        }
    }
    assert!(!found_in(&folder, WORDS).is_empty());
    for of in doomed {
        erase(&bench, of, ErasedBy::Customer, bench.now).await;
    }
    assert_eq!(bench.store.scrub(false).await.unwrap(), Scrubbed::Clean);
    assert_eq!(found_in(&folder, WORDS), Vec::<String>::new());
    assert!(!found_in(&folder, "別の人の言葉").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_made_while_the_database_is_in_use() {
    let bench = Bench::sqlite().await;
    let Place::File(folder) = &bench.place else { unreachable!() };
    let ticket = full(&bench).await;
    let to = folder.path().join("copy.db");
    std::fs::write(&to, "").unwrap();
    let live = Store::look_at(&folder.path().join("deep/madoguchi.db")).await.unwrap();
    live.copy_to(&to).await.unwrap();
    bench.says(ticket.conversation, "あとから").await;

    let copy = Store::look_at(&to).await.unwrap();
    let copied = copy.examined(&to).await.unwrap();
    assert_eq!(copied.conversations, 1);
    let (in_copy, live) =
        (copy.messages(ticket.conversation).await.unwrap(), bench.store.messages(ticket.conversation).await.unwrap());
    assert_eq!(in_copy.len() + 1, live.len());

    copy.db.execute_unprepared("INSERT INTO seaql_migrations VALUES ('m999_future', 0)").await.unwrap();
    assert!(matches!(copy.examined(&to).await, Err(NotTaken::Newer { step, .. }) if step == "m999_future"));
    copy.db.execute_unprepared("DROP TABLE seaql_migrations").await.unwrap();
    assert!(matches!(copy.examined(&to).await, Err(NotTaken::Foreign { .. })));
    let text = folder.path().join("text.db");
    std::fs::write(&text, "no database at all, but long enough to be looked at as one").unwrap();
    let refused = match Store::look_at(&text).await {
        Ok(opened) => opened.examined(&text).await.is_err(),
        Err(_) => true,
    };
    assert!(refused);
    assert!(Store::look_at(&folder.path().join("nowhere.db")).await.is_err());
}
