//! Measures the embedded index by size: time to build, memory, search times against comparing every vector, and recall.
//! Prints a Markdown table.
//!
//! `cargo bench --profile dev --bench search > eval/tables/search.md` (`-- 1000 10000` for other sizes)
//!
//! The vectors are synthetic, of e5-small's 384 dimensions, in clusters of about fifty as passages on one subject are; questions
//! are passages with noise. Each passage has one question vector and forty terms of a Zipf-like vocabulary. A search is what
//! a customer's question costs: three legs in the customer's language and two in the others, fifty hits deep, in one batch.

#![allow(missing_docs, unreachable_pub, clippy::type_complexity, reason = "a bench is no library")]

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::date;
use madoguchi::language::Lang;
use madoguchi::llm::{EmbeddingSpace, Vector};
use madoguchi::passages::edge::{EdgeIndex, EdgeSettings};
use madoguchi::passages::{
    ArticleId, ArticleVersion, Audience, GenerationId, GenerationSpec, IndexedPassage, LegHit, LegQuery, Passage,
    PassageFilter, PassageIndex, Probe, Span, SparseVector,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

const DIMENSION: usize = 384;
const CLUSTER: usize = 50;
const QUERIES: usize = 200;

fn main() -> Result<()> {
    if let Ok(wanted) = std::env::var("MADOGUCHI_BENCH_ROW") {
        let (size, graph) = wanted.split_once(' ').context("size and graph")?;
        return tokio::runtime::Runtime::new()?.block_on(row(size.parse()?, graph.parse()?));
    }
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 5_000, 10_000, 100_000] } else { sizes };
    println!("# Search\n");
    println!(
        "| passages | index | build | on disk | memory | one leg p50 / p99 | five legs p50 / p99 | brute force p50 | recall@10 | recall@10, one language |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for size in sizes {
        for graph in [false, true] {
            // A process of its own for each row, so that memory is that row's.
            let row = std::process::Command::new(std::env::current_exe()?)
                .env("MADOGUCHI_BENCH_ROW", format!("{size} {graph}"))
                .output()?;
            print!("{}", String::from_utf8_lossy(&row.stdout));
            eprint!("{}", String::from_utf8_lossy(&row.stderr));
        }
    }
    Ok(())
}

/// Vectors of a corpus and of questions about it.
struct World {
    passages: Vec<Vector>,
    queries: Vec<Vector>,
}

impl World {
    fn new(size: usize) -> Self {
        let mut rng = StdRng::seed_from_u64(7);
        let centres: Vec<Vec<f32>> = (0..size.div_ceil(CLUSTER)).map(|_| noise(&mut rng)).collect();
        let near = |centre: &[f32], spread: f32, rng: &mut StdRng| {
            Vector::normalised(centre.iter().zip(noise(rng)).map(|(c, n)| c + spread * n).collect())
        };
        let passages: Vec<Vector> = (0..size).map(|i| near(&centres[i / CLUSTER], 0.7, &mut rng)).collect();
        let queries =
            (0..QUERIES).map(|_| near(passages[rng.random_range(0..size)].as_slice(), 0.02, &mut rng)).collect();
        Self { passages, queries }
    }
}

fn noise(rng: &mut StdRng) -> Vec<f32> {
    // The sum of four uniform numbers is near enough to normal.
    (0..DIMENSION).map(|_| (0..4).map(|_| rng.random_range(-1.0_f32..1.0)).sum()).collect()
}

fn indexed(n: usize, dense: &Vector, rng: &mut StdRng) -> IndexedPassage {
    let article_id = ArticleId(format!("article-{}", n / 5));
    let version = ArticleVersion("0123456789abcdef".to_owned());
    let ordinal = u32::try_from(n % 5).unwrap_or_default();
    let mut terms: Vec<u32> = (0..40).map(|_| (1.0 / rng.random_range(0.000_02_f32..1.0)) as u32).collect();
    terms.sort_unstable();
    terms.dedup();
    let text = "返品は商品の到着後30日以内に、注文履歴からお申し込みください。".repeat(8);
    let passage = Passage {
        id: Passage::id_of(&article_id, &version, ordinal),
        family: article_id.clone(),
        article_id,
        version,
        title: "返品のしかた".to_owned(),
        lang: [Lang::JA, Lang::EN, Lang::ZH, Lang::KO][n / 5 % 4].clone(),
        category: "returns".to_owned(),
        audience: Audience::customer(),
        effective_from: None,
        effective_until: None,
        draft: false,
        heading: vec!["手順".to_owned()],
        ordinal,
        span: Span { start: 0, end: text.chars().count() },
        text,
    };
    let question =
        Vector::normalised(dense.as_slice().iter().map(|x| x + 0.02 * rng.random_range(-1.0..1.0)).collect());
    let values = vec![1.0; terms.len()];
    IndexedPassage {
        passage,
        dense: dense.clone(),
        question: vec![question],
        lexical: SparseVector { indices: terms, values },
    }
}

