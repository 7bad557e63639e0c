//! Which sections of the right article answer the question.

use std::collections::{HashMap, HashSet};

use crate::passages::Leg;
use crate::passages::hybrid::Fused;

/// A second section must hold at least this share of what was asked (by rarity) that the first does not hold…
const NEW_WORDS: f32 = 0.25;
/// …and score at least this share of the first.
const NEARLY_AS_GOOD: f32 = 0.6;

/// A section with what speaks for it.
struct Candidate<'h, 'a> {
    hit: &'h Fused,
    held: &'a HashSet<&'a str>,
    score: f32,
}

/// Chooses one or two of an article's sections (`hits`, best first), in the article's order. The search has found the article
/// by all of its text; here its sections are compared with each other: by meaning (cosine, from the worst to the best
/// of them) and by the asked words that a section holds, where words that few of them hold count more.
pub(super) fn choose<'h>(
    hits: &[&'h Fused],
    asked: &HashSet<String>,
    words: impl Fn(&Fused) -> HashSet<String>,
) -> Vec<&'h Fused> {
    let held: Vec<HashSet<&str>> = hits.iter().map(|hit| held(asked, hit, &words(hit))).collect();
    let rarity = rarity(&held);
    let weight = |of: &HashSet<&str>| of.iter().filter_map(|word| rarity.get(word)).sum::<f32>();
    let all: f32 = rarity.values().sum::<f32>().max(f32::MIN_POSITIVE);
    // A section that the dense leg did not bring is no nearer than the last that it did.
    let cosine = |hit: &Fused| hit.place(Leg::Dense).map(|place| place.score);
    let found = || hits.iter().filter_map(|hit| cosine(hit));
    let (least, most) = found().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, m), c| (l.min(c), m.max(c)));
    let near = |hit: &Fused| match cosine(hit) {
        None => 0.0,
        Some(cosine) if most > least => (cosine - least) / (most - least),
        Some(_) => 1.0,
    };
    let mut candidates: Vec<Candidate<'_, '_>> = hits
        .iter()
        .zip(&held)
        .map(|(hit, held)| Candidate { hit, held, score: near(hit) + weight(held) / all })
        .collect();
    // Stable: equal scores stay in the order of the search.
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let Some((first, others)) = candidates.split_first() else { return Vec::new() };
    let adds = |other: &&Candidate<'_, '_>| {
        let new: HashSet<&str> = other.held.difference(first.held).copied().collect();
        weight(&new) / all >= NEW_WORDS && other.score >= first.score * NEARLY_AS_GOOD
    };
    let mut chosen: Vec<&Fused> =
        std::iter::once(first.hit).chain(others.iter().find(adds).map(|other| other.hit)).collect();
    chosen.sort_by_key(|hit| hit.passage.ordinal);
    chosen
}

/// The asked words that a section holds: as one of its words, or, in scripts that do not part words, anywhere in its text (the
/// analyser takes 払い in コンビニ払い for a noun here and a verb there).
fn held<'a>(asked: &'a HashSet<String>, hit: &Fused, words: &HashSet<String>) -> HashSet<&'a str> {
    let unparted = |word: &str| word.chars().all(|c| !c.is_ascii()) && word.chars().count() > 1;
    let holds = |word: &&String| words.contains(*word) || (unparted(word) && hit.passage.text.contains(word.as_str()));
    asked.iter().filter(holds).map(String::as_str).collect()
}

/// Weight of each asked word: `ln(1 + sections / sections that hold it)`.
fn rarity<'a>(held: &[HashSet<&'a str>]) -> HashMap<&'a str, f32> {
    let mut count: HashMap<&str, f32> = HashMap::new();
    for word in held.iter().flatten() {
        *count.entry(word).or_default() += 1.0;
    }
    let sections = held.len() as f32;
    count.into_iter().map(|(word, n)| (word, (1.0 + sections / n).ln())).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::language::Lang;
    use crate::passages::hybrid::Place;
    use crate::passages::{ArticleId, ArticleVersion, Audience, Passage, Span};

    fn hit(ordinal: u32, text: &str, cosine: f32) -> Fused {
        let (article_id, version) = (ArticleId("a".into()), ArticleVersion("1".into()));
        let passage = Passage {
            id: Passage::id_of(&article_id, &version, ordinal),
            family: article_id.clone(),
            article_id,
            version,
            title: "t".into(),
            lang: Lang::EN,
            category: "payments".into(),
            audience: Audience::customer(),
            effective_from: None,
            effective_until: None,
            draft: false,
            heading: Vec::new(),
            ordinal,
            text: text.into(),
            span: Span { start: 0, end: text.chars().count() },
        };
        let places = vec![Place { leg: Leg::Dense, rank: 1, score: cosine }];
        Fused { passage: Arc::new(passage), score: 1.0, places, foreign: false }
    }

    fn words(text: &str) -> HashSet<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn chosen(hits: &[Fused], question: &str) -> Vec<u32> {
        let hits: Vec<&Fused> = hits.iter().collect();
        choose(&hits, &words(question), |hit| words(&hit.passage.text)).iter().map(|hit| hit.passage.ordinal).collect()
    }

    #[test]
    fn the_section_with_the_rare_word_wins_over_the_one_that_only_sounds_alike() {
        let hits = [hit(1, "how store payment works", 0.88), hit(2, "store fee 220", 0.87), hit(3, "cards", 0.80)];
        assert_eq!(chosen(&hits, "store fee"), [2]);
    }

    #[test]
    fn a_second_section_joins_only_for_what_the_first_lacks() {
        let hits = [hit(1, "fee 220", 0.88), hit(2, "deadline 6 days", 0.87), hit(3, "other", 0.80)];
        assert_eq!(chosen(&hits, "fee deadline"), [1, 2]);
        assert_eq!(chosen(&hits, "fee"), [1]);
    }

    #[test]
    fn nothing_to_choose_from_is_nothing() {
        assert!(chosen(&[], "fee").is_empty());
        assert_eq!(chosen(&[hit(0, "", 0.0)], ""), [0]);
    }
}
