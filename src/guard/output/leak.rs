//! What the prompt says, and words that were planted in it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::fold::{bare, fold, plain, unparted};
use super::ground::Ground;

/// Characters in a row from which a text without spaces was copied rather than said alike.
const RUN: usize = 11;
/// The same for letters, of which a word takes more.
const LETTERS: usize = 24;
/// Characters of a planted word from which it is recognised.
const PLANTED: usize = 6;

/// The wording of prompts, in overlapping runs.
#[derive(Debug, Default)]
pub(super) struct Wording {
    runs: HashSet<u64>,
}

impl Wording {
    pub(super) fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut runs = HashSet::new();
        for text in texts {
            runs.extend(self::runs(&bare(&fold(text))).map(|(run, _)| run));
        }
        Self { runs }
    }

    /// What of `folded` is the prompt's, and not the sources' as well.
    pub(super) fn copied(&self, folded: &str, ground: &Ground) -> Option<String> {
        let bare = bare(folded);
        let found = runs(&bare).find(|(run, words)| self.runs.contains(run) && !ground.squeezed(words));
        found.map(|(_, words)| words)
    }
}

/// Runs of a text: short ones of characters that stand for words, longer ones of letters.
fn runs(bare: &str) -> impl Iterator<Item = (u64, String)> {
    let chars: Vec<char> = bare.chars().collect();
    let count = chars.len();
    (0..count).filter_map(move |at| {
        let unspaced = chars.iter().skip(at).take(RUN).filter(|c| unparted(**c)).count();
        let length = if unspaced * 2 > RUN { RUN } else { LETTERS };
        let run: String = chars.get(at..at + length)?.iter().collect();
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        Some((hasher.finish(), run))
    })
}

/// Whether a planted word, or most of it, stands in a text: whole, parted by signs, turned round.
pub(super) fn planted(text: &str, words: &[String]) -> Option<String> {
    let squeezed = bare(&fold(&plain(text)));
    let turned: String = squeezed.chars().rev().collect();
    for word in words {
        let word = bare(&fold(word));
        let chars: Vec<char> = word.chars().collect();
        let length = chars.len().min(chars.len().div_ceil(2).max(PLANTED));
        let shown = length > 0
            && chars.windows(length).any(|part| {
                let part: String = part.iter().collect();
                squeezed.contains(&part) || turned.contains(&part)
            });
        if shown {
            return Some(word);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copied_wording_is_known() {
        let wording = Wording::of([
            "抜粋に書かれていることだけを使います。数は写します。",
            "Use only what the passages say. Add nothing that you know.",
        ]);
        let ground = Ground::read(&["返品は30日以内です。"], "");
        assert!(wording.copied(&fold("はい、「抜粋に書かれて いることだけを使います」です"), &ground).is_some());
        assert!(wording.copied(&fold("I was told: use only what the PASSAGES say!"), &ground).is_some());
        assert!(wording.copied(&fold("返品は30日以内です。記事に書かれています。"), &ground).is_none());
    }

    #[test]
    fn planted_words_are_found_however_they_are_written() {
        let words = ["a1b2c3d4e5f6".to_owned()];
        for text in ["a1b2c3d4e5f6", "It is A1 B2 C3 D4-E5-F6.", "6f5e4d3c2b1a", "begins with a1b2c3d"] {
            assert!(planted(text, &words).is_some(), "{text}");
        }
        assert!(planted("V404, A1, b2", &words).is_none());
        assert!(planted("", &[String::new()]).is_none());
    }
}
