//! Two operators of a service, with keys.

use sha2::{Digest as _, Sha256};

/// Name and key of each.
pub(super) const OPERATORS: [(&str, &str); 2] = [("tanaka", "key of tanaka"), ("sato", "key of sato")];

/// The part of a configuration file that lets them in.
pub(super) fn keys() -> String {
    let entry = |(name, key): &(&str, &str)| {
        let sha256: String = Sha256::digest(key.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("[[auth.keys]]\nname = \"{name}\"\nsha256 = \"{sha256}\"\nroles = [\"operator\"]\n")
    };
    OPERATORS.iter().map(entry).collect()
}
