//! What a mail says: the payload of a notice to the target `mail`.

use serde::{Deserialize, Serialize};

use crate::handoff::Reference;
use crate::language::Lang;

/// A mail to a customer. Texts are shown as they are, escaped; moments are given in words, because whoever writes the letter knows the
/// customer's language and time zone, and the words must be those of the promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// The address.
    pub to: String,
    /// The name it is addressed to, if there is one.
    #[serde(default)]
    pub to_name: Option<String>,
    /// The customer's language. The frame is in Japanese or English; the words within are as they are given.
    pub language: Lang,
    /// The ticket's reference: it stands in the subject, so that it is found again.
    #[serde(default)]
    pub reference: Option<Reference>,
    /// What `{token}` in `notify.resume_url` stands for: the conversation's id, a dot, and a key to it. Whoever has it reads the conversation: only for
    /// an address that is known to be the customer's.
    #[serde(default)]
    pub resume: Option<String>,
    /// What it says.
    #[serde(flatten)]
    pub body: LetterBody,
}

/// What a letter says, by its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LetterBody {
    /// A person takes over, and has promised when they answer.
    Acknowledgement {
        /// The acknowledgement, as the conversation shows it.
        words: String,
        /// The desk's name.
        #[serde(default)]
        desk: Option<String>,
        /// By when they answer.
        #[serde(default)]
        promised: Option<String>,
    },
    /// The promise will not be kept; there is a new one, told before the old one has passed.
    Renegotiated {
        /// Apology and reason.
        words: String,
        /// The desk's name.
        #[serde(default)]
        desk: Option<String>,
        /// What was promised.
        #[serde(default)]
        before: Option<String>,
        /// What is promised now.
        #[serde(default)]
        promised: Option<String>,
    },
    /// The promise was broken.
    Breached {
        /// Apology and reason.
        words: String,
        /// The desk's name.
        #[serde(default)]
        desk: Option<String>,
        /// What was promised.
        #[serde(default)]
        before: Option<String>,
        /// What is promised now.
        #[serde(default)]
        promised: Option<String>,
    },
    /// An operator has written.
    OperatorReply {
        /// Their words.
        words: String,
        /// The desk's name.
        #[serde(default)]
        desk: Option<String>,
        /// The name they go by with customers.
        #[serde(default)]
        operator: Option<String>,
    },
    /// The assistant has answered what came by mail.
    AssistantReply {
        /// The answer.
        words: String,
        /// What it is taken from.
        #[serde(default)]
        sources: Vec<Source>,
    },
    /// Something the customer ought to know about their own mail or case.
    Notice {
        /// What.
        words: String,
    },
    /// The conversation has ended: what was said.
    Transcript {
        /// All of it, oldest first.
        lines: Vec<TranscriptLine>,
        /// When it is deleted here.
        #[serde(default)]
        deleted_on: Option<String>,
    },
    /// To a desk: a promise of its is in danger, or was broken. It holds nothing that a customer wrote.
    DeskWarning {
        /// What has happened, and what is to be done.
        words: String,
        /// The desk's name.
        #[serde(default)]
        desk: Option<String>,
        /// By when the customer expects an answer now.
        #[serde(default)]
        promised: Option<String>,
        /// Whether a time has passed.
        #[serde(default)]
        breached: bool,
    },
    /// Somebody has given this address as theirs. It may be a stranger's: nobody's words and no link go there.
    VerifyAddress {
        /// What they enter in the conversation.
        code: String,
        /// How long it is good for.
        minutes: u32,
    },
}

/// Something that was said in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TranscriptLine {
    /// Who said it.
    pub who: Speaker,
    /// The name they go by.
    #[serde(default)]
    pub name: Option<String>,
    /// When.
    pub at: String,
    /// What.
    pub text: String,
    /// What it is taken from.
    #[serde(default)]
    pub sources: Vec<Source>,
}

/// An article that an answer is taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its title.
    pub title: String,
    /// The page that opens it at the quoted place, where the service's own address is known (`server.public_url`).
    #[serde(default)]
    pub url: Option<String>,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The customer.
    Customer,
    /// The assistant.
    Assistant,
    /// A person of a desk.
    Operator,
    /// The service itself, about the case.
    Notice,
}

