//! An article as it is published: front matter and Markdown body.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::language::Lang;
use crate::passages::{ArticleId, ArticleVersion, Audience};

/// A help article. What its front matter did not say has been derived from its path and headings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// Stable name, unique in the help centre.
    pub id: ArticleId,
    /// Digest of the source.
    pub version: ArticleVersion,
    /// Path below the articles folder, `/`-separated.
    pub path: String,
    /// Title as customers read it.
    pub title: String,
    /// Language.
    pub lang: Lang,
    /// The article this one translates.
    pub translation_of: Option<ArticleId>,
    /// Category, one of the help centre's own.
    pub category: String,
    /// Who may read it.
    pub audience: Audience,
    /// Team that answers for it.
    pub owner: Option<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// Questions this article answers, as customers type them.
    pub questions: Vec<String>,
    /// First day in effect, if bounded.
    pub effective_from: Option<Date>,
    /// Last day in effect, if bounded.
    pub effective_until: Option<Date>,
    /// Day by which the owner reads it again.
    pub review_by: Option<Date>,
    /// Not published yet.
    pub draft: bool,
    /// Markdown after the front matter, exactly as in the file (line endings normalised to `\n`).
    pub body: String,
}

impl Article {
    /// The article whose translations form one family with this one.
    pub fn family(&self) -> &ArticleId {
        self.translation_of.as_ref().unwrap_or(&self.id)
    }

    /// Whether it holds on `day`.
    pub fn in_effect(&self, day: Date) -> bool {
        self.effective_from.is_none_or(|from| from <= day) && self.effective_until.is_none_or(|until| day <= until)
    }
}
