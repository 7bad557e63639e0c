//! Whether words follow from a source: the seam of the verifier, and the baseline that a better one must beat.

use std::collections::HashSet;
use std::sync::Arc;

use icu_segmenter::SentenceSegmenter;
use icu_segmenter::options::SentenceBreakInvariantOptions;

use super::blocks::visible;
use crate::language::Lang;
use crate::passages::lexical::LexicalAnalyser;

/// Says how far a source supports what is said.
pub trait Support: Send + Sync + std::fmt::Debug {
    /// Its name, for reports.
    fn name(&self) -> &'static str;
    /// 0 (nothing of it stands in the source) to 1 (all of it does). `said` is one sentence or a few, in `lang`.
    fn support(&self, source: &str, said: &str, lang: &Lang) -> f32;
}

/// The share of what is said whose words stand in the source: knows nothing of order, and little of negation.
#[derive(Debug, Clone)]
pub struct TokenOverlap {
    analyser: Arc<LexicalAnalyser>,
}

impl TokenOverlap {
    /// With the lexical leg's analyser, which knows where Japanese words end.
    pub fn new(analyser: Arc<LexicalAnalyser>) -> Self {
        Self { analyser }
    }
}

impl Support for TokenOverlap {
    fn name(&self) -> &'static str {
        "token-overlap"
    }

    fn support(&self, source: &str, said: &str, lang: &Lang) -> f32 {
        let tokens = |text: &str| self.analyser.tokens(&visible(text), lang);
        let held: HashSet<String> = tokens(source).into_iter().collect();
        let said = tokens(said);
        if said.is_empty() {
            // Nothing is said, so nothing needs support.
            return 1.0;
        }
        said.iter().filter(|token| held.contains(*token)).count() as f32 / said.len() as f32
    }
}

/// The sentences of a text, line by line: a line of Markdown (an item, a row of a table) never runs into the next.
pub fn sentences(text: &str) -> Vec<&str> {
    let segmenter = SentenceSegmenter::new(SentenceBreakInvariantOptions::default());
    let mut found = Vec::new();
    for line in text.lines() {
        let mut start = 0;
        for end in segmenter.segment_str(line).skip(1) {
            found.extend(line.get(start..end).map(str::trim).filter(|sentence| !sentence.is_empty()));
            start = end;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(source: &str, said: &str, lang: &Lang) -> f32 {
        TokenOverlap::new(Arc::new(LexicalAnalyser::open(None))).support(source, said, lang)
    }

    #[test]
    fn what_stands_in_the_source_is_supported() {
        assert_eq!(overlap("You have **30 days** to return it.", "return it: 30 days", &Lang::EN), 1.0);
        assert_eq!(overlap("返品は30日以内です。", "返品は30日以内です。", &Lang::JA), 1.0);
        assert_eq!(overlap("anything", "", &Lang::EN), 1.0);
        assert_eq!(overlap("", "words", &Lang::EN), 0.0);
    }

    #[test]
    fn another_number_or_a_negation_costs() {
        let source = "You can return it within 30 days.";
        assert!(overlap(source, "You can return it within 90 days.", &Lang::EN) < 1.0);
        assert!(overlap(source, "You can not return it within 30 days.", &Lang::EN) < 1.0);
        assert!(overlap("返品できます。", "返品できません。", &Lang::JA) < 1.0);
    }

    #[test]
    fn sentences_of_several_scripts() {
        assert_eq!(sentences("返品できます。送料は680円です。"), ["返品できます。", "送料は680円です。"]);
        assert_eq!(sentences("It costs 3.50 yen. Really?\n- next"), ["It costs 3.50 yen.", "Really?", "- next"]);
        assert!(sentences("\n \n").is_empty());
    }
}
