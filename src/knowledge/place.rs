//! What a path says about the article in it: language, category, and a name where the front matter gives none.

use std::path::Path;

use super::codes;
use crate::language::Lang;
use crate::passages::ArticleId;

/// What a path says about the article in it.
pub(super) struct Place {
    folders: Vec<String>,
    stem: String,
    /// The language it names.
    pub(super) lang: Option<Lang>,
    /// Whether the first folder is that language's.
    by_lang: bool,
}

impl Place {
    pub(super) fn of(path: &str, spoken: &Lang) -> Self {
        let mut folders: Vec<String> = path.split('/').map(str::to_owned).collect();
        let file = folders.pop().unwrap_or_default();
        let mut stem = Path::new(&file).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or(file);
        let mut lang = None;
        // `guide.ja.md`, as Hugo and MkDocs name translations.
        if let Some((rest, suffix)) = stem.rsplit_once('.')
            && let Some(code) = codes::in_path(suffix, spoken.as_str())
        {
            lang = Some(Lang::new(&code));
            stem = rest.to_owned();
        }
        let position = folders.iter().position(|folder| codes::in_path(folder, spoken.as_str()).is_some());
        if let Some(at) = position {
            let code = codes::in_path(&folders.remove(at), spoken.as_str());
            lang = lang.or(code.map(|code| Lang::new(&code)));
        }
        Self { folders, stem, lang, by_lang: position == Some(0) }
    }

    /// `<lang>-<slug>` where the path is `<lang>/<category>/<slug>.md`, else the path itself as a slug.
    pub(super) fn id(&self) -> ArticleId {
        let lang = self.lang.as_ref().map(|lang| lang.as_str().to_owned());
        let folders: &[String] = if self.is_regular() { &[] } else { &self.folders };
        let parts = lang.iter().chain(folders).chain(std::iter::once(&self.stem));
        let id = parts.map(|part| slug(part)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
        ArticleId(if id.is_empty() { "article".to_owned() } else { id })
    }

    /// Whether it has the shape `<lang>/<category>/<slug>.md`.
    pub(super) fn is_regular(&self) -> bool {
        self.by_lang && self.folders.len() == 1
    }

    /// The folder the file lies in, `general` at the top.
    pub(super) fn category(&self) -> String {
        self.folders.last().filter(|folder| !folder.is_empty()).cloned().unwrap_or_else(|| "general".to_owned())
    }

    /// The file name as words.
    pub(super) fn title(&self) -> String {
        let words = self.stem.replace(['-', '_'], " ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.is_empty() { self.stem.clone() } else { words }
    }
}

/// Letters and digits of any script, lower case, everything else one hyphen.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let of = |path: &str| {
            let place = Place::of(path, &Lang::EN);
            (place.id().0, place.category(), place.title(), place.lang.map(String::from))
        };
        let own = |id: &str, category: &str, title: &str, lang: Option<&str>| {
            (id.to_owned(), category.to_owned(), title.to_owned(), lang.map(str::to_owned))
        };
        assert_eq!(of("ja/returns/how-to_return.md"), own("ja-how-to-return", "returns", "how to return", Some("ja")));
        assert_eq!(of("返品/期間.md"), own("返品-期間", "返品", "期間", None));
        assert_eq!(of("docs/en/a/b.md"), own("en-docs-a-b", "a", "b", Some("en")));
        assert_eq!(of("---.md"), own("article", "general", "---", None));
    }

    proptest::proptest! {
        #[test]
        fn any_path_has_an_id(path in "[\\PC/]{1,60}\\.md") {
            let place = Place::of(&path, &Lang::EN);
            proptest::prop_assert!(!place.id().0.is_empty());
            proptest::prop_assert!(!place.category().is_empty());
        }
    }
}
