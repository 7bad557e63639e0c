//! Why something editors want is not done.

use super::check::Checked;
use super::file::FileError;
use crate::knowledge::{ArticleStoreError, SyncError};
use crate::passages::{ArticleId, ArticleVersion};
use crate::store::StoreError;

/// Why something editors want is not done; what they sent is theirs to send again, and nothing has changed unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// A text that can be no article's id.
    #[error("an id is made of letters, digits, `-`, `_` and `.`, and has at most 200 bytes")]
    NoId,
    /// Neither a file nor a draft has this id.
    #[error("there is no article `{0}`, and no draft of one")]
    UnknownArticle(ArticleId),
    /// There is no draft.
    #[error("there is no draft of `{0}`")]
    NoDraft(ArticleId),
    /// No such version.
    #[error("`{article}` never was in service in a version `{version}`")]
    UnknownVersion {
        /// Of which article.
        article: ArticleId,
        /// Which.
        version: ArticleVersion,
    },
    /// The state that was seen (`If-Match`) is not the present one.
    #[error(
        "the article or its draft has changed since you read it: read it again, and bring your changes into what is there"
    )]
    Changed,
    /// The draft was begun from another version than the file has now.
    #[error(
        "the article has changed since this text was begun: it has the version {}, and the text was begun from {}. Read it again, \
         bring your changes into it, and save the draft with that version",
        told(.found),
        told(.base)
    )]
    Moved {
        /// The version the text was begun from.
        base: Option<ArticleVersion>,
        /// The version of the file.
        found: Option<ArticleVersion>,
    },
    /// There is a draft that the caller has not said to have seen.
    #[error("there is a draft that {by} saved: read it, and send its `etag` as `If-Match` to replace it")]
    OtherDraft {
        /// Whose.
        by: String,
    },
    /// Two files claim the id.
    #[error("several files are named `{id}` ({files}): which one is meant? Give all but one another id")]
    SeveralFiles {
        /// The id.
        id: ArticleId,
        /// Their paths.
        files: String,
    },
    /// The text is too long for an article.
    #[error(
        "an article may have {} bytes at most: split it, one article for each question",
        crate::knowledge::MAX_BYTES
    )]
    TooLong,
    /// The text cannot go live as it is.
    #[error("the text cannot go live as it is, and nothing was published: `findings` say why")]
    HeldBack(Box<Checked>),
    /// The version was published before sources were kept.
    #[error(
        "version {0} was published before the service kept whole files, so there is no source to publish again. Its text can be read \
         at `versions/{0}`; copy what you need into a draft"
    )]
    NoSource(ArticleVersion),
    /// That version is what is served.
    #[error("version {0} is what the file holds already")]
    AlreadyThere(ArticleVersion),
    /// Nothing would be left to answer from.
    #[error("this is the last article that can be answered from: publish another one first")]
    LastOne,
    /// The file was not written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is written, and the sync after it failed.
    #[error("the file is written and goes live with the next sync; this one failed: {0}")]
    NotLive(SyncError),
    /// The folder could not be looked at.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store of articles.
    #[error(transparent)]
    Articles(#[from] ArticleStoreError),
    /// A working thread ended.
    #[error("a thread ended: {0}")]
    Thread(String),
}

fn told(version: &Option<ArticleVersion>) -> &str {
    version.as_ref().map_or("none", |version| &version.0)
}
