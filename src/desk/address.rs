//! A customer's mail address: named by them, and promised mail only once they have shown it to be theirs.

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq as _;

use super::{Desk, DeskError};
use crate::conversation::{Conversation, TokenHash, sha256};
use crate::language::Lang;
use crate::notify::{Letter, LetterBody};
use crate::store::{NewNotice, StoreError, Target};

/// How long a code is taken, at the least; at the most twice as long.
const VALID: SignedDuration = SignedDuration::from_mins(30);
/// Letters of a code: 40 bits, too many to be tried out within its time.
const LETTERS: usize = 8;
/// Digits and letters that are not taken for one another.
const ALPHABET: &[char] = &[
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J', 'K', 'M', 'N', 'P',
    'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];
/// The longest address there is (RFC 5321).
const LONGEST: usize = 254;

impl Desk {
    /// Takes a customer's address and sends a code there. Until the code has come back, nothing else is sent there.
    ///
    /// # Errors
    /// When it is no address, mail is not sent here, or the store fails.
    pub async fn name_address(
        &self,
        conversation: &Conversation,
        token: &TokenHash,
        address: &str,
        lang: &Lang,
    ) -> Result<(), DeskError> {
        let address = address.trim();
        if !is_address(address) {
            return Err(DeskError::NoAddress);
        }
        if self.0.targets.mail().is_none() {
            return Err(DeskError::NoMail);
        }
        self.0.store.set_email(conversation.id, Some(address), None).await?;
        let minutes = u32::try_from(VALID.as_mins()).unwrap_or_default();
        let letter = Letter {
            to: address.to_owned(),
            to_name: None,
            language: lang.clone(),
            reference: None,
            resume: None,
            body: LetterBody::VerifyAddress { code: code(token, address, window(self.now())), minutes },
        };
        let notice = NewNotice {
            id: self.0.ids.fresh(),
            target: Target::Mail,
            kind: letter.kind().to_owned(),
            payload: letter.payload(),
            at: self.now(),
            held: false,
            tells: None,
        };
        Ok(self.0.store.enqueue(conversation.id, &[notice]).await?)
    }

    /// Takes the code that was sent: from now on answers go there too. Whether it was the right one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn confirm_address(
        &self,
        conversation: &Conversation,
        token: &TokenHash,
        said: &str,
    ) -> Result<bool, DeskError> {
        let contact = self.0.store.contact(conversation.id).await?.ok_or(StoreError::UnknownConversation)?;
        let Some(address) = contact.email else { return Ok(false) };
        let said: String = said.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
        let now = window(self.now());
        let right = [now, now - 1]
            .into_iter()
            .any(|window| bool::from(code(token, &address, window).as_bytes().ct_eq(said.as_bytes())));
        if right {
            self.0.store.set_email(conversation.id, Some(&address), Some(self.now())).await?;
        }
        Ok(right)
    }
}

fn window(at: Timestamp) -> i64 {
    at.as_second().div_euclid(VALID.as_secs())
}

/// The code for an address in a conversation: from the hash of its token, which only this service has, so that no code is kept.
fn code(token: &TokenHash, address: &str, window: i64) -> String {
    let digest = sha256(format!("address:{}:{window}:{address}", token.0).as_bytes());
    let letters = digest.chars().filter_map(|c| c.to_digit(16)).collect::<Vec<_>>();
    let pairs = letters.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, digit| sum * 16 + *digit) % 32);
    pairs.filter_map(|value| ALPHABET.get(usize::try_from(value).ok()?)).take(LETTERS).collect()
}

/// Whether a text can be an address at all. That it is theirs is shown by the code.
fn is_address(text: &str) -> bool {
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"' | '(' | ')');
    !local.is_empty()
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && text.len() <= LONGEST
        && !text.contains(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_for_one_address_in_one_conversation_for_a_while() {
        let (token, other) = (TokenHash("a".repeat(64)), TokenHash("b".repeat(64)));
        let right = code(&token, "a@shop.example", 7);
        assert_eq!(right.chars().count(), LETTERS);
        assert_ne!(right, code(&other, "a@shop.example", 7));
        assert_ne!(right, code(&token, "b@shop.example", 7));
        assert_ne!(right, code(&token, "a@shop.example", 8));
    }

    #[test]
    fn what_is_no_address_is_told() {
        for no in ["", "@", "a@b", "a b@c.example", "a@.example", "a@b.example\r\nBcc: x@y.example", "a,b@c.example"] {
            assert!(!is_address(no), "{no:?}");
        }
        assert!(is_address("taro+shop@mail.example") && is_address("太郎@例え.example"));
    }
}
