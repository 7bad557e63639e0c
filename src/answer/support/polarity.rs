//! Negations and opposites: said where the source denies it, or the other way round.

use super::ground::Words;
use super::negation::{latin_words, negations};
use super::opposites::OPPOSITES;
use super::text::clauses;
use super::{Disagreement, Subject};
use crate::language::Lang;
use crate::passages::lexical::LexicalAnalyser;

/// A clause is compared with one that shares this much of its words.
const ALIKE: f32 = 0.6;
/// Opposites are unlike by a word each, so that less must be shared around them.
const ALIKE_BUT: f32 = 0.5;
/// Clauses of one sentence that are read, at most.
const CLAUSES: usize = 50;

/// What a Japanese condition or reason ends with.
const ENDS: [&str; 14] = [
    "ときは",
    "場合は",
    "ときに",
    "場合に",
    "なければ",
    "ければ",
    "でしたら",
    "ったら",
    "ても",
    "ので",
    "ため",
    "ないか",
    "と、",
    "たくない方は",
];

/// With what a condition ends, and in English begins: it is supposed, and neither affirmed nor denied.
const CONDITION: [&str; 10] =
    ["ときは", "場合は", "ときに", "場合に", "なければ", "ければ", "でしたら", "ったら", "ても", "と、"];
const CONDITION_EN: [&str; 4] = ["if ", "unless ", "when ", "whether "];

/// What is asked or wanted: neither affirmed nor denied.
const OPEN: [&str; 6] = ["ないか", "かどうか", "たくない", "でしたら", "ったら", "exception"];

/// What the polarity of a claim comes to.
#[derive(Debug, Clone, Default)]
pub(super) struct Polarity {
    pub(super) disagreements: Vec<Disagreement>,
    /// Clauses negated on one side only, each by how alike they are.
    pub(super) negations: f32,
    /// Clauses with opposite words.
    pub(super) opposites: f32,
}

/// A clause, ready to be compared.
#[derive(Debug)]
pub(super) struct Clause {
    words: Words,
    negative: bool,
    condition: bool,
    /// Its words in lower case, for whole-word comparison.
    latin: Vec<String>,
}

/// The clauses of a text; those with a single word go with their neighbour.
pub(super) fn read(analyser: &LexicalAnalyser, text: &str, lang: &Lang) -> Vec<Clause> {
    let mut joined: Vec<String> = Vec::new();
    let mut open = false;
    // A row of a table has no predicate of its own.
    let cut = if text.contains(" | ") { Vec::new() } else { clauses(text) };
    for clause in cut.iter().flat_map(|clause| conditions(clause)) {
        let ended = ENDS.iter().any(|end| clause.ends_with(end));
        let lower = clause.to_lowercase();
        let short = !ended && negations(&lower, &latin_words(&lower)) == 0 && analyser.terms(&clause, lang).len() < 2;
        match joined.last_mut() {
            Some(last) if open => {
                last.push(' ');
                last.push_str(&clause);
            }
            _ => joined.push(clause),
        }
        open = short;
    }
    joined.iter().take(CLAUSES).map(|clause| Clause::read(analyser, clause, lang)).collect()
}

/// A Japanese clause cut after its conditions, which have a polarity of their own.
fn conditions(clause: &str) -> Vec<String> {
    let mut marked = clause.to_owned();
    for end in ENDS {
        marked = marked.replace(end, &format!("{end}\n"));
    }
    marked.split('\n').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

impl Clause {
    fn read(analyser: &LexicalAnalyser, text: &str, lang: &Lang) -> Self {
        let words = Words::read(analyser, text, lang);
        let latin = latin_words(&words.lower);
        let own = unquoted(&words.lower);
        let negative = negations(&own, &latin_words(&own)) % 2 == 1;
        let lower = words.lower.as_str();
        let condition = CONDITION.iter().any(|word| lower.ends_with(word))
            || CONDITION_EN.iter().any(|word| lower.starts_with(word));
        Self { words, negative, condition, latin }
    }

    fn is_open(&self) -> bool {
        OPEN.iter().any(|word| self.words.lower.contains(word))
    }

    /// Whether the two can deny each other: what is supposed denies nothing that is said.
    fn answers(&self, other: &Self) -> bool {
        !other.is_open() && self.condition == other.condition
    }

    /// Whether an opposite's side stands here: a whole word in Latin letters, any place in others.
    fn holds(&self, word: &str) -> bool {
        if word.is_ascii() { self.latin.iter().any(|own| own == word) } else { self.words.lower.contains(word) }
    }
}

/// A text without what stands between quotation marks: a button that is called "not received" denies nothing.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, open)) = rest.char_indices().find(|(_, c)| matches!(c, '「' | '『' | '"')) {
        let close = match open {
            '「' => '」',
            '『' => '』',
            _ => '"',
        };
        let after = rest.get(at + open.len_utf8()..).unwrap_or_default();
        let Some((_, beyond)) = after.split_once(close) else { break };
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = beyond;
    }
    out.push_str(rest);
    out
}

