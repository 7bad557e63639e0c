//! What plainly disagrees, without any model: numbers, links, names, negations, quantifiers.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::cells::{self, Table};
use super::ground::{Ground, Words};
use super::links;
use super::names::{self, Names};
use super::numbers::{self, Numbers};
use super::polarity::{self, Clause, Polarity};
use super::quantifiers::{self, Quantifiers};
use super::quantities::quantities;
use super::quantity::Quantity;
use super::text::{normal, plain};
use super::wording::{self, Wording};
use super::{Claim, Disagreement, Support, Verdict, sentences};
use crate::language::Lang;
use crate::passages::lexical::LexicalAnalyser;

/// Sources kept.
const SOURCES: u64 = 512;
/// Sentences and questions kept: each is compared with several sources.
const CLAIMS: u64 = 64;

/// A source read once.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) ground: Ground,
    clauses: Vec<Clause>,
    tables: Vec<Table>,
    /// Numbers outside its tables.
    prose: Vec<Quantity>,
    verbatim: HashSet<String>,
    /// In one form ([`normal`]).
    text: String,
}

/// What is said, read once.
#[derive(Debug)]
struct Said {
    words: Words,
    clauses: Vec<Clause>,
    /// Its sentences, to be looked up whole.
    sentences: Vec<String>,
}

/// What was asked, read once.
#[derive(Debug)]
struct Asked {
    text: String,
    terms: HashSet<String>,
    quantities: Vec<Quantity>,
}

/// What all checks found about one claim.
#[derive(Debug, Clone, Default)]
pub(super) struct Findings {
    pub(super) wording: Wording,
    pub(super) numbers: Numbers,
    /// Values said of another row or column than their own.
    pub(super) cells: Vec<Disagreement>,
    pub(super) links: Vec<Disagreement>,
    pub(super) names: Names,
    pub(super) polarity: Polarity,
    pub(super) quantifiers: Quantifiers,
    /// The place that shares most words.
    pub(super) nearest: Option<String>,
    /// Every sentence of it stands in the source.
    pub(super) verbatim: bool,
    /// The source says nothing at all.
    pub(super) bare: bool,
}

impl Findings {
    /// Everything that disagrees, vetoes first.
    pub(super) fn disagreements(&self) -> Vec<Disagreement> {
        let parts = [
            &self.numbers.disagreements,
            &self.links,
            &self.cells,
            &self.polarity.disagreements,
            &self.names.disagreements,
            &self.quantifiers.disagreements,
        ];
        let mut all: Vec<Disagreement> = parts.into_iter().flatten().cloned().collect();
        all.sort_by_key(|disagreement| !disagreement.veto);
        all
    }
}

/// The disagreements alone as a score: 1 where nothing disagrees, even if nothing agrees either.
#[derive(Debug, Clone)]
pub struct Checks {
    analyser: Arc<LexicalAnalyser>,
    sources: Cache<blake3::Hash, Arc<Source>>,
    said: Cache<blake3::Hash, Arc<Said>>,
    asked: Cache<blake3::Hash, Arc<Asked>>,
}

impl Checks {
    /// With the lexical leg's analyser.
    pub fn new(analyser: Arc<LexicalAnalyser>) -> Self {
        Self { analyser, sources: Cache::new(SOURCES), said: claims(), asked: claims() }
    }

    /// Reads a source, or remembers having read it.
    pub(super) fn source(&self, source: &str, lang: &Lang) -> Arc<Source> {
        self.sources.get_with(key(source, lang), || {
            let ground = Ground::read(&self.analyser, source, lang);
            let clauses = ground.pieces.iter().flat_map(|piece| polarity::read(&self.analyser, &piece.text, lang));
            let rows = |piece: &&Words| piece.shown.contains(" | ");
            let prose =
                ground.pieces.iter().filter(|piece| !rows(piece)).flat_map(|piece| piece.quantities.iter().cloned());
            Arc::new(Source {
                clauses: clauses.collect(),
                tables: cells::tables(source, &|text| self.analyser.tokens(text, lang)),
                prose: prose.collect(),
                verbatim: verbatim(source).collect(),
                text: normal(source),
                ground,
            })
        })
    }

