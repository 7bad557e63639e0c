//! How much of one text's wording stands in another. Used to find the article's place, not to judge what is said: that is the
//! verifier's work.

use std::collections::HashSet;

use super::figures::{normal, without};
use crate::answer::headings::stem;

/// Words that tell nothing about a place.
const COMMON: [&str; 44] = [
    "the", "and", "for", "you", "your", "are", "can", "may", "will", "with", "that", "this", "from", "have", "has",
    "not", "its", "our", "was", "were", "which", "when", "then", "than", "they", "them", "their", "there", "also",
    "into", "any", "all", "but", "yes", "please", "is", "it", "of", "to", "in", "on", "at", "be", "or",
];

/// Whether one stands before a word makes no other sentence.
const ARTICLES: [&str; 3] = ["a", "an", "the"];

/// A letter of a script that does not part words.
pub(super) fn unparted(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々' | '\u{0e00}'..='\u{0e7f}' | '\u{ac00}'..='\u{d7a3}')
}

/// Pairs of characters where words are not parted, Chinese characters by themselves too (靴 is a word), words elsewhere; without figures,
/// which are compared as such.
pub(super) fn grams(text: &str) -> HashSet<String> {
    let chars: Vec<char> = without(text).chars().collect();
    let han = |c: &&char| matches!(c, '\u{3400}'..='\u{9fff}');
    let mut found: HashSet<String> = chars.iter().filter(han).map(char::to_string).collect();
    for pair in chars.windows(2) {
        if pair.iter().all(|c| unparted(*c)) {
            found.insert(pair.iter().collect());
        }
    }
    let text: String = chars.iter().map(|c| if unparted(*c) { ' ' } else { *c }).collect();
    let words = text.split(|c: char| !c.is_alphanumeric()).map(|word| word.strip_suffix('s').unwrap_or(word));
    found.extend(words.filter(|word| !word.is_empty() && !COMMON.contains(word)).map(str::to_owned));
    found
}

/// The share of `said` that `source` holds.
#[expect(clippy::cast_precision_loss, reason = "counts of a sentence's words")]
pub(super) fn held(said: &HashSet<String>, source: &HashSet<String>) -> f32 {
    if said.is_empty() {
        return 0.0;
    }
    said.intersection(source).count() as f32 / said.len() as f32
}

/// One form for sentences that are written nearly alike: letters and digits alone, words in Latin letters without inflection and article.
pub(super) fn form(text: &str) -> String {
    let (mut form, mut word) = (String::new(), String::new());
    for c in normal(text).chars().chain([' ']) {
        if c.is_alphanumeric() && !unparted(c) {
            word.push(c);
            continue;
        }
        if !word.is_empty() && !ARTICLES.contains(&word.as_str()) {
            form.push_str(&stem(&word));
            form.push(' ');
        }
        word.clear();
        if c.is_alphanumeric() {
            form.push(c);
        }
    }
    form
}

/// Letters and digits alone.
pub(super) fn squeeze(text: &str) -> String {
    normal(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_and_marks_make_no_other_sentence() {
        for (a, b) in [
            ("The fee depends on the seller.", "Fee depend on the sellers"),
            ("返品は、30日以内です。", "返品は 30日以内です"),
            ("반품은 30일 안에.", "반품은 30일안에"),
        ] {
            assert_eq!(form(a), form(b), "{a}");
        }
        for (a, b) in [
            ("You can return it.", "You cannot return it."),
            ("You have 7 days.", "You have 14 days."),
            ("The seller pays the buyer.", "The buyer pays the seller."),
            ("返品できます。", "返品できません。"),
            ("1. 押す", "2. 押す"),
        ] {
            assert_ne!(form(a), form(b), "{a}");
        }
    }
}
