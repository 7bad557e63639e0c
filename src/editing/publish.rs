//! Publishing a draft, publishing an earlier version again, taking an article away.
//!
//! Each takes the sync's turn, looks at the folder, writes one file, notes who did it, and syncs. Killed anywhere, the folder has
//! the old file or the new one, and the next start brings live what is there; a draft is cleared only once its file is written.

use uuid::Uuid;

use super::file::{self, Before};
use super::path::ArticlePath;
use super::shelf::{only_file, state};
use super::{EditError, Editing, EditorName, State};
use crate::knowledge::lint::Finding;
use crate::knowledge::plan::{ArticleLine, Held};
use crate::knowledge::{Alone, ArticleSource, Change, ChangeKind, Document, Proposed, SyncOptions, SyncStatus};
use crate::passages::{ArticleId, ArticleVersion};

/// What came of a publication.
#[derive(Debug)]
pub struct WentLive {
    /// The version that the file has now; `None`: it was taken away.
    pub version: Option<ArticleVersion>,
    /// Path below the articles folder.
    pub path: String,
    /// Whether the index holds just that now.
    pub live: bool,
    /// What the lint says about the file; nothing that holds it back.
    pub findings: Vec<Finding>,
    /// Articles that came with this sync: this one, and whatever else had changed in the folder.
    pub added: Vec<ArticleLine>,
    /// Articles that changed.
    pub changed: Vec<ArticleLine>,
    /// Articles that went.
    pub removed: Vec<ArticleLine>,
    /// Other files that do not go live as they are.
    pub held: Vec<Held>,
}

/// A text on its way to the folder.
struct Text<'t> {
    id: &'t ArticleId,
    source: &'t str,
    kind: ChangeKind,
    by: &'t EditorName,
    /// The draft it is from.
    draft: Option<Uuid>,
    /// Where it lay before, for an article that has no file now.
    at: Option<ArticlePath>,
}

impl Editing {
    /// Publishes the draft of `id`. Goes on to its end also if whoever asked has gone.
    ///
    /// # Errors
    /// [`EditError::HeldBack`] with the findings; [`EditError::NoDraft`]; [`EditError::Changed`] and [`EditError::Moved`] when something
    /// else stands there than was seen; [`EditError::File`]. [`EditError::NotLive`] once the file is written.
    pub async fn publish(&self, id: ArticleId, seen: Option<State>, by: EditorName) -> Result<WentLive, EditError> {
        let editing = self.clone();
        whole(async move {
            let alone = editing.sync.alone().await;
            let survey = editing.sync.survey(None).await?;
            let file = only_file(&survey, &id)?;
            let draft = editing.store.draft(&id).await?.ok_or_else(|| EditError::NoDraft(id.clone()))?;
            let now = state(file, Some(&draft));
            if seen.is_some_and(|seen| seen != now) {
                return Err(EditError::Changed);
            }
            // A publication that was cut short after its file was written is taken up.
            let written = file.is_some_and(|file| *file.source.text == *draft.source);
            if now.version != draft.line.base_version && !written {
                return Err(EditError::Moved { base: draft.line.base_version, found: now.version });
            }
            let (source, revision) = (draft.source.as_str(), Some(draft.line.revision));
            let text = Text { id: &id, source, kind: ChangeKind::Published, by: &by, draft: revision, at: None };
            editing.put_live(&alone, file, text).await
        })
        .await
    }

    /// Publishes an earlier version again. A draft of the article stays.
    ///
    /// # Errors
    /// [`EditError::UnknownVersion`]; [`EditError::NoSource`] for versions from before sources were kept;
    /// [`EditError::AlreadyThere`]; else as [`Self::publish`].
    pub async fn roll_back(
        &self,
        id: ArticleId,
        version: ArticleVersion,
        seen: Option<State>,
        by: EditorName,
    ) -> Result<WentLive, EditError> {
        let editing = self.clone();
        whole(async move {
            let alone = editing.sync.alone().await;
            let survey = editing.sync.survey(None).await?;
            let file = only_file(&survey, &id)?;
            let draft = editing.store.draft(&id).await?;
            let now = state(file, draft.as_ref());
            if seen.is_some_and(|seen| seen != now) {
                return Err(EditError::Changed);
            }
            if now.version.as_ref() == Some(&version) {
                return Err(EditError::AlreadyThere(version));
            }
            let Some(kept) = editing.store.article_source(&id, &version).await? else {
                // Tells which of the two it is.
                editing.version(&id, &version).await?;
                return Err(EditError::NoSource(version));
            };
            let (kind, at) = (ChangeKind::RolledBack, ArticlePath::known(&kept.path));
            let text = Text { id: &id, source: &kept.text, kind, by: &by, draft: None, at };
            editing.put_live(&alone, file, text).await
        })
        .await
    }

