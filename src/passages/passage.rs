//! One searchable piece of an article, and the names that lead back to its source.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::language::Lang;

/// An article's stable name, e.g. `ja-return-windows`; unique in a help centre.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct ArticleId(pub String);

/// The digest of an article's source text (first 16 hex digits of BLAKE3): what was quoted can be shown again as it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct ArticleVersion(pub String);

impl std::fmt::Display for ArticleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for ArticleVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who may read an article. Free text in front matter (`customer`, `seller`, `staff`, …); customers read `customer` only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Audience(pub String);

impl Audience {
    /// Everybody's: the default of an article that names no audience.
    pub fn customer() -> Self {
        Self("customer".to_owned())
    }
}

/// Names a passage: UUID v5 of article id, version and ordinal, so that the same source has the same name in every generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct PassageId(pub Uuid);

/// Half-open range of characters (Unicode scalar values, not bytes) in an article's Markdown body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct Span {
    /// First character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// One searchable piece of an article: a section or a part of one, with steps and table rows whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Its name.
    pub id: PassageId,
    /// The article it is from.
    pub article_id: ArticleId,
    /// The article's version.
    pub version: ArticleVersion,
    /// The article all of whose translations form one family: `translation_of`, or the article's own id.
    pub family: ArticleId,
    /// The article's title.
    pub title: String,
    /// The article's language.
    pub lang: Lang,
    /// The article's category.
    pub category: String,
    /// Who may read it.
    pub audience: Audience,
    /// First day in effect, if bounded.
    pub effective_from: Option<Date>,
    /// Last day in effect, if bounded.
    pub effective_until: Option<Date>,
    /// Not published: visible in editors' previews only.
    pub draft: bool,
    /// Headings from the article's top down to this passage, without the title; empty for the lead.
    pub heading: Vec<String>,
    /// Position in the article, from 0.
    pub ordinal: u32,
    /// The Markdown of the passage, exactly the characters of `span`.
    pub text: String,
    /// Where it stands in the article's body.
    pub span: Span,
}

impl Passage {
    /// Namespace of passage ids (random, fixed for ever).
    const NAMESPACE: Uuid = Uuid::from_u128(0x6d61_646f_6775_4368_8a1e_7061_7373_6167);

    /// The id of passage `ordinal` of an article's version.
    pub fn id_of(article: &ArticleId, version: &ArticleVersion, ordinal: u32) -> PassageId {
        let name = format!("{article}\u{1f}{version}\u{1f}{ordinal}");
        PassageId(Uuid::new_v5(&Self::NAMESPACE, name.as_bytes()))
    }

    /// Title and headings, outermost first, as one line: what the dense leg reads before the text.
    pub fn breadcrumb(&self) -> String {
        std::iter::once(self.title.as_str())
            .chain(self.heading.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" > ")
    }
}
