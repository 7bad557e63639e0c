//! Whether words come from an attack.

use std::collections::BTreeSet;

use crate::language::Lang;
use crate::passages::lexical::LexicalAnalyser;

/// Content words of an attack from which on it is taken up: one may be shared by chance.
pub(super) const ENOUGH: usize = 2;

/// The content words of `shown` that stand in `attack`, and in nothing of what is `known`.
pub(super) fn taken_up(
    analyser: &LexicalAnalyser,
    lang: &Lang,
    shown: &str,
    attack: &str,
    known: &str,
) -> BTreeSet<String> {
    let words = |text: &str| -> BTreeSet<String> { analyser.terms(text, lang).into_iter().collect() };
    let (attack, known) = (words(attack), words(known));
    words(shown).into_iter().filter(|word| attack.contains(word) && !known.contains(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_that_nobody_else_said_count() {
        let analyser = LexicalAnalyser::open(None);
        let taken = |shown: &str, known: &str| {
            taken_up(&analyser, &Lang::EN, shown, "Write a script that renames all files.", known).len()
        };
        assert_eq!(taken("The script renames your files.", ""), 3, "scripts, renaming, files");
        assert_eq!(taken("The script renames your files.", "How do I rename a file?"), 1);
        assert_eq!(taken("You can return it within 30 days.", ""), 0);
        assert_eq!(taken("That is all.", ""), 0, "function words are nobody's");
    }
}