impl Letter {
    /// The kind of a notice that carries it.
    pub fn kind(&self) -> &'static str {
        match self.body {
            LetterBody::Acknowledgement { .. } => "acknowledgement",
            LetterBody::Renegotiated { .. } => "renegotiated",
            LetterBody::Breached { .. } => "breached",
            LetterBody::OperatorReply { .. } => "operator_reply",
            LetterBody::AssistantReply { .. } => "assistant_reply",
            LetterBody::Notice { .. } => "notice",
            LetterBody::Transcript { .. } => "transcript",
            LetterBody::DeskWarning { .. } => "desk_warning",
            LetterBody::VerifyAddress { .. } => "verify_address",
        }
    }

    /// The payload of a notice that carries it.
    pub fn payload(&self) -> serde_json::Value {
        // There is nothing in it that JSON does not have.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Whether it goes to an address that is known to be the customer's: only there may a way into the conversation go.
    pub fn confidential(&self) -> bool {
        !matches!(self.body, LetterBody::VerifyAddress { .. } | LetterBody::DeskWarning { .. })
    }

    /// Whether a person wrote it, so that machines may answer it as they answer people.
    pub(super) fn personal(&self) -> bool {
        matches!(self.body, LetterBody::OperatorReply { .. })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A letter of each kind, in a language.
    pub(in crate::notify) fn letters(language: &str) -> Vec<Letter> {
        let text = |text: &str| Some(text.to_owned());
        let words = "第一段落です。\n次の行 <b>& \"quoted\"</b>\n\n第二段落です。".to_owned();
        let (desk, before, promised) = (text("返品デスク"), text("5月4日 18:00"), text("5月5日 12:00"));
        let line = |who, name: Option<&str>, said: &str| TranscriptLine {
            who,
            name: name.map(str::to_owned),
            at: "5月4日 10:00".to_owned(),
            text: said.to_owned(),
            sources: Vec::new(),
        };
        let source = |title: &str, url: Option<&str>| Source { title: title.to_owned(), url: url.map(str::to_owned) };
        let sources = vec![
            source("返品 <i>と</i> 交換", Some("https://help.shop.example/articles/ja-returns?from=1&to=2")),
            source("送料", None),
        ];
        let bodies = [
            LetterBody::Acknowledgement { words: words.clone(), desk: desk.clone(), promised: promised.clone() },
            LetterBody::Renegotiated {
                words: words.clone(),
                desk: desk.clone(),
                before: before.clone(),
                promised: promised.clone(),
            },
            LetterBody::Breached { words: words.clone(), desk: desk.clone(), before, promised: promised.clone() },
            LetterBody::OperatorReply { words: words.clone(), desk: desk.clone(), operator: text("佐藤 <s>") },
            LetterBody::AssistantReply { words: words.clone(), sources: sources.clone() },
            LetterBody::Notice { words: words.clone() },
            LetterBody::Transcript {
                lines: vec![
                    line(Speaker::Customer, None, "荷物が届きません。\n<script>alert(1)</script>"),
                    TranscriptLine { sources, ..line(Speaker::Assistant, None, "担当者が調べます。") },
                    line(Speaker::Operator, Some("佐藤"), "見つかりました。"),
                    line(Speaker::Notice, None, "会話を終了しました。"),
                ],
                deleted_on: text("2027年5月4日"),
            },
            LetterBody::DeskWarning { words, desk, promised, breached: true },
            LetterBody::VerifyAddress { code: "483920".to_owned(), minutes: 30 },
        ];
        let letter = |body| Letter {
            to: "hanako@customer.example".to_owned(),
            to_name: text("山田 花子"),
            language: Lang::new(language),
            reference: Some(Reference::kept("MG-7KQ4-XDW2")),
            resume: text("a/secret&key"),
            body,
        };
        bodies.into_iter().map(letter).collect()
    }

    #[test]
    fn a_letter_is_read_back() {
        for letter in letters("ja") {
            let payload = letter.payload();
            assert_eq!(payload["kind"], letter.kind());
            assert_eq!(serde_json::from_value::<Letter>(payload).unwrap(), letter);
        }
    }

    #[test]
    fn what_may_be_absent_may_be_left_out() {
        let text = r#"{"to": "a@b.example", "language": "ja", "kind": "acknowledgement", "words": "はい"}"#;
        let letter: Letter = serde_json::from_str(text).unwrap();
        assert_eq!(letter.kind(), "acknowledgement");
        assert_eq!(letter.reference, None);
    }
}
