//! Drafts: saved as they are, wrong or right, and looked at as if they were published.

use super::shelf::{only_file, state};
use super::{Checked, EditError, Editing, EditorName, State};
use crate::passages::{ArticleId, ArticleVersion};
use crate::store::{Draft, DraftLine};

/// A draft that was saved.
#[derive(Debug)]
pub struct Saved {
    /// What is known of it.
    pub draft: DraftLine,
    /// How it looks.
    pub checked: Checked,
    /// What has to be sent back with the next change.
    pub state: State,
}

impl Editing {
    /// Saves `source` as the draft of `id`. With `seen`, the article must stand as it says; without, the text must have been begun
    /// from the file's version (`base`, none for a new article), and there must be no draft.
    ///
    /// A text full of errors is saved all the same: nobody's work is lost because it is not finished.
    ///
    /// # Errors
    /// [`EditError::Changed`], [`EditError::Moved`], [`EditError::OtherDraft`] when something else stands there than the caller has
    /// seen; [`EditError::TooLong`]; when folder, index or store fail.
    pub async fn save_draft(
        &self,
        id: &ArticleId,
        source: String,
        base: Option<ArticleVersion>,
        seen: Option<&State>,
        by: &EditorName,
    ) -> Result<Saved, EditError> {
        let survey = self.sync.survey(None).await?;
        let file = only_file(&survey, id)?;
        let there = self.store.draft(id).await?;
        let now = state(file, there.as_ref());
        match (seen, &there) {
            (Some(seen), _) if *seen != now => return Err(EditError::Changed),
            (Some(_), _) => {}
            (None, _) if base != now.version => return Err(EditError::Moved { base, found: now.version }),
            (None, Some(there)) => return Err(EditError::OtherDraft { by: there.line.by.clone() }),
            (None, None) => {}
        }
        let (_, checked) = self.check(id, file, &source, None).await?;
        let (title, lang) = match &checked.article {
            Some(article) => (article.title.clone(), article.lang.clone()),
            None => (id.0.clone(), self.default_language.clone()),
        };
        let line = DraftLine {
            article: id.clone(),
            lang,
            title,
            base_version: now.version.clone(),
            revision: self.ids.fresh(),
            by: by.0.clone(),
            at: self.clock.now(),
        };
        let draft = Draft { line, source };
        self.store.save_draft(&draft, now.draft).await?;
        let state = State { version: now.version, draft: Some(draft.line.revision) };
        Ok(Saved { draft: draft.line, checked, state })
    }

    /// Throws a draft away.
    ///
    /// # Errors
    /// [`EditError::NoDraft`]; [`EditError::Changed`] when it is not the one that was seen; when the store fails.
    pub async fn discard_draft(&self, id: &ArticleId, seen: Option<&State>, by: &EditorName) -> Result<(), EditError> {
        let draft = self.store.draft(id).await?.ok_or_else(|| EditError::NoDraft(id.clone()))?;
        if seen.is_some_and(|seen| seen.draft != Some(draft.line.revision)) {
            return Err(EditError::Changed);
        }
        Ok(self.store.discard_draft(id, draft.line.revision, &by.0, self.clock.now()).await?)
    }
}
