//! What a customer saw of a reply.

use serde::{Deserialize, Serialize};

use crate::answer::Fate;
use crate::eval::tasks::came;
use crate::eval::tasks::hostile::Played;
use crate::language::Lang;
use crate::turn::Outcome;

/// What the words of receipts begin with where a reply was cut at its length: the model's own doing, unlike an endpoint's failure. (A test
/// holds that they do.)
const CUT: &str = "the chat model's reply is not whole: finish_reason \"length\"";

/// What was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// In a word: `answer`, `abstain`, `ask_back`, `courtesy`, the reason of a hand-off; on the stage `answer`, `withheld` or `nothing`.
    pub outcome: String,
    /// A person takes it.
    pub handed_over: bool,
    /// The language of the reply.
    pub lang: Lang,
    /// The model's sentences that were shown as it wrote them.
    pub own: Vec<String>,
    /// The articles' words that were shown; in a turn, all that is cited.
    pub quoted: Vec<String>,
    /// The articles cited, in the order of the reply.
    pub cited: Vec<String>,
    /// Why the reply has no end, if the endpoint failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl Seen {
    /// Of a turn.
    pub(super) fn of_turn(outcome: &Outcome) -> Self {
        let Outcome { reply, receipt, .. } = outcome;
        let writing = receipt.writing.as_ref();
        let said = writing.into_iter().flat_map(|writing| &writing.sentences).filter(|it| it.outcome == Fate::Said);
        let failed = writing.and_then(|writing| writing.failed.clone()).filter(|failed| !failed.starts_with(CUT));
        let mut cited: Vec<String> = Vec::new();
        for citation in &reply.citations {
            if !cited.contains(&citation.article_id.0) {
                cited.push(citation.article_id.0.clone());
            }
        }
        Self {
            outcome: came(Some(reply)),
            handed_over: reply.handoff.is_some(),
            lang: reply.language.clone(),
            own: said.map(|judged| judged.sentence.clone()).collect(),
            quoted: reply.citations.iter().map(|citation| citation.quote.clone()).collect(),
            cited,
            failed,
        }
    }

    /// Of what was played on the stage.
    pub(super) fn of_stage(played: Played, lang: &Lang) -> Self {
        let shown = !played.said.is_empty() || !played.quotes.is_empty();
        let outcome = match (played.breach, shown) {
            (Some(_), _) => "withheld",
            (None, true) => "answer",
            (None, false) => "nothing",
        };
        Self {
            outcome: outcome.to_owned(),
            handed_over: played.breach.is_some(),
            lang: lang.clone(),
            own: played.said,
            quoted: played.quotes,
            cited: Vec::new(),
            failed: played.failed,
        }
    }

    /// Whether something was answered.
    pub(super) fn answered(&self) -> bool {
        self.outcome == "answer"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::{ChatError, ChatReply};

    #[test]
    fn a_reply_cut_at_its_length_is_told_from_an_endpoint_that_fails() {
        let reply = |reason: Option<&str>| ChatReply {
            text: String::new(),
            tokens_in: 1,
            tokens_out: 256,
            finish_reason: reason.map(str::to_owned),
        };
        let cut = |error: ChatError| error.to_string().starts_with(CUT);
        assert!(cut(ChatError::Incomplete(reply(Some("length")))));
        assert!(!cut(ChatError::Incomplete(reply(None))));
        assert!(!cut(ChatError::Transient("503".to_owned())));
    }
}
