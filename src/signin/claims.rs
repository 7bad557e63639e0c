//! What a token must say of itself.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::SignInError;
use crate::config;
use crate::conversation::Subject;

/// What the claims of a signed token are held against.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    issuer: String,
    audience: String,
    /// Seconds by which the shop's clock and ours may differ.
    leeway: f64,
    subject_claim: String,
}

impl Rules {
    pub(super) fn of(config: &config::SignIn) -> Self {
        Self {
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            leeway: f64::from(config.leeway_seconds),
            subject_claim: config.subject_claim.clone(),
        }
    }

    /// That the token is from the shop, for us, and for now. A token without an end is none.
    pub(super) fn hold(&self, claims: &Map<String, Value>, now: Timestamp) -> Result<(), SignInError> {
        if claims.get("iss").and_then(Value::as_str) != Some(self.issuer.as_str()) {
            return Err(SignInError::Issuer);
        }
        if !self.is_for_us(claims.get("aud")) {
            return Err(SignInError::Audience);
        }
        let now = now.as_duration().as_secs_f64();
        let expires = seconds(claims, "exp")?.ok_or_else(|| SignInError::Claim("exp".to_owned()))?;
        if now >= expires + self.leeway {
            return Err(SignInError::Expired);
        }
        if seconds(claims, "nbf")?.is_some_and(|begins| now + self.leeway < begins) {
            return Err(SignInError::TooEarly);
        }
        Ok(())
    }

    fn is_for_us(&self, audience: Option<&Value>) -> bool {
        let ours = |value: &Value| value.as_str() == Some(self.audience.as_str());
        match audience {
            Some(Value::Array(several)) => several.iter().any(ours),
            Some(one) => ours(one),
            None => false,
        }
    }

    /// Whom it is about: a text, or a whole number as shops count their customers. `None` if it does not say.
    pub(super) fn subject(&self, claims: &Map<String, Value>) -> Result<Option<Subject>, SignInError> {
        let named = match claims.get(&self.subject_claim) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(name)) => Subject::new(name),
            Some(Value::Number(number)) if number.is_u64() => Subject::new(&number.to_string()),
            Some(_) => None,
        };
        named.map(Some).ok_or_else(|| self.nobody())
    }

    /// It names nobody.
    pub(super) fn nobody(&self) -> SignInError {
        SignInError::Claim(self.subject_claim.clone())
    }
}

/// A moment as tokens have it: seconds since 1970, also with a fraction.
fn seconds(claims: &Map<String, Value>, claim: &str) -> Result<Option<f64>, SignInError> {
    let Some(value) = claims.get(claim) else { return Ok(None) };
    let wrong = || SignInError::Claim(claim.to_owned());
    value.as_f64().filter(|seconds| seconds.is_finite()).map(Some).ok_or_else(wrong)
}
