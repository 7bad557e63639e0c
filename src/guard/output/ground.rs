//! The closed world: what the articles say. Words of a kind that only a person may say are let pass where an article says them.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher as _};

use unicode_normalization::UnicodeNormalization as _;

use super::fold::{bare, fold, plain, unparted};
use super::idle;

/// Words that tell nothing about what a sentence says.
const COMMON: [&str; 40] = [
    "the", "a", "an", "and", "or", "for", "you", "your", "are", "can", "may", "will", "with", "that", "this", "from",
    "have", "has", "its", "was", "were", "which", "when", "then", "than", "they", "them", "their", "also", "all",
    "please", "is", "it", "of", "to", "in", "on", "at", "be", "by",
];
/// What denies; counted by clause.
const DENIES: [&str; 26] = [
    "ない",
    "ません",
    "なく",
    "なけれ",
    "なし",
    "ずに",
    "不可",
    "不要",
    "不能",
    "禁止",
    "除く",
    "除き",
    "以外",
    " not ",
    "n't ",
    " never ",
    " no ",
    "cannot",
    " without ",
    " nor ",
    "不",
    "没",
    "勿",
    "않",
    "없",
    "마세요",
];
/// What ends a clause.
const CLAUSE: [char; 14] = ['。', '、', ',', ';', '.', '!', '?', ':', '(', ')', '|', '\n', '「', '」'];

/// Below so many pairs or words a share of them says nothing: a source must hold them all in one sentence.
const FEW: usize = 5;
/// How much of a sentence of the sources must stand there before what is said is that sentence, and no piece of it.
const MOST_OF_IT: f32 = 0.6;

/// One sentence of a source.
#[derive(Debug)]
struct Held {
    folded: String,
    bare: String,
    grams: HashSet<u64>,
}

/// Sources and question, read once for a reply.
#[derive(Debug)]
pub(super) struct Ground {
    raw: String,
    folded: String,
    /// After NFKC, for addresses.
    normal: String,
    digits: String,
    /// Whole numbers of sources and question, parted by spaces.
    numbers: String,
    held: Vec<Held>,
    /// The sentences that hold a pair or word.
    holding: HashMap<u64, Vec<usize>>,
    /// Their bare forms.
    whole: HashSet<String>,
    words: HashSet<String>,
    asked: String,
    asked_digits: String,
    /// What stands between quotation marks or in bold: labels of buttons, wording of notices.
    labels: HashSet<String>,
    /// All of the sources, letters and digits alone.
    squeezed: String,
    /// Written in Latin letters, and not in English.
    foreign: bool,
}

impl Ground {
    pub(super) fn read(sources: &[&str], question: &str) -> Self {
        let raw = sources.join("\n");
        let (mut held, mut whole): (Vec<Held>, _) = (Vec::new(), HashSet::new());
        for sentence in sources.iter().flat_map(|source| source.lines()).flat_map(sentences) {
            let folded = fold(&plain(sentence));
            let bare = bare(&folded);
            if bare.is_empty() {
                continue;
            }
            whole.insert(bare);
            // What a notice says is not said by us: it excuses nothing.
            let own = idle::without(fold(&plain(&unquoted(sentence))));
            held.push(Held { grams: grams(&idle::without(folded)), bare: self::bare(&own), folded: own });
        }
        let mut holding: HashMap<u64, Vec<usize>> = HashMap::new();
        for (at, sentence) in held.iter().enumerate() {
            sentence.grams.iter().for_each(|gram| holding.entry(*gram).or_default().push(at));
        }
        let folded = fold(&raw);
        let asked = fold(question);
        let known: HashSet<String> = words(&folded).chain(words(&asked)).map(str::to_owned).collect();
        let labels = self::labels(&raw).into_iter().map(|label| bare(&fold(&label))).collect();
        let (digits, asked_digits) = (self::digits(&raw), self::digits(question));
        let latin = words(&folded).chain(words(&asked)).count();
        let english = words(&folded).chain(words(&asked)).filter(|word| COMMON.contains(word)).count();
        let foreign = latin > 20 && english * 12 < latin && folded.chars().filter(|c| unparted(*c)).count() < latin;
        let squeezed = self::bare(&folded);
        let normal: String = raw.nfkc().collect();
        let numbers = self::numbers(&normal) + &self::numbers(&question.nfkc().collect::<String>());
        Self {
            raw,
            normal,
            digits,
            numbers,
            folded,
            held,
            holding,
            whole,
            words: known,
            asked,
            asked_digits,
            labels,
            squeezed,
            foreign,
        }
    }