    fn said(&self, said: &str, lang: &Lang) -> Arc<Said> {
        self.said.get_with(key(said, lang), || {
            let shown = said.lines().map(plain).collect::<Vec<_>>().join("\n");
            let words = Words::read(&self.analyser, &shown, lang);
            let clauses = polarity::read(&self.analyser, &words.text, lang);
            Arc::new(Said { words, clauses, sentences: verbatim(said).collect() })
        })
    }

    fn asked(&self, question: &str, lang: &Lang) -> Arc<Asked> {
        self.asked.get_with(key(question, lang), || {
            let text = normal(question);
            let terms = self.analyser.terms(&text, lang).into_iter().collect();
            Arc::new(Asked { terms, quantities: quantities(&text), text })
        })
    }

    /// Forgets what was said and asked; what it has read of sources stays.
    pub(super) fn forget_claims(&self) {
        self.said.invalidate_all();
        self.asked.invalidate_all();
        self.said.run_pending_tasks();
        self.asked.run_pending_tasks();
    }

    pub(super) fn findings(&self, claim: &Claim<'_>) -> Findings {
        let source = self.source(claim.source, claim.lang);
        let said = self.said(claim.said, claim.lang);
        if said.sentences.iter().all(|sentence| source.verbatim.contains(sentence)) {
            return Findings { verbatim: true, nearest: Some(claim.said.to_owned()), ..Findings::default() };
        }
        let Said { words, clauses, .. } = said.as_ref();
        let ground = &source.ground;
        let asked = self.asked(claim.question.unwrap_or_default(), claim.lang);
        Findings {
            wording: wording::compare(ground, words, &asked.terms),
            numbers: numbers::compare(ground, words, &asked.quantities),
            cells: cells::compare(&source.tables, words, &source.prose),
            links: links::compare(&source.text, &words.text, &asked.text),
            names: names::compare(&ground.whole.text, &words.text, &asked.text),
            polarity: polarity::compare(&source.clauses, clauses),
            quantifiers: quantifiers::compare(ground, words),
            nearest: ground.nearest(words).map(|piece| piece.shown.clone()),
            verbatim: false,
            bare: ground.tokens.is_empty(),
        }
    }
}

/// The newest are kept: each is compared with several sources at once, and then no more.
fn claims<V: Clone + Send + Sync + 'static>() -> Cache<blake3::Hash, V> {
    Cache::builder().max_capacity(CLAIMS).eviction_policy(EvictionPolicy::lru()).build()
}

fn key(text: &str, lang: &Lang) -> blake3::Hash {
    let mut key = blake3::Hasher::new();
    key.update(lang.as_str().as_bytes()).update(&[0]).update(text.as_bytes());
    key.finalize()
}

/// The sentences of a text without marks and white space; a table's row is one.
fn verbatim(text: &str) -> impl Iterator<Item = String> {
    let squeeze = |text: &str| {
        let kept = |c: &char| !c.is_whitespace() && !matches!(c, '*' | '`' | '|' | '\\' | '_');
        normal(text).chars().filter(kept).collect::<String>()
    };
    text.lines().flat_map(move |line| {
        let line = plain(line);
        let parts: Vec<String> = if line.starts_with('|') {
            vec![squeeze(&line)]
        } else {
            sentences(&line).into_iter().map(squeeze).collect()
        };
        parts.into_iter().filter(|part| part.chars().any(char::is_alphanumeric))
    })
}

#[async_trait]
impl Support for Checks {
    fn name(&self) -> &'static str {
        "checks"
    }

    async fn support(&self, claim: &Claim<'_>) -> Verdict {
        let found = self.findings(claim);
        let Findings { numbers, names, polarity, quantifiers, .. } = &found;
        let count = |n: usize| n as f32;
        let flag = |said: bool| f32::from(u8::from(said));
        let against = 3.0 * count(numbers.absent + found.links.len() + found.cells.len())
            + 1.5 * count(names.labels)
            + 1.0 * (polarity.negations + polarity.opposites + count(numbers.misplaced))
            + 0.5 * count(names.proper + names.katakana + numbers.doubtful)
            + 0.5 * (flag(quantifiers.universal) + flag(quantifiers.exclusive) + flag(quantifiers.dropped));
        Verdict {
            support: (-against).exp(),
            disagreements: found.disagreements(),
            nearest: found.nearest,
            ..Verdict::default()
        }
    }

    async fn prepare(&self, source: &str, lang: &Lang, _meaning: bool) {
        self.source(source, lang);
    }

    fn forget(&self) {
        self.forget_claims();
    }
}
