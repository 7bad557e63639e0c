//! All that is known, weighed together.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::checks::{Checks, Findings};
use super::embedding::{Meaning, Nearness};
use super::weights::{WITH_MEANING, WITHOUT_MEANING, Weights};
use super::{Claim, Support, Verdict};
use crate::language::Lang;
use crate::llm::Embedder;
use crate::passages::lexical::LexicalAnalyser;

/// The most that is left of a claim with a number, a date, an amount or a link that the source does not have.
const VETOED: f32 = 0.05;
/// What is left where a clause is the source's but for its negation or an opposite; of 30 such claims in the sets 3 were supported,
/// and the weights had let none of those pass.
const DENIED: f32 = 0.4;
/// From this likeness of the clauses (summed) on.
const ALIKE: f32 = 0.8;
/// Content words not in the source that are looked up by meaning, at most.
const NOVEL: usize = 12;
/// Words of a source they are compared with, at most.
const HELD: usize = 300;

/// Wording, meaning and disagreements as one score, with vetoes.
#[derive(Debug, Clone)]
pub struct Evidence {
    checks: Checks,
    meaning: Option<Meaning>,
}

impl Evidence {
    /// With the lexical leg's analyser, and the embedder of the search where there is one.
    pub fn new(analyser: Arc<LexicalAnalyser>, embedder: Option<Arc<dyn Embedder>>) -> Self {
        Self { checks: Checks::new(analyser), meaning: embedder.map(Meaning::new) }
    }

    /// What the embedder knows: nearness, and how well words that the source lacks are met by others.
    async fn meaning(&self, claim: &Claim<'_>, found: &Findings) -> Option<(Nearness, Vec<f32>)> {
        let meaning = self.meaning.as_ref()?;
        let novel: Vec<String> = found.wording.novel.iter().take(NOVEL).cloned().collect();
        let source = self.checks.source(claim.source, claim.lang);
        let mut held: Vec<String> = source.ground.whole.set.iter().cloned().collect();
        held.sort_unstable();
        held.truncate(HELD);
        let asked = async {
            let nearness = meaning.nearness(claim.source, claim.said).await?;
            let met = if novel.is_empty() { Vec::new() } else { meaning.words(&novel, &held).await? };
            Ok::<_, crate::llm::EmbedError>((nearness, met))
        };
        match asked.await {
            Ok(known) => Some(known),
            Err(error) => {
                tracing::warn!(%error, "the verifier decides by words alone");
                None
            }
        }
    }
}

#[async_trait]
impl Support for Evidence {
    fn name(&self) -> &'static str {
        "evidence"
    }

    async fn support(&self, claim: &Claim<'_>) -> Verdict {
        let found = self.checks.findings(claim);
        if let Some(verdict) = plain(&found) {
            return verdict;
        }
        let meaning = self.meaning(claim, &found).await;
        let without_meaning = meaning.is_none();
        Verdict { without_meaning, ..weighed(found, meaning) }
    }

    fn by_words(&self, claim: &Claim<'_>) -> Option<Verdict> {
        let found = self.checks.findings(claim);
        Some(plain(&found).unwrap_or_else(|| weighed(found, None)))
    }

    async fn prepare(&self, source: &str, lang: &Lang, meaning: bool) {
        let read = self.checks.source(source, lang);
        if let Some(meaning) = self.meaning.as_ref().filter(|_| meaning) {
            meaning.prepare(source, lang, true).await;
            let words: Vec<String> = read.ground.whole.set.iter().cloned().collect();
            if let Err(error) = meaning.words(&[], &words).await {
                tracing::warn!(%error, "the verifier could not embed a source's words");
            }
        }
    }

    fn forget(&self) {
        self.checks.forget_claims();
        if let Some(meaning) = &self.meaning {
            meaning.forget();
        }
    }
}

/// What needs no weighing: the source's own sentences, and anything at all where the source says nothing.
fn plain(found: &Findings) -> Option<Verdict> {
    if found.verbatim {
        return Some(Verdict { support: 1.0, nearest: found.nearest.clone(), ..Verdict::default() });
    }
    found.bare.then(|| Verdict { disagreements: found.disagreements(), ..Verdict::default() })
}

fn weighed(found: Findings, meaning: Option<(Nearness, Vec<f32>)>) -> Verdict {
    let signals = signals(&found, meaning.as_ref());
    let mut verdict = Verdict {
        support: weigh(&signals, if meaning.is_some() { &WITH_MEANING } else { &WITHOUT_MEANING }),
        disagreements: found.disagreements(),
        nearest: meaning.and_then(|(nearness, _)| nearness.place).or(found.nearest),
        signals: signals.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        ..Verdict::default()
    };
    if found.polarity.negations + found.polarity.opposites >= ALIKE {
        verdict.support *= DENIED;
    }
    if verdict.vetoed() {
        verdict.support *= VETOED;
    }
    verdict
}

/// Every measurement, by name.
fn signals(found: &Findings, meaning: Option<&(Nearness, Vec<f32>)>) -> BTreeMap<&'static str, f32> {
    let Findings { wording, numbers, names, polarity, quantifiers, .. } = found;
    let some = |n: usize| n.min(3) as f32;
    let flag = |said: bool| f32::from(u8::from(said));
    let novel = wording.novel.len().min(8) as f32 / 8.0;
    let mut signals = BTreeMap::from([
        ("tokens", wording.tokens),
        ("pairs", wording.pairs),
        ("terms", wording.terms),
        ("near", wording.near),
        ("kept", wording.kept),
        ("replaced", wording.replaced),
        ("added", wording.added),
        ("taken", wording.taken),
        ("novel", novel),
        ("kept_whole", wording.kept_whole),
        ("added_whole", wording.added_whole),
        ("replaced_whole", wording.replaced_whole),
        ("edits", some(wording.edits)),
        ("swapped", some(wording.swapped)),
        ("confirmed", some(numbers.confirmed)),
        ("doubtful", some(numbers.doubtful)),
        ("labels", some(names.labels)),
        ("proper", some(names.proper)),
        ("katakana", some(names.katakana)),
        ("negations", polarity.negations + polarity.opposites),
        ("universal", flag(quantifiers.universal)),
        ("exclusive", flag(quantifiers.exclusive)),
        ("dropped", flag(quantifiers.dropped)),
        ("conditions", quantifiers.conditions.min(3.0)),
    ]);
    if let Some((nearness, met)) = meaning {
        // e5's cosines lie between 0.7 and 1.
        let spread = |cosine: f32| ((cosine - 0.7) / 0.3).clamp(-1.0, 1.0);
        let mean = if met.is_empty() { 1.0 } else { met.iter().copied().map(spread).sum::<f32>() / met.len() as f32 };
        signals.insert("meaning", spread(nearness.best));
        signals.insert("single", spread(nearness.single));
        signals.insert("met", mean);
        signals.insert("met_least", met.iter().copied().map(spread).fold(1.0, f32::min));
    }
    signals
}

fn weigh(signals: &BTreeMap<&'static str, f32>, weights: &Weights) -> f32 {
    let value = |name: &str| signals.get(name).copied().unwrap_or(0.0);
    let sum = |weights: &[(&str, f32)]| weights.iter().map(|(name, weight)| weight * value(name)).sum::<f32>();
    let total = weights.bias + sum(weights.alone) + value("kept_whole") * sum(weights.copied);
    1.0 / (1.0 + (-total).exp())
}