    /// The sources' sentences, folded, without what stands in quotation marks.
    pub(super) fn sentences(&self) -> impl Iterator<Item = &str> {
        self.held.iter().map(|held| held.folded.as_str())
    }

    /// Whether these very characters stand in the sources.
    pub(super) fn holds(&self, run: &str) -> bool {
        self.raw.contains(run)
    }

    /// Whether a folded text stands in the sources.
    pub(super) fn reads(&self, folded: &str) -> bool {
        self.folded.contains(folded)
    }

    /// Whether a folded text stands in the sources or the question.
    pub(super) fn knows(&self, folded: &str) -> bool {
        self.folded.contains(folded) || self.asked.contains(folded)
    }

    /// Whether a text stands in the sources, whatever stands between its letters.
    pub(super) fn squeezed(&self, bare: &str) -> bool {
        self.squeezed.contains(bare)
    }

    /// Whether sources and question are in another language of Latin letters than English.
    pub(super) fn foreign(&self) -> bool {
        self.foreign
    }

    /// Whether digits stand in the sources or the question, whatever parts them.
    pub(super) fn counts(&self, digits: &str) -> bool {
        self.digits.contains(digits) || self.asked_digits.contains(digits)
    }

    /// Whether a whole number stands in the sources or the question.
    pub(super) fn counted(&self, number: &str) -> bool {
        let whole = |digits: &str| digits.split(' ').any(|run| run == number);
        whole(&self.numbers)
    }

