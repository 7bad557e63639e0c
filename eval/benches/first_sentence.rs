//! How long after a model has finished its first sentence that sentence is released, checked. Prints a Markdown table.
//!
//! `cargo bench --profile dev --bench first_sentence`
//!
//! A scripted model answers, with the shipped articles, the real verifier and the real embedding model. *Copied*: two sentences of the
//! best passage for each question of our dev set. *Reworded*: the harmless drafts of eval/datasets/hostile, whose author said the source's
//! sentences in other words; the passage that a draft rests on is among those found. A sentence counts as finished with the first piece
//! after it: until then the number of its source may still follow. Before that the model takes its time, as real ones do, and the
//! verifier reads the sources meanwhile. *Shown*: of so many something was released for the first sentence.

#![allow(missing_docs, unreachable_pub, reason = "a bench is no library")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use madoguchi::answer::{Evidence, Fate, Judged, Part, PromptShelf, Question, Writer, sentences};
use madoguchi::app::{self, App};
use madoguchi::clock::{RandomIds, SystemClock};
use madoguchi::config::{Config, Overrides};
use madoguchi::guard::Received;
use madoguchi::knowledge::SyncOptions;
use madoguchi::language::Lang;
use madoguchi::llm::{Budget, ChatError, ChatModel, ChatPiece, ChatReply, ChatRequest, ChatStream, STOP};
use madoguchi::passages::Audience;
use madoguchi::passages::hybrid::Fused;

const MODEL: &str = "var/models/e5-small.gguf";
const QUESTIONS: &str = "eval/datasets/answers/dev.jsonl";
const DRAFTS: &str = "eval/datasets/hostile/harmless.jsonl";
/// Questions asked of each language.
const ASKED: usize = 100;
/// Until the first piece: less than any real model takes to read its prompt.
const THINKS: Duration = Duration::from_millis(400);

/// Says two sentences, and remembers when the first was finished.
#[derive(Debug, Default)]
struct Timed {
    says: Mutex<(String, String)>,
    finished: Arc<Mutex<Option<Instant>>>,
}

#[async_trait]
impl ChatModel for Timed {
    fn model(&self) -> &str {
        "scripted"
    }

    fn is_remote(&self) -> bool {
        false
    }

    async fn complete(&self, _request: &ChatRequest) -> Result<ChatReply, ChatError> {
        Err(ChatError::Permanent("it only streams".to_owned()))
    }

