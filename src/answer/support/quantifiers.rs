//! All, only, always, must: what is said without reserve where the source has one, and the reserve that is left out.

use super::ground::{Ground, Words};
use super::{Disagreement, Subject};

const UNIVERSAL: [&str; 22] = [
    "すべて",
    "全て",
    "全部",
    "全員",
    "いつでも",
    "どんな",
    "どのような",
    "どの",
    "常に",
    "絶対",
    "必ず",
    "一切",
    "いかなる",
    "いずれも",
    "すぐに",
    "every",
    "all ",
    "always",
    "any ",
    "whatever",
    "wherever",
    "no matter",
];
const EXCLUSIVE: [&str; 14] = [
    "のみ",
    "だけ",
    "に限",
    "かぎり",
    "限り",
    "しか",
    "限定",
    "only",
    "exclusively",
    "solely",
    "as long as",
    "provided",
    "at least",
    "at most",
];
const RESERVE: [&str; 24] = [
    "ただし",
    "除き",
    "除く",
    "以外",
    "例外",
    "限り",
    "に限",
    "のみ",
    "だけ",
    "場合は",
    "ときは",
    "なければ",
    "かつ",
    "except",
    "but only",
    "unless",
    "only",
    "provided",
    "as long as",
    "however",
    "if ",
    "without",
    "excluding",
    "but not",
];
const CONDITION: [&str; 20] = [
    "場合",
    "とき",
    "なら",
    "れば",
    "たら",
    "限り",
    "かつ",
    "条件",
    "うえで",
    "if ",
    "unless",
    "when ",
    "provided",
    "as long as",
    "except",
    "before ",
    "after ",
    "until ",
    "once ",
    "while ",
];

/// What the quantifiers of a claim come to.
#[derive(Debug, Clone, Default)]
pub(super) struct Quantifiers {
    pub(super) disagreements: Vec<Disagreement>,
    /// All, always, any: said, and not in the source.
    pub(super) universal: bool,
    /// Only: said, and not in the source.
    pub(super) exclusive: bool,
    /// The sentence it is taken from has a reserve, what is said has none.
    pub(super) dropped: bool,
    /// Conditions that the source lacks, by how many more there are.
    pub(super) conditions: f32,
}

/// Compares quantifiers and conditions of a claim with its source.
pub(super) fn compare(ground: &Ground, said: &Words) -> Quantifiers {
    let mut found = Quantifiers::default();
    let text = padded(&said.lower);
    let whole = padded(&ground.whole.lower);
    let new = |words: &[&'static str]| {
        let stated = words.iter().find(|word| text.contains(**word))?;
        (!words.iter().any(|word| whole.contains(word))).then_some(*stated)
    };
    if let Some(word) = new(&UNIVERSAL) {
        found.universal = true;
        found.disagreements.push(disagreement(Subject::Quantifier, word, None));
    }
    if let Some(word) = new(&EXCLUSIVE) {
        found.exclusive = true;
        found.disagreements.push(disagreement(Subject::Quantifier, word, None));
    }
    let count = |text: &str, words: &[&str]| words.iter().filter(|word| text.contains(**word)).count() as f32;
    found.conditions = (count(&text, &CONDITION) - count(&whole, &CONDITION)).max(0.0);
    if let Some(nearest) = ground.nearest(said) {
        let near = padded(&nearest.lower);
        let reserve = RESERVE.iter().find(|word| near.contains(**word));
        let kept = RESERVE.iter().chain(&EXCLUSIVE).any(|word| text.contains(word));
        if let Some(word) = reserve
            && !kept
            && ground.likeness(nearest, said) < 0.95
        {
            found.dropped = true;
            found.disagreements.push(disagreement(
                Subject::Condition,
                &said.shown,
                Some(format!("{word}: {}", nearest.shown)),
            ));
        }
    }
    found
}

/// So that a word at the end is found with the space after it.
fn padded(lower: &str) -> String {
    let spaced: String = lower.chars().map(|c| if c.is_ascii_punctuation() { ' ' } else { c }).collect();
    format!("{spaced} ")
}

fn disagreement(kind: Subject, said: &str, source: Option<String>) -> Disagreement {
    Disagreement { kind, said: said.trim().to_owned(), source, veto: false }
}
