//! A folder of Markdown files as articles. Nothing a file holds stops the others from being read.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use jiff::civil::Date;

use super::article::Article;
use super::frontmatter::{self, FrontMatter};
use super::lint::{self, Finding, Rule};
use super::outline::Outline;
use super::place::Place;
use super::plain::plain;
use super::source::Source;
use crate::language::Lang;
use crate::passages::{ArticleId, ArticleVersion, Audience};

/// The largest file that is read.
pub const MAX_BYTES: u64 = 1024 * 1024;

/// Name of the file (in any folder) that keeps files out, by the rules of `.gitignore`.
pub const IGNORE_FILE: &str = ".madoguchiignore";

/// Tells the language of a text, from what it is written in.
pub type Detect<'d> = &'d (dyn Fn(&str) -> Lang + Send + Sync);

/// The folder could not be read as a whole.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is not there, or is no folder.
    #[error("there is no articles folder at {0}: check --knowledge, or whether the volume is mounted")]
    Missing(PathBuf),
    /// A part of it cannot be listed; going on would look like deleting what is in there.
    #[error("articles folder: {0}")]
    Unlistable(String),
}

/// One file that could be read as an article, with or without errors.
#[derive(Debug, Clone)]
pub struct Document {
    /// The article.
    pub article: Article,
    /// The file.
    pub source: Source,
    /// Headings and sections of the body.
    pub outline: Outline,
    /// Where each front-matter key's value stands in the file.
    pub places: BTreeMap<&'static str, Range<usize>>,
}

impl Document {
    /// Where the value of `key` stands, else the start of the file.
    pub fn place(&self, key: &str) -> Range<usize> {
        self.places.get(key).cloned().unwrap_or(0..0)
    }

    /// Bytes of the body as bytes of the file.
    pub fn in_file(&self, body: &Range<usize>) -> Range<usize> {
        self.source.body_at + body.start..self.source.body_at + body.end
    }

    /// The body's text of a section.
    pub fn section(&self, bytes: &Range<usize>) -> &str {
        self.article.body.get(bytes.clone()).unwrap_or_default()
    }
}

/// Everything a folder holds.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// Files that are articles, by path.
    pub documents: Vec<Document>,
    /// Files that are none (unreadable, too large), for showing findings about them.
    pub rejected: Vec<Source>,
    /// Paths of all files in the folder, articles or not: links may lead to them.
    pub files: BTreeSet<String>,
}

impl Library {
    /// The file at `path`, if it is shown in findings.
    pub fn source(&self, path: &str) -> Option<&Source> {
        let documents = self.documents.iter().map(|document| &document.source);
        documents.chain(&self.rejected).find(|source| source.path == path)
    }

    /// The articles, by path.
    pub fn articles(&self) -> impl Iterator<Item = &Article> {
        self.documents.iter().map(|document| &document.article)
    }
}

/// A folder, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// What it holds.
    pub library: Library,
    /// What is wrong with it, by file and line.
    pub findings: Vec<Finding>,
}

/// A file as it would be, for reading a folder before it is written.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// Path below the articles folder, `/`-separated.
    pub path: String,
    /// Its text; `None`: it would be gone.
    pub text: Option<String>,
}

/// Reads the articles below `folder` and checks them as on the day `today`.
pub fn load(folder: &Path, today: Date, detect: Detect<'_>) -> Result<Loaded, LoadError> {
    load_with(folder, today, detect, None)
}

/// The same with `proposed` in the place of what lies at its path.
pub(super) fn load_with(
    folder: &Path,
    today: Date,
    detect: Detect<'_>,
    proposed: Option<&Proposed>,
) -> Result<Loaded, LoadError> {
    let (library, mut findings) = read_with(folder, detect, proposed)?;
    findings.extend(lint::check(&library, today));
    findings.sort_by(|a, b| (&a.file, a.line, a.column, a.rule).cmp(&(&b.file, b.line, b.column, b.rule)));
    Ok(Loaded { library, findings })
}

/// Reads the articles below `folder`; findings are those of reading alone.
pub fn read(folder: &Path, detect: Detect<'_>) -> Result<(Library, Vec<Finding>), LoadError> {
    read_with(folder, detect, None)
}

