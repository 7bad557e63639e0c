//! Decisions in words: one line that a person can check.

use std::fmt;

use super::{By, Decision, Vote};
use crate::guard::classifier::Near;

impl fmt::Display for Vote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: ", self.policy, if self.mandatory { " (mandatory)" } else { "" })?;
        match &self.by {
            By::Rule { pattern, matched } => write!(f, "rule `{pattern}` on \"{matched}\""),
            By::Conversation { sign } => write!(f, "the customer {}", sign.describe()),
            By::Model { model, reason } => write!(f, "the model {model}, because \"{reason}\""),
            By::Classifier { probability, threshold, in_context, nearest } => {
                let context = if *in_context { ", with what was said before" } else { "" };
                write!(f, "classifier {probability:.2} of at least {threshold:.2}{context}")?;
                f.write_str("; nearest: ")?;
                for (number, near) in nearest.iter().enumerate() {
                    write!(f, "{}{near}", if number > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let policies: Vec<&str> = self.policies.iter().map(|policy| policy.as_str()).collect();
        let of = if policies.is_empty() { "harmless".to_owned() } else { policies.join(", ") };
        write!(f, "\"{}\" ({of}) {:.2}", self.text, self.cosine)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(ruling) = &self.ruling else {
            write!(f, "no policy applies")?;
            return match self.scores.first() {
                Some(score) => write!(
                    f,
                    "; nearest to it is {} with {:.2} of {:.2}",
                    score.policy, score.probability, score.threshold
                ),
                None => Ok(()),
            };
        };
        write!(f, "{ruling} rules")?;
        self.votes.iter().try_for_each(|vote| write!(f, "; {vote}"))
    }
}
