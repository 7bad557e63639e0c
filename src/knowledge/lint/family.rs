//! Rules that need several articles: ids, translations, places, claims.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::finding::Finding;
use super::rules::Rule;
use crate::knowledge::article::Article;
use crate::knowledge::library::{Document, Library};
use crate::knowledge::place::Place;
use crate::language::Lang;
use crate::passages::ArticleId;

/// A language is expected of every article once this part of all families has it.
const MOST: f64 = 0.5;

pub(super) fn check(library: &Library, findings: &mut Vec<Finding>) {
    let by_id = by_id(library);
    duplicates(&by_id, findings);
    for document in &library.documents {
        translation(document, &by_id, findings);
        path(document, findings);
    }
    missing(library, findings);
    claims(library, findings);
}

/// What is wrong with `article`'s `translation_of`, if anything.
pub(super) fn broken_translation(article: &Article, library: &Library) -> Option<String> {
    problem(article, &by_id(library)).map(|_| article.family().0.clone())
}

fn by_id(library: &Library) -> BTreeMap<&ArticleId, Vec<&Document>> {
    let mut by_id: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for document in &library.documents {
        by_id.entry(&document.article.id).or_default().push(document);
    }
    by_id
}

fn duplicates(by_id: &BTreeMap<&ArticleId, Vec<&Document>>, findings: &mut Vec<Finding>) {
    for (id, documents) in by_id.iter().filter(|(_, documents)| documents.len() > 1) {
        for document in documents {
            let others: Vec<&str> = documents
                .iter()
                .map(|other| other.source.path.as_str())
                .filter(|path| *path != document.source.path)
                .collect();
            let message = format!("the id `{id}` is also that of {}", others.join(", "));
            findings
                .push(Finding::new(Rule::DuplicateId, &document.source, document.place("id"), message).about(&id.0));
        }
    }
}

fn problem(article: &Article, by_id: &BTreeMap<&ArticleId, Vec<&Document>>) -> Option<String> {
    let original = article.translation_of.as_ref()?;
    if *original == article.id {
        return Some("an article is not its own translation".to_owned());
    }
    let Some(target) = by_id.get(original).and_then(|documents| documents.first()) else {
        return Some(format!("there is no article `{original}`"));
    };
    if target.article.lang == article.lang {
        return Some(format!("`{original}` is in the same language ({})", article.lang));
    }
    let further = target.article.translation_of.as_ref()?;
    Some(format!("`{original}` is itself a translation, of `{further}`"))
}

fn translation(document: &Document, by_id: &BTreeMap<&ArticleId, Vec<&Document>>, findings: &mut Vec<Finding>) {
    let article = &document.article;
    let Some(id) = &article.translation_of else { return };
    let place = document.place("translation_of");
    if let Some(message) = problem(article, by_id) {
        findings.push(Finding::new(Rule::TranslationTarget, &document.source, place, message).about(&id.0));
        return;
    }
    let Some(original) = by_id.get(id).and_then(|documents| documents.first()).map(|found| &found.article) else {
        return;
    };
    if let Some((key, theirs, ours)) = older(original, article) {
        let ours = ours.map_or_else(|| "none".to_owned(), |day| day.to_string());
        let message = format!("the original `{id}` has `{key}: {theirs}`, this translation {ours}");
        let at = if document.places.contains_key(key) { document.place(key) } else { place.clone() };
        findings.push(Finding::new(Rule::OlderTranslation, &document.source, at, message));
    }
    let mut differs = Vec::new();
    if article.draft != original.draft {
        let (this, other) = if article.draft { ("a draft", "published") } else { ("published", "a draft") };
        differs.push(("draft", format!("this translation is {this}, its original {other}")));
    }
    if article.audience != original.audience {
        let message = format!("its audience is `{}`, the original's `{}`", article.audience.0, original.audience.0);
        differs.push(("audience", message));
    }
    if article.category != original.category {
        let message = format!("its category is `{}`, the original's `{}`", article.category, original.category);
        differs.push(("category", message));
    }
    if article.effective_until != original.effective_until {
        differs.push(("effective_until", "it ends on another day than its original".to_owned()));
    }
    for (key, message) in differs {
        let at = if document.places.contains_key(key) { document.place(key) } else { place.clone() };
        findings.push(Finding::new(Rule::TranslationDiffers, &document.source, at, message));
    }
}