/// Compares each clause of a claim with the clause of the source that is most like it.
pub(super) fn compare(source: &[Clause], said: &[Clause]) -> Polarity {
    let mut found = Polarity::default();
    for clause in said {
        if clause.words.set.is_empty() || clause.is_open() {
            continue;
        }
        // Dice's share, so that a long clause is not like everything.
        let like = |other: &Clause| {
            let shared = clause.words.set.intersection(&other.words.set).count() as f32;
            2.0 * shared / (clause.words.set.len() + other.words.set.len()).max(1) as f32
        };
        // "When you sign in you get no mail": all that is said, and no mere condition.
        let whole = said.len() == 1 && clause.condition;
        let scored: Vec<(f32, &Clause)> = source
            .iter()
            .filter(|other| clause.answers(other) || (whole && !other.is_open()))
            .map(|other| (like(other), other))
            .collect();
        let Some(best) =
            scored.iter().map(|(score, _)| *score).max_by(f32::total_cmp).filter(|best| *best >= ALIKE_BUT)
        else {
            continue;
        };
        let nearest: Vec<&Clause> =
            scored.iter().filter(|(score, _)| *score + 0.05 >= best).map(|(_, other)| *other).collect();
        let Some(first) = nearest.first() else { continue };
        let disagreement = || Disagreement {
            kind: Subject::Negation,
            said: clause.words.shown.clone(),
            source: Some(first.words.shown.clone()),
            veto: false,
        };
        if best >= ALIKE && nearest.iter().all(|other| other.negative != clause.negative) {
            found.negations += best;
            found.disagreements.push(disagreement());
            continue;
        }
        let opposed = |a: &str, b: &str| {
            clause.holds(a) && !clause.holds(b) && nearest.iter().all(|other| other.holds(b) && !other.holds(a))
        };
        if OPPOSITES.iter().any(|(a, b)| opposed(a, b) || opposed(b, a)) {
            found.opposites += best;
            found.disagreements.push(disagreement());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disagrees(source: &str, said: &str, lang: &Lang) -> bool {
        let analyser = LexicalAnalyser::open(None);
        let (held, said) = (read(&analyser, source, lang), read(&analyser, said, lang));
        !compare(&held, &said).disagreements.is_empty()
    }

    #[test]
    fn a_swapped_negation_is_seen() {
        let en = &Lang::EN;
        assert!(disagrees("You do not need the old number.", "You need the old number.", en));
        assert!(disagrees("Refunds are possible after opening.", "Refunds are never possible after opening.", en));
        assert!(!disagrees("You cannot return opened items.", "Opened items can't be returned.", en));
        assert!(disagrees("返品は開封後もできます。", "返品は開封後はできません。", &Lang::JA));
        assert!(!disagrees(
            "解除は自動で、早めることはできません。",
            "解除は自動で、早めることはできない。",
            &Lang::JA
        ));
        assert!(!disagrees("必ず領収書を送ってください。", "領収書を送ってください。", &Lang::JA));
        assert!(!disagrees("申し込みを送らなければなりません。", "申し込みを送ります。", &Lang::JA));
    }

    #[test]
    fn what_is_supposed_or_quoted_denies_nothing() {
        assert!(!disagrees(
            "10日以内に「届いていない商品」からお知らせください。",
            "10日以内にお知らせください。",
            &Lang::JA
        ));
        assert!(!disagrees("聞かれた場合は、知らせてください。", "お聞きすることはありません。", &Lang::JA));
        assert!(!disagrees(
            "First check around the door.",
            "If you can't find it after checking around the door, tell them.",
            &Lang::EN
        ));
        assert!(!disagrees("我们不会通过电话、邮件询问您的密码。", "我们不会询问您的密码。", &Lang::ZH));
        assert!(disagrees("我们不会通过电话、邮件询问您的密码。", "我们会通过电话、邮件询问您的密码。", &Lang::ZH));
        assert!(disagrees("If the box is open, we refund it.", "If the box is not open, we refund it.", &Lang::EN));
    }

    #[test]
    fn opposites_are_seen() {
        assert!(disagrees("Apply before the delivery date.", "Apply after the delivery date.", &Lang::EN));
        assert!(disagrees("料金は無料で、会員の送料です。", "料金は有料で、会員の送料です。", &Lang::JA));
    }
}
