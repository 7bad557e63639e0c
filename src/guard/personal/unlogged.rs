//! What must not get into a log.

use serde::{Deserialize, Serialize};

/// Something that neither `{:?}` nor `{}` shows, so that a log, a trace or a panic that prints what holds it does not print it.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unlogged<T>(T);

impl<T> Unlogged<T> {
    /// Keeps it from being shown.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The thing itself, for those who need it.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// The thing itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> std::fmt::Debug for Unlogged<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(unlogged)")
    }
}

impl<T> std::fmt::Display for Unlogged<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(unlogged)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_and_not_shown() {
        let secret = Unlogged::new("hunter2".to_owned());
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "(unlogged) (unlogged) (unlogged)");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"hunter2\"");
        assert_eq!(secret.get(), "hunter2");
    }
}
