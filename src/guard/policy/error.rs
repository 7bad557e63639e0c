//! Why a policy file is refused.

use std::fmt;

/// What is wrong with a policy file, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    /// The policy or desk, if it is about one: `policy refund`, `desk returns`.
    pub place: Option<String>,
    /// The key, such as `threshold` or `exemplars.ja.negative`.
    pub key: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl PolicyError {
    pub(super) fn new(
        place: impl Into<String>,
        key: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let key = (!key.is_empty()).then(|| key.to_owned());
        Self { place: Some(place.into()), key, problem: problem.into(), remedy: remedy.into() }
    }

    pub(super) fn of_file(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { place: None, key: None, problem: problem.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.place, &self.key].into_iter().flatten() {
            write!(f, "{part}: ")?;
        }
        write!(f, "{}; {}", self.problem, self.remedy)
    }
}
