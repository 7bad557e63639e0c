//! What goes into the prompt: as much as the model's context holds, and no more.

use super::Question;
use super::prompts::{Inputs, Said, Shown};
use crate::answer::blocks::blocks;
use crate::answer::support::sentences;
use crate::llm::Tokens;
use crate::passages::hybrid::Fused;

/// The most passages shown: more cost time and tempt to mix articles, and answers rest on the first few.
pub(super) const PASSAGES: usize = 6;
/// What the lines around a text take.
const FRAME: usize = 48;
/// Of the room, the share that the question may take…
const QUESTION: usize = 3;
/// …the share of all that was said before, and of each saying. Passages have the rest: they are what the answer rests on.
const HISTORY: usize = 4;
const SAYING: usize = 12;

/// What is shown, with the passages behind its numbers.
#[derive(Debug, Clone)]
pub(super) struct Packed<'h> {
    pub(super) inputs: Inputs,
    /// The first has number 1.
    pub(super) passages: Vec<&'h Fused>,
}

/// Packs question, conversation and the best `most` passages into `room` tokens: passages whole, at least one, which is cut after
/// a paragraph (or a sentence) if it alone is too long. `None` if not even that fits.
pub(super) fn pack<'h>(
    asked: &Question<'_>,
    hits: &'h [Fused],
    tokens: &Tokens,
    room: usize,
    most: usize,
) -> Option<Packed<'h>> {
    let question = tokens.cut(asked.text, room / QUESTION).to_owned();
    let mut left = room.saturating_sub(tokens.count(&question) + FRAME);
    let best: Vec<(&Fused, Shown)> = hits.iter().take(most).map(|hit| (hit, shown(hit))).collect();
    let cost = |shown: &Shown| tokens.count(&shown.title) + tokens.count(&shown.text) + FRAME;

    // The conversation first, but out of what the best passage leaves.
    let first = best.first().map(|(_, shown)| cost(shown))?;
    let history = window(asked, tokens, (room / HISTORY).min(left.saturating_sub(first)), room / SAYING);
    left = left.saturating_sub(history.iter().map(|said| tokens.count(&said.text) + 8).sum());

    let (mut passages, mut texts) = (Vec::new(), Vec::new());
    for (hit, shown) in &best {
        let cost = cost(shown);
        if cost <= left {
            left -= cost;
            passages.push(*hit);
            texts.push(shown.clone());
        }
    }
    if passages.is_empty() {
        let (hit, shown) = best.into_iter().next()?;
        let room = left.checked_sub(tokens.count(&shown.title) + FRAME)?;
        let text = beginning(&shown.text, tokens, room)?;
        passages.push(hit);
        texts.push(Shown { text, ..shown });
    }
    for (at, shown) in texts.iter_mut().enumerate() {
        shown.number = at + 1;
    }
    Some(Packed { inputs: Inputs { passages: texts, history, question }, passages })
}

fn shown(hit: &Fused) -> Shown {
    Shown { number: 0, title: hit.passage.breadcrumb(), text: hit.passage.text.trim().to_owned() }
}

/// The last things said, oldest first; each cut where it is long.
fn window(asked: &Question<'_>, tokens: &Tokens, room: usize, each: usize) -> Vec<Said> {
    let (mut left, mut kept) = (room, Vec::new());
    for (customer, text) in asked.history.iter().rev() {
        let text = tokens.cut(text.trim(), each);
        let Some(rest) = left.checked_sub(tokens.count(text) + 8) else { break };
        left = rest;
        if !text.is_empty() {
            kept.push(Said { customer: *customer, text: text.to_owned() });
        }
    }
    kept.reverse();
    kept
}

/// The first paragraphs that fit; where not even the first does, its first sentences.
fn beginning(text: &str, tokens: &Tokens, room: usize) -> Option<String> {
    let paragraphs = blocks(text).into_iter().map(|block| block.text);
    let fitting = fill(paragraphs, "\n\n", tokens, room);
    fitting.or_else(|| fill(sentences(text).into_iter(), "\n", tokens, room))
}