    /// Takes an article out of service: its file goes, its text and history stay here, and any version can be published again.
    ///
    /// # Errors
    /// [`EditError::UnknownArticle`] when there is no file; [`EditError::LastOne`]; else as [`Self::publish`].
    pub async fn withdraw(&self, id: ArticleId, seen: Option<State>, by: EditorName) -> Result<WentLive, EditError> {
        let editing = self.clone();
        whole(async move {
            let alone = editing.sync.alone().await;
            let survey = editing.sync.survey(None).await?;
            let file = only_file(&survey, &id)?.ok_or_else(|| EditError::UnknownArticle(id.clone()))?;
            let draft = editing.store.draft(&id).await?;
            if seen.is_some_and(|seen| seen != state(Some(file), draft.as_ref())) {
                return Err(EditError::Changed);
            }
            let path = ArticlePath::known(&file.source.path).ok_or(EditError::NoId)?;
            let gone = Proposed { path: path.as_str().to_owned(), text: None };
            if editing.sync.survey(Some(gone)).await?.servable == 0 {
                return Err(EditError::LastOne);
            }
            let source = ArticleSource::from(file);
            editing.sync.keep_sources(std::slice::from_ref(&source)).await?;
            let (folder, taken) = (editing.sync.folder().to_owned(), path.clone());
            blocking(move || file::remove(&folder, &taken)).await??;
            let change = Change {
                article: id.clone(),
                kind: ChangeKind::Withdrawn,
                version: None,
                before: Some(source.version),
                title: source.title,
                path: source.path,
                by: by.0.clone(),
                at: editing.clock.now(),
            };
            editing.store.note_edit(&change, None).await?;
            editing.bring_live(&alone, &id, None, path, Vec::new()).await
        })
        .await
    }

    /// Writes a text into the folder, if it may go live, and syncs.
    async fn put_live(
        &self,
        alone: &Alone<'_>,
        file: Option<&Document>,
        text: Text<'_>,
    ) -> Result<WentLive, EditError> {
        let Text { id, source, kind, by, draft, at } = text;
        let (path, checked) = self.check(id, file, source, at).await?;
        let article = match &checked.article {
            Some(article) if checked.may_go_live() => article,
            _ => return Err(EditError::HeldBack(Box::new(checked))),
        };
        let (version, title) = (article.version.clone(), article.title.clone());
        // What is replaced is kept first: a file that never was synced would be lost otherwise.
        let before = file.map(ArticleSource::from);
        self.sync.keep_sources(before.as_slice()).await?;
        let (folder, target, whole_text) = (self.sync.folder().to_owned(), path.clone(), source.to_owned());
        let over = if file.is_some() { Before::File } else { Before::Nothing };
        blocking(move || file::write(&folder, &target, &whole_text, over)).await??;
        let change = Change {
            article: id.clone(),
            kind,
            version: Some(version.clone()),
            before: before.map(|before| before.version),
            title,
            path: path.as_str().to_owned(),
            by: by.0.clone(),
            at: self.clock.now(),
        };
        self.store.note_edit(&change, draft).await?;
        self.bring_live(alone, id, Some(version), path, checked.findings).await
    }

    async fn bring_live(
        &self,
        alone: &Alone<'_>,
        id: &ArticleId,
        version: Option<ArticleVersion>,
        path: ArticlePath,
        findings: Vec<Finding>,
    ) -> Result<WentLive, EditError> {
        let synced = alone.run(SyncOptions::default(), &|_| {}).await;
        self.reports.send_replace(Some(SyncStatus::of(&synced, self.clock.now())));
        let plan = synced.map_err(EditError::NotLive)?.plan;
        let live = self.sync.served_version(id).await.map_err(EditError::NotLive)? == version;
        Ok(WentLive {
            version,
            path: path.as_str().to_owned(),
            live,
            findings,
            added: plan.added,
            changed: plan.changed,
            removed: plan.removed,
            held: plan.held,
        })
    }
}

/// Runs to its end even if nobody waits for it any longer: half a publication is nobody's wish.
async fn whole<T: Send + 'static>(
    work: impl Future<Output = Result<T, EditError>> + Send + 'static,
) -> Result<T, EditError> {
    tokio::spawn(work).await.map_err(|error| EditError::Thread(error.to_string()))?
}

/// Work that would hold up other tasks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, EditError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| EditError::Thread(error.to_string()))
}
