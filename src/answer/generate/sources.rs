//! The passages that an answer may rest on, and the place in them that says what a sentence says.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use super::figures::{Figure, figures};
use super::likeness::{grams, held, squeeze};
use super::said::{Around, places};
use super::statements::{Statement, statements};
use crate::knowledge::{Article, Catalogue};
use crate::passages::hybrid::Fused;

/// Less of a sentence's wording than this in a statement, and the statement is about something else.
const LEAST: f32 = 0.2;

/// A passage, read.
#[derive(Debug)]
pub(super) struct Source<'h> {
    pub(super) hit: &'h Fused,
    pub(super) article: Option<Arc<Article>>,
    /// What a sentence may rest on: title, headings and text.
    pub(super) text: String,
    pub(super) statements: Vec<Statement>,
    places: OnceLock<Vec<Around>>,
}

impl<'h> Source<'h> {
    pub(super) fn read(hit: &'h Fused, catalogue: &Catalogue) -> Self {
        let passage = &hit.passage;
        Self {
            hit,
            article: catalogue.article(&passage.article_id).filter(|article| article.version == passage.version),
            text: format!("{}\n\n{}", passage.breadcrumb(), passage.text),
            statements: statements(&passage.text),
            places: OnceLock::new(),
        }
    }

    /// Where each statement stands, for counting words; read once.
    pub(super) fn places(&self) -> &[Around] {
        self.places.get_or_init(|| places(&self.hit.passage.breadcrumb(), &self.statements))
    }
}

/// A statement's place: of which source, and which of its statements.
pub(super) type Place = (usize, usize);

/// The statements of the sources at `cited` that say what `sentence` says: the best, and one more if that holds figures of the
/// sentence which the best does not. `nearest` is where the verifier found it.
pub(super) fn own_words(sentence: &str, sources: &[Source<'_>], cited: &[usize], nearest: Option<&str>) -> Vec<Place> {
    let said = Said { grams: grams(sentence), figures: figures(sentence), nearest: nearest.map(squeeze) };
    let mut scored: Vec<(f32, Place, &Statement)> = Vec::new();
    for at in cited {
        let Some(source) = sources.get(*at) else { continue };
        let heading = source.hit.passage.breadcrumb();
        for (index, statement) in source.statements.iter().enumerate() {
            scored.extend(said.score(statement, &heading).map(|score| (score, (*at, index), statement)));
        }
    }
    // Stable: of equals the one of the better passage.
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some((_, best, statement)) = scored.first() else { return Vec::new() };
    let first = figures(&statement.words);
    let missing: Vec<Figure> =
        said.figures.iter().copied().filter(|figure| !first.iter().any(|other| other.agrees(*figure))).collect();
    let holds = |statement: &Statement| {
        figures(&statement.words).iter().any(|figure| missing.iter().any(|other| other.agrees(*figure)))
    };
    let second = scored.iter().skip(1).find(|(_, _, statement)| holds(statement)).map(|(_, place, _)| *place);
    std::iter::once(*best).chain(second).collect()
}

struct Said {
    grams: HashSet<String>,
    figures: Vec<Figure>,
    nearest: Option<String>,
}

impl Said {
    fn score(&self, statement: &Statement, heading: &str) -> Option<f32> {
        let own = grams(&statement.words);
        let mut around = grams(heading);
        around.extend(own.iter().cloned());
        let share = held(&self.grams, &around);
        let mut score = 0.5 * share + 0.5 * held(&self.grams, &own) + 0.3 * held(&own, &self.grams);
        let mut least = LEAST;
        if !self.figures.is_empty() {
            let held = figures(&statement.words);
            let kept = self.figures.iter().filter(|figure| held.iter().any(|other| other.agrees(**figure))).count();
            #[expect(clippy::cast_precision_loss, reason = "figures of a sentence")]
            let kept = kept as f32 / self.figures.len() as f32;
            score += kept;
            least *= 1.0 - 0.5 * kept;
        }
        if share < least {
            return None;
        }
        let words = squeeze(&statement.words);
        let near =
            |nearest: &String| !nearest.is_empty() && (words.contains(nearest.as_str()) || nearest.contains(&words));
        if self.nearest.as_ref().is_some_and(near) {
            score += 0.2;
        }
        Some(score)
    }
}
