//! Measures when the answer cache takes two questions for one: what it catches of rewordings, and what it must never merge.
//! Prints a Markdown table; with `-- --read`, every pair that is merged and every rewording that is missed, to be read.
//!
//! `MADOGUCHI_EVAL_DATA=DIR cargo bench --profile dev --bench cache > eval/tables/cache.md`

#![allow(missing_docs, unreachable_pub, clippy::type_complexity, reason = "a bench is no library")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use futures::stream::{self, StreamExt, TryStreamExt};
use madoguchi::answer::cache::{Meaning, NEAR, Sameness};
use madoguchi::language::Lang;
use madoguchi::llm::local::{LocalConfig, LocalEmbedder};
use madoguchi::llm::{Embedder, Vector};
use madoguchi::passages::lexical::LexicalAnalyser;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Cosines that a rule by vectors alone might use.
const THRESHOLDS: [f32; 7] = [0.90, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98];

#[derive(Debug, Clone, Deserialize)]
struct Pair {
    id: String,
    lang: Lang,
    a: String,
    b: String,
    same: bool,
    kind: String,
}

#[derive(Deserialize)]
struct Asked {
    lang: Lang,
    user_input: String,
}

#[derive(Deserialize)]
struct Query {
    text: String,
}

#[derive(Deserialize)]
struct Front {
    lang: Lang,
    #[serde(default)]
    questions: Vec<String>,
}

/// A question with all that decides.
struct Read {
    text: String,
    meaning: Meaning,
    terms: BTreeSet<String>,
    vector: Vector,
}

struct Reader {
    analyser: LexicalAnalyser,
    embedder: LocalEmbedder,
}

impl Reader {
    async fn read(&self, lang: &Lang, texts: Vec<String>) -> Result<Vec<Read>> {
        let vectors: Vec<Vector> =
            stream::iter(&texts).map(|text| self.embedder.embed_query(text)).buffered(16).try_collect().await?;
        let read = texts.into_iter().zip(vectors).map(|(text, vector)| Read {
            meaning: Meaning::of(&self.analyser, &text, lang),
            terms: self.analyser.terms(&text, lang).into_iter().collect(),
            vector,
            text,
        });
        Ok(read.collect())
    }
}

/// A way to tell that two questions are one.
#[derive(Clone, Copy)]
enum Rule {
    Vectors(f32),
    VectorsAndTerms(f32),
    Written,
    Ours,
}

impl Rule {
    fn all() -> Vec<Self> {
        let vectors = THRESHOLDS.into_iter().map(Self::Vectors);
        let terms = [0.90, 0.95].into_iter().map(Self::VectorsAndTerms);
        vectors.chain(terms).chain([Self::Written, Self::Ours]).collect()
    }

    fn name(self) -> String {
        match self {
            Self::Vectors(from) => format!("vectors alone, from {from:.2}"),
            Self::VectorsAndTerms(from) => format!("vectors from {from:.2} and the search's terms"),
            Self::Written => "the same writing".to_owned(),
            Self::Ours => format!("**the cache: every word, and vectors from {NEAR:.2}**"),
        }
    }

