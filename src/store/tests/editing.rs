use uuid::Uuid;

use super::*;
use crate::knowledge::{ArticleSource, ArticleStore, Change, ChangeKind, FOLDER};
use crate::passages::{ArticleId, ArticleVersion};

fn id(id: &str) -> ArticleId {
    ArticleId(id.to_owned())
}

fn version(version: &str) -> Option<ArticleVersion> {
    Some(ArticleVersion(version.to_owned()))
}

fn draft(bench: &Bench, article: &str, source: &str) -> Draft {
    Draft {
        line: DraftLine {
            article: id(article),
            lang: Lang::JA,
            title: "返品\0".to_owned(),
            base_version: version("1"),
            revision: bench.ids.fresh(),
            by: "sato".to_owned(),
            at: bench.now,
        },
        source: source.to_owned(),
    }
}

fn change(bench: &Bench, article: &str, now: Option<&str>, by: &str) -> Change {
    Change {
        article: id(article),
        kind: if now.is_some() { ChangeKind::Published } else { ChangeKind::Withdrawn },
        version: now.and_then(version),
        before: None,
        title: "返品".to_owned(),
        path: "ja/returns/期間.md".to_owned(),
        by: by.to_owned(),
        at: bench.now,
    }
}

async fn deeds(bench: &Bench) -> Vec<(String, String, String)> {
    let lines = bench.store.audited(0, 100).await.unwrap();
    lines.into_iter().map(|line| (line.who, line.what, line.about)).collect()
}

