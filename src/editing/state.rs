//! What an editor has seen of an article, so that nobody overwrites what they have not seen.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::passages::ArticleVersion;

const NONE: &str = "none";

/// How an article stands: the file, and the draft beside it. Any change of either makes another one. Written as `VERSION.REVISION`,
/// which is the article's entity tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The file's version; `None`: there is no file.
    pub version: Option<ArticleVersion>,
    /// The draft's revision; `None`: there is no draft.
    pub draft: Option<Uuid>,
}

/// A text that is no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the entity tag of an article")]
pub struct NoState;

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_ref().map_or(NONE, |version| &version.0);
        match self.draft {
            Some(revision) => write!(f, "{version}.{revision}"),
            None => write!(f, "{version}.{NONE}"),
        }
    }
}

impl FromStr for State {
    type Err = NoState;

    fn from_str(text: &str) -> Result<Self, NoState> {
        let (version, draft) = text.split_once('.').ok_or(NoState)?;
        let version = (version != NONE).then(|| ArticleVersion(version.to_owned()));
        if version.as_ref().is_some_and(|version| !version.0.chars().all(|c| c.is_ascii_hexdigit())) {
            return Err(NoState);
        }
        let draft = if draft == NONE { None } else { Some(draft.parse().map_err(|_| NoState)?) };
        Ok(Self { version, draft })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read_back() {
        for version in [None, Some(ArticleVersion("0123456789abcdef".to_owned()))] {
            for draft in [None, Some(Uuid::from_u128(7))] {
                let state = State { version: version.clone(), draft };
                assert_eq!(state.to_string().parse(), Ok(state));
            }
        }
        for text in ["", "*", "none", "none.", "xyz.none", "none.1", "返品.none"] {
            assert_eq!(text.parse::<State>(), Err(NoState), "{text:?}");
        }
    }
}
