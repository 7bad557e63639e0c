use uuid::Uuid;

use super::*;
use crate::knowledge::{Article, ArticleStore};
use crate::llm::{EmbeddingSpace, Vector};
use crate::passages::{ArticleId, ArticleVersion, GenerationId, GenerationSpec};

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

on_both! {
    async fn every_version_of_an_article_stays(bench: Bench) {
        let versions = [article("a", "1"), article("a", "2"), article("b", "1")];
        bench.store.keep_versions(&versions).await.unwrap();
        bench.store.keep_versions(&versions).await.unwrap();
        bench.store.keep_versions(&[]).await.unwrap();
        for kept in &versions {
            assert_eq!(bench.store.version(&kept.id, &kept.version).await.unwrap().as_ref(), Some(kept));
        }
        assert_eq!(bench.store.version(&ArticleId("c".into()), &ArticleVersion("1".into())).await.unwrap(), None);
    }

    async fn a_generation_is_told_again_as_it_was(bench: Bench) {
        let spec = GenerationSpec {
            id: GenerationId(bench.ids.fresh()),
            space: EmbeddingSpace { model: "m".into(), dimension: 2, fingerprint: "f".into() },
            lexical: "l".into(),
            chunker: "c".into(),
            created_at: bench.now,
            articles: vec![(ArticleId("a".into()), ArticleVersion("1".into()))],
            passages: 3,
        };
        bench.store.record_generation(&spec).await.unwrap();
        assert_eq!(bench.store.generation(spec.id).await.unwrap(), Some(spec));
        assert_eq!(bench.store.generation(GenerationId(Uuid::nil())).await.unwrap(), None);
    }

    async fn vectors_are_found_again_and_pruned(bench: Bench) {
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
}
