//! Signs that a conversation leads nowhere, which no single message shows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::normal;

/// Characters a repeated question has at least, in characters of Japanese; Latin letters count half.
const TELLING: usize = 5;
/// Share of pairs of characters that two texts of the same question have in common (Dice's coefficient).
const SAME: f32 = 0.85;

/// Something said earlier in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// Who said it.
    pub by: Speaker,
    /// The words.
    pub text: &'a str,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The customer.
    Customer,
    /// The assistant.
    Assistant(Replied),
}

/// What a reply was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replied {
    /// An answer from the articles.
    Answered,
    /// A question back.
    AskedBack,
    /// That the articles do not hold the answer.
    NoAnswer,
    /// Courtesy, or anything else that answers nothing.
    Otherwise,
}

/// What was seen in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The customer says for the second time that it did not help.
    UnhelpfulAgain,
    /// The customer asks the same question again, though it was replied to.
    AskedAgain,
    /// The customer was angry or not helped, and is angry now.
    RisingAnger,
    /// Still not understood after a question back.
    NotUnderstood,
}

impl Sign {
    /// The sign in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::UnhelpfulAgain => "says again that it did not help",
            Self::AskedAgain => "asks the same question again",
            Self::RisingAnger => "grows angry",
            Self::NotUnderstood => "is still not understood after a question back",
        }
    }
}

/// The signals of one message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Mood {
    pub(super) unhelpful: bool,
    pub(super) angry: bool,
}

/// Signs that a message gives together with what was said before it. `mood` reads the signals of one of the customer's messages.
pub(super) fn signs(text: &str, before: &[Said<'_>], mood: impl Fn(&str) -> Mood) -> Vec<Sign> {
    if before.is_empty() {
        return Vec::new();
    }
    let mut signs = Vec::new();
    if asked_again(text, before) {
        signs.push(Sign::AskedAgain);
    }
    let now = mood(text);
    if now == Mood::default() {
        return signs;
    }
    let earlier: Vec<Mood> = customers(before).map(&mood).collect();
    if now.unhelpful && earlier.iter().any(|mood| mood.unhelpful) {
        signs.push(Sign::UnhelpfulAgain);
    }
    if now.angry && earlier.iter().any(|mood| mood.angry || mood.unhelpful) {
        signs.push(Sign::RisingAnger);
    }
    signs
}

/// Whether the last reply was a question back, or two replies running had no answer: if nothing is found for the message either, nobody is
/// served by asking a third time.
pub(super) fn already_asked_back(before: &[Said<'_>]) -> bool {
    let mut replies = before.iter().rev().filter_map(|said| match said.by {
        Speaker::Assistant(Replied::Otherwise) | Speaker::Customer => None,
        Speaker::Assistant(replied) => Some(replied),
    });
    match replies.next() {
        Some(Replied::AskedBack) => true,
        Some(Replied::NoAnswer) => matches!(replies.next(), Some(Replied::NoAnswer | Replied::AskedBack)),
        _ => false,
    }
}

fn customers<'a>(before: &[Said<'a>]) -> impl Iterator<Item = &'a str> {
    before.iter().filter(|said| said.by == Speaker::Customer).map(|said| said.text)
}

fn asked_again(text: &str, before: &[Said<'_>]) -> bool {
    let now = normal::bare(text);
    if room(&now) < TELLING {
        return false;
    }
    let pairs_now = pairs(&now);
    before.windows(2).any(|two| {
        let [asked, reply] = two else { return false };
        let replied = matches!(reply.by, Speaker::Assistant(Replied::Answered | Replied::NoAnswer));
        if asked.by != Speaker::Customer || !replied {
            return false;
        }
        let earlier = normal::bare(asked.text);
        // Texts of very different length are different questions, without a look at each pair.
        let (few, many) = (now.len().min(earlier.len()), now.len().max(earlier.len()));
        few * 2 > many && (now == earlier || alike(&pairs_now, &pairs(&earlier)) >= SAME)
    })
}

/// Characters, a Latin letter as half of one.
fn room(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>() / 2
}

fn pairs(text: &str) -> Vec<(char, char)> {
    let mut pairs: Vec<(char, char)> = text.chars().zip(text.chars().skip(1)).collect();
    pairs.sort_unstable();
    pairs
}

/// Dice's coefficient of two sorted lists.
fn alike(a: &[(char, char)], b: &[(char, char)]) -> f32 {
    let (mut at, mut common) = (0, 0);
    for pair in a {
        while b.get(at).is_some_and(|other| other < pair) {
            at += 1;
        }
        if b.get(at) == Some(pair) {
            common += 1;
            at += 1;
        }
    }
    if a.is_empty() && b.is_empty() { 0.0 } else { 2.0 * common as f32 / (a.len() + b.len()) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<'a>(lines: &[(&'a str, Option<Replied>)]) -> Vec<Said<'a>> {
        let speaker = |replied: Option<Replied>| replied.map_or(Speaker::Customer, Speaker::Assistant);
        lines.iter().map(|(text, replied)| Said { by: speaker(*replied), text }).collect()
    }

    fn mood(text: &str) -> Mood {
        Mood { unhelpful: text.contains("解決しない"), angry: text.contains("ふざけるな") }
    }

    #[test]
    fn the_same_question_again_is_a_sign() {
        let before = said(&[("荷物はいつ届きますか", None), ("…", Some(Replied::Answered))]);
        for again in ["荷物はいつ届きますか？？", "荷物はいつ届きますか", "荷物は、いつ届きますか。"]
        {
            assert_eq!(signs(again, &before, mood), [Sign::AskedAgain], "{again}");
        }
        for other in ["返品はいつまでできますか", "荷物", "はい", ""] {
            assert!(signs(other, &before, mood).is_empty(), "{other}");
        }
        let sent_twice = said(&[("荷物はいつ届きますか", None)]);
        assert!(signs("荷物はいつ届きますか", &sent_twice, mood).is_empty());
    }

    #[test]
    fn it_takes_two_complaints() {
        let calm = said(&[("返品したい", None), ("…", Some(Replied::Answered))]);
        assert!(signs("解決しない", &calm, mood).is_empty());
        let once = said(&[
            ("返品", None),
            ("…", Some(Replied::Answered)),
            ("解決しない!", None),
            ("…", Some(Replied::Answered)),
        ]);
        assert_eq!(signs("まだ解決しない", &once, mood), [Sign::UnhelpfulAgain]);
        assert_eq!(signs("ふざけるな", &once, mood), [Sign::RisingAnger]);
        assert!(signs("ふざけるな", &calm, mood).is_empty());
    }

    #[test]
    fn one_question_back_is_enough() {
        assert!(already_asked_back(&said(&[("あれ", None), ("どれ", Some(Replied::AskedBack))])));
        assert!(!already_asked_back(&said(&[("あれ", None), ("無い", Some(Replied::NoAnswer))])));
        assert!(already_asked_back(&said(&[
            ("あ", None),
            ("無い", Some(Replied::NoAnswer)),
            ("い", None),
            ("無い", Some(Replied::NoAnswer))
        ])));
        assert!(!already_asked_back(&said(&[
            ("あれ", None),
            ("どれ", Some(Replied::AskedBack)),
            ("これ", None),
            ("答え", Some(Replied::Answered))
        ])));
        assert!(!already_asked_back(&[]));
    }
}
