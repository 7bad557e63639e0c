use std::fs;

use super::*;
use crate::language::Lang;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for which in Which::ALL {
        fs::write(folder.path().join(which.file()), which.embedded()).unwrap();
    }
    folder
}

fn write(folder: &Path, which: Which, text: &str) {
    fs::write(folder.join(which.file()), text).unwrap();
}

/// The prompt with another number, so that it can be told apart.
fn version(which: Which, version: u32) -> String {
    which.embedded().replacen("version: 1", &format!("version: {version}"), 1)
}

fn versions(shelf: &PromptShelf) -> [u32; 2] {
    [Lang::JA, Lang::EN].map(|lang| shelf.current().version(&lang).version)
}

#[test]
fn a_change_is_taken_up_and_what_is_not_in_order_is_not() {
    let folder = folder();
    let shelf = PromptShelf::open(Some(folder.path().to_owned())).unwrap();
    let before = shelf.current();
    shelf.look();
    assert!(Arc::ptr_eq(&before, &shelf.current()), "nothing has changed");

    write(folder.path(), Which::Japanese, &version(Which::Japanese, 2));
    shelf.look();
    assert_eq!(versions(&shelf), [2, 1]);
    assert_eq!(before.version(&Lang::JA).version, 1, "whoever has begun goes on with what they began with");

    // One is broken, the other goes live all the same.
    for broken in
        ["", "---\n", &version(Which::Japanese, 9).replace("{{ question }}", "{{ question"), "\u{0}📦 e\u{301}"]
    {
        write(folder.path(), Which::Japanese, broken);
        write(folder.path(), Which::Others, &version(Which::Others, 3));
        shelf.look();
        assert_eq!(versions(&shelf), [2, 3], "{broken:?}");
    }
    fs::write(folder.path().join(Which::Japanese.file()), [0xff, 0xfe, 0x41]).unwrap();
    fs::remove_file(folder.path().join(Which::Others.file())).unwrap();
    shelf.look();
    assert_eq!(versions(&shelf), [2, 3], "neither UTF-8 nor there");
    write(folder.path(), Which::Japanese, &format!("{}{}", version(Which::Japanese, 9), "返".repeat(90_000)));
    shelf.look();
    assert_eq!(versions(&shelf), [2, 3], "too large");

    write(folder.path(), Which::Japanese, &version(Which::Japanese, 4));
    write(folder.path(), Which::Others, &version(Which::Others, 3));
    shelf.look();
    assert_eq!(versions(&shelf), [4, 3]);
    fs::remove_dir_all(folder.path()).unwrap();
    shelf.look();
    assert_eq!(versions(&shelf), [4, 3], "the whole folder is gone");
}

#[test]
fn at_start_the_embedded_prompt_stands_in() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Which::Japanese, "not a prompt");
    let shelf = PromptShelf::open(Some(folder.path().to_owned())).unwrap();
    assert_eq!(versions(&shelf), [1, 1]);
    write(folder.path(), Which::Japanese, &version(Which::Japanese, 2));
    shelf.look();
    assert_eq!(versions(&shelf), [2, 1]);
    let embedded = PromptShelf::open(None).unwrap();
    embedded.look();
    assert_eq!(versions(&embedded), [1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_noticed() {
    let folder = folder();
    let shelf = Arc::new(PromptShelf::open(Some(folder.path().to_owned())).unwrap());
    let closing = CancellationToken::new();
    let (heartbeat, quiet) = (Duration::from_secs(5), Duration::from_millis(20));
    let watching = tokio::spawn(Arc::clone(&shelf).watch_every(heartbeat, quiet, closing.clone()));
    let until = async |expected: [u32; 2]| {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        let mut tick = tokio::time::interval(Duration::from_millis(5));
        while versions(&shelf) != expected {
            tick.tick().await;
            assert!(tokio::time::Instant::now() < deadline, "{expected:?} never came: {:?}", versions(&shelf));
        }
    };
    write(folder.path(), Which::Japanese, &version(Which::Japanese, 2));
    until([2, 1]).await;
    // As editors save: beside it, then in its place; and as it is deployed anew.
    fs::write(folder.path().join("new"), version(Which::Others, 3)).unwrap();
    fs::rename(folder.path().join("new"), folder.path().join(Which::Others.file())).unwrap();
    until([2, 3]).await;
    let old = folder.path().with_extension("old");
    fs::rename(folder.path(), &old).unwrap();
    fs::create_dir(folder.path()).unwrap();
    write(folder.path(), Which::Japanese, &version(Which::Japanese, 4));
    until([4, 3]).await;
    closing.cancel();
    watching.await.unwrap();
    fs::remove_dir_all(old).unwrap();

    let nothing = Arc::new(PromptShelf::open(None).unwrap());
    nothing.watch(quiet, CancellationToken::new()).await;
}

#[test]
fn a_look_names_each_file_its_fault_and_strangers() {
    let (proofs, strangers) = PromptShelf::proofs(None);
    assert!(strangers.is_empty() && proofs.iter().all(|proof| proof.file.is_none() && proof.found.is_ok()));

    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), Which::Others, "---\n");
    fs::write(folder.path().join("answer.jp.md"), Which::Japanese.embedded()).unwrap();
    fs::write(folder.path().join("notes.txt"), "").unwrap();
    let (proofs, strangers) = PromptShelf::proofs(Some(folder.path()));
    assert!(proofs[0].file.is_none() && proofs[0].found.is_ok(), "the embedded one stands in");
    assert_eq!(proofs[1].file.as_deref(), Some(&*folder.path().join("answer.en.md")));
    assert!(proofs[1].found.as_ref().unwrap_err().problem.contains("front matter"));
    assert_eq!(strangers, [folder.path().join("answer.jp.md")]);
}
