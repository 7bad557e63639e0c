//! Looking at a text as if it were published: what the lint says, whether it would go live, how it would be cut.

use std::collections::BTreeSet;

use super::path::ArticlePath;
use super::{EditError, Editing};
use crate::knowledge::lint::{Finding, Rule};
use crate::knowledge::{Article, Document, MAX_BYTES, Proposed};
use crate::passages::{ArticleId, Passage};

/// A text, looked at as if it were published.
#[derive(Debug)]
pub struct Checked {
    /// Path below the articles folder that the file has or would have.
    pub path: String,
    /// The article as it was understood; `None` if the text is none.
    pub article: Option<Article>,
    /// What the lint says about the text, by line.
    pub findings: Vec<Finding>,
    /// The rules that keep it from going live.
    pub held_by: BTreeSet<Rule>,
    /// What else does, in words.
    pub hindrance: Option<String>,
    /// How it would be cut.
    pub passages: Vec<Passage>,
}

impl Checked {
    /// Whether it would go live.
    pub fn may_go_live(&self) -> bool {
        self.held_by.is_empty() && self.hindrance.is_none() && self.article.is_some()
    }
}

impl Editing {
    /// Looks at `text` as the article `id`, in the place of `file` or as a new one.
    pub(super) async fn check(
        &self,
        id: &ArticleId,
        file: Option<&Document>,
        text: &str,
        at: Option<ArticlePath>,
    ) -> Result<(ArticlePath, Checked), EditError> {
        if text.len() as u64 > MAX_BYTES {
            return Err(EditError::TooLong);
        }
        let path = self.place(id, file, text, at)?;
        let proposed = Proposed { path: path.as_str().to_owned(), text: Some(text.to_owned()) };
        let survey = self.sync.survey(Some(proposed)).await?;
        let article = survey.document(path.as_str()).map(|document| document.article.clone());
        let passages = match &article {
            Some(article) => self.sync.passages(article.clone()).await?,
            None => Vec::new(),
        };
        let held_by = survey.held(path.as_str()).map(|held| held.rules.clone()).unwrap_or_default();
        let hindrance = article.as_ref().filter(|article| article.id != *id).map(|article| {
            format!(
                "The text is the article `{}`, and this address is `{id}`'s: write `id: {id}` in its front matter.",
                article.id
            )
        });
        let findings = survey.loaded.findings.into_iter().filter(|finding| finding.file == path.as_str()).collect();
        let checked = Checked { path: path.as_str().to_owned(), article, findings, held_by, hindrance, passages };
        Ok((path, checked))
    }

    /// Where the file of `id` lies; where a new one goes.
    fn place(
        &self,
        id: &ArticleId,
        file: Option<&Document>,
        text: &str,
        at: Option<ArticlePath>,
    ) -> Result<ArticlePath, EditError> {
        if let Some(file) = file {
            // Every path that the folder was walked along is one, but for names that only some systems know.
            return ArticlePath::known(&file.source.path).ok_or(EditError::NoId);
        }
        let free = |path: &ArticlePath| !self.sync.folder().join(path.as_str()).exists();
        if let Some(path) = at.filter(&free) {
            return Ok(path);
        }
        let article = self.sync.document("new.md", text).map(|document| document.article);
        let (lang, category) = match article {
            Some(article) => (article.lang, article.category),
            None => (self.default_language.clone(), String::new()),
        };
        let path = ArticlePath::derived(id, &lang, &category);
        Ok(if free(&path) { path } else { ArticlePath::beside(id, &lang, &category) })
    }
}