    async fn stream(&self, _request: &ChatRequest) -> Result<ChatStream, ChatError> {
        let (first, second) = self.says.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let finished = Arc::clone(&self.finished);
        tokio::time::sleep(THINKS).await;
        let end = ChatPiece::End { finish_reason: STOP.to_owned(), tokens_in: 0, tokens_out: 0 };
        let pieces = [ChatPiece::Text(first), ChatPiece::Text(second), end].into_iter().enumerate();
        let pieces = pieces.map(move |(at, piece)| {
            if at == 1 {
                *finished.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            }
            Ok(piece)
        });
        Ok(ChatStream::new("scripted", stream::iter(pieces).boxed()))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    if !Path::new(MODEL).exists() {
        println!("SKIPPED: no model at {MODEL}");
        return Ok(());
    }
    let data = PathBuf::from("var/bench");
    let config = Config::load(&Overrides { data_dir: Some(data), ..Overrides::default() })?;
    let app = App::open(config, Arc::new(SystemClock), Arc::new(RandomIds)).await?;
    app.sync.run(SyncOptions::default(), &|_| {}).await?;
    let turn = &app.turn;
    let model = Arc::new(Timed::default());
    let prompts = PromptShelf::open(None)?;
    let writer = Writer {
        chat: Arc::clone(&model) as Arc<dyn ChatModel>,
        guard: Arc::new(app::open_output_guard(&prompts.current())?),
        support: Arc::new(Evidence::new(Arc::clone(&turn.analyser), Some(Arc::clone(&turn.embedder)))),
        prompts: Arc::new(prompts),
        budget: Budget { context_tokens: 8_000, reply_tokens: 500 },
        min_support: app.config.answer.min_support,
        deadline: Duration::from_secs(60),
    };
    let catalogue = turn.catalogues.current().await?;
    println!(
        "| first sentence checked, after it was finished | n | shown | p50 | p90 | p99 | most |\n|---|---|---|---|---|---|---|"
    );
    for (kind, lang) in [("copied", Lang::JA), ("copied", Lang::EN), ("reworded", Lang::JA), ("reworded", Lang::EN)] {
        let rows = if kind == "copied" { questions(&lang)? } else { drafts(&lang)? };
        let (mut took, mut asked_of) = (Vec::new(), 0);
        for (question, draft) in rows.into_iter().take(ASKED) {
            let received = Received::new(&question, lang.clone(), vec![Audience::customer()]);
            let (mut hits, _) = turn.find(received, 8).await?;
            if let Some((source, _)) = &draft {
                hits.truncate(7);
                hits.insert(0, Fused::alone(source, &lang));
            }
            let Some((first, second)) = said(draft.as_ref(), &hits) else { continue };
            asked_of += 1;
            *model.says.lock().unwrap_or_else(PoisonError::into_inner) = (format!("{first} "), second);
            let mut released = None;
            let mut release = |_: &Part| {
                released.get_or_insert_with(Instant::now);
            };
            let asked = Question { text: &question, lang: &lang, history: &[] };
            let written = writer.write(&asked, &hits, &catalogue, &mut release).await?;
            let finished = model.finished.lock().unwrap_or_else(PoisonError::into_inner).take();
            let shown = |judged: &Judged| matches!(judged.outcome, Fate::Said | Fate::Quoted);
            if let (Some(released), Some(finished), true) =
                (released, finished, written.sentences.first().is_some_and(shown))
            {
                took.push(released.saturating_duration_since(finished));
            }
        }
        took.sort();
        let at = |share: f64| {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small"
            )]
            let place = ((took.len() as f64 * share).ceil() as usize).clamp(1, took.len().max(1)) - 1;
            took.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e3)
        };
        let (p50, p90, p99, most) = (at(0.5), at(0.9), at(0.99), at(1.0));
        println!(
            "| {kind}, {lang} | {asked_of} | {} | {p50:.1} ms | {p90:.1} ms | {p99:.1} ms | {most:.1} ms |",
            took.len()
        );
    }
    Ok(())
}

/// A question, and for a draft its source and its words.
type Row = (String, Option<(String, String)>);

/// The first two sentences that the model says.
fn said(draft: Option<&(String, String)>, hits: &[Fused]) -> Option<(String, String)> {
    let text = match draft {
        Some((_, text)) => text,
        None => &hits.iter().find(|hit| sentences(&hit.passage.text).len() > 1)?.passage.text,
    };
    let said = sentences(text);
    let second = said.get(1).copied().unwrap_or("…");
    said.first().map(|first| ((*first).to_owned(), second.to_owned()))
}

fn rows(path: &str, lang: &Lang) -> Result<Vec<serde_json::Value>> {
    let rows = std::fs::read_to_string(path)?;
    let rows = rows.lines().map(serde_json::from_str).collect::<Result<Vec<serde_json::Value>, _>>()?;
    Ok(rows.into_iter().filter(|row| field(row, "lang").as_deref() == Some(lang.as_str())).collect())
}

fn field(row: &serde_json::Value, name: &str) -> Option<String> {
    row.get(name).and_then(|text| text.as_str()).map(str::to_owned)
}

fn questions(lang: &Lang) -> Result<Vec<Row>> {
    Ok(rows(QUESTIONS, lang)?.iter().filter_map(|row| Some((field(row, "user_input")?, None))).collect())
}

fn drafts(lang: &Lang) -> Result<Vec<Row>> {
    let draft = |row: &serde_json::Value| {
        // Some name an article in the place of its words.
        let source = field(row, "source").filter(|source| source.chars().count() > 60)?;
        // The number of a source would say where to look: models leave it out, too.
        let said = field(row, "text")?.replace("[1]", "");
        Some((field(row, "asked")?, Some((source, said))))
    };
    Ok(rows(DRAFTS, lang)?.iter().filter_map(draft).collect())
}
