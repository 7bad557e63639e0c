//! How long after a model has finished its first sentence that sentence is released, checked. Prints a Markdown table.
//!
//! `cargo bench --profile dev --bench first_sentence`
//!
//! A scripted model says two sentences of the best passage for each question of our dev set, with the shipped articles, the real verifier
//! and the real embedding model. A sentence counts as finished with the first piece after it: until then the number of its source may
//! still follow. Before that the model takes its time, as real ones do, and the verifier reads the sources meanwhile.

#![allow(missing_docs, unreachable_pub, reason = "a bench is no library")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use madoguchi::answer::{Evidence, Part, PromptShelf, Question, Writer, sentences};
use madoguchi::app::{self, App};
use madoguchi::clock::{RandomIds, SystemClock};
use madoguchi::config::{Config, Overrides};
use madoguchi::guard::Received;
use madoguchi::knowledge::SyncOptions;
use madoguchi::language::Lang;
use madoguchi::llm::{Budget, ChatError, ChatModel, ChatPiece, ChatReply, ChatRequest, ChatStream, STOP};
use madoguchi::passages::Audience;

const MODEL: &str = "var/models/e5-small.gguf";
const QUESTIONS: &str = "eval/datasets/answers/dev.jsonl";
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
        "| first sentence checked, after it was finished | n | p50 | p90 | p99 | most |\n|---|---|---|---|---|---|"
    );
    for lang in [Lang::JA, Lang::EN] {
        let mut took = Vec::new();
        for question in questions(&lang)?.into_iter().take(ASKED) {
            let received = Received::new(&question, lang.clone(), vec![Audience::customer()]);
            let (hits, _) = turn.find(received, 8).await?;
            let Some(hit) = hits.iter().find(|hit| sentences(&hit.passage.text).len() > 1) else { continue };
            let said = sentences(&hit.passage.text);
            let [first, second, ..] = said.as_slice() else { continue };
            *model.says.lock().unwrap_or_else(PoisonError::into_inner) = (format!("{first} "), (*second).to_owned());
            let mut released = None;
            let mut release = |_: &Part| {
                released.get_or_insert_with(Instant::now);
            };
            let asked = Question { text: &question, lang: &lang, history: &[] };
            writer.write(&asked, &hits, &catalogue, &mut release).await?;
            let finished = model.finished.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let (Some(released), Some(finished)) = (released, finished) {
                // One released after the second was begun was not held back: it is the first.
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
        println!("| {lang} | {} | {p50:.1} ms | {p90:.1} ms | {p99:.1} ms | {most:.1} ms |", took.len());
    }
    Ok(())
}

fn questions(lang: &Lang) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for line in std::fs::read_to_string(QUESTIONS)?.lines() {
        let row: serde_json::Value = serde_json::from_str(line)?;
        if row.get("lang").and_then(|of| of.as_str()) == Some(lang.as_str()) {
            found.extend(row.get("user_input").and_then(|text| text.as_str()).map(str::to_owned));
        }
    }
    Ok(found)
}
