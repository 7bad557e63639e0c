//! What became of a model's sentence, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::support::Verdict;
use crate::guard::output::OutputRule;

/// A model's sentence and what became of it; receipts keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Judged {
    /// As the model wrote it, without markers.
    pub sentence: String,
    /// What became of it.
    pub outcome: Fate,
    /// Why it was not shown, if it was not.
    pub why: Option<Why>,
    /// What the verifier found; empty where it was not asked.
    pub verdict: Verdict,
    /// The rule for what a model says that it broke, if it broke one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach: Option<OutputRule>,
}

/// What becomes of a model's sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Shown as it is.
    Said,
    /// The article's own words were shown in its place.
    Quoted,
    /// Not shown.
    Withheld,
    /// Passed over, because it adds nothing: said or quoted before, a heading, or a yes or no that stands alone.
    PassedOver,
}

/// Why a sentence was not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It cites a passage that the model was not given.
    UnknownMarker,
    /// It is not in the customer's language.
    WrongLanguage,
    /// What it cites does not say so, or says otherwise.
    Unsupported,
    /// It would have to be said in the article's own words, and none of them say it.
    NoOwnWords,
    /// No model may say it: the reply ends before it, and a person takes the case.
    Breach,
}
