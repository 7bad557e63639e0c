//! Passages and generations for tests of the index: synthetic, seeded, and recognisable.

use jiff::Timestamp;
use madoguchi::language::Lang;
use madoguchi::llm::{EmbeddingSpace, Vector};
use madoguchi::passages::{
    ArticleId, ArticleVersion, Audience, GenerationId, GenerationSpec, IndexedPassage, LegQuery, Passage,
    PassageFilter, Probe, Span, SparseVector,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

pub(crate) const DIMENSION: usize = 32;

/// Passage `ordinal` of an article, in Japanese, for customers, always in effect.
pub(crate) fn passage(article: &str, ordinal: u32) -> Passage {
    let article_id = ArticleId(article.to_owned());
    let version = ArticleVersion("0123456789abcdef".to_owned());
    let text = format!("{article} の {ordinal} 番目。返品は30日以内 👩‍👩‍👧 か\u{3099}");
    Passage {
        id: Passage::id_of(&article_id, &version, ordinal),
        family: article_id.clone(),
        article_id,
        version,
        title: format!("題 {article}"),
        lang: Lang::JA,
        category: "returns".to_owned(),
        audience: Audience::customer(),
        effective_from: None,
        effective_until: None,
        draft: false,
        heading: vec!["見出し".to_owned(), "小見出し".to_owned()],
        ordinal,
        span: Span { start: 3, end: 3 + text.chars().count() },
        text,
    }
}

/// A random direction.
pub(crate) fn direction(seed: u64) -> Vector {
    let mut rng = StdRng::seed_from_u64(seed);
    Vector::normalised((0..DIMENSION).map(|_| rng.random_range(-1.0..1.0)).collect())
}

/// The direction of one axis.
pub(crate) fn axis(n: usize) -> Vector {
    Vector::normalised((0..DIMENSION).map(|i| if i == n { 1.0 } else { 0.0 }).collect())
}

/// Term weights from pairs, which must be in order.
pub(crate) fn terms(pairs: &[(u32, f32)]) -> SparseVector {
    SparseVector { indices: pairs.iter().map(|p| p.0).collect(), values: pairs.iter().map(|p| p.1).collect() }
}

/// A passage with seeded vectors and the one term `seed`.
pub(crate) fn indexed(passage: Passage, seed: u64) -> IndexedPassage {
    IndexedPassage {
        passage,
        dense: direction(seed),
        question: vec![direction(seed + 1_000_000), direction(seed + 2_000_000)],
        lexical: terms(&[(u32::try_from(seed % 1_000_000).unwrap(), 1.0)]),
    }
}

/// What a generation numbered `n` with `passages` passages says of itself.
pub(crate) fn spec(n: u128, passages: usize) -> GenerationSpec {
    GenerationSpec {
        id: GenerationId(Uuid::from_u128((0x0199 << 112) | n)),
        space: EmbeddingSpace { model: "synthetic".to_owned(), dimension: DIMENSION, fingerprint: "f".to_owned() },
        lexical: "none".to_owned(),
        chunker: "none".to_owned(),
        created_at: Timestamp::from_second(1_763_800_000 + i64::try_from(n).unwrap()).unwrap(),
        articles: vec![(ArticleId("記事-1".to_owned()), ArticleVersion("00ff".to_owned()))],
        passages,
    }
}

/// `count` passages whose articles are named after the generation, so that a mixture would show.
pub(crate) fn generation(n: u128, count: u32) -> Vec<IndexedPassage> {
    (0..count).map(|i| indexed(passage(&format!("gen-{n}"), i), u64::from(i))).collect()
}

/// What a customer who writes Japanese may find on 2025-11-22.
pub(crate) fn customer() -> PassageFilter {
    PassageFilter {
        lang: Some(Lang::JA),
        except_lang: None,
        families: None,
        audiences: vec![Audience::customer()],
        on: jiff::civil::date(2025, 11, 22),
        drafts: false,
    }
}

pub(crate) fn ask(probe: Probe, limit: usize) -> LegQuery {
    LegQuery { probe, filter: customer(), limit }
}