on_both! {
    async fn a_draft_is_kept_to_the_letter_and_replaced_only_by_who_has_seen_it(bench: Bench) {
        let first = draft(bench, "a", "返品\0👍\r\n");
        bench.store.save_draft(&first, None).await.unwrap();
        assert_eq!(bench.store.draft(&id("a")).await.unwrap().as_ref(), Some(&first));
        assert_eq!(bench.store.draft(&id("b")).await.unwrap(), None);

        let second = draft(bench, "a", "二");
        for seen in [None, Some(second.line.revision), Some(Uuid::nil())] {
            let refused = bench.store.save_draft(&second, seen).await.unwrap_err();
            assert!(matches!(refused, StoreError::Stale), "{refused}");
        }
        assert_eq!(bench.store.draft(&id("a")).await.unwrap(), Some(first.clone()));
        bench.store.save_draft(&second, Some(first.line.revision)).await.unwrap();
        assert_eq!(bench.store.draft(&id("a")).await.unwrap(), Some(second.clone()));

        bench.store.save_draft(&draft(bench, "b", ""), None).await.unwrap();
        let lines = bench.store.drafts().await.unwrap();
        assert_eq!(lines.iter().map(|line| line.article.0.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(lines[0], second.line);

        let refused = bench.store.discard_draft(&id("a"), first.line.revision, "sato", bench.now).await.unwrap_err();
        assert!(matches!(refused, StoreError::Stale), "{refused}");
        bench.store.discard_draft(&id("a"), second.line.revision, "sato", bench.now).await.unwrap();
        assert_eq!(bench.store.draft(&id("a")).await.unwrap(), None);
        let deeds = deeds(bench).await;
        let what: Vec<&str> = deeds.iter().map(|(_, what, _)| what.as_str()).collect();
        assert_eq!(what, ["save_draft", "save_draft", "save_draft", "discard_draft"], "refusals change nothing");
    }

    async fn of_two_who_save_at_once_one_is_refused(bench: Bench) {
        let other = bench.replica().await;
        for round in 0..10 {
            let article = format!("a{round}");
            let (one, two) = (draft(bench, &article, "一"), draft(bench, &article, "二"));
            let (first, second) = tokio::join!(bench.store.save_draft(&one, None), other.save_draft(&two, None));
            assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
            let kept = bench.store.draft(&id(&article)).await.unwrap().unwrap();
            assert_eq!(kept, if first.is_ok() { one } else { two });
        }
        other.close().await;
    }

    async fn a_publication_clears_its_draft_and_no_later_one(bench: Bench) {
        let published = draft(bench, "a", "一");
        bench.store.save_draft(&published, None).await.unwrap();
        bench.store.note_edit(&change(bench, "a", Some("1"), "sato"), Some(published.line.revision)).await.unwrap();
        assert_eq!(bench.store.draft(&id("a")).await.unwrap(), None);

        let later = draft(bench, "a", "二");
        bench.store.save_draft(&later, None).await.unwrap();
        bench.store.note_edit(&change(bench, "a", Some("2"), "sato"), Some(published.line.revision)).await.unwrap();
        assert_eq!(bench.store.draft(&id("a")).await.unwrap(), Some(later));
        let deeds = deeds(bench).await;
        assert!(deeds.contains(&("sato".to_owned(), "publish_article".to_owned(), "a".to_owned())), "{deeds:?}");
    }

    async fn the_folder_s_changes_are_noted_unless_an_editor_s_are(bench: Bench) {
        let note = async |now: Option<&str>| {
            bench.store.note_changes(&[change(bench, "a", now, FOLDER), change(bench, "b", Some("1"), FOLDER)]).await.unwrap();
        };
        note(Some("1")).await;
        note(Some("1")).await;
        bench.store.note_edit(&change(bench, "a", Some("2"), "sato"), None).await.unwrap();
        note(Some("2")).await;
        note(Some("1")).await;
        bench.store.note_edit(&change(bench, "a", None, "sato"), None).await.unwrap();
        note(None).await;
        note(Some("1")).await;
        let history = bench.store.changes(&id("a"), None, 10).await.unwrap();
        let told: Vec<_> = history
            .iter()
            .rev()
            .map(|(_, line)| (line.by.as_str(), line.version.as_ref().map_or("-", |version| version.0.as_str())))
            .collect();
        assert_eq!(told, [(FOLDER, "1"), ("sato", "2"), (FOLDER, "1"), ("sato", "-"), (FOLDER, "1")]);
        assert_eq!(history[2].1.before, version("2"), "told against what was before");
        assert_eq!(bench.store.changes(&id("b"), None, 10).await.unwrap().len(), 1);
        // By pages, the latest first.
        let page = bench.store.changes(&id("a"), Some(history[1].0), 2).await.unwrap();
        assert_eq!(page, history[2..4]);
    }

    async fn the_history_is_only_added_to(bench: Bench) {
        bench.store.note_edit(&change(bench, "a", Some("1"), "sato"), None).await.unwrap();
        for sql in ["UPDATE article_change SET author = 'nobody'", "DELETE FROM article_change"] {
            let refused = bench.raw(sql).await.unwrap_err().to_string();
            assert!(refused.contains("only added to"), "{refused}");
        }
    }

    async fn sources_are_kept_once_and_whole(bench: Bench) {
        let source = |number: usize, text: &str| ArticleSource {
            id: id(&format!("a{number}")),
            version: ArticleVersion("1".to_owned()),
            path: "ja/期間.md".to_owned(),
            title: "期間".to_owned(),
            text: text.into(),
        };
        let sources: Vec<_> = (0..50).map(|number| source(number, "---\nid: a\n---\n本文👍\n")).collect();
        bench.store.keep_sources(&sources).await.unwrap();
        bench.store.keep_sources(&[source(7, "another text"), source(50, &"返".repeat(300_000))]).await.unwrap();
        bench.store.keep_sources(&[]).await.unwrap();
        let kept = |number: usize| {
            let store = &bench.store;
            async move { store.article_source(&id(&format!("a{number}")), &ArticleVersion("1".to_owned())).await.unwrap() }
        };
        assert_eq!(kept(7).await.as_ref(), Some(&sources[7]));
        assert_eq!(kept(50).await.unwrap().text.len(), 900_000);
        assert_eq!(kept(51).await, None);
        let versions = bench.store.article_versions(&id("a7")).await.unwrap();
        assert_eq!(versions.into_iter().collect::<Vec<_>>(), [(ArticleVersion("1".to_owned()), true)]);
    }
}
