//! What line 1 of the guards adds to a turn, on top of the embedding that exists already. Prints a Markdown table.
//!
//! `cargo bench --profile dev --bench guard`
//!
//! Vectors come from the imported model; without it (`var/models/e5-small.gguf`) nothing is measured. Each message is judged with its
//! own vector, as a turn does; the texts are the policies' own exemplars, alone, in a conversation, and at the longest a message may be.

#![allow(missing_docs, unreachable_pub, reason = "a bench is no library")]

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use madoguchi::guard::{Asked, Guard, Method, Policies, Replied, Said, Speaker};
use madoguchi::language::{self, Lang};
use madoguchi::llm::local::{LocalConfig, LocalEmbedder};
use madoguchi::llm::{Embedder, Vector};

const MODEL: &str = "var/models/e5-small.gguf";
const POLICY: &str = "knowledge/policy.toml";
/// Exemplars that are embedded as messages; the guard is trained on all of them.
const MESSAGES: usize = 400;
/// The longest message that is taken (`server.message_limit_chars`).
const LONGEST: usize = 8000;

#[tokio::main]
async fn main() -> Result<()> {
    if !Path::new(MODEL).exists() {
        println!("SKIPPED: no model at {MODEL}");
        return Ok(());
    }
    let policies = Policies::read(&std::fs::read_to_string(POLICY)?)?;
    let embedder = LocalEmbedder::open(Path::new(MODEL), LocalConfig::default())?;
    let texts = policies.exemplar_texts();
    let begun = Instant::now();
    let mut vectors: HashMap<String, Vector> = HashMap::new();
    for some in texts.chunks(32) {
        vectors.extend(some.iter().cloned().zip(embedder.embed_questions(some).await?));
    }
    let embedded = begun.elapsed();
    let begun = Instant::now();
    let guard = Guard::prepare(policies.clone(), &vectors)?;
    let prepared = begun.elapsed();
    println!("# Guards, line 1\n");
    let rules: usize = policies.all().iter().map(|policy| policy.rules.len()).sum();
    println!(
        "{} policies, {} rules, {} exemplars; embedding them all once {:.1} s (cached afterwards), making the guard ready {:.2} s.\n",
        policies.all().len(),
        rules,
        texts.len(),
        embedded.as_secs_f64(),
        prepared.as_secs_f64(),
    );
    println!("| message | classifier | p50 | p99 | most |");
    println!("|---|---|---|---|---|");
    let step = (texts.len() / MESSAGES).max(1);
    let some: Vec<&String> = texts.iter().step_by(step).collect();
    let other = |method| Guard::prepare_with(policies.clone(), &vectors, method);
    let others = [("logistic", other(Method::Logistic)), ("nearest", other(Method::Nearest))];
    for (name, guard) in std::iter::once(("kernel", Ok(guard))).chain(others) {
        let guard = match &guard {
            Ok(guard) => guard,
            // The others are here to be compared; the shipped exemplars need not suit them.
            Err(error) => {
                println!("\nNot measured, {name}: {error}");
                continue;
            }
        };
        row("short, alone", name, guard, &some, &vectors, Shape::Alone)?;
        row("short, in a conversation", name, guard, &some, &vectors, Shape::Conversation)?;
        row("8,000 characters", name, guard, some.get(..40).unwrap_or(&some), &vectors, Shape::Long)?;
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Alone,
    Conversation,
    Long,
}

fn row(
    what: &str,
    classifier: &str,
    guard: &Guard,
    texts: &[&String],
    vectors: &HashMap<String, Vector>,
    shape: Shape,
) -> Result<()> {
    let mut times = Vec::new();
    let article =
        "返品は商品の到着後30日以内に、注文履歴からお申し込みください。返金は倉庫に着いてから手続きします。".repeat(8);
    for round in 0..4 {
        for (at, text) in texts.iter().enumerate() {
            let Some(vector) = vectors.get(*text) else { continue };
            let lang = language::detect(text, None, &Lang::JA);
            let long = long(texts, at);
            let earlier = texts.get((at + 7) % texts.len()).map_or("", |text| text.as_str());
            let before = [
                Said { by: Speaker::Customer, text: earlier },
                Said { by: Speaker::Assistant(Replied::Answered), text: &article },
            ];
            let together = format!("{earlier}\n{text}");
            let conversation = shape == Shape::Conversation;
            let asked = Asked {
                text: if shape == Shape::Long { &long } else { text },
                vector,
                lang: &lang,
                before: if conversation { &before } else { &[] },
                in_context: conversation.then_some((together.as_str(), vector)),
            };
            let begun = Instant::now();
            let decision = guard.judge(&asked)?;
            let took = begun.elapsed();
            std::hint::black_box(decision);
            // The first round fills the regular expressions' tables.
            if round > 0 {
                times.push(took);
            }
        }
    }
    times.sort_unstable();
    let ms = |took: Option<&Duration>| took.map_or(0.0, |took| took.as_secs_f64() * 1e3);
    let at = |share: usize| ms(times.get(times.len() * share / 100));
    println!("| {what} | {classifier} | {:.2} ms | {:.2} ms | {:.2} ms |", at(50), at(99), ms(times.last()));
    Ok(())
}

fn long(texts: &[&String], from: usize) -> String {
    let all = texts.iter().cycle().skip(from).flat_map(|text| text.chars().chain(['。']));
    all.take(LONGEST).collect()
}
