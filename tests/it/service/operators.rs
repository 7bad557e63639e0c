//! Two operators of a service, with keys; and how keys are let in.

use sha2::{Digest as _, Sha256};

/// Name and key of each.
pub(super) const OPERATORS: [(&str, &str); 2] = [("tanaka", "key of tanaka"), ("sato", "key of sato")];

/// The part of a configuration file that lets them in.
pub(super) fn keys() -> String {
    OPERATORS.iter().map(|(name, key)| entry(name, key, &["operator"], &[])).collect()
}

/// The part of a configuration file that lets one key in.
pub(super) fn entry(name: &str, key: &str, roles: &[&str], desks: &[&str]) -> String {
    format!("[[auth.keys]]\nname = \"{name}\"\nsha256 = \"{}\"\nroles = {roles:?}\ndesks = {desks:?}\n", digest(key))
}

/// What a configuration holds of a key.
pub(super) fn digest(key: &str) -> String {
    Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
