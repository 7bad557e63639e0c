//! Retrieval sets: BEIR folders, and the shipped articles with questions about them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use madoguchi::eval::dataset::answers;
use madoguchi::eval::metrics::Grades;
use madoguchi::language::Lang;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A passage of a set.
#[derive(Debug, Clone)]
pub(crate) struct Doc {
    /// What the judgements name: the passage itself in BEIR sets, the article in ours.
    pub(crate) unit: String,
    pub(crate) title: String,
    pub(crate) heading: Vec<String>,
    pub(crate) text: String,
    /// Front-matter questions.
    pub(crate) questions: Vec<String>,
}

impl Doc {
    pub(crate) fn breadcrumb(&self) -> String {
        let parts = std::iter::once(&self.title).filter(|t| !t.is_empty()).chain(&self.heading);
        parts.map(String::as_str).collect::<Vec<_>>().join(" > ")
    }

    /// What the dense and lexical legs read.
    pub(crate) fn whole(&self) -> String {
        let crumb = self.breadcrumb();
        if crumb.is_empty() { self.text.clone() } else { format!("{crumb}\n{}", self.text) }
    }
}

/// A set of one language.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) lang: Lang,
    pub(crate) docs: Vec<Doc>,
    pub(crate) queries: Vec<(String, Grades<String>)>,
}

impl Set {
    pub(crate) fn has_titles(&self) -> bool {
        self.docs.iter().any(|doc| !doc.title.is_empty())
    }
}

/// Every set there is, in a fixed order.
pub(crate) fn all() -> Result<Vec<Set>> {
    let mut sets = Vec::new();
    match std::env::var_os("MADOGUCHI_EVAL_DATA") {
        Some(root) => {
            for dir in folders(&Path::new(&root).join("retrieval"))? {
                sets.push(beir(&dir).with_context(|| dir.display().to_string())?);
            }
        }
        None => println!("SKIPPED: MADOGUCHI_EVAL_DATA is not set; only the shipped articles are measured\n"),
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let at = |key: &str, default: &str| std::env::var_os(key).map_or_else(|| root.join(default), PathBuf::from);
    let articles = at("MADOGUCHI_BENCH_ARTICLES", "knowledge/articles");
    let questions = at("MADOGUCHI_BENCH_QUESTIONS", "eval/datasets/answers/dev.jsonl");
    if articles.is_dir() && questions.is_file() {
        sets.extend(shipped(&articles, &questions)?);
    } else {
        println!("SKIPPED: no articles or no questions about them\n");
    }
    Ok(sets)
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

fn beir(dir: &Path) -> Result<Set> {
    let name = dir.file_name().and_then(|n| n.to_str()).context("name")?.to_owned();
    let lang = Lang::new(name.rsplit('-').next().unwrap_or_default());
    let docs = lines::<Row>(&dir.join("corpus.jsonl"))?.into_iter().map(|row| {
        // JSQuAD's contexts carry the title of their page before a separator.
        let (title, text) = match row.text.split_once(" [SEP] ") {
            Some((title, text)) if row.title.is_empty() => (title.to_owned(), text.to_owned()),
            _ => (row.title, row.text),
        };
        Doc { unit: row.id, title, heading: Vec::new(), text, questions: Vec::new() }
    });
    let docs = docs.collect();
    let mut grades: HashMap<String, Grades<String>> = HashMap::new();
    let judgements = std::fs::read_to_string(dir.join("qrels/test.tsv"))?;
    for line in judgements.lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(query), Some(doc), Some(grade)) = (columns.next(), columns.next(), columns.next()) else { continue };
        grades.entry(query.to_owned()).or_default().insert(doc.to_owned(), grade.trim().parse()?);
    }
    let queries = lines::<Row>(&dir.join("queries.jsonl"))?;
    let queries = queries.into_iter().filter_map(|row| Some((row.text, grades.remove(&row.id)?))).collect();
    Ok(Set { name, lang, docs, queries })
}

#[derive(Deserialize)]
struct Front {
    title: String,
    #[serde(default)]
    questions: Vec<String>,
    #[serde(default)]
    audience: Option<String>,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    effective_until: Option<jiff::civil::Date>,
}

/// One set a language. An article is cut at its second-level headings; the project's own chunker may cut it finer.
fn shipped(articles: &Path, questions: &Path) -> Result<Vec<Set>> {
    let mut sets: BTreeMap<Lang, Set> = BTreeMap::new();
    for folder in folders(articles)? {
        let lang = Lang::new(folder.file_name().and_then(|n| n.to_str()).unwrap_or_default());
        let mut docs = Vec::new();
        for category in folders(&folder)? {
            let mut files: Vec<PathBuf> =
                std::fs::read_dir(&category)?.map(|e| Ok(e?.path())).collect::<Result<_>>()?;
            files.sort();
            for file in files {
                docs.extend(article(&folder, &file).with_context(|| file.display().to_string())?);
            }
        }
        sets.insert(lang.clone(), Set { name: format!("articles-{lang}"), lang, docs, queries: Vec::new() });
    }
    for question in answers::read(questions)?.0 {
        let Some(set) = question.lang.as_ref().and_then(|lang| sets.get_mut(lang)) else { continue };
        // Articles are told by path here, which translations share; an id is that path's name after the language.
        let unit = |id: &str| {
            let (_, name) = id.split_once('-')?;
            set.docs.iter().map(|doc| &doc.unit).find(|unit| unit.rsplit('/').next() == Some(name)).cloned()
        };
        let must = question.expect.must_cite.iter().flat_map(|any| any.each());
        let must = must.filter_map(|id| Some((unit(id)?, 2)));
        let may = question.expect.may_cite.iter().filter_map(|id| Some((unit(id)?, 1)));
        let grades: Grades<String> = may.chain(must).collect();
        if grades.values().any(|grade| *grade == 2) {
            set.queries.push((question.user_input, grades));
        }
    }
    Ok(sets.into_values().filter(|set| !set.queries.is_empty()).collect())
}

fn article(root: &Path, file: &Path) -> Result<Vec<Doc>> {
    let source = std::fs::read_to_string(file)?;
    let (_, rest) = source.split_once("---\n").context("front matter")?;
    let (front, body) = rest.split_once("\n---\n").context("front matter's end")?;
    let front: Front = serde_saphyr::from_str(front)?;
    let unit = file.with_extension("").strip_prefix(root)?.to_string_lossy().into_owned();
    let today = jiff::civil::date(2026, 11, 22);
    let hidden = front.draft
        || front.audience.is_some_and(|audience| audience != "customer")
        || front.effective_until.is_some_and(|until| until < today);
    if hidden {
        return Ok(Vec::new());
    }
    let mut sections = vec![(Vec::new(), String::new())];
    for line in body.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            sections.push((vec![heading.to_owned()], String::new()));
        } else if let Some((_, text)) = sections.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    let sections = sections.into_iter().filter(|(_, text)| !text.trim().is_empty());
    Ok(sections
        .map(|(heading, text)| Doc {
            unit: unit.clone(),
            title: front.title.clone(),
            heading,
            text: text.trim().to_owned(),
            questions: front.questions.clone(),
        })
        .collect())
}

fn folders(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(dir).with_context(|| dir.display().to_string())?;
    let mut folders: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    folders.retain(|path| path.is_dir());
    folders.sort();
    Ok(folders)
}

fn lines<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| Ok(serde_json::from_str(line)?)).collect()
}