type Later = (&'static str, jiff::civil::Date, Option<jiff::civil::Date>);

/// The date by which the original is ahead of its translation.
fn older(original: &Article, translation: &Article) -> Option<Later> {
    let (theirs, ours) = (original.effective_from, translation.effective_from);
    if let Some(day) = theirs
        && ours != theirs
    {
        // A translation that takes effect later than its original is of a newer text, not an older one.
        return ours.is_none_or(|ours| ours < day).then_some(("effective_from", day, ours));
    }
    let (theirs, ours) = (original.review_by?, translation.review_by);
    ours.is_some_and(|ours| ours < theirs).then_some(("review_by", theirs, ours))
}

/// The front matter against the folders of `<lang>/<category>/<slug>.md`.
fn path(document: &Document, findings: &mut Vec<Finding>) {
    let article = &document.article;
    let place = Place::of(&article.path, &article.lang);
    let mut differs = Vec::new();
    if let Some(lang) = place.lang.as_ref().filter(|lang| **lang != article.lang) {
        differs.push(("lang", format!("the file lies in `{lang}`, but its `lang` is `{}`", article.lang)));
    }
    if place.is_regular() && place.category() != article.category {
        let message = format!("the file lies in `{}`, but its `category` is `{}`", place.category(), article.category);
        differs.push(("category", message));
    }
    for (key, message) in differs.into_iter().filter(|(key, _)| document.places.contains_key(key)) {
        findings.push(Finding::new(Rule::PathMismatch, &document.source, document.place(key), message));
    }
}

fn missing(library: &Library, findings: &mut Vec<Finding>) {
    let mut families: BTreeMap<&ArticleId, BTreeSet<&Lang>> = BTreeMap::new();
    for article in library.articles() {
        families.entry(article.family()).or_default().insert(&article.lang);
    }
    // Without any translation there is nothing to complete: a help centre may hold pages of several languages.
    if !families.values().any(|langs| langs.len() > 1) {
        return;
    }
    let mut spread: BTreeMap<&Lang, usize> = BTreeMap::new();
    for lang in families.values().flatten() {
        *spread.entry(lang).or_default() += 1;
    }
    let most: Vec<&Lang> = spread
        .iter()
        .filter(|(_, count)| **count as f64 > families.len() as f64 * MOST)
        .map(|(lang, _)| *lang)
        .collect();
    for document in &library.documents {
        let article = &document.article;
        if article.translation_of.is_some() || article.draft {
            continue;
        }
        let Some(there) = families.get(&article.id) else { continue };
        let lacking: Vec<&str> = most.iter().filter(|lang| !there.contains(**lang)).map(|lang| lang.as_str()).collect();
        if lacking.is_empty() {
            continue;
        }
        let message = format!("`{}` is not there in {}, as most articles are", article.id, lacking.join(", "));
        findings.push(Finding::new(Rule::MissingTranslation, &document.source, document.place("id"), message));
    }
}

/// Titles and questions that two articles claim, among those the same readers see.
fn claims(library: &Library, findings: &mut Vec<Finding>) {
    let mut first: HashMap<(&Lang, &str, String), &Document> = HashMap::new();
    for document in &library.documents {
        let article = &document.article;
        if article.draft {
            continue;
        }
        let mut own = BTreeSet::new();
        let claims =
            std::iter::once(("title", &article.title)).chain(article.questions.iter().map(|q| ("questions", q)));
        for (key, claim) in claims {
            let words: String = claim.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
            if words.is_empty() || !own.insert(words.clone()) {
                continue;
            }
            let other = *first.entry((&article.lang, &article.audience.0, words)).or_insert(document);
            if other.source.path == document.source.path {
                continue;
            }
            let message = format!("\"{claim}\" is claimed by {} too", other.source.path);
            findings.push(Finding::new(Rule::SameQuestion, &document.source, document.place(key), message));
        }
    }
}
