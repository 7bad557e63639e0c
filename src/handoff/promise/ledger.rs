//! What is written into the ledger of promises, where nothing is ever changed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::handoff::OperatorName;

/// What happened to a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// A time was promised.
    Promised,
    /// The desk was told that little of the time is left.
    Warned,
    /// The customer was told a new time before the old one had come.
    Renegotiated,
    /// The customer was answered: what was promised.
    Kept,
    /// The time passed without an answer.
    Breached,
    /// The customer does not wait any more.
    Withdrawn,
    /// A notice of the promise reached the customer: delivered, or seen.
    Told,
}

impl EntryKind {
    const ALL: [Self; 7] =
        [Self::Promised, Self::Warned, Self::Renegotiated, Self::Kept, Self::Breached, Self::Withdrawn, Self::Told];

    /// The word it is kept as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Promised => "promised",
            Self::Warned => "warned",
            Self::Renegotiated => "renegotiated",
            Self::Kept => "kept",
            Self::Breached => "breached",
            Self::Withdrawn => "withdrawn",
            Self::Told => "told",
        }
    }

    /// The kind of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The program: a clock, or a rule.
    Machine,
    /// The customer.
    Customer,
    /// An operator or supervisor.
    Operator(OperatorName),
}

/// Stands before an operator's name, so that nobody can be called "machine".
const OPERATOR: &str = "operator:";

impl By {
    /// The word it is kept as.
    pub fn word(&self) -> String {
        match self {
            Self::Machine => "machine".to_owned(),
            Self::Customer => "customer".to_owned(),
            Self::Operator(name) => format!("{OPERATOR}{name}"),
        }
    }

    /// Who it was, of a word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "machine" => Some(Self::Machine),
            "customer" => Some(Self::Customer),
            word => word.strip_prefix(OPERATOR).map(|name| Self::Operator(OperatorName(name.to_owned()))),
        }
    }
}

/// A line of the ledger. It holds nothing that a customer said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// What happened.
    pub kind: EntryKind,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The time that holds from then on: the new one where there is a new one, so that the ledger read in order tells
    /// at each line what the customer had been promised.
    #[schema(value_type = String, format = DateTime)]
    pub promised_by: Timestamp,
    /// Who did it.
    pub by: By,
    /// Why, in an operator's words.
    pub reason: Option<String>,
}

/// How a promise ended, for counting them; what weighs more comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has not ended, and its first time still stands.
    Running,
    /// Answered within the time that was promised first.
    Kept,
    /// Answered, or still waiting, within a later time that the customer was told before the first had passed. That is
    /// not kept.
    Renegotiated,
    /// The customer called it off before any time had passed.
    Withdrawn,
    /// A time passed without an answer, whatever came afterwards.
    Breached,
}

impl Outcome {
    /// Of all that stands in the ledger about one ticket, in any order.
    pub fn of(kinds: impl IntoIterator<Item = EntryKind>) -> Self {
        let mut outcome = Self::Running;
        for kind in kinds {
            outcome = outcome.max(match kind {
                EntryKind::Promised | EntryKind::Warned | EntryKind::Told => Self::Running,
                EntryKind::Kept => Self::Kept,
                EntryKind::Renegotiated => Self::Renegotiated,
                EntryKind::Withdrawn => Self::Withdrawn,
                EntryKind::Breached => Self::Breached,
            });
        }
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::of(kind.word()), Some(kind));
        }
        for by in [By::Machine, By::Customer, By::Operator(OperatorName("machine".to_owned()))] {
            assert_eq!(By::of(&by.word()), Some(by));
        }
        assert_eq!((EntryKind::of("broken"), By::of("tanaka")), (None, None));
    }

    #[test]
    fn what_was_broken_or_put_off_is_not_kept() {
        use EntryKind::{Breached, Kept, Promised, Renegotiated, Told, Warned, Withdrawn};
        let cases: [(&[EntryKind], Outcome); 7] = [
            (&[Promised, Told, Warned], Outcome::Running),
            (&[Promised, Warned, Kept], Outcome::Kept),
            (&[Promised, Renegotiated, Kept], Outcome::Renegotiated),
            (&[Promised, Renegotiated], Outcome::Renegotiated),
            (&[Promised, Breached, Kept], Outcome::Breached),
            (&[Promised, Renegotiated, Withdrawn], Outcome::Withdrawn),
            (&[Promised, Breached, Withdrawn], Outcome::Breached),
        ];
        for (kinds, outcome) in cases {
            assert_eq!(Outcome::of(kinds.iter().copied()), outcome, "{kinds:?}");
        }
    }
}
