use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::answer::{Receipt, Reply, Timings};
use crate::clock::{Clock, CountingIds, FixedClock, Ids};
use crate::conversation::{Conversation, ConversationId, EventBody, Message, MessageId, Role, Stage, Token};
use crate::knowledge::{Article, ArticleStore};
use crate::language::Lang;
use crate::llm::{EmbeddingSpace, Vector};
use crate::passages::{ArticleId, ArticleVersion, Audience, GenerationId, GenerationSpec};

struct Bench {
    folder: TempDir,
    store: Store,
    ids: Arc<CountingIds>,
    clock: FixedClock,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("deep/madoguchi.db")).await.unwrap();
        let clock = FixedClock("2026-11-22T09:00:00Z".parse().unwrap());
        Self { folder, store, ids: Arc::new(CountingIds::default()), clock }
    }

    async fn conversation(&self) -> Conversation {
        let opened = Conversation {
            id: ConversationId(self.ids.fresh()),
            locale: Some(Lang::JA),
            audiences: vec![Audience::customer()],
            created_at: self.clock.now(),
        };
        self.store.open_conversation(&opened, &Token::fresh(self.ids.as_ref()).hash()).await.unwrap();
        opened
    }

    fn incoming(&self, text: &str, key: Option<(&str, &str)>) -> Incoming {
        Incoming {
            id: MessageId(self.ids.fresh()),
            text: text.to_owned(),
            lang: Lang::JA,
            at: self.clock.now(),
            idempotency: key.map(|(key, request)| (key.to_owned(), request.to_owned())),
        }
    }

    fn reply(&self, to: MessageId) -> Message {
        let reply = Reply {
            answer: "30日です。".to_owned(),
            language: Lang::JA,
            source_language: None,
            citations: Vec::new(),
            kind: crate::answer::ReplyKind::Answer,
            abstained: false,
            degraded: false,
            written_by: None,
            handoff: None,
            desk: None,
            suggestions: Vec::new(),
            confidence: 0.9,
            generation: None,
            timings: Timings::default(),
        };
        Message {
            id: MessageId(self.ids.fresh()),
            role: Role::Assistant,
            text: reply.answer.clone(),
            html: Some("<p>30日です。</p>\n".to_owned()),
            lang: Lang::JA,
            created_at: self.clock.now(),
            in_reply_to: Some(to),
            reply: Some(reply),
        }
    }

    async fn answer(&self, of: ConversationId, to: MessageId) -> Result<(), StoreError> {
        let reply = self.reply(to);
        let events = [
            EventBody::Status { stage: Stage::Answering, message_id: to },
            EventBody::Delta { text: "30日です。".to_owned() },
            EventBody::Message(Box::new(reply.clone())),
        ];
        self.store.finish(of, to, Some((&reply, &Receipt::default())), &events).await
    }
}

fn id_of(kept: &Kept) -> MessageId {
    match kept {
        Kept::New { id, .. } | Kept::Before { id, .. } => *id,
        Kept::KeyReused => panic!("no message"),
    }
}

#[tokio::test]
async fn what_was_said_is_there_after_a_restart_to_the_letter() {
    let bench = Bench::new().await;
    let opened = bench.conversation().await;
    let texts = ["いつ届きますか？", "👩‍👩‍👧‍👦 e\u{301}", "", "a\u{0}b", "'); DROP TABLE message; --"];
    for text in texts {
        bench.store.receive(opened.id, &bench.incoming(text, None)).await.unwrap();
    }
    bench.store.close().await;
    let again = Store::open(&bench.folder.path().join("deep/madoguchi.db")).await.unwrap();
    let said: Vec<String> = again.messages(opened.id).await.unwrap().into_iter().map(|m| m.text).collect();
    assert_eq!(said, texts);
    assert_eq!(again.conversation(opened.id).await.unwrap().unwrap().0, opened);
    assert_eq!(again.unanswered().await.unwrap().len(), texts.len());
}