    /// What stands before and after each place of a run in the sources.
    pub(super) fn places<'t>(
        &'t self,
        run: &'t str,
    ) -> impl Iterator<Item = (Option<char>, Option<char>, Option<char>)> + 't {
        self.normal.match_indices(run).map(|(at, found)| {
            let before = self.normal.get(..at).and_then(|before| before.chars().next_back());
            let mut rest = self.normal.get(at + found.len()..).unwrap_or_default().chars();
            (before, rest.next(), rest.next())
        })
    }

    /// Whether a word in small letters stands in the sources or the question.
    pub(super) fn word(&self, word: &str) -> bool {
        let stem = word.strip_suffix('s').unwrap_or(word);
        self.words.contains(word) || self.words.contains(stem) || self.words.contains(&format!("{word}s"))
    }

    /// Whether a label is one of the sources'.
    fn label(&self, label: &str) -> bool {
        let bare = bare(&fold(label));
        bare.chars().count() > 2 && self.labels.contains(&bare)
    }

    /// A sentence without the labels in quotation marks that stand so in the sources: what a notice says is not said by us.
    pub(super) fn unlabelled(&self, sentence: &str) -> String {
        let mut out = sentence.to_owned();
        for label in labels(sentence) {
            if self.label(&label) {
                out = out.replace(&label, "");
            }
        }
        out
    }

    /// Whether a whole sentence is a source's.
    pub(super) fn verbatim(&self, folded: &str) -> bool {
        let bare = bare(folded);
        bare.chars().count() > 5 && self.whole.contains(&bare)
    }

    /// Whether a source says what `folded` says between the bytes of `part`: its words, denied or not as there, in a sentence with
    /// at least the share `least` of the rest.
    pub(super) fn says(&self, folded: &str, part: std::ops::Range<usize>, least: f32) -> bool {
        let Some(fragment) = folded.get(part.clone()) else { return false };
        let wanted = bare(fragment);
        let all = grams(folded);
        let own = grams(fragment);
        let denied = denies(clause(folded, &part));
        self.held.iter().enumerate().any(|(at, held)| {
            let literal = held.bare.contains(&wanted);
            let loosely = !own.is_empty() && own.len() > 2 && own.is_subset(&held.grams);
            if !literal && !loosely {
                return false;
            }
            let share = self.kept(&all, at);
            let place = held.folded.find(fragment).map_or(0..held.folded.len(), |at| at..at + fragment.len());
            share >= least && denies(clause(&held.folded, &place)) == denied
        })
    }

    /// Whether a folded sentence is one of the sources', nearly: at least `least` of it stands in one, and most of that one in it. A mere
    /// piece of one is none.
    pub(super) fn holds_whole(&self, folded: &str, least: f32) -> bool {
        let all = grams(folded);
        self.held.iter().any(|held| {
            let both = all.intersection(&held.grams).count() as f32;
            !all.is_empty() && both >= least * all.len() as f32 && both >= MOST_OF_IT * held.grams.len() as f32
        })
    }

    /// The most that any place of the sources, a sentence with its neighbours, holds of a folded sentence.
    pub(super) fn share(&self, folded: &str) -> f32 {
        let all = grams(folded);
        if all.len() < FEW {
            let whole = |held: &Held| !all.is_empty() && all.is_subset(&held.grams);
            return if self.held.iter().any(whole) { 1.0 } else { 0.0 };
        }
        // Each with its neighbours, counted by the few sentences that hold a pair at all.
        let mut kept = vec![(0_usize, 0_u16); self.held.len()];
        for (turn, gram) in all.iter().enumerate() {
            for at in self.holding.get(gram).into_iter().flatten() {
                for place in at.saturating_sub(1)..=at + 1 {
                    if let Some((last, count)) = kept.get_mut(place)
                        && *last != turn + 1
                    {
                        (*last, *count) = (turn + 1, count.saturating_add(1));
                    }
                }
            }
        }
        let most = kept.iter().map(|(_, count)| *count).max().unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "pairs of a sentence")]
        let share = f32::from(most) / all.len() as f32;
        share
    }

    /// The share of `grams` that the sentence `at` and its neighbours hold.
    fn kept(&self, grams: &HashSet<u64>, at: usize) -> f32 {
        let near: Vec<&Held> = [at.checked_sub(1), Some(at), Some(at + 1)]
            .into_iter()
            .flatten()
            .filter_map(|at| self.held.get(at))
            .collect();
        let kept = grams.iter().filter(|gram| near.iter().any(|held| held.grams.contains(gram))).count();
        #[expect(clippy::cast_precision_loss, reason = "pairs of a sentence")]
        if grams.is_empty() { 1.0 } else { kept as f32 / grams.len() as f32 }
    }
}

/// The clause around a part of a text.
fn clause<'t>(text: &'t str, part: &std::ops::Range<usize>) -> &'t str {
    let start = text.get(..part.start).and_then(|before| before.rfind(CLAUSE)).unwrap_or(0);
    let rest = text.get(part.end..).unwrap_or_default();
    let end = rest.find(CLAUSE).map_or(text.len(), |at| part.end + at);
    text.get(start..end).unwrap_or(text)
}

fn denies(clause: &str) -> bool {
    let spaced = format!(" {clause} ");
    DENIES.iter().any(|word| spaced.contains(word))
}

/// Pairs of characters that are written without spaces, words elsewhere.
fn grams(folded: &str) -> HashSet<u64> {
    let chars: Vec<char> = folded.chars().collect();
    let pairs = chars.windows(2).filter(|pair| pair.iter().all(|c| unparted(*c)));
    let mut found: HashSet<u64> = pairs.map(hashed).collect();
    found.extend(
        words(folded)
            .map(|word| word.strip_suffix('s').unwrap_or(word))
            .filter(|word| !COMMON.contains(word))
            .map(hashed),
    );
    found
}

fn hashed(value: impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Words of scripts that part them.
pub(super) fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric() || unparted(c)).filter(|word| !word.is_empty())
}

