//! Words of the source: the baseline.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Claim, Support, Verdict};
use crate::answer::blocks::visible;
use crate::passages::lexical::LexicalAnalyser;

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

    /// The share itself.
    pub fn share(&self, claim: &Claim<'_>) -> f32 {
        let tokens = |text: &str| self.analyser.tokens(&visible(text), claim.lang);
        let held: HashSet<String> = tokens(claim.source).into_iter().collect();
        let said = tokens(claim.said);
        if said.is_empty() {
            // Nothing is said, so nothing needs support.
            return 1.0;
        }
        said.iter().filter(|token| held.contains(*token)).count() as f32 / said.len() as f32
    }
}

#[async_trait]
impl Support for TokenOverlap {
    fn name(&self) -> &'static str {
        "token-overlap"
    }

    async fn support(&self, claim: &Claim<'_>) -> Verdict {
        Verdict::of(self.share(claim))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Lang;

    fn overlap(source: &str, said: &str, lang: &Lang) -> f32 {
        TokenOverlap::new(Arc::new(LexicalAnalyser::open(None))).share(&Claim::new(source, said, lang))
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
}
