//! Before new policies take over they are tried on messages that must never be missed.

use std::collections::HashMap;
use std::fmt;

use super::decide::{Asked, Decision, Guard, PrepareError, Unfit};
use super::policy::PolicyCode;
use super::rows::Row;
use crate::language::Lang;
use crate::llm::Vector;

/// A message that must go to a person, and would be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// The message.
    pub text: String,
    /// The policy that should rule.
    pub wanted: PolicyCode,
    /// The policy that would; none if the machine would answer.
    pub ruled: Option<PolicyCode>,
    /// Why, in words.
    pub why: String,
}

/// Why new policies do not take over.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    /// They are not sound by themselves.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// They would miss what must not be missed.
    #[error("{} of {of} messages that must not be missed would be: {}", missed.len(), in_words(missed))]
    Missed {
        /// Which.
        missed: Vec<Missed>,
        /// Of how many.
        of: usize,
    },
}

impl RehearsalError {
    /// The messages that would be missed.
    pub fn missed(&self) -> &[Missed] {
        match self {
            Self::Prepare(_) => &[],
            Self::Missed { missed, .. } => missed,
        }
    }
}

fn in_words(missed: &[Missed]) -> String {
    const SHOWN: usize = 5;
    let mut words: Vec<String> = missed.iter().take(SHOWN).map(ToString::to_string).collect();
    if missed.len() > SHOWN {
        words.push(format!("and {} more", missed.len() - SHOWN));
    }
    words.join("; ")
}

impl fmt::Display for Missed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" belongs to {} ({})", self.text, self.wanted, self.why)
    }
}

impl Row {
    /// Every text of these rows that must have a vector before they can be rehearsed, each once.
    pub fn texts(rows: &[Self]) -> Vec<String> {
        let texts = rows.iter().flat_map(Self::texts_to_embed);
        texts.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }
}

impl Guard {
    /// Tries this guard on the rows that must not be missed; the others do not matter here.
    ///
    /// # Errors
    /// Names every row that would be answered. A row without a vector is
    /// judged by nothing and counts as missed.
    pub fn rehearse(&self, rows: &[Row], vectors: &HashMap<String, Vector>) -> Result<(), RehearsalError> {
        let wanted = rows.iter().filter(|row| row.must_not_miss);
        let missed: Vec<Missed> = wanted.clone().filter_map(|row| self.misses(row, vectors)).collect();
        if missed.is_empty() { Ok(()) } else { Err(RehearsalError::Missed { missed, of: wanted.count() }) }
    }

    /// Judges a row in `lang` by `vectors`, of which those of [`Row::texts`] are wanted; `None` if the message itself has none.
    pub fn judge_row(
        &self,
        row: &Row,
        lang: &Lang,
        vectors: &HashMap<String, Vector>,
    ) -> Option<Result<Decision, Unfit>> {
        let vector = vectors.get(&row.text)?;
        let together = row.in_context();
        let in_context = together.as_deref().and_then(|text| Some((text, vectors.get(text)?)));
        let before = row.before();
        Some(self.judge(&Asked { text: &row.text, vector, lang, before: &before, in_context }))
    }

    fn misses(&self, row: &Row, vectors: &HashMap<String, Vector>) -> Option<Missed> {
        let wanted = row.policy.clone()?;
        let missed = |ruled, why| Some(Missed { text: row.text.clone(), wanted: wanted.clone(), ruled, why });
        let lang = row.lang.clone().unwrap_or(Lang::JA);
        match self.judge_row(row, &lang, vectors) {
            None => missed(None, "it has no vector".to_owned()),
            Some(Err(error)) => missed(None, error.to_string()),
            Some(Ok(decision)) => match &decision.ruling {
                // A person at another desk is a detour, and no miss.
                Some(_) => None,
                None => missed(None, decision.to_string()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Policies, fakes};

    #[test]
    fn a_missed_row_is_named() {
        let policies = Policies::extending(fakes::CORE, "version = 1").unwrap();
        let mut vectors = fakes::vectors(&policies.exemplar_texts());
        let row = |text: &str, policy: &str| Row {
            lang: Some(Lang::JA),
            must_not_miss: true,
            policy: Some(PolicyCode(policy.to_owned())),
            ..Row::new(text)
        };
        let guard = Guard::prepare(policies, &vectors).unwrap();
        vectors.insert("雨".to_owned(), fakes::embed("雨"));
        let fine = [row("返金してください", "refund"), Row::new("天気")];
        assert!(guard.rehearse(&fine, &vectors).is_ok());
        let accepted =
            Row { accept: vec![PolicyCode("refund".to_owned())], ..row("返金してください", "identity") };
        assert!(guard.rehearse(&[accepted], &vectors).is_ok());
        // At another desk than the right one a person takes it all the same.
        let missed = [row("雨", "refund"), row("ベクトルが無い", "refund"), row("返金してください", "identity")];
        let error = guard.rehearse(&missed, &vectors).unwrap_err().to_string();
        assert!(error.starts_with("1 of 3 "), "{error}");
        assert!(error.contains("ベクトルが無い"), "{error}");
    }
}