fn read_with(
    folder: &Path,
    detect: Detect<'_>,
    proposed: Option<&Proposed>,
) -> Result<(Library, Vec<Finding>), LoadError> {
    if !folder.is_dir() {
        return Err(LoadError::Missing(folder.to_owned()));
    }
    let mut library = Library::default();
    let mut findings = Vec::new();
    let mut parsed = Vec::new();
    let mut files = list(folder)?;
    if let Some(Proposed { path, text }) = proposed {
        files.retain(|(known, _)| known != path);
        files.extend(text.is_some().then(|| (path.clone(), folder.join(path))));
        files.sort();
    }
    for (path, file) in files {
        library.files.insert(path.clone());
        if !is_article(&path) {
            continue;
        }
        let text = proposed.filter(|proposed| proposed.path == path).and_then(|proposed| proposed.text.as_deref());
        let bytes = text.map_or_else(|| slurp(&file), |text| fits(text.len() as u64).map(|()| text.into()));
        match bytes {
            Ok(bytes) => match parse(path, &bytes, detect) {
                Ok((draft, found)) => {
                    parsed.push(draft);
                    findings.extend(found);
                }
                Err((source, finding)) => {
                    library.rejected.push(source);
                    findings.push(*finding);
                }
            },
            // Gone between listing and reading: an editor replaced it, or it was deleted.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                library.files.remove(&path);
            }
            Err(error) => {
                let source = Source::new(path, "");
                let rule = if error.kind() == io::ErrorKind::FileTooLarge { Rule::TooLarge } else { Rule::Unreadable };
                findings.push(Finding::new(rule, &source, 0..0, format!("the file cannot be read: {error}")));
                library.rejected.push(source);
            }
        }
    }
    name(&mut parsed, &mut findings);
    library.documents = parsed.into_iter().map(|draft| draft.document).collect();
    Ok((library, findings))
}

/// Whether a path is an article's: Markdown by its name.
pub(super) fn is_article(path: &str) -> bool {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown")
}

/// The walk over an articles folder: no hidden files, what [`IGNORE_FILE`] names left out, symbolic links followed (that is
/// how Kubernetes mounts a config map). Git's own ignore rules are not asked: a checkout's `.gitignore` must not unpublish.
pub(super) fn walk(folder: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false)
        .hidden(true)
        .parents(false)
        .follow_links(true)
        .add_custom_ignore_filename(IGNORE_FILE)
        .sort_by_file_path(Path::cmp);
    walk
}

fn list(folder: &Path) -> Result<Vec<(String, PathBuf)>, LoadError> {
    let mut files = Vec::new();
    for entry in walk(folder).build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if is_gone(&error) => continue,
            Err(error) => return Err(LoadError::Unlistable(error.to_string())),
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Ok(below) = entry.path().strip_prefix(folder) else { continue };
        let path = below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        files.push((path, entry.into_path()));
    }
    files.sort();
    Ok(files)
}

/// A file that went away while the folder was listed, or a link that leads nowhere.
fn is_gone(error: &ignore::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn slurp(file: &Path) -> io::Result<Vec<u8>> {
    fits(std::fs::metadata(file)?.len())?;
    std::fs::read(file)
}

fn fits(size: u64) -> io::Result<()> {
    if size <= MAX_BYTES {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("{size} bytes, {MAX_BYTES} are allowed")))
}

/// A text as the article that it would be at `path`; `None` if it is none.
pub(super) fn document(path: &str, text: &str, detect: Detect<'_>) -> Option<Document> {
    let (draft, _) = parse(path.to_owned(), text.as_bytes(), detect).ok()?;
    Some(draft.document)
}

struct Draft {
    document: Document,
    /// What the front matter did not say.
    derived: Vec<&'static str>,
}

type Rejected = (Source, Box<Finding>);

