//! Sentences out of a stream: each as soon as it is whole, whatever pieces it comes in.
//!
//! Where a sentence ends is a question to the text alone, answered only once what decides it has been read. So the pieces, which are
//! tokens of a model and cut anywhere, make no difference.

use super::markers::{At, marker, take};

/// A sentence is cut here at the latest: a model that forgets to end one must not be waited for for ever.
const LONGEST: usize = 2_000;

/// Words before a full stop that ends no sentence.
const ABBREVIATIONS: [&str; 24] = [
    "e.g", "i.e", "eg", "ie", "mr", "mrs", "ms", "dr", "prof", "st", "no", "nos", "approx", "vs", "cf", "fig", "max",
    "min", "incl", "excl", "ext", "tel", "dept", "ca",
];

/// What a sentence stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Prose,
    /// An item of a list without numbers, whole.
    Item,
    /// A step, whole.
    Step,
    /// A row of a table, whole.
    Row,
    Heading,
}

/// A complete sentence, or a line that is one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    /// As written, without markers.
    pub(super) text: String,
    /// Passages it says it rests on, ascending.
    pub(super) markers: Vec<usize>,
    pub(super) shape: Shape,
    /// It begins a line; the sentence before it, if there is one, does not go on here.
    pub(super) begins_line: bool,
}

/// Takes the pieces of a stream and gives sentences.
#[derive(Debug)]
pub(super) struct Assembler {
    buffer: Vec<char>,
    begins_line: bool,
}

impl Default for Assembler {
    fn default() -> Self {
        Self { buffer: Vec::new(), begins_line: true }
    }
}

impl Assembler {
    /// Adds a piece; gives the sentences that are now complete.
    pub(super) fn feed(&mut self, piece: &str) -> Vec<Sentence> {
        // "\r\n" and "\n" are one thing, wherever the cut falls.
        self.buffer.extend(piece.chars().filter(|c| *c != '\r'));
        self.drain(false)
    }

    /// The stream has ended: what is left, a last sentence that nothing ended among it.
    pub(super) fn end(&mut self) -> Vec<Sentence> {
        self.drain(true)
    }

    fn drain(&mut self, ended: bool) -> Vec<Sentence> {
        let (mut found, mut start) = (Vec::new(), 0);
        while let Some(rest) = self.buffer.get(start..).filter(|rest| !rest.is_empty()) {
            let Some(length) = first(rest, self.begins_line, ended) else { break };
            let taken = rest.get(..length).unwrap_or(rest);
            found.extend(sentence(taken, self.begins_line));
            // A blank at a line's beginning does not make what follows go on with anything.
            self.begins_line = taken.last() == Some(&'\n') || (self.begins_line && taken.iter().all(|c| *c == ' '));
            start += taken.len();
        }
        self.buffer.drain(..start);
        found
    }
}

fn sentence(taken: &[char], begins_line: bool) -> Option<Sentence> {
    let (text, markers) = take(taken);
    let text = text.trim().to_owned();
    if !text.chars().any(char::is_alphanumeric) {
        return None;
    }
    let shape = if begins_line { shape(taken) } else { Shape::Prose };
    Some(Sentence { text, markers, shape, begins_line })
}

/// The shape of a line by how it begins.
fn shape(line: &[char]) -> Shape {
    let from = line.iter().take_while(|c| c.is_whitespace()).count();
    let at = |ahead: usize| line.get(from + ahead).copied();
    let spaced = |ahead: usize| at(ahead).is_some_and(char::is_whitespace);
    match at(0) {
        Some('|') => Shape::Row,
        Some('#') => Shape::Heading,
        Some('-' | '*' | '+') if spaced(1) => Shape::Item,
        Some('・' | '•' | '●') => Shape::Item,
        Some('①'..='⑳') => Shape::Step,
        Some(c) if c.is_ascii_digit() => {
            let digits = line.iter().skip(from).take_while(|c| c.is_ascii_digit()).count();
            match at(digits) {
                Some('.' | ')') if spaced(digits + 1) => Shape::Step,
                Some('．' | '）') => Shape::Step,
                _ => Shape::Prose,
            }
        }
        _ => Shape::Prose,
    }
}

