//! The bearer token of an anonymous conversation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::clock::Ids;

/// A secret that opens one conversation. Given to the customer once; only its hash is kept.
#[derive(Debug, Clone)]
pub struct Token(SecretString);

/// SHA-256 of a token, hex. The token has 244 random bits, so that no salt or slow hash is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHash(pub String);

impl Token {
    /// A new one.
    pub fn fresh(ids: &dyn Ids) -> Self {
        Self(URL_SAFE_NO_PAD.encode(ids.secret()).into())
    }

    /// One that a caller sent.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned().into())
    }

    /// The text to send to the customer.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash(sha256(self.0.expose_secret().as_bytes()))
    }
}

impl TokenHash {
    /// Compares in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

/// SHA-256 of `bytes`, hex: what is kept or configured in the place of a secret or of a request.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{CountingIds, RandomIds};

    #[test]
    fn a_token_is_known_again_by_its_hash_only() {
        let token = Token::fresh(&RandomIds);
        assert!(token.hash().matches(&Token::presented(token.reveal()).hash()));
        assert!(!token.hash().matches(&Token::fresh(&RandomIds).hash()));
        assert!(!format!("{token:?}").contains(token.reveal()));
    }

    #[test]
    fn tokens_fit_a_header() {
        let token = Token::fresh(&CountingIds::default());
        assert!(token.reveal().chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        assert_eq!(token.reveal().len(), 43);
    }
}
