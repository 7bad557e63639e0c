use std::fs;

use jiff::civil::date;

use super::*;

fn detect(text: &str) -> Lang {
    if text.chars().any(|c| ('\u{3040}'..='\u{30ff}').contains(&c)) { Lang::JA } else { Lang::EN }
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn loaded(files: &[(&str, &[u8])]) -> Loaded {
    load(folder(files).path(), date(2026, 11, 22), &detect).unwrap()
}

fn rules(loaded: &Loaded) -> Vec<(&str, &'static str)> {
    loaded.findings.iter().map(|finding| (finding.file.as_str(), finding.rule.id())).collect()
}

#[test]
fn plain_markdown_of_somebody_else_comes_with_warnings_only() {
    let loaded = loaded(&[
        ("ja/returns/how-to-return.md", "# 返品の手順\n\n箱に入れて送ります。\n".as_bytes()),
        ("billing/Refunds & credits.md", b"## When do refunds arrive?\n\nIn three days.\n"),
        ("faq.md", b"Just text, no heading.\n"),
        ("guide.ja.md", "使い方です。\n".as_bytes()),
        ("it/vpn.md", b"# VPN\n\nOpen the client.\n"),
    ]);
    let found: Vec<_> = loaded
        .library
        .articles()
        .map(|a| (a.id.0.as_str(), a.title.as_str(), a.lang.as_str(), a.category.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("billing-refunds-credits", "When do refunds arrive?", "en", "billing"),
            ("faq", "faq", "en", "general"),
            ("ja-guide", "guide", "ja", "general"),
            ("it-vpn", "VPN", "en", "it"),
            ("ja-how-to-return", "返品の手順", "ja", "returns"),
        ]
    );
    assert!(loaded.findings.iter().all(|f| f.severity == lint::Severity::Warning), "{:?}", rules(&loaded));
    assert_eq!(loaded.findings.iter().filter(|f| f.rule == Rule::Derived).count(), 5);
}

#[test]
fn bad_files_are_findings_and_the_others_are_read() {
    let big = vec![b'x'; usize::try_from(MAX_BYTES).unwrap() + 1];
    let loaded = loaded(&[
        ("bad.md", b"# ok\n\xff\xfe text"),
        ("big.md", &big),
        ("bom.md", b"\xef\xbb\xbf---\r\ntitle: Bom\r\n---\r\n\r\nText.\r\n"),
        ("empty.md", b""),
        ("headings.md", b"# Only\n\n## Headings\n"),
        ("nul.md", b"a\0b"),
        ("notes.txt", b"not an article"),
        ("photo.md~", b"backup"),
        (".hidden.md", b"hidden"),
        (IGNORE_FILE, b"drafts/\n"),
        ("drafts/x.md", b"# X\n\ny\n"),
    ]);
    let errors: Vec<_> = loaded
        .findings
        .iter()
        .filter(|f| f.severity == lint::Severity::Error)
        .map(|f| (f.file.as_str(), f.rule, f.line, f.column))
        .collect();
    assert_eq!(
        errors,
        [
            ("bad.md", Rule::Unreadable, 2, 1),
            ("big.md", Rule::TooLarge, 1, 1),
            ("empty.md", Rule::Empty, 1, 1),
            ("headings.md", Rule::Empty, 1, 1),
            ("nul.md", Rule::Unreadable, 1, 2),
        ]
    );
    let bom = loaded.library.articles().find(|a| a.path == "bom.md").unwrap();
    assert_eq!((bom.title.as_str(), bom.body.as_str()), ("Bom", "\nText.\n"));
    assert!(!loaded.library.files.contains("drafts/x.md"));
}

#[test]
fn a_missing_folder_is_no_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let error = load(&folder.path().join("none"), date(2026, 1, 1), &detect).unwrap_err();
    assert!(matches!(error, LoadError::Missing(_)));
    assert!(load(folder.path(), date(2026, 1, 1), &detect).unwrap().library.documents.is_empty());
}

#[test]
fn versions_follow_source_and_what_was_derived() {
    let text = b"---\nid: x\ntitle: T\nlang: en\ncategory: c\n---\nText.\n";
    let whole = loaded(&[("a/x.md", text)]);
    let article = whole.library.articles().next().unwrap();
    assert_eq!(article.version.0, blake3::hash(text).to_hex().chars().take(16).collect::<String>());
    let (here, there) = (loaded(&[("a/x.md", b"Text.\n")]), loaded(&[("b/x.md", b"Text.\n")]));
    let version = |loaded: &Loaded| loaded.library.articles().next().unwrap().version.clone();
    assert_ne!(version(&here), version(&there));
    assert_eq!(version(&here), version(&loaded(&[("a/x.md", b"Text.\n"), ("b/y.md", b"Other.\n")])));
}

#[test]
fn derived_ids_are_unique() {
    let loaded = loaded(&[
        ("a-b.md", b"One.\n"),
        ("a/b.md", b"Two.\n"),
        ("a_b.md", b"Three.\n"),
        ("z.md", b"---\nid: a-b\n---\nFour.\n"),
    ]);
    let ids: HashSet<_> = loaded.library.articles().map(|a| a.id.clone()).collect();
    assert_eq!(ids.len(), 4);
    let named = loaded.library.articles().find(|a| a.path == "z.md").unwrap();
    assert_eq!(named.id.0, "a-b");
    assert!(!loaded.findings.iter().any(|f| f.rule == Rule::DuplicateId));
}

#[test]
fn one_mebibyte_is_read() {
    let line = "返品は三十日以内です。\n\n";
    let text = line.repeat(usize::try_from(MAX_BYTES).unwrap() / line.len());
    let loaded = loaded(&[("a.md", text.as_bytes())]);
    assert_eq!(loaded.library.documents.len(), 1);
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = parse("a.md".into(), &bytes, &detect);
    }
}
