//! Asks the shipped help centre every question of a set, through the same turn as the service, and prints Markdown: the right
//! article cited first, answered, abstained, and each case that went wrong.
//!
//! `cargo bench --profile dev --bench answers` (`-- FILE…` for other sets of `{id, lang, text, slug, also}`; `slug` is
//! `category/name` of the article that answers, `null` where none does)

#![allow(missing_docs, reason = "a bench is no library")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use madoguchi::app::App;
use madoguchi::clock::{RandomIds, SystemClock};
use madoguchi::config::{Config, Overrides};
use madoguchi::guard::Received;
use madoguchi::knowledge::SyncOptions;
use madoguchi::language::detect;
use madoguchi::passages::Audience;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Question {
    lang: String,
    text: String,
    slug: Option<String>,
    #[serde(default)]
    also: Vec<String>,
}

#[derive(Debug, Default)]
struct Tally {
    answerable: usize,
    answered: usize,
    right: usize,
    language: usize,
    unanswerable: usize,
    abstained: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let data = tempfile::tempdir()?;
    let overrides = Overrides {
        data_dir: Some(data.path().to_owned()),
        knowledge: Some(root.join("knowledge")),
        ..Overrides::default()
    };
    let app = App::open(Config::load(&overrides)?, Arc::new(SystemClock), Arc::new(RandomIds)).await?;
    app.sync.run(SyncOptions::default(), &|_| {}).await?;
    let mut files: Vec<PathBuf> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).map(PathBuf::from).collect();
    if files.is_empty() {
        files =
            ["heldout", "calibration"].map(|name| root.join(format!("eval/datasets/questions-{name}.jsonl"))).into();
    }
    for file in files {
        ask_all(&app, &file).await?;
    }
    Ok(())
}

async fn ask_all(app: &App, file: &std::path::Path) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let (mut tallies, mut wrong, mut times) = (BTreeMap::<String, Tally>::new(), Vec::new(), Vec::new());
    for line in text.lines() {
        let question: Question = serde_json::from_str(line)?;
        let lang = detect(&question.text, None, &app.default_language());
        let received = Received::new(question.text.clone(), lang.clone(), vec![Audience::customer()]);
        let reply = app.turn.answer(received).await.reply;
        times.push(reply.timings.total_ms);
        let tally = tallies.entry(question.lang.clone()).or_default();
        let cited = reply.citations.first().map(|citation| citation.article_id.0.as_str());
        tally.language += usize::from(lang.as_str() == question.lang);
        let Some(slug) = &question.slug else {
            tally.unanswerable += 1;
            tally.abstained += usize::from(reply.abstained);
            if let Some(cited) = cited {
                wrong.push(format!("{} | not in the articles | {cited} ({:.2})", question.text, reply.confidence));
            }
            continue;
        };
        tally.answerable += 1;
        tally.answered += usize::from(!reply.abstained);
        let named = |slug: &String| slug.rsplit('/').next().unwrap_or_default().to_owned();
        let accepted: Vec<String> = std::iter::once(slug).chain(&question.also).map(named).collect();
        let right = cited.is_some_and(|cited| accepted.iter().any(|name| cited.ends_with(&format!("-{name}"))));
        tally.right += usize::from(right);
        if !right {
            let cited = cited.unwrap_or("abstained");
            wrong.push(format!("{} | {slug} | {cited} ({:.2})", question.text, reply.confidence));
        }
    }
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    println!("## {name}\n");
    println!(
        "| language | right article cited first | answered | rightly abstained | language told |\n|---|---|---|---|---|"
    );
    for (lang, t) in &tallies {
        let all = t.answerable + t.unanswerable;
        println!(
            "| {lang} | {} of {} | {} of {} | {} of {} | {} of {all} |",
            t.right, t.answerable, t.answered, t.answerable, t.abstained, t.unanswerable, t.language
        );
    }
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or_default();
    println!("\nA turn took {:.1} ms (p50), {:.1} ms (p99).\n", at(0.5), at(0.99));
    println!("| question | should cite | cited (confidence) |\n|---|---|---|");
    for line in wrong {
        println!("| {line} |");
    }
    println!();
    Ok(())
}
