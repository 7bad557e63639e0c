//! The shop's own sign-in: JSON Web Tokens that the shop has signed (RFC 7519), and what we take from them.
//!
//! A token is believed for one reason: the shop's key has signed it. Which algorithm it must be signed with is decided by the kind of
//! that key and never by the token's own header, and a key that the token brings along is not looked at. What it says is then held
//! against the configuration (issuer, audience) and against our own [`Clock`], not the library's: every test can hold the time still.
//!
//! ```text
//! token ─→ shape ─→ key (by `kid`) ─→ signature ─→ issuer, audience, expiry ─→ Subject | ShopContext
//! ```

mod claims;
mod jwks;
mod keys;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};

use crate::clock::Clock;
use crate::config;
use crate::conversation::Subject;
use crate::handoff::ShopContext;
use claims::Rules;
use jwks::Keyring;
use keys::Key;

/// The longest token that is looked at, in bytes.
pub const LONGEST: usize = 8 * 1024;
/// The claim that holds what the shop knows of the customer and the order.
const CONTEXT: &str = "context";

/// Why a token is not believed. None of these tells anything about anybody's conversations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// It is no JWT, or longer than [`LONGEST`].
    #[error("it is no signed JWT of at most {LONGEST} bytes")]
    Shape,
    /// The shop did not sign it, or not with the algorithm that its key is for.
    #[error("it is not signed with a key of the shop's")]
    Signature,
    /// Somebody else issued it.
    #[error("its `iss` is not the one that is trusted here")]
    Issuer,
    /// It was issued for somebody else.
    #[error("its `aud` is not this service")]
    Audience,
    /// Its time is over.
    #[error("it has expired: sign in again")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet")]
    TooEarly,
    /// A claim is missing, or not what it must be.
    #[error("its claim `{0}` is missing or cannot be used")]
    Claim(String),
    /// What the shop says of the customer cannot be taken.
    #[error("its claim `context`: {0}")]
    Context(String),
    /// It is about another customer than the one who is signed in.
    #[error("its context is another customer's")]
    Another,
    /// The shop's keys cannot be read: nobody can be told from anybody.
    #[error("the shop's keys cannot be read at the moment; try again in a little while")]
    NoKeys,
}

/// Why sign-in cannot be set up as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("configuration: signin.{key}: {problem}")]
pub struct SignInSetupError {
    /// Which key of `[signin]`.
    pub key: &'static str,
    /// What is wrong, and what would be right.
    pub problem: String,
}

/// What the shop has signed about a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedContext {
    /// Whom it is about, if it says so.
    pub subject: Option<Subject>,
    /// What it says.
    pub context: ShopContext,
}

/// Tells whether the shop has signed a token, and whom it is about.
#[derive(Debug)]
pub struct SignIn {
    keys: Keys,
    rules: Rules,
    clock: Arc<dyn Clock>,
}

/// Where the shop's keys come from.
#[derive(Debug)]
enum Keys {
    /// One key, whatever `kid` a token names.
    One(Key),
    /// A set, of which a token names one.
    Set(Arc<Keyring>),
}

impl SignIn {
    /// Sign-in as it is configured; `None` where no key is. A secret comes from the environment by `secret`, a key's file is read now, and
    /// the keys at an address when the first token comes.
    ///
    /// # Errors
    /// When the variable is not set, or a file cannot be read or holds no such key.
    pub fn open(
        config: &config::SignIn,
        secret: &dyn Fn(&str) -> Option<SecretString>,
        clock: Arc<dyn Clock>,
    ) -> Result<Option<Self>, SignInSetupError> {
        let wrong = |key: &'static str| move |problem: String| SignInSetupError { key, problem };
        let named = |path: &PathBuf| !path.as_os_str().is_empty();
        let keys = if !config.secret_env.is_empty() {
            let unset = || wrong("secret_env")(format!("the environment variable {} is not set", config.secret_env));
            let secret = secret(&config.secret_env).ok_or_else(unset)?;
            Keys::One(Key::secret(secret.expose_secret().as_bytes()).map_err(wrong("secret_env"))?)
        } else if named(&config.public_key_file) {
            let pem = keys::file(&config.public_key_file).map_err(wrong("public_key_file"))?;
            Keys::One(Key::rsa_pem(&pem).map_err(wrong("public_key_file"))?)
        } else if named(&config.jwks_file) {
            Keys::Set(Keyring::in_file(&config.jwks_file, clock.now()).map_err(wrong("jwks_file"))?)
        } else if !config.jwks_url.is_empty() {
            let timeout = std::time::Duration::from_secs(config.timeout_seconds);
            Keys::Set(Keyring::at(&config.jwks_url, timeout).map_err(wrong("jwks_url"))?)
        } else {
            return Ok(None);
        };
        Ok(Some(Self { keys, rules: Rules::of(config), clock }))
    }

    /// Whether a bearer's text can be a signed token at all. No conversation's own token looks like one: it has no dots.
    pub fn looks_signed(bearer: &str) -> bool {
        bearer.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// When it is not believed, or names nobody.
    pub async fn subject(&self, token: &str) -> Result<Subject, SignInError> {
        let claims = self.believed(token).await?;
        self.rules.subject(&claims)?.ok_or_else(|| self.rules.nobody())
    }

    /// What the shop says of the customer and the order. `signed_in` is who sends it, if they are signed in: what is said of somebody else
    /// is not taken.
    ///
    /// # Errors
    /// When the token is not believed, has no claim `context`, or that one is not as it must be.
    pub async fn context(&self, token: &str, signed_in: Option<&Subject>) -> Result<SignedContext, SignInError> {
        let mut claims = self.believed(token).await?;
        let subject = self.rules.subject(&claims)?;
        if let (Some(about), Some(sender)) = (&subject, signed_in)
            && !about.is(sender)
        {
            return Err(SignInError::Another);
        }
        let said = claims.remove(CONTEXT).ok_or_else(|| SignInError::Claim(CONTEXT.to_owned()))?;
        let context = ShopContext::read(said).map_err(|error| SignInError::Context(error.to_string()))?;
        Ok(SignedContext { subject, context })
    }

    /// Whether keys are there to check a token with; for those who set it up.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn ready(&self) -> Result<(), SignInError> {
        match &self.keys {
            Keys::One(_) => Ok(()),
            Keys::Set(keyring) => keyring.ready(self.clock.now()).await,
        }
    }

    /// The claims of a token that the shop has signed, for us, and for now.
    async fn believed(&self, token: &str) -> Result<Map<String, Value>, SignInError> {
        if token.len() > LONGEST || !Self::looks_signed(token) {
            return Err(SignInError::Shape);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| SignInError::Shape)?;
        // Extensions that must be understood, and we understand none (RFC 7515, 4.1.11).
        if header.crit.is_some() {
            return Err(SignInError::Shape);
        }
        let now = self.clock.now();
        let key = match &self.keys {
            Keys::One(key) => key.clone(),
            Keys::Set(keyring) => keyring.key(header.kid.as_deref(), now).await?,
        };
        let claims = key.verified(token)?;
        self.rules.hold(&claims, now)?;
        Ok(claims)
    }
}
