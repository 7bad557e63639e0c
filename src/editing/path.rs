//! Where an article's file lies. What editors send decides names of files, so nothing but this makes a path of it.

use std::path::{Component, Path};

use crate::language::Lang;
use crate::passages::ArticleId;

/// The longest name of a file or folder that is made of what an editor wrote, in bytes; file systems take 255, and a temporary
/// file's name is longer.
const LONGEST: usize = 120;
/// Bytes kept of a longer one, before the digest that tells it from others that begin alike.
const KEPT: usize = 100;
/// The longest id, in bytes, as front matter allows.
const LONGEST_ID: usize = 200;

/// A path below the articles folder, `/`-separated, of which no part leads elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArticlePath(String);

impl ArticlePath {
    /// Where a new article goes: `<lang>/<category>/<slug>.md`, the slug being the id without the language before it.
    pub(super) fn derived(id: &ArticleId, lang: &Lang, category: &str) -> Self {
        let slug = slug_of(id, lang);
        Self(format!("{}/{}/{slug}.md", part(lang.as_str(), "und"), part(category, "general")))
    }

    /// The same beside a file of another article that has that name: with a digest of the id.
    pub(super) fn beside(id: &ArticleId, lang: &Lang, category: &str) -> Self {
        let slug = slug_of(id, lang);
        let digest = digest(&id.0);
        Self(format!("{}/{}/{slug}-{digest}.md", part(lang.as_str(), "und"), part(category, "general")))
    }

    /// A path that an article's file has or had; `None` if it could lead anywhere else than to a Markdown file below the folder.
    pub(super) fn known(path: &str) -> Option<Self> {
        let ordinary = |name: &str| {
            let mut parts = Path::new(name).components();
            let whole = matches!(parts.next(), Some(Component::Normal(part)) if part == name);
            whole && parts.next().is_none() && !name.starts_with('.') && !name.contains(['\0', '\\'])
        };
        let markdown = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let markdown = markdown.eq_ignore_ascii_case("md") || markdown.eq_ignore_ascii_case("markdown");
        (markdown && path.split('/').all(ordinary)).then(|| Self(path.to_owned()))
    }

    /// `/`-separated.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text can be an article's id, as front matter takes them: it stands in addresses.
pub(super) fn is_id(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.len() <= LONGEST_ID && !text.starts_with('.') && text.chars().all(fits)
}

fn slug_of(id: &ArticleId, lang: &Lang) -> String {
    let slug = id.0.strip_prefix(lang.as_str()).and_then(|rest| rest.strip_prefix('-')).unwrap_or(&id.0);
    part(slug, "article")
}

/// A name of letters and digits of any script, `_`, and single hyphens for everything else; `otherwise` if nothing is left.
fn part(text: &str, otherwise: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() || c == '_' {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(name.trim_end_matches('-').len());
    if name.is_empty() {
        return otherwise.to_owned();
    }
    if name.len() <= LONGEST {
        return name;
    }
    let digest = digest(&name);
    let mut end = KEPT;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    format!("{}-{digest}", name.trim_end_matches('-'))
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn derived(id: &str, category: &str) -> String {
        ArticlePath::derived(&ArticleId(id.to_owned()), &Lang::JA, category).0
    }

    #[test]
    fn a_path_is_where_people_would_put_it() {
        assert_eq!(derived("ja-return-windows", "returns"), "ja/returns/return-windows.md");
        assert_eq!(derived("ja-返品の期間", "返品"), "ja/返品/返品の期間.md");
        assert_eq!(derived("en-returns", "returns"), "ja/returns/en-returns.md", "of another language: kept whole");
        assert_eq!(derived("ja", "returns"), "ja/returns/ja.md");
        assert_eq!(derived("ja-", "returns"), "ja/returns/article.md");
        let beside = ArticlePath::beside(&ArticleId("ja-a.b".to_owned()), &Lang::JA, "x").0;
        assert!(beside.starts_with("ja/x/a-b-") && beside.len() == "ja/x/a-b-12345678.md".len(), "{beside}");
    }

    #[test]
    fn hostile_names_stay_in_the_folder() {
        for (id, category, path) in [
            ("../../etc/passwd", "..", "ja/general/etc-passwd.md"),
            ("/etc/passwd", "/", "ja/general/etc-passwd.md"),
            ("..", ".", "ja/general/article.md"),
            ("a\0b", "a\\..\\b", "ja/a-b/a-b.md"),
            (".hidden", ".git", "ja/git/hidden.md"),
            ("C:\\x", "", "ja/general/c-x.md"),
            ("a\u{202e}dm.", "\u{200b}", "ja/general/a-dm.md"),
        ] {
            assert_eq!(derived(id, category), path, "{id:?} {category:?}");
        }
    }

    #[test]
    fn long_names_are_cut_and_told_apart() {
        let (one, other) = (format!("{}1", "返".repeat(500)), format!("{}2", "返".repeat(500)));
        let (one, other) = (derived(&one, "x"), derived(&other, "x"));
        assert_ne!(one, other);
        for path in [one, other] {
            assert!(path.rsplit('/').next().unwrap().len() < 130, "{path}");
        }
    }

    #[test]
    fn a_known_path_leads_to_markdown_below_the_folder() {
        for path in ["a.md", "ja/返品/期間.md", "ja/a b/x.MARKDOWN", "ja/returns/a.ja.md"] {
            assert_eq!(ArticlePath::known(path).unwrap().as_str(), path);
        }
        for path in [
            "",
            "/etc/a.md",
            "../a.md",
            "a/../b.md",
            "a/./b.md",
            "a//b.md",
            ".git/a.md",
            "a/.b.md",
            "a.md/",
            "a\0.md",
            "..\\a.md",
            "a.txt",
            "md",
            "policy.toml",
        ] {
            assert_eq!(ArticlePath::known(path), None, "{path:?}");
        }
    }

    #[test]
    fn ids_are_those_of_front_matter() {
        for id in ["ja-returns", "返品", "a.b_c-1"] {
            assert!(is_id(id), "{id}");
        }
        let long = "a".repeat(201);
        for id in ["", "..", ".a", "a/b", "a b", "a\0", "a\\b", &long] {
            assert!(!is_id(id), "{id:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_derived_is_known(id in any::<String>(), lang in any::<String>(), category in any::<String>()) {
            let (id, lang) = (ArticleId(id), Lang::new(&lang));
            for path in [ArticlePath::derived(&id, &lang, &category), ArticlePath::beside(&id, &lang, &category)] {
                prop_assert_eq!(ArticlePath::known(path.as_str()), Some(path.clone()));
                prop_assert_eq!(path.as_str().split('/').count(), 3);
            }
        }
    }
}