    fn merges(self, a: &Read, b: &Read) -> bool {
        match self {
            Self::Vectors(from) => a.vector.cosine(&b.vector) >= from,
            Self::VectorsAndTerms(from) => a.vector.cosine(&b.vector) >= from && a.terms == b.terms,
            Self::Written => a.meaning.sameness(&b.meaning) == Sameness::Written,
            Self::Ours => a.meaning.is_that_of(&b.meaning, &a.vector, &b.vector),
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let reading = std::env::args().any(|arg| arg == "--read");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reader = Reader {
        analyser: LexicalAnalyser::open(Some(&root.join("var/models/ipadic"))),
        embedder: LocalEmbedder::open(&root.join("var/models/e5-small.gguf"), LocalConfig::default())?,
    };
    println!("# The answer cache: when two questions are one\n");
    println!(
        "Dense vectors: {}. Japanese dictionary: {}.\n",
        reader.embedder.space().model,
        if reader.analyser.has_dictionary() { "yes" } else { "no" }
    );
    let sets = root.join("eval/datasets/cache");
    println!("## Pairs written before there was a rule\n");
    pairs(&reader, &sets.join("pairs.jsonl"), reading).await?;
    println!("## Pairs written to attack it: what it takes for nothing makes the difference\n");
    pairs(&reader, &sets.join("attacks.jsonl"), reading).await?;
    questions(&reader, root, reading).await
}

/// What is caught of pairs that were written to find out.
async fn pairs(reader: &Reader, file: &Path, reading: bool) -> Result<()> {
    let pairs: Vec<Pair> = lines(file)?;
    let mut read: Vec<(Pair, Read, Read)> = Vec::new();
    for pair in pairs {
        let [a, b] = <[Read; 2]>::try_from(reader.read(&pair.lang, vec![pair.a.clone(), pair.b.clone()]).await?)
            .map_err(|_| anyhow::anyhow!("two questions"))?;
        read.push((pair, a, b));
    }
    println!(
        "| rule | rewordings caught | ja | en | other questions merged | ja | en |\n|---|---|---|---|---|---|---|"
    );
    for rule in Rule::all() {
        let count = |same: bool, lang: Option<Lang>| {
            let of =
                read.iter().filter(|(pair, ..)| pair.same == same && lang.as_ref().is_none_or(|l| *l == pair.lang));
            let (mut merged, mut all) = (0, 0);
            for (_, a, b) in of {
                all += 1;
                merged += usize::from(rule.merges(a, b));
            }
            if all == 0 { "–".to_owned() } else { format!("{merged} of {all}") }
        };
        let cells =
            [true, false].map(|same| [None, Some(Lang::JA), Some(Lang::EN)].map(|lang| count(same, lang)).join(" | "));
        println!("| {} | {} |", rule.name(), cells.join(" | "));
    }
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (pair, a, b) in read.iter().filter(|(pair, ..)| pair.same) {
        let kind = kinds.entry(&pair.kind).or_default();
        *kind = (kind.0 + usize::from(Rule::Ours.merges(a, b)), kind.1 + 1);
    }
    if !kinds.is_empty() {
        println!("\nRewordings the cache catches, by what differs:\n\n| differs in | caught |\n|---|---|");
    }
    kinds.iter().for_each(|(kind, (caught, all))| println!("| {kind} | {caught} of {all} |"));
    let worded = read.iter().filter(|(_, a, b)| a.meaning.sameness(&b.meaning) == Sameness::Worded);
    let mut cosines: Vec<f32> = worded.map(|(_, a, b)| a.vector.cosine(&b.vector)).collect();
    cosines.sort_by(f32::total_cmp);
    if let [least, .., most] = cosines.as_slice() {
        println!("\nThe {} pairs whose words agree lie between {least:.3} and {most:.3} (cosine).\n", cosines.len());
    }
    if reading {
        for (pair, a, b) in &read {
            let merged = Rule::Ours.merges(a, b);
            if merged != pair.same {
                let what = if merged { "WRONGLY MERGED" } else { "missed" };
                println!(
                    "{what} {} {:.3}\n    {} => {}\n    {} => {}",
                    pair.id,
                    a.vector.cosine(&b.vector),
                    a.text,
                    a.meaning,
                    b.text,
                    b.meaning
                );
            }
        }
        println!();
    }
    Ok(())
}

/// What is merged of questions that people and articles ask.
async fn questions(reader: &Reader, root: &Path, reading: bool) -> Result<()> {
    println!("## All pairs of other questions\n");
    println!(
        "| set | language | questions | pairs | merged by the cache | by vectors from 0.95 | and the search's terms |\n|---|---|---|---|---|---|---|"
    );
    let mut merged = Vec::new();
    let mut all = 0;
    for (set, lang, texts) in sets(root)? {
        let read = reader.read(&lang, texts).await?;
        let (mut ours, mut vectors, mut terms) = (0, 0, 0);
        for (at, a) in read.iter().enumerate() {
            for b in read.iter().skip(at + 1) {
                vectors += usize::from(Rule::Vectors(0.95).merges(a, b));
                terms += usize::from(Rule::VectorsAndTerms(0.95).merges(a, b));
                if Rule::Ours.merges(a, b) {
                    ours += 1;
                    merged.push((a.vector.cosine(&b.vector), a.text.clone(), b.text.clone()));
                }
            }
        }
        let pairs = read.len() * read.len().saturating_sub(1) / 2;
        all += pairs;
        println!("| {set} | {lang} | {} | {pairs} | {ours} | {vectors} | {terms} |", read.len());
    }
    println!("\n{} of {all} pairs are merged{}", merged.len(), if merged.is_empty() { "." } else { ":\n" });
    for (cosine, a, b) in &merged {
        println!("- {a} = {b} ({cosine:.3})");
    }
    if reading {
        println!("\n(--read)");
    }
    Ok(())
}

/// Distinct questions by language: what customers ask and what the articles say they answer, together; then each public set.
fn sets(root: &Path) -> Result<Vec<(String, Lang, Vec<String>)>> {
    let mut ours: BTreeMap<Lang, BTreeSet<String>> = BTreeMap::new();
    for file in ["eval/datasets/answers/dev.jsonl", "eval/datasets/answers/test.jsonl"] {
        for Asked { lang, user_input } in lines(&root.join(file))? {
            ours.entry(lang).or_default().insert(user_input);
        }
    }
    for file in files(&root.join("knowledge/articles"))? {
        let source = std::fs::read_to_string(&file)?;
        let front = source.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map(|(front, _)| front);
        let Front { lang, questions } =
            serde_saphyr::from_str(front.context("front matter")?).with_context(|| file.display().to_string())?;
        ours.entry(lang).or_default().extend(questions);
    }
    let pairs: Vec<Pair> = lines(&root.join("eval/datasets/cache/pairs.jsonl"))?;
    let mut sets: Vec<_> = ours
        .into_iter()
        .map(|(lang, texts)| ("articles and their examination".to_owned(), lang, texts.into_iter().collect()))
        .collect();
    // A pair of rewordings counts once: what is merged here is merged wrongly.
    for lang in [Lang::JA, Lang::EN] {
        let mut texts = BTreeSet::new();
        for pair in pairs.iter().filter(|pair| pair.lang == lang) {
            texts.insert(pair.a.clone());
            if !pair.same {
                texts.insert(pair.b.clone());
            }
        }
        sets.push(("the pairs above, each rewording once".to_owned(), lang, texts.into_iter().collect()));
    }
    let Some(data) = std::env::var_os("MADOGUCHI_EVAL_DATA") else {
        println!("SKIPPED: MADOGUCHI_EVAL_DATA is not set; no public sets\n");
        return Ok(sets);
    };
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(Path::new(&data).join("retrieval"))?.map(|it| Ok(it?.path())).collect::<Result<_>>()?;
    folders.sort();
    for folder in folders {
        let name = folder.file_name().and_then(|name| name.to_str()).context("name")?.to_owned();
        let lang = Lang::new(name.rsplit('-').next().unwrap_or_default());
        let texts: BTreeSet<String> =
            lines::<Query>(&folder.join("queries.jsonl"))?.into_iter().map(|query| query.text).collect();
        sets.push((name, lang, texts.into_iter().collect()));
    }
    Ok(sets)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn lines<T: DeserializeOwned>(file: &Path) -> Result<Vec<T>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| Ok(serde_json::from_str(line)?)).collect()
}