/// How many characters the first sentence of `text` takes, with the markers after it; `None` if that is not known yet.
fn first(text: &[char], begins_line: bool, ended: bool) -> Option<usize> {
    let mut brackets = 0_usize;
    for (at, &c) in text.iter().enumerate() {
        if at >= LONGEST {
            return Some(LONGEST);
        }
        match c {
            '\n' => return Some(at + 1),
            '「' | '『' | '（' | '(' | '【' | '[' => brackets += 1,
            '」' | '』' | '）' | ')' | '】' | ']' => brackets = brackets.saturating_sub(1),
            '。' | '．' | '！' | '？' | '｡' | '.' | '!' | '?' if brackets == 0 => {
                match ends(text, at, begins_line, ended) {
                    End::Here(length) => return Some(length.min(LONGEST)),
                    End::No => {}
                    End::Unknown => return None,
                }
            }
            _ => {}
        }
    }
    ended.then_some(text.len())
}

enum End {
    Here(usize),
    No,
    Unknown,
}

/// Whether the mark at `at` ends a sentence, and where that ends with its markers and closing signs.
fn ends(text: &[char], at: usize, begins_line: bool, ended: bool) -> End {
    let unknown = if ended { End::Here(text.len()) } else { End::Unknown };
    // Over further marks and what closes around the sentence.
    let mark = |c: &char| matches!(c, '。' | '！' | '？' | '｡' | '.' | '!' | '?');
    let closing = |c: &char| matches!(c, '"' | '”' | '\'' | '’' | '*' | '_' | '」' | '』' | '）' | ')');
    let mut after = at + 1;
    while text.get(after).is_some_and(|c| mark(c) || closing(c)) {
        after += 1;
    }
    let Some(next) = text.get(after) else { return unknown };
    if begins_line && shape(text) != Shape::Prose {
        return End::No;
    }
    if text.get(at).is_some_and(char::is_ascii) {
        let cjk = |c: &char| is_wide(*c);
        let full_stop = text.get(at) == Some(&'.');
        if !next.is_whitespace() && !matches!(next, '[' | '【' | '［') && (full_stop || !cjk(next)) {
            return End::No;
        }
        if full_stop && !next.eq(&'\n') {
            if abbreviated(text, at) {
                return End::No;
            }
            // A small letter goes on with the sentence: "at 9 p.m. on weekdays".
            let beyond = text.get(after..).unwrap_or_default().iter().position(|c| *c != ' ');
            match beyond.and_then(|beyond| text.get(after + beyond)) {
                None => return unknown,
                Some(c) if c.is_lowercase() => return End::No,
                Some(_) => {}
            }
        }
    }
    // The markers behind it.
    loop {
        let blanks = text.get(after..).unwrap_or_default().iter().take_while(|c| **c == ' ').count();
        match marker(text, after + blanks, ended) {
            At::Marker(_, end) => after = end,
            At::Other => return End::Here(after + blanks),
            At::Open => return End::Unknown,
        }
    }
}

/// Whether the full stop at `at` follows an abbreviation or an initial.
fn abbreviated(text: &[char], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let letters = before.iter().rev().take_while(|c| c.is_ascii_alphabetic() || **c == '.').count();
    let word: String = before.iter().skip(before.len() - letters).collect::<String>().to_ascii_lowercase();
    let word = word.trim_matches('.');
    let initial = word.len() == 1 && before.last().is_some_and(char::is_ascii_uppercase) && word != "i";
    initial || ABBREVIATIONS.contains(&word)
}

