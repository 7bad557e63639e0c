//! Editing articles without a shell: drafts, publishing, going back, and taking away.
//!
//! The folder of Markdown stays the truth. A draft lies in the store and touches nothing; to publish it is to write its file
//! whole, and then to sync as if somebody had written it by hand. Whoever publishes takes the sync's own turn first
//! ([`crate::knowledge::Alone`]), so that there is one at a time, and the watcher finds the work done.

mod check;
mod drafts;
mod error;
mod file;
mod path;
mod publish;
mod shelf;
mod state;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::ToSchema;

use crate::clock::{Clock, Ids};
use crate::knowledge::{ArticleStore, ArticleSync, SyncStatus};
use crate::language::Lang;
use crate::store::Store;

pub use check::Checked;
pub use drafts::Saved;
pub use error::EditError;
pub use file::FileError;
pub use publish::WentLive;
pub use shelf::{History, KeptVersion, Line, Sheet, Shelf, Standing};
pub use state::{NoState, State};

/// An editor, by the name of their API key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct EditorName(pub String);

/// What editors work on. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Editing {
    /// Drafts, sources, history.
    pub store: Store,
    /// Versions that were served.
    pub articles: Arc<dyn ArticleStore>,
    /// Reads the folder, and brings it live.
    pub sync: Arc<ArticleSync>,
    /// Tells when.
    pub clock: Arc<dyn Clock>,
    /// Names revisions of drafts.
    pub ids: Arc<dyn Ids>,
    /// Assumed of a text that does not say.
    pub default_language: Lang,
    /// Where it is told how a sync went.
    pub reports: watch::Sender<Option<SyncStatus>>,
}
