//! What a rule found, and where.

use std::ops::Range;

use serde::Serialize;

use super::rules::{Rule, Severity};
use crate::knowledge::source::Source;

/// One thing that is wrong, or might be, at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Path below the articles folder.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The rule's stable id.
    pub rule: Rule,
    /// The rule's short name.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong here.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// Bytes of the file's text (as [`Source`] holds it) that it is about.
    #[serde(skip)]
    pub bytes: Range<usize>,
    /// What it is about, so that the same error in two versions of a file is recognised although it moved.
    #[serde(skip)]
    pub subject: String,
}

impl Finding {
    /// A finding about `bytes` of `source`, with the rule's own remedy.
    pub fn new(rule: Rule, source: &Source, bytes: Range<usize>, message: impl Into<String>) -> Self {
        let bytes = source.clamp(&bytes);
        let position = source.position(bytes.start);
        let doc = rule.doc();
        Self {
            file: source.path.clone(),
            line: position.line,
            column: position.column,
            rule,
            name: doc.name,
            severity: doc.severity,
            message: message.into(),
            remedy: doc.remedy.to_owned(),
            bytes,
            subject: String::new(),
        }
    }

    /// With a remedy for this very case.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// With what it is about.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }
}