/// Whether a character is as wide as a Chinese one: of scripts that put no blanks between sentences.
pub(super) fn is_wide(c: char) -> bool {
    u32::from(c) > 0x2e7f
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assembled<'p>(pieces: impl IntoIterator<Item = &'p str>) -> Vec<Sentence> {
        let mut assembler = Assembler::default();
        let mut found: Vec<Sentence> = pieces.into_iter().flat_map(|piece| assembler.feed(piece)).collect();
        found.extend(assembler.end());
        found
    }

    fn texts(text: &str) -> Vec<String> {
        assembled([text]).into_iter().map(|sentence| sentence.text).collect()
    }

    #[test]
    fn japanese_ends_at_its_marks() {
        let text = "返品できます。[1] 期限は30日です！？[1][2]本当ですか？「はい。」と表示されます。残り";
        assert_eq!(
            texts(text),
            ["返品できます。", "期限は30日です！？", "本当ですか？", "「はい。」と表示されます。", "残り"]
        );
        let markers: Vec<_> = assembled([text]).into_iter().map(|sentence| sentence.markers).collect();
        assert_eq!(markers, [vec![1], vec![1, 2], vec![], vec![], vec![]]);
    }

    #[test]
    fn english_keeps_decimals_abbreviations_and_links_whole() {
        let text = "It costs 1.5 dollars, e.g. for Mr. Smith at 9 p.m. on weekdays. See [the page](https://a.example/b.html?x=1. Y) now! Is it no. 5? Yes [2]. \"Done.\" End";
        assert_eq!(
            texts(text),
            [
                "It costs 1.5 dollars, e.g. for Mr. Smith at 9 p.m. on weekdays.",
                "See [the page](https://a.example/b.html?x=1. Y) now!",
                "Is it no. 5?",
                "Yes.",
                "\"Done.\"",
                "End"
            ]
        );
    }

    #[test]
    fn lines_of_lists_and_tables_stay_whole() {
        let text = "手順です。\n1. 開く。次に押す。[1]\n2. 待つ\n\n- a. B. C\n| 靴 | 30日。はい。 | [2]\n|---|---|\n## 見出し。です\n続き";
        let found = assembled([text]);
        let shapes: Vec<Shape> = found.iter().map(|sentence| sentence.shape).collect();
        use Shape::{Heading, Item, Prose, Row, Step};
        assert_eq!(shapes, [Prose, Step, Step, Item, Row, Heading, Prose]);
        assert_eq!(found[1].text, "1. 開く。次に押す。");
        assert_eq!(found[4].text, "| 靴 | 30日。はい。 |");
        assert_eq!(found[4].markers, [2]);
    }

    #[test]
    fn a_sentence_comes_as_soon_as_it_is_known_to_have_ended() {
        let mut assembler = Assembler::default();
        assert!(assembler.feed("返品できます。").is_empty(), "a marker may follow");
        assert!(assembler.feed("[1").is_empty());
        assert!(assembler.feed("]").is_empty(), "another may");
        assert_eq!(assembler.feed("次").len(), 1);
        assert_eq!(assembler.feed("です。[1]\n").len(), 1);
        assert!(assembler.end().is_empty());
    }

    #[test]
    fn nothing_and_a_megabyte() {
        assert!(texts("").is_empty());
        assert!(texts("\n\n [1] \n").is_empty());
        let long = "返品".repeat(170_000);
        assert_eq!(texts(&long).concat(), long);
        let pieces: Vec<String> = long.chars().take(30_000).map(String::from).collect();
        assert_eq!(assembled(pieces.iter().map(String::as_str)).len(), 15);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            text in "(\\PC|[ab1. \\n\\[\\]。！？「」|\\-*\\)\\(#A]|\\[1\\]|e\\.g\\.|\\r\\n| \\[2\\]|1\\. ){0,120}",
            cuts in prop::collection::vec(0_usize..200, 0..40),
        ) {
            let chars: Vec<char> = text.chars().collect();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(chars.len())).collect();
            cuts.extend([0, chars.len()]);
            cuts.sort_unstable();
            let pieces: Vec<String> = cuts.windows(2).map(|pair| chars[pair[0]..pair[1]].iter().collect()).collect();
            let whole = assembled([text.as_str()]);
            prop_assert_eq!(&assembled(pieces.iter().map(String::as_str)), &whole);
            let single: Vec<String> = chars.iter().map(|c| c.to_string()).collect();
            prop_assert_eq!(&assembled(single.iter().map(String::as_str)), &whole);
        }
    }
}
