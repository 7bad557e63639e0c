//! Whose a conversation is: the assistant's, a person's, or nobody's any more.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose turn it is to speak in a conversation. There is never more than one owner, and only the assistant's answers are automatic:
/// while anybody else has the conversation it says nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The assistant answers.
    #[default]
    Assistant,
    /// A ticket is open and waits for a person. What the customer says goes into it.
    Waiting,
    /// A person has taken the ticket and answers.
    Operator,
    /// It has ended. The history stays; it can be opened again.
    Closed,
}

/// What can happen to a conversation's ownership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Move {
    /// A ticket is opened: by a guard, by the customer's word or button, by an operator.
    HandOff,
    /// An operator takes the ticket.
    Claim,
    /// The ticket goes back into a queue: released, or transferred to another desk or person.
    Release,
    /// The operator gives the conversation back to the assistant; the case is settled as far as a person is needed.
    HandBack,
    /// The customer no longer wants a person.
    CallOff,
    /// The operator has settled the case, or the customer ends the chat.
    Close,
    /// The customer says something more, or asks to go on, after the end.
    Reopen,
}

/// A move that does not fit the owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what:?} is not possible while the conversation is {owner:?}'s")]
pub struct NotNow {
    /// Whose it is.
    pub owner: Owner,
    /// What was tried.
    pub what: Move,
}

impl Owner {
    /// The owner after a move.
    ///
    /// # Errors
    /// When the move does not fit: then nothing changes.
    pub fn after(self, what: Move) -> Result<Self, NotNow> {
        match (self, what) {
            (Self::Assistant, Move::HandOff) | (Self::Operator, Move::Release) => Ok(Self::Waiting),
            (Self::Waiting, Move::Claim) => Ok(Self::Operator),
            (Self::Waiting, Move::Release) => Ok(Self::Waiting),
            (Self::Operator, Move::HandBack) | (Self::Waiting, Move::CallOff) => Ok(Self::Assistant),
            (Self::Operator, Move::CallOff) | (Self::Closed, Move::Reopen) => Ok(Self::Assistant),
            (Self::Assistant | Self::Waiting | Self::Operator, Move::Close) => Ok(Self::Closed),
            (owner, what) => Err(NotNow { owner, what }),
        }
    }

    /// Whether the assistant answers what is said now.
    pub fn answers(self) -> bool {
        self == Self::Assistant
    }

    /// The word it is kept as.
    pub fn word(self) -> &'static str {
        match self {
            Self::Assistant => "assistant",
            Self::Waiting => "waiting",
            Self::Operator => "operator",
            Self::Closed => "closed",
        }
    }

    /// The owner of a word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Assistant, Self::Waiting, Self::Operator, Self::Closed].into_iter().find(|owner| owner.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNERS: [Owner; 4] = [Owner::Assistant, Owner::Waiting, Owner::Operator, Owner::Closed];
    const MOVES: [Move; 7] =
        [Move::HandOff, Move::Claim, Move::Release, Move::HandBack, Move::CallOff, Move::Close, Move::Reopen];

    #[test]
    fn the_whole_machine() {
        let mut table = String::new();
        for owner in OWNERS {
            for what in MOVES {
                if let Ok(next) = owner.after(what) {
                    table.push_str(&format!("{} --{what:?}--> {}\n", owner.word(), next.word()));
                }
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_case_is_claimed_only_by_who_waited_for_it() {
        for owner in [Owner::Assistant, Owner::Operator, Owner::Closed] {
            assert_eq!(owner.after(Move::Claim), Err(NotNow { owner, what: Move::Claim }));
        }
    }

    #[test]
    fn words_are_read_back() {
        for owner in OWNERS {
            assert_eq!(Owner::of(owner.word()), Some(owner));
        }
        assert_eq!(Owner::of("nobody"), None);
    }
}