/// Digits of all scripts as ASCII, runs parted where something other than `-`, `,`, `.`, or a space stands between.
pub(super) fn digits(text: &str) -> String {
    let mut found = String::new();
    for c in text.nfkc() {
        match c {
            '0'..='9' => found.push(c),
            '-' | ',' | '.' | ' ' | '(' | ')' | 'ー' | '\u{2010}'..='\u{2015}' => {}
            _ if found.ends_with(' ') => {}
            _ => found.push(' '),
        }
    }
    found
}

/// Numbers as digits alone, parted by spaces.
fn numbers(text: &str) -> String {
    let mut found = String::from(" ");
    for c in text.chars() {
        match c {
            '0'..='9' => found.push(c),
            ',' if found.ends_with(|c: char| c.is_ascii_digit()) => {}
            '.' => {}
            _ if found.ends_with(' ') => {}
            _ => found.push(' '),
        }
    }
    found.push(' ');
    found
}

/// The sentences of a line.
fn sentences(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in line.char_indices() {
        let end = at + c.len_utf8();
        let next = line.get(end..).and_then(|rest| rest.chars().next());
        let ends = match c {
            '。' | '！' | '？' => true,
            '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
            '|' => true,
            _ => false,
        };
        if ends {
            found.extend(line.get(start..end));
            start = end;
        }
    }
    found.extend(line.get(start..));
    // A row is said as a whole, too.
    if line.trim_start().starts_with('|') {
        found.push(line);
    }
    found
}

/// A sentence without what stands between quotation marks.
fn unquoted(sentence: &str) -> String {
    let mut out = sentence.to_owned();
    for quoted in between(sentence, &QUOTES) {
        out = out.replacen(&quoted, "", 1);
    }
    out
}

const QUOTES: [(&str, &str); 4] = [("「", "」"), ("『", "』"), ("“", "”"), ("\"", "\"")];

/// What stands between quotation marks, in brackets or in bold.
fn labels(text: &str) -> Vec<String> {
    let mut found = between(text, &QUOTES);
    found.extend(between(text, &[("**", "**"), ("（", "）")]));
    found
}

/// What stands between each of the pairs of marks, on one line and not for long.
fn between(text: &str, marks: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for (open, close) in marks {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once(*open) {
            let Some((label, beyond)) = after.split_once(*close) else { break };
            if !label.is_empty() && label.chars().count() <= 60 && !label.contains('\n') {
                found.push(label.to_owned());
                rest = beyond;
            } else {
                rest = after;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SOURCE: &str = "返金は、返送品が倉庫に届いてから3営業日以内に処理します。ただし、電話では受け付けません。\n\n\
        「発送しました」のメールが届きます。\n\nNever share your password with anyone.\nWe refund the original payment method within 3 days.";

    fn says(sentence: &str, part: &str) -> bool {
        let folded = fold(sentence);
        let at = folded.find(part).unwrap();
        Ground::read(&[SOURCE], "").says(&folded, at..at + part.len(), 0.5)
    }

    #[test]
    fn what_the_article_says_is_known() {
        assert!(says("返金は倉庫に届いてから3営業日以内に処理いたします。", "処理いたします"));
        assert!(!says("お客様のクレームを処理いたします。", "処理いたします"));
        assert!(says("We refund the original payment method.", "we refund"));
        assert!(!says("Share your password with us.", "share your password"), "the article denies it");
        assert!(!Ground::read(&[SOURCE], "").verbatim(&fold("電話では受け付けません")));
    }

    #[test]
    fn notices_are_not_ours() {
        let ground = Ground::read(&[SOURCE], "");
        assert_eq!(ground.unlabelled("「発送しました」のメール"), "「」のメール");
        assert_eq!(ground.unlabelled("「返金しました」のメール"), "「返金しました」のメール");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,200}", said in "\\PC{0,60}") {
            let ground = Ground::read(&[&text], &said);
            let folded = fold(&plain(&said));
            let _ = ground.says(&folded, 0..folded.len(), 0.5);
            let _ = ground.unlabelled(&said);
        }
    }
}
