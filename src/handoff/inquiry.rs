//! What a desk asks somebody else about a case: another desk, or a seller. It has a deadline of its own, and is looked after like a
//! promise; but it is none, and what the customer was promised never waits for it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{OperatorName, TicketId};
use crate::guard::DeskCode;

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Asked {
    /// Another desk of the house.
    Desk(DeskCode),
    /// A seller. They have no key here: whoever hears from them writes their answer down.
    Seller {
        /// What they are called.
        name: String,
        /// Where they are reached, as whoever asks writes it down.
        #[serde(default)]
        address: Option<String>,
    },
}

/// How far an inquiry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InquiryState {
    /// Nobody has answered, and there is time.
    Open,
    /// Its time has passed. It can still be answered.
    Lapsed,
    /// It was answered.
    Answered,
    /// The case was closed before an answer came.
    Withdrawn,
}

impl InquiryState {
    const ALL: [Self; 4] = [Self::Open, Self::Lapsed, Self::Answered, Self::Withdrawn];

    /// The word it is kept as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Lapsed => "lapsed",
            Self::Answered => "answered",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// What a word means.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InquiryAnswer {
    /// In their words.
    pub text: String,
    /// Who wrote it down.
    pub by: OperatorName,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Something that a desk has asked about a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Inquiry {
    /// About which case.
    pub ticket: TicketId,
    /// Its place among the case's inquiries, from 1.
    pub number: u32,
    /// Who is asked.
    pub to: Asked,
    /// What.
    pub question: String,
    /// By whom.
    pub asked_by: OperatorName,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// By when the answer is wanted.
    #[schema(value_type = String, format = DateTime)]
    pub due: Timestamp,
    /// How far it is.
    pub state: InquiryState,
    /// When they were reminded.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub chased_at: Option<Timestamp>,
    /// When its time had passed and the case's desk was told so.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub lapsed_at: Option<Timestamp>,
    /// What came back.
    pub answer: Option<InquiryAnswer>,
    /// When the clockwork must look at it next; nothing once it need not any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due: Option<Timestamp>,
}

/// What an inquiry needs now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InquiryLook {
    /// Nothing, until then; never again without a time.
    Nothing {
        /// When it is looked at again.
        next_due: Option<Timestamp>,
    },
    /// Whoever was asked is reminded.
    Chase {
        /// When it is looked at again.
        next_due: Timestamp,
    },
    /// Its time has passed: the case's desk has to know.
    Lapse,
    /// The case is closed, and nobody wants to know any more.
    Withdraw,
}

/// When whoever was asked is reminded: when a quarter of their time is left.
pub fn chased_at(asked_at: Timestamp, due: Timestamp) -> Timestamp {
    // As fine as the store keeps it.
    let (from, to) = (asked_at.as_millisecond(), due.as_millisecond());
    Timestamp::from_millisecond(to - (to - from) / 4).unwrap_or(due)
}

impl Inquiry {
    /// What it needs at `now`; `wanted`: the case is still open.
    pub fn look(&self, now: Timestamp, wanted: bool) -> InquiryLook {
        if self.state != InquiryState::Open {
            return InquiryLook::Nothing { next_due: None };
        }
        if !wanted {
            return InquiryLook::Withdraw;
        }
        if now >= self.due {
            return InquiryLook::Lapse;
        }
        let reminder = chased_at(self.asked_at, self.due);
        match self.chased_at {
            None if now >= reminder => InquiryLook::Chase { next_due: self.due },
            None => InquiryLook::Nothing { next_due: Some(reminder) },
            Some(_) => InquiryLook::Nothing { next_due: Some(self.due) },
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use uuid::Uuid;

    use super::*;

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn asked() -> Inquiry {
        Inquiry {
            ticket: TicketId(Uuid::nil()),
            number: 1,
            to: Asked::Desk(DeskCode("delivery".to_owned())),
            question: "どこにありますか".to_owned(),
            asked_by: OperatorName("tanaka".to_owned()),
            asked_at: minute(0),
            due: minute(60),
            state: InquiryState::Open,
            chased_at: None,
            lapsed_at: None,
            answer: None,
            next_due: Some(minute(45)),
        }
    }

    #[test]
    fn it_is_reminded_of_and_then_it_lapses() {
        let inquiry = asked();
        assert_eq!(inquiry.look(minute(44), true), InquiryLook::Nothing { next_due: Some(minute(45)) });
        assert_eq!(inquiry.look(minute(45), true), InquiryLook::Chase { next_due: minute(60) });
        let chased = Inquiry { chased_at: Some(minute(45)), ..inquiry.clone() };
        assert_eq!(chased.look(minute(59), true), InquiryLook::Nothing { next_due: Some(minute(60)) });
        assert_eq!(chased.look(minute(60), true), InquiryLook::Lapse);
        // Nobody was there to remind anybody: the desk hears of the end all the same.
        assert_eq!(inquiry.look(minute(500), true), InquiryLook::Lapse);
        let lapsed = Inquiry { state: InquiryState::Lapsed, lapsed_at: Some(minute(60)), ..chased };
        assert_eq!(lapsed.look(minute(500), true), InquiryLook::Nothing { next_due: None });
    }

    #[test]
    fn a_closed_case_asks_nobody() {
        assert_eq!(asked().look(minute(45), false), InquiryLook::Withdraw);
        let answered = Inquiry { state: InquiryState::Answered, ..asked() };
        assert_eq!(answered.look(minute(45), false), InquiryLook::Nothing { next_due: None });
    }

    #[test]
    fn words_are_read_back() {
        for state in InquiryState::ALL {
            assert_eq!(InquiryState::of(state.word()), Some(state));
        }
        assert_eq!(InquiryState::of("lost"), None);
    }

    #[test]
    fn who_is_asked_is_written_in_one_of_two_ways() {
        let read = |json: &str| serde_json::from_str::<Asked>(json).ok();
        assert_eq!(read(r#"{"desk":"delivery"}"#), Some(Asked::Desk(DeskCode("delivery".to_owned()))));
        let seller = Asked::Seller { name: "青葉書房".to_owned(), address: None };
        assert_eq!(read(r#"{"seller":{"name":"青葉書房"}}"#), Some(seller));
        for wrong in
            [r#""delivery""#, r#"{"seller":{}}"#, r#"{"customer":"x"}"#, r#"{"desk":"a","seller":{"name":"b"}}"#]
        {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
