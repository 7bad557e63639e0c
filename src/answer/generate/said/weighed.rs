//! What the passages say to a sentence: which it rests on, how far they support it, and how many of its words stand there.

use std::cmp::Ordering;

use super::super::cells::run_together;
use super::super::sentences::{Sentence, Shape};
use super::super::sources::Place;
use super::Checker;
use super::footing::Footing;
use crate::answer::support::{Claim, Subject, Verdict};

/// What the passages say to a sentence.
pub(super) struct Weighed {
    /// The passages that it rests on.
    pub(super) cited: Vec<usize>,
    pub(super) verdict: Verdict,
    pub(super) footing: Footing,
    /// The row of a table that it is made of, if it is nothing but cells: it stands in the source word by word, and does not say whose
    /// they are; the table does.
    pub(super) cells: Option<Place>,
}

impl Weighed {
    /// Whether something is said that the source denies.
    pub(super) fn is_ruled_out(&self) -> bool {
        is_ruled_out(&self.verdict)
    }
}

impl Checker<'_> {
    /// What the sentence's passages say to it: those that it names, else the one that supports it best.
    ///
    /// Within a language words and figures are as precise alone as with meaning beside them, and take no time; what they let go besides is
    /// mostly quoted (eval/tables/grounding.md). Across languages they tell nothing.
    pub(super) async fn weigh(&self, sentence: &Sentence, policy: bool, breaks: bool) -> Weighed {
        // A right that the customer asked for is not one that the article grants: nothing of the question counts as said.
        let question = (!policy).then_some(self.asked.text);
        let named: Vec<usize> = sentence.markers.iter().filter_map(|marker| marker.checked_sub(1)).collect();
        let with_texts = |cited: Vec<usize>| {
            let texts = self.texts(&cited);
            (cited, texts)
        };
        let claims: Vec<(Vec<usize>, String)> = match named.is_empty() {
            true => (0..self.sources.len()).map(|at| with_texts(vec![at])).collect(),
            false => vec![with_texts(named)],
        };
        let claim = |source| Claim::new(source, &sentence.text, self.asked.lang).asked(question);
        let weighed = |cited: Vec<usize>, verdict| {
            let footing = self.footing(sentence, &cited);
            let cells = self.cells(sentence, &cited);
            Weighed { cited, verdict, footing, cells }
        };
        let mut told: Vec<(Vec<usize>, Verdict)> = Vec::new();
        for (cited, source) in &claims {
            let Some(verdict) = self.support.by_words(&claim(source)) else { continue };
            let is_whole = verdict.support >= 1.0;
            told.push((cited.clone(), verdict));
            if is_whole {
                break;
            }
        }
        // Stable: of equals the one of the better passage.
        told.sort_by(|a, b| worth(&b.1).partial_cmp(&worth(&a.1)).unwrap_or(Ordering::Equal));
        let mut words = told.into_iter().map(|(cited, verdict)| weighed(cited, verdict));
        if let Some(best) = words.next() {
            let foreign = claims.iter().flat_map(|(cited, _)| cited).any(|at| self.is_foreign(*at));
            if best.footing.stands() {
                return best;
            }
            // What a passage denies stands there, and in no other.
            if let Some(stands) = words.find(|other| other.footing.stands()) {
                return stands;
            }
            if breaks || !foreign || best.is_ruled_out() {
                return best;
            }
        }
        let mut best = (Vec::new(), Verdict::default());
        for (cited, source) in &claims {
            let claim = claim(source);
            let in_words =
                if cited.iter().any(|at| self.is_foreign(*at)) { None } else { self.support.by_words(&claim) };
            let verdict = match in_words {
                Some(verdict) => verdict,
                None => self.support.support(&claim).await,
            };
            if best.0.is_empty() || worth(&verdict) > worth(&best.1) {
                best = (cited.clone(), verdict);
            }
        }
        weighed(best.0, best.1)
    }

    /// Whether a source is in another language than the customer's.
    pub(super) fn is_foreign(&self, at: usize) -> bool {
        self.sources.get(at).is_some_and(|source| source.hit.passage.lang != *self.asked.lang)
    }

    /// What is relied on together.
    fn texts(&self, cited: &[usize]) -> String {
        let texts = cited.iter().filter_map(|at| self.sources.get(*at)).map(|source| source.text.as_str());
        texts.collect::<Vec<_>>().join("\n\n")
    }

    /// What a sentence stands on in the passages that it cites.
    fn footing(&self, sentence: &Sentence, cited: &[usize]) -> Footing {
        let sources = cited.iter().filter_map(|at| self.sources.get(*at));
        Footing::of(&sentence.text, self.asked.lang, sources)
    }

    /// The row of a cited table that a sentence was made from, if it is nothing but cells.
    fn cells(&self, sentence: &Sentence, cited: &[usize]) -> Option<Place> {
        let tables = cited.iter().filter_map(|at| Some((*at, self.sources.get(*at)?)));
        let mut tables = tables.filter(|_| sentence.shape != Shape::Step);
        tables.find_map(|(at, source)| Some((at, run_together(&sentence.text, &source.statements)?)))
    }
}

/// Of two verdicts the better one is more.
fn worth(verdict: &Verdict) -> (bool, f32) {
    (!is_ruled_out(verdict), verdict.support)
}

/// Whether something is said that the source denies. Of the verifier's lesser doubts those count that a customer could be harmed by;
/// how much the others weigh is in the verdict's figure.
fn is_ruled_out(verdict: &Verdict) -> bool {
    let harmful =
        |kind| matches!(kind, Subject::Number | Subject::Amount | Subject::Time | Subject::Link | Subject::Negation);
    verdict.vetoed() || verdict.disagreements.iter().any(|disagreement| harmful(disagreement.kind))
}
