//! The shop's keys. Each is for exactly one algorithm, by its kind.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::SignInError;

/// The most that is read of a file or an answer with keys, in bytes.
pub(super) const MOST: usize = 256 * 1024;
/// The fewest bytes of a secret: as many as the digest has (RFC 7518, 3.2).
const SHORTEST_SECRET: usize = 32;

/// A key, and the one algorithm that it checks.
#[derive(Debug, Clone)]
pub(super) struct Key {
    key: Arc<DecodingKey>,
    algorithm: Algorithm,
}

impl Key {
    /// A secret that the shop and we share: HS256.
    pub(super) fn secret(secret: &[u8]) -> Result<Self, String> {
        if secret.starts_with(b"-----BEGIN") {
            // With a public key for a secret, everybody who can read the key could sign.
            return Err("holds a PEM key: name its file in public_key_file instead".to_owned());
        }
        if secret.len() < SHORTEST_SECRET {
            return Err(format!("the secret must have at least {SHORTEST_SECRET} bytes, or it can be guessed"));
        }
        Ok(Self { key: Arc::new(DecodingKey::from_secret(secret)), algorithm: Algorithm::HS256 })
    }

    /// A public RSA key in a PEM file: RS256.
    pub(super) fn rsa_pem(pem: &[u8]) -> Result<Self, String> {
        if String::from_utf8_lossy(pem).contains("PRIVATE KEY") {
            return Err("holds a private key, which only the shop may have: give the public one".to_owned());
        }
        let key = DecodingKey::from_rsa_pem(pem)
            .map_err(|_| "holds no public RSA key (-----BEGIN PUBLIC KEY-----)".to_owned())?;
        Ok(Self { key: Arc::new(key), algorithm: Algorithm::RS256 })
    }

    /// A key of a set, if it is one that checks signatures. A shared secret is none: a set of keys is public.
    fn of(jwk: &Jwk) -> Option<Self> {
        if jwk.common.public_key_use.as_ref().is_some_and(|used| *used != PublicKeyUse::Signature) {
            return None;
        }
        let algorithm = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => Algorithm::RS256,
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => Algorithm::ES256,
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
            _ => return None,
        };
        // A key that says it is for something else is not ours to reinterpret.
        if jwk.common.key_algorithm.is_some_and(|said| said != KeyAlgorithm::from(algorithm)) {
            return None;
        }
        let key = DecodingKey::from_jwk(jwk).ok()?;
        Some(Self { key: Arc::new(key), algorithm })
    }

    /// The claims of a token that this key has signed. Nothing of them has been looked at yet.
    pub(super) fn verified(&self, token: &str) -> Result<Map<String, Value>, SignInError> {
        let mut only = Validation::new(self.algorithm);
        // The library would ask the machine for the time; `Rules` asks our clock.
        only.required_spec_claims.clear();
        (only.validate_exp, only.validate_nbf, only.validate_aud) = (false, false, false);
        let decoded = decode::<Map<String, Value>>(token, &self.key, &only).map_err(|_| SignInError::Signature)?;
        Ok(decoded.claims)
    }
}

/// A set of keys (RFC 7517), by name.
#[derive(Debug)]
pub(super) struct KeySet {
    keys: Vec<(Option<String>, Key)>,
    /// For tokens that name no key: the only one there is.
    only: Option<Key>,
}

#[derive(Deserialize)]
struct Listed {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a set. Keys that are for something else are passed by. Of two with one name neither is used: which of them the shop means
    /// cannot be told.
    ///
    /// # Errors
    /// When it is no set, or holds no key that could be used.
    pub(super) fn read(json: &[u8]) -> Result<Self, String> {
        let listed: Listed = serde_json::from_slice(json).map_err(|error| format!("no JSON Web Key Set: {error}"))?;
        let jwks = listed.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let usable: Vec<(Option<String>, Key)> =
            jwks.filter_map(|jwk| Some((jwk.common.key_id.clone(), Key::of(&jwk)?))).collect();
        let only = match usable.as_slice() {
            [(_, key)] => Some(key.clone()),
            _ => None,
        };
        let (mut names, mut twice) = (BTreeSet::new(), BTreeSet::new());
        for name in usable.iter().filter_map(|(name, _)| name.clone()) {
            if !names.insert(name.clone()) {
                twice.insert(name);
            }
        }
        if !twice.is_empty() {
            let kids: Vec<&str> = twice.iter().map(String::as_str).collect();
            tracing::warn!(?kids, "keys of the shop's share a name: none of them is used");
        }
        let is_clear = |name: &Option<String>| name.as_ref().is_none_or(|name| !twice.contains(name));
        let keys: Vec<_> = usable.into_iter().filter(|(name, _)| is_clear(name)).collect();
        if keys.is_empty() {
            return Err(
                "no key that checks signatures (RSA, P-256 or Ed25519), or only such as share a name".to_owned()
            );
        }
        Ok(Self { keys, only })
    }

    /// The key that a token names; the only one there is, if it names none.
    pub(super) fn named(&self, kid: Option<&str>) -> Option<&Key> {
        let Some(kid) = kid else { return self.only.as_ref() };
        self.keys.iter().find(|(name, _)| name.as_deref() == Some(kid)).map(|(_, key)| key)
    }
}

/// A file with keys.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, String> {
    let said = |error: std::io::Error| format!("{}: {error}", path.display());
    let one_more = u64::try_from(MOST).map_or(u64::MAX, |most| most.saturating_add(1));
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(one_more).read_to_end(&mut bytes)).map_err(said)?;
    if bytes.len() > MOST {
        return Err(format!("{}: more than {MOST} bytes, which are no keys", path.display()));
    }
    Ok(bytes)
}