fn fill<'t>(parts: impl Iterator<Item = &'t str>, gap: &str, tokens: &Tokens, room: usize) -> Option<String> {
    let mut filled = String::new();
    for part in parts {
        let longer = if filled.is_empty() { part.to_owned() } else { format!("{filled}{gap}{part}") };
        if tokens.count(&longer) > room {
            break;
        }
        filled = longer;
    }
    (!filled.is_empty()).then_some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::generate::tests::stage::Stage;
    use crate::language::Lang;

    fn asked<'a>(text: &'a str, history: &'a [(bool, String)]) -> Question<'a> {
        Question { text, lang: &Lang::JA, history }
    }

    const LONG: &str = "返品は、お届けの翌日から30日以内にお申し込みください。";

    #[tokio::test]
    async fn passages_are_whole_and_best_first() {
        let long = LONG.repeat(30);
        let stage = Stage::of(&[("ja-a", "一", LONG), ("ja-b", "二", &long), ("ja-c", "三", LONG)]).await;
        let tokens = Tokens::of("gpt-4o");
        let packed = pack(&asked("返品?", &[]), &stage.hits, &tokens, 400, 6).unwrap();
        let titles: Vec<(usize, &str)> =
            packed.inputs.passages.iter().map(|shown| (shown.number, shown.title.as_str())).collect();
        assert_eq!(titles, [(1, "一"), (2, "三")], "the one that does not fit is left out");
        assert_eq!(packed.inputs.passages[0].text, LONG);
        assert_eq!(packed.passages.len(), 2);
        assert_eq!(pack(&asked("返品?", &[]), &stage.hits, &tokens, 9_000, 1).unwrap().passages.len(), 1);
    }

    #[tokio::test]
    async fn a_passage_alone_too_long_is_cut_after_a_paragraph_or_a_sentence() {
        let paragraphs = format!("{LONG}\n\n{}\n\n{}", LONG.repeat(4), LONG.repeat(30));
        let one = LONG.repeat(60);
        let tokens = Tokens::of("gpt-4o");
        for (text, expected) in [(paragraphs.as_str(), format!("{LONG}\n\n{}", LONG.repeat(4))), (&one, String::new())]
        {
            let stage = Stage::of(&[("ja-a", "一", text)]).await;
            let packed = pack(&asked("返品?", &[]), &stage.hits, &tokens, 300, 6).unwrap();
            let shown = &packed.inputs.passages[0].text;
            assert!(tokens.count(shown) <= 300 && shown.ends_with('。'), "{shown}");
            assert!(expected.is_empty() || *shown == expected, "{shown}");
            assert!(pack(&asked("返品?", &[]), &stage.hits, &tokens, 60, 6).is_none(), "not even a sentence");
            assert!(pack(&asked("返品?", &[]), &stage.hits, &tokens, 0, 6).is_none());
        }
    }

    #[tokio::test]
    async fn the_last_of_the_conversation_is_kept_and_never_costs_the_best_passage() {
        let stage = Stage::of(&[("ja-a", "一", LONG)]).await;
        let history: Vec<(bool, String)> = (0..50).map(|n| (n % 2 == 0, format!("{n}番目の発言です。"))).collect();
        let tokens = Tokens::of("gpt-4o");
        let packed = pack(&asked("返品?", &history), &stage.hits, &tokens, 1_000, 6).unwrap();
        let said = &packed.inputs.history;
        assert!((3..50).contains(&said.len()), "{}", said.len());
        assert_eq!(said.last().unwrap().text, "49番目の発言です。");
        assert!(!said.last().unwrap().customer);
        let tight = pack(&asked("返品?", &history), &stage.hits, &tokens, 140, 6).unwrap();
        assert_eq!(tight.inputs.passages[0].text, LONG);
    }
}