#[tokio::test]
async fn events_are_numbered_and_resumable() {
    let bench = Bench::new().await;
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

#[tokio::test]
async fn a_message_is_answered_once_whoever_tries() {
    let bench = Bench::new().await;
    let opened = bench.conversation().await;
    let kept = bench.store.receive(opened.id, &bench.incoming("返品", None)).await.unwrap();
    bench.answer(opened.id, id_of(&kept)).await.unwrap();
    assert!(bench.answer(opened.id, id_of(&kept)).await.is_err());
    assert_eq!(bench.store.messages(opened.id).await.unwrap().len(), 2);
    assert_eq!(bench.store.last_event(opened.id).await.unwrap(), 4, "the refused answer left no event");
}

#[tokio::test]
async fn a_key_names_one_message() {
    let bench = Bench::new().await;
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

#[tokio::test]
async fn a_failed_message_is_tried_again_under_its_key() {
    let bench = Bench::new().await;
    let opened = bench.conversation().await;
    let key = Some(("k", "1"));
    let kept = bench.store.receive(opened.id, &bench.incoming("返品", key)).await.unwrap();
    let failure = [EventBody::Error { detail: "later".to_owned() }];
    bench.store.finish(opened.id, id_of(&kept), None, &failure).await.unwrap();
    let again = bench.store.receive(opened.id, &bench.incoming("返品", key)).await.unwrap();
    assert_eq!(again, Kept::Before { id: id_of(&kept), since: 3, failed: true });
    bench.answer(opened.id, id_of(&kept)).await.unwrap();
    let once_more = bench.store.receive(opened.id, &bench.incoming("返品", key)).await.unwrap();
    assert_eq!(once_more, Kept::Before { id: id_of(&kept), since: 3, failed: false });
}

#[tokio::test]
async fn many_at_once_lose_nothing_and_keep_their_order() {
    let bench = Bench::new().await;
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

#[tokio::test]
async fn a_message_to_nowhere_is_refused() {
    let bench = Bench::new().await;
    let nowhere = ConversationId(Uuid::nil());
    assert!(bench.store.receive(nowhere, &bench.incoming("返品", None)).await.is_err());
    assert!(bench.store.conversation(nowhere).await.unwrap().is_none());
}

fn article(id: &str, version: &str) -> Article {
    Article {
        id: ArticleId(id.to_owned()),
        version: ArticleVersion(version.to_owned()),
        path: format!("ja/returns/{id}.md"),
        title: "返品".to_owned(),
        lang: Lang::JA,
        translation_of: None,
        category: "returns".to_owned(),
        audience: Audience::customer(),
        owner: None,
        tags: vec!["返品".to_owned()],
        questions: Vec::new(),
        effective_from: Some("2026-04-01".parse().unwrap()),
        effective_until: None,
        review_by: None,
        draft: false,
        body: format!("本文 {version}"),
    }
}

#[tokio::test]
async fn every_version_of_an_article_stays() {
    let bench = Bench::new().await;
    let versions = [article("a", "1"), article("a", "2"), article("b", "1")];
    bench.store.keep_versions(&versions).await.unwrap();
    bench.store.keep_versions(&versions).await.unwrap();
    bench.store.keep_versions(&[]).await.unwrap();
    for kept in &versions {
        assert_eq!(bench.store.version(&kept.id, &kept.version).await.unwrap().as_ref(), Some(kept));
    }
    assert_eq!(bench.store.version(&ArticleId("c".into()), &ArticleVersion("1".into())).await.unwrap(), None);
}

#[tokio::test]
async fn a_generation_is_told_again_as_it_was() {
    let bench = Bench::new().await;
    let spec = GenerationSpec {
        id: GenerationId(bench.ids.fresh()),
        space: EmbeddingSpace { model: "m".into(), dimension: 2, fingerprint: "f".into() },
        lexical: "l".into(),
        chunker: "c".into(),
        created_at: bench.clock.now(),
        articles: vec![(ArticleId("a".into()), ArticleVersion("1".into()))],
        passages: 3,
    };
    bench.store.record_generation(&spec).await.unwrap();
    assert_eq!(bench.store.generation(spec.id).await.unwrap(), Some(spec));
    assert_eq!(bench.store.generation(GenerationId(Uuid::nil())).await.unwrap(), None);
}

#[tokio::test]
async fn vectors_are_found_again_and_pruned() {
    let bench = Bench::new().await;
    let vectors: Vec<_> = (0..1200).map(|n| (format!("k{n}"), Vector::normalised(vec![n as f32, 1.0, -0.5]))).collect();
    bench.store.cache_vectors(&vectors).await.unwrap();
    let keys: Vec<String> = vectors.iter().map(|(key, _)| key.clone()).chain(["nowhere".to_owned()]).collect();
    let found = bench.store.cached_vectors(&keys).await.unwrap();
    assert_eq!(found.len(), vectors.len());
    for (key, vector) in &vectors {
        assert!(found[key].cosine(vector) > 0.999_999);
    }
    bench.store.prune_vectors(&keys[..10]).await.unwrap();
    assert_eq!(bench.store.cached_vectors(&keys).await.unwrap().len(), 10);
}

#[tokio::test]
async fn the_probe_leaves_nothing_behind() {
    let bench = Bench::new().await;
    bench.store.ready().await.unwrap();
    bench.store.ready().await.unwrap();
}