/// One row of the table.
async fn row(size: usize, graph: bool) -> Result<()> {
    let world = World::new(size);
    let mut rng = StdRng::seed_from_u64(8);
    let passages: Vec<IndexedPassage> =
        world.passages.iter().enumerate().map(|(n, dense)| indexed(n, dense, &mut rng)).collect();
    let spec = GenerationSpec {
        id: GenerationId(Uuid::from_u128(1)),
        space: EmbeddingSpace { model: "synthetic".to_owned(), dimension: DIMENSION, fingerprint: String::new() },
        lexical: String::new(),
        chunker: String::new(),
        created_at: Timestamp::UNIX_EPOCH,
        articles: Vec::new(),
        passages: size,
    };
    let dir = tempfile::tempdir()?;
    let settings = EdgeSettings { graph_from: if graph { 1 } else { usize::MAX } };
    let index = EdgeIndex::with_settings(dir.path(), settings)?;
    let begun = Instant::now();
    index.publish(&spec, passages).await?;
    let built = begun.elapsed();
    // What a service that only serves needs: opened again, and nothing of the build in memory.
    drop(index);
    let before = resident()?;
    let index = EdgeIndex::with_settings(dir.path(), settings)?;

    let filter = PassageFilter {
        lang: None,
        except_lang: None,
        families: None,
        audiences: vec![Audience::customer()],
        on: date(2025, 11, 22),
        drafts: false,
    };
    let own = PassageFilter { lang: Some(Lang::JA), ..filter.clone() };
    let others = PassageFilter { except_lang: Some(Lang::JA), ..filter.clone() };
    let ask = |probe, filter: &PassageFilter, limit| LegQuery { probe, filter: filter.clone(), limit };
    let (mut one, mut five, mut brute, mut right, mut right_own) = (Vec::new(), Vec::new(), Vec::new(), 0, 0);
    for (n, query) in world.queries.iter().enumerate() {
        let begun = Instant::now();
        let found = index.search(&[ask(Probe::Dense(query.clone()), &filter, 10)]).await?;
        one.push(begun.elapsed());

        let begun = Instant::now();
        let mut exact: Vec<(f32, usize)> = world.passages.iter().map(|p| p.cosine(query)).zip(0..).collect();
        exact.select_nth_unstable_by(10.min(size - 1), |a, b| b.0.total_cmp(&a.0));
        brute.push(begun.elapsed());
        let exact: Vec<_> = exact.iter().take(10).map(|(_, i)| name_of(*i)).collect();
        let hits = found.first().context("one leg")?;
        right += hits.iter().filter(|hit| exact.contains(&name(hit))).count();

        let terms = SparseVector { indices: vec![2, 17 + n as u32, 900 + n as u32], values: vec![1.0; 3] };
        let queries = [
            ask(Probe::Dense(query.clone()), &own, 50),
            ask(Probe::Question(query.clone()), &own, 50),
            ask(Probe::Lexical(terms), &own, 50),
            ask(Probe::Dense(query.clone()), &others, 50),
            ask(Probe::Question(query.clone()), &others, 50),
        ];
        let begun = Instant::now();
        let found = index.search(&queries).await?;
        five.push(begun.elapsed());
        let mut exact: Vec<(f32, usize)> =
            (0..size).filter(|i| i / 5 % 4 == 0).map(|i| (world.passages[i].cosine(query), i)).collect();
        exact.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let exact: Vec<_> = exact.iter().take(10).map(|(_, i)| name_of(*i)).collect();
        let hits = found.first().context("five legs")?;
        right_own += hits.iter().take(10).filter(|hit| exact.contains(&name(hit))).count();
    }
    let memory = resident()?.saturating_sub(before);
    let name = if graph { "HNSW" } else { "exact" };
    let (one, five, brute) = (percentiles(one), percentiles(five), percentiles(brute));
    println!(
        "| {size} | {name} | {:.1} s | {} MB | {} MB | {:.2} / {:.2} ms | {:.2} / {:.2} ms | {:.2} ms | {:.3} | {:.3} |",
        built.as_secs_f64(),
        on_disk(dir.path())? >> 20,
        memory >> 10,
        one.0,
        one.1,
        five.0,
        five.1,
        brute.0,
        right as f64 / (QUERIES * 10.min(size)) as f64,
        right_own as f64 / (QUERIES * 10.min(size / 4)) as f64,
    );
    Ok(())
}

/// What a passage is recognised by.
fn name_of(n: usize) -> (String, usize) {
    (format!("article-{}", n / 5), n % 5)
}

fn name(hit: &LegHit) -> (String, usize) {
    (hit.passage.article_id.0.clone(), hit.passage.ordinal as usize)
}

/// Milliseconds: the median, and what one in a hundred exceeds.
fn percentiles(mut times: Vec<Duration>) -> (f64, f64) {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).map_or(0.0, |t| t.as_secs_f64() * 1e3);
    (at(50), at(99))
}

/// Resident memory in kilobytes, mapped files included; 0 where the system does not tell.
fn resident() -> Result<u64> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(0) };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok(line.split_whitespace().next().context("number")?.parse()?)
}

/// Blocks in use, in bytes: files of the engine are large and partly empty.
fn on_disk(dir: &std::path::Path) -> Result<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            total += on_disk(&entry.path())?;
        } else {
            #[cfg(unix)]
            let size = std::os::unix::fs::MetadataExt::blocks(&metadata) * 512;
            #[cfg(not(unix))]
            let size = metadata.len();
            total += size;
        }
    }
    Ok(total)
}
