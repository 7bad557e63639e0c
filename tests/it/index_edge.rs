//! What only the embedded index promises: its lock, its tidiness, and that no crash and no damage hurts it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use madoguchi::passages::edge::EdgeIndex;
use madoguchi::passages::{GenerationSpec, IndexError, PassageIndex, Probe};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::held::{Held, tell};
use crate::index_samples::{ask, direction, generation, spec, terms};

const CHILD: &str = "MADOGUCHI_TEST_CRASH_DIR";
const PASSAGES: u32 = 400;
const SEED: u64 = 20_261_130;

fn generations(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir.join("generations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

async fn publish(index: &EdgeIndex, n: u128, count: u32) {
    index.publish(&spec(n, count as usize), generation(n, count)).await.unwrap();
}

#[tokio::test]
async fn refuses_a_folder_that_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let index = EdgeIndex::open(dir.path()).unwrap();
    let error = EdgeIndex::open(dir.path()).unwrap_err();
    assert!(matches!(&error, IndexError::Locked { path } if path.contains(dir.path().to_str().unwrap())), "{error}");
    publish(&index, 1, 2).await;
    drop(index);
    assert!(EdgeIndex::open(dir.path()).unwrap().serving().await.unwrap().is_some());
}

#[tokio::test]
async fn keeps_one_generation_and_removes_left_overs() {
    let dir = tempfile::tempdir().unwrap();
    let index = EdgeIndex::open(dir.path()).unwrap();
    for n in 1..4 {
        publish(&index, n, 10).await;
        assert_eq!(generations(dir.path()), [spec(n, 10).id.to_string()]);
    }
    let left_over = dir.path().join("generations/00000000-0000-0000-0000-00000000dead/shard/segments");
    fs::create_dir_all(&left_over).unwrap();
    fs::write(left_over.join("half"), "a file").unwrap();
    fs::write(dir.path().join("generations/stray"), "a file").unwrap();
    publish(&index, 4, 10).await;
    assert_eq!(generations(dir.path()), [spec(4, 10).id.to_string()]);

    fs::create_dir_all(&left_over).unwrap();
    drop(index);
    let index = EdgeIndex::open(dir.path()).unwrap();
    assert_eq!(generations(dir.path()), [spec(4, 10).id.to_string()]);
    assert!(index.search(&[ask(Probe::Dense(direction(1)), 3)]).await.is_ok());
}

/// The files of a served generation, one at a time, are emptied, cut in half, or gone: the index says so or serves on, but never
/// panics or dies; a publish repairs it.
#[tokio::test(flavor = "multi_thread")]
async fn reports_damage_and_is_repaired_by_a_publish() {
    type Damage = (&'static str, fn(&Path));
    let ways: [Damage; 3] = [
        ("emptied", |file| fs::write(file, "").unwrap()),
        ("cut in half", |path| {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }),
        ("gone", |file| fs::remove_file(file).unwrap()),
    ];
    let whole = tempfile::tempdir().unwrap();
    let index = EdgeIndex::open(whole.path()).unwrap();
    publish(&index, 1, 40).await;
    drop(index);
    let files: Vec<PathBuf> = files_below(whole.path()).into_iter().filter(|f| !f.ends_with("lock")).collect();
    assert!(files.len() > 10, "{files:?}");
    let tree = read_tree(whole.path());
    let mut reported = 0;
    for (nth, file) in files.iter().enumerate() {
        // The engine's files take turns; ours suffer everything.
        let ours = !file.components().any(|part| part.as_os_str() == "shard");
        for (_, (way, damage)) in ways.into_iter().enumerate().filter(|(turn, _)| ours || nth % 3 == *turn) {
            let copy = tempfile::tempdir().unwrap();
            write_tree(&tree, copy.path());
            damage(&copy.path().join(file));
            let index = EdgeIndex::open(copy.path()).unwrap();
            let query = [ask(Probe::Dense(direction(1)), 50), ask(Probe::Lexical(terms(&[(1, 1.0)])), 50)];
            match index.search(&query).await {
                Ok(legs) => assert_eq!(legs[0].len(), 40, "{} {way}", file.display()),
                Err(IndexError::Engine(_)) => reported += 1,
                // Without the pointer nothing was ever published.
                Err(IndexError::Empty) => assert!(file.ends_with("current") && way == "gone"),
                Err(other) => panic!("{} {way}: {other}", file.display()),
            }
            if !ours && nth % 4 > 0 {
                continue;
            }
            publish(&index, 2, 7).await;
            let legs = index.search(&query).await.unwrap();
            assert_eq!(legs[0].len(), 7, "{} {way}", file.display());
            assert_eq!(generations(copy.path()), [spec(2, 7).id.to_string()]);
        }
    }
    assert!(reported * 2 > files.len(), "only {reported} damages were noticed");
}

/// The process that is killed: publishes one generation.
#[tokio::test(flavor = "multi_thread")]
async fn crash_child() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let index = EdgeIndex::open(Path::new(&dir)).unwrap();
    let n = index.serving().await.unwrap().map_or(1, |spec| number(&spec) + 1);
    tell(&format!("begin {n}"));
    publish(&index, n, PASSAGES).await;
    tell(&format!("done {n}"));
}

fn number(spec: &GenerationSpec) -> u128 {
    spec.id.0.as_u128() & 0xffff_ffff
}

/// Kills the child at forty moments spread over a publish, and looks each time at what is left.
///
/// How long a publish takes depends on what else the machine does, and changes while this runs. So the moments follow: after a
/// kill that came too late for the old generation the next ones come sooner, after one that did not they come later. Both come
/// about at any speed, and the moments stay spread around the switch.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_publish_leaves_the_old_or_the_new_generation() {
    const KILLS: u32 = 40;
    let dir = tempfile::tempdir().unwrap();
    let index = EdgeIndex::open(dir.path()).unwrap();
    publish(&index, 1, PASSAGES).await;
    let begun = Instant::now();
    publish(&index, 2, PASSAGES).await;
    let mut takes = begun.elapsed();
    drop(index);

    let mut rng = StdRng::seed_from_u64(SEED);
    let (mut old, mut new) = (0, 0);
    for kill in 0..KILLS {
        let mut process = Held::start("index_edge::crash_child", CHILD, dir.path());
        let began: u128 = process.line().strip_prefix("begin ").unwrap().parse().unwrap();
        process.go_on();
        // From the first moment to a little beyond the end.
        let told = process.line_before(Instant::now() + takes.mul_f64(rng.random_range(0.0..1.3)));
        let done = process.kill().or(told).is_some();

        let index = EdgeIndex::open(dir.path()).unwrap();
        let serving = number(&index.serving().await.unwrap().unwrap());
        assert!(serving == began || (serving + 1 == began && !done), "{serving} serves after {began}, done: {done}");
        if serving == began {
            new += 1;
            takes = takes.mul_f64(0.6);
        } else {
            old += 1;
            takes = takes.mul_f64(1.2);
        }
        assert_eq!(generations(dir.path()).len(), 1);
        let queries = [
            ask(Probe::Dense(direction(1)), 1_000),
            ask(Probe::Question(direction(1)), 1_000),
            ask(Probe::Lexical(terms(&[(5, 1.0)])), 9),
        ];
        let legs = index.search(&queries).await.unwrap();
        assert_eq!(legs.iter().map(Vec::len).collect::<Vec<_>>(), [PASSAGES as usize, PASSAGES as usize, 1]);
        assert!(legs.iter().flatten().all(|hit| hit.passage.article_id.0 == format!("gen-{serving}")));
        if kill % 4 == 0 {
            publish(&index, serving + 1, PASSAGES).await;
            assert_eq!(index.serving().await.unwrap().map(|spec| number(&spec)), Some(serving + 1));
        }
    }
    println!("{KILLS} kills: {old} left the old generation, {new} the new one");
    assert!(old > 0 && new > 0, "the kills did not spread: {old} left the old generation, {new} a new one");
}

fn files_below(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path().strip_prefix(root).unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

/// Files with their sizes and their bytes up to the last that is not zero: the engine's are large and mostly empty.
type Tree = Vec<(PathBuf, u64, Vec<u8>)>;

fn read_tree(root: &Path) -> Tree {
    let read = |file: PathBuf| {
        let mut bytes = fs::read(root.join(&file)).unwrap();
        let size = bytes.len() as u64;
        bytes.truncate(bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last + 1));
        (file, size, bytes)
    };
    files_below(root).into_iter().map(read).collect()
}

fn write_tree(tree: &Tree, root: &Path) {
    for (file, size, bytes) in tree {
        let target = root.join(file);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let mut file = fs::File::create(target).unwrap();
        file.write_all(bytes).unwrap();
        file.set_len(*size).unwrap();
    }
}