fn parse(path: String, bytes: &[u8], detect: Detect<'_>) -> Result<(Draft, Vec<Finding>), Rejected> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let source = Source::new(path, &String::from_utf8_lossy(bytes));
            let valid = String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
            let at = Source::new(String::new(), &valid).text.len();
            let finding = Finding::new(Rule::Unreadable, &source, at..at + 3, "the file is not UTF-8 from here on");
            return Err((source, Box::new(finding)));
        }
    };
    let mut source = Source::new(path, text);
    if let Some(at) = source.text.find('\0') {
        let finding = Finding::new(Rule::Unreadable, &source, at..at + 1, "the file holds a NUL character: not text");
        return Err((source, Box::new(finding)));
    }
    let (front, mut findings) = frontmatter::read(&mut source);
    let body = source.body().to_owned();
    let outline = Outline::of(&body);
    let words: String = plain(&body).chars().take(4_000).collect();
    if outline.sections.iter().all(|section| body.get(section.bytes.clone()).is_none_or(|text| plain(text).is_empty()))
        && !findings.iter().any(|finding| finding.rule == Rule::FrontMatterSyntax)
    {
        let at = source.body_at;
        findings.push(Finding::new(Rule::Empty, &source, at..at, "the file holds no text besides headings"));
    }
    let mut draft = derive(&source, front, body, outline, detect(&words));
    draft.document.article.version = version(bytes, &draft);
    Ok((draft, findings))
}

fn derive(source: &Source, front: FrontMatter, body: String, outline: Outline, spoken: Lang) -> Draft {
    let mut derived = Vec::new();
    let place = Place::of(&source.path, &spoken);
    if front.id.is_none() {
        derived.push("id");
    }
    let title = front.title.unwrap_or_else(|| {
        derived.push("title");
        let heading = outline.title().and_then(|at| outline.headings.get(at)).or_else(|| outline.headings.first());
        heading.map(|heading| heading.text.clone()).filter(|text| !text.is_empty()).unwrap_or_else(|| place.title())
    });
    let lang = front.lang.unwrap_or_else(|| {
        derived.push("lang");
        place.lang.clone().unwrap_or(spoken)
    });
    let category = front.category.unwrap_or_else(|| {
        derived.push("category");
        place.category()
    });
    let article = Article {
        id: front.id.unwrap_or_else(|| place.id()),
        version: ArticleVersion(String::new()),
        path: source.path.clone(),
        title,
        lang,
        translation_of: front.translation_of,
        category,
        audience: front.audience.unwrap_or_else(Audience::customer),
        owner: front.owner,
        tags: front.tags,
        questions: front.questions,
        effective_from: front.effective_from,
        effective_until: front.effective_until,
        review_by: front.review_by,
        draft: front.draft,
        body,
    };
    Draft { document: Document { article, source: source.clone(), outline, places: front.places }, derived }
}

/// The digest of the source, and of whatever was derived from elsewhere than the source: when a file without front matter
/// moves to another category, that is another version, although its text is the same.
fn version(bytes: &[u8], draft: &Draft) -> ArticleVersion {
    let mut hasher = blake3::Hasher::new();
    hasher.update(bytes);
    let article = &draft.document.article;
    for key in &draft.derived {
        let value = match *key {
            "lang" => article.lang.as_str(),
            "category" => article.category.as_str(),
            "title" => article.title.as_str(),
            // The id is part of a version's name already.
            _ => continue,
        };
        hasher.update(b"\0");
        hasher.update(key.as_bytes());
        hasher.update(b"=");
        hasher.update(value.as_bytes());
    }
    ArticleVersion(hasher.finalize().to_hex().chars().take(16).collect())
}

/// Gives every article without `id` one that no other article has, and reports what was derived.
fn name(drafts: &mut [Draft], findings: &mut Vec<Finding>) {
    let mut taken: HashSet<ArticleId> = drafts
        .iter()
        .filter(|draft| !draft.derived.contains(&"id"))
        .map(|draft| draft.document.article.id.clone())
        .collect();
    for draft in drafts {
        let article = &mut draft.document.article;
        if draft.derived.contains(&"id") && !taken.insert(article.id.clone()) {
            // Not a running number: the name must not depend on which other files there are later.
            let digest = blake3::hash(article.path.as_bytes()).to_hex();
            article.id = ArticleId(format!("{}-{}", article.id, digest.chars().take(6).collect::<String>()));
            taken.insert(article.id.clone());
        }
        if draft.derived.is_empty() {
            continue;
        }
        let values: Vec<String> = draft
            .derived
            .iter()
            .map(|key| match *key {
                "id" => format!("id: {}", article.id),
                "title" => format!("title: {}", article.title),
                "lang" => format!("lang: {}", article.lang),
                _ => format!("category: {}", article.category),
            })
            .collect();
        let message = format!("not in the front matter, so derived: {}", values.join(", "));
        findings.push(Finding::new(Rule::Derived, &draft.document.source, 0..0, message));
    }
}

#[cfg(test)]
mod tests;
