//! What the model is told: the message whole, and as many examples and as much of the conversation as there is room for
//! beside it.

use super::VoteError;
use super::prompt::{Given, Prompts, Shown};
use crate::guard::{Exemplar, Masked, Policy};
use crate::language::Lang;
use crate::llm::Tokens;
use crate::prompt::Prompt;

/// How much is told.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// Examples of each policy.
    positive: usize,
    /// Look-alikes that are none.
    negative: usize,
    /// The last things that the customer said before.
    said: usize,
}

/// The first that fits is told.
const SIZES: [Size; 5] = [
    Size { positive: 6, negative: 4, said: usize::MAX },
    Size { positive: 3, negative: 2, said: usize::MAX },
    Size { positive: 1, negative: 1, said: usize::MAX },
    Size { positive: 1, negative: 1, said: 1 },
    Size { positive: 1, negative: 1, said: 0 },
];
/// Characters of the longest example that is told: short ones show as much.
const LONGEST: usize = 120;
/// What the roles of a request's messages take.
const ROLES: usize = 16;

/// The prompt about `message`, in at most `room` of `model`'s tokens.
pub(super) fn packed(
    model: &str,
    prompts: &Prompts,
    message: &Masked,
    offered: &[&Policy],
    room: usize,
) -> Result<Prompt, VoteError> {
    let lang = message.lang();
    let before = message.history().lines();
    let tokens = Tokens::of(model);
    for size in SIZES {
        let policies = offered.iter().map(|policy| shown(policy, lang, size)).collect();
        let history = before.get(before.len().saturating_sub(size.said)..).unwrap_or_default();
        let prompt = prompts.render(lang, &Given { policies, history, message: message.text() })?;
        if tokens.count(&prompt.system) + tokens.count(&prompt.user) + ROLES <= room {
            return Ok(prompt);
        }
    }
    Err(VoteError::TooLong)
}

fn shown<'p>(policy: &'p Policy, lang: &Lang, size: Size) -> Shown<'p> {
    Shown {
        code: policy.code.as_str(),
        understood: &policy.understood,
        positive: examples(&policy.positive, lang, size.positive),
        negative: examples(&policy.negative, lang, size.negative),
    }
}

/// Examples in `lang` if there are enough, then English ones, then others; spread over all there are, because neighbours
/// in a policy file are much alike.
fn examples(exemplars: &[Exemplar], lang: &Lang, most: usize) -> Vec<String> {
    let choice = |of: &Lang| match of {
        of if of == lang => 0,
        of if *of == Lang::EN => 1,
        _ => 2,
    };
    let mut chosen = Vec::new();
    for wanted in 0..=2 {
        let fit = exemplars.iter().filter(|exemplar| choice(&exemplar.lang) == wanted);
        let texts: Vec<&str> =
            fit.map(|exemplar| exemplar.text.as_str()).filter(|text| text.chars().count() <= LONGEST).collect();
        chosen.extend(spread(&texts, most.saturating_sub(chosen.len())));
    }
    chosen
}

/// At most so many of `texts`, at even distances, each on one line.
fn spread(texts: &[&str], most: usize) -> Vec<String> {
    let count = most.min(texts.len());
    let at = |number: usize| texts.get(number * texts.len() / count);
    let on_one_line = |text: &&str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (0..count).filter_map(at).map(on_one_line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exemplars(texts: &[(&str, &str)]) -> Vec<Exemplar> {
        let exemplar =
            |(lang, text): &(&str, &str)| Exemplar { lang: Lang::new(lang), text: (*text).to_owned(), core: false };
        texts.iter().map(exemplar).collect()
    }

    #[test]
    fn examples_are_spread_over_the_file_in_the_customers_language_first() {
        let long = "長".repeat(LONGEST + 1);
        let of = exemplars(&[
            ("en", "e1"),
            ("ja", "一"),
            ("ja", &long),
            ("ja", "二\n行"),
            ("ja", "三"),
            ("ja", "四"),
            ("ko", "하나"),
            ("en", "e2"),
        ]);
        assert_eq!(examples(&of, &Lang::JA, 2), ["一", "三"]);
        assert_eq!(examples(&of, &Lang::JA, 5), ["一", "二 行", "三", "四", "e1"]);
        assert_eq!(examples(&of, &Lang::EN, 3), ["e1", "e2", "一"]);
        assert_eq!(examples(&of, &Lang::KO, 2), ["하나", "e1"]);
        assert_eq!(examples(&of, &Lang::KO, 100).len(), 7);
        assert!(examples(&of, &Lang::JA, 0).is_empty() && examples(&[], &Lang::JA, 9).is_empty());
    }
}
