use jiff::civil::date;

use super::*;

/// Rule, line, column and message.
type Told = (&'static str, usize, usize, String);

fn parse(text: &str) -> (FrontMatter, Vec<Told>, String) {
    let mut source = Source::new("a.md".into(), text);
    let (front, findings) = read(&mut source);
    let findings = findings.into_iter().map(|f| (f.rule.id(), f.line, f.column, f.message)).collect();
    let body = source.body().to_owned();
    (front, findings, body)
}

#[test]
fn reads_every_key() {
    let (front, findings, body) = parse(
        "---\nid: ja-return-windows  # note\ntitle: 返品できる期間: 条件\nlang: ja\ntranslation_of: null\ncategory: returns\n\
         audience: Seller\nowner: returns-team\ntags: [返品, 2026, 期間]\nquestions:\n  - いつまで返品できますか\n  - \"何日？\"\n\
         effective_from: 2026-04-01\neffective_until: \"2026-12-31\"\nreview_by: 2027-04-01\ndraft: true\n---\n本文\n",
    );
    // `: ` inside a plain scalar is an error in YAML; everything else is not read then.
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].0, "K002");
    assert_eq!(findings[0].1, 3);
    assert_eq!(front, FrontMatter::default());
    assert_eq!(body, "本文\n");

    let (front, findings, _) = parse(
        "---\nid: ja-return-windows  # note\ntitle: 返品できる期間\nlang: ja-JP\ntranslation_of: null\ncategory: returns\n\
         audience: Seller\nowner: returns-team\ntags: [返品, 2026, 期間]\nquestions:\n  - いつまで返品できますか\n  - \"何日？\"\n\
         effective_from: 2026-04-01\neffective_until: \"2026-12-31\"\nreview_by: 2027-04-01\ndraft: true\n---\n本文\n",
    );
    assert_eq!(findings, []);
    assert_eq!(front.id, Some(ArticleId("ja-return-windows".into())));
    assert_eq!(front.lang, Some(Lang::JA));
    assert_eq!(front.translation_of, None);
    assert_eq!(front.audience, Some(Audience("seller".into())));
    assert_eq!(front.tags, ["返品", "2026", "期間"]);
    assert_eq!(front.questions, ["いつまで返品できますか", "何日？"]);
    assert_eq!(front.effective_from, Some(date(2026, 4, 1)));
    assert_eq!(front.effective_until, Some(date(2026, 12, 31)));
    assert!(front.draft);
}

#[test]
fn every_wrong_value_is_its_own_finding() {
    let (front, findings, body) = parse(
        "---\ntitle: [a]\nlang: jp\ndraft: maybe\neffective_from: 2026-13-01\nreview_by: 2026/04/01\ntags: 返品\n\
         layout: post\neffective_util: 2026-01-01\nquestions: {a: b}\nid: a b\n---\nx",
    );
    let found: Vec<_> = findings.iter().map(|(rule, line, column, _)| (*rule, *line, *column)).collect();
    assert_eq!(
        found,
        [
            ("K003", 2, 8),
            ("K003", 3, 7),
            ("K003", 4, 8),
            ("K003", 5, 17),
            ("K003", 6, 12),
            ("K103", 7, 7),
            ("K102", 8, 1),
            ("K004", 9, 1),
            ("K003", 10, 12),
            ("K003", 11, 5),
        ]
    );
    assert_eq!(front.tags, ["返品"]);
    assert_eq!(body, "x");
}

#[test]
fn twice_the_same_key() {
    let (front, findings, _) = parse("---\ntitle: a\ntitle: b\n---\n");
    assert_eq!(front.title.as_deref(), Some("a"));
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].0, findings[0].1), ("K002", 3));
}

#[test]
fn a_value_keeps_how_it_is_written() {
    let (front, findings, _) = parse("---\ntitle: 1.10\nowner: no\ncategory: 007\n---\n");
    assert_eq!(findings, []);
    assert_eq!(front.title.as_deref(), Some("1.10"));
    assert_eq!(front.owner.as_deref(), Some("no"));
    assert_eq!(front.category.as_deref(), Some("007"));
}

#[test]
fn what_is_not_front_matter_is_body() {
    for text in [
        "",
        "# Title\n",
        "text --- text",
        "---\n\nA paragraph.\n\n---\n\nAnother.\n",
        "---\nno end, no keys\n",
        " ---\na: b\n---\n",
    ] {
        let (front, findings, body) = parse(text);
        assert_eq!(front, FrontMatter::default());
        assert_eq!(findings, [], "{text:?}");
        assert_eq!(body, text);
    }
    let (_, findings, body) = parse("---\n---\nbody");
    assert_eq!((findings.len(), body.as_str()), (0, "body"));
}

#[test]
fn unclosed() {
    let (_, findings, body) = parse("---\ntitle: 返品\nlang: ja\n\n本文");
    assert_eq!((findings[0].0, findings[0].1), ("K002", 1));
    assert_eq!(body, "");
}

#[test]
fn bombs_and_depth_are_findings() {
    let mut bomb = String::from("---\na: &a [x,x,x,x,x,x,x,x,x,x]\n");
    for (this, before) in ["b", "c", "d", "e", "f", "g", "h"].iter().zip(["a", "b", "c", "d", "e", "f", "g"]) {
        bomb.push_str(&format!("{this}: &{this} [{}]\n", vec![format!("*{before}"); 10].join(",")));
    }
    bomb.push_str("---\n");
    let (_, findings, _) = parse(&bomb);
    assert!(findings.iter().any(|f| f.0 == "K002"), "{findings:?}");
    let deep = format!("---\ntags: {}{}\n---\n", "[".repeat(50_000), "]".repeat(50_000));
    let (_, findings, _) = parse(&deep);
    assert!(!findings.is_empty());
}

#[test]
fn distances() {
    assert_eq!(distance("draft", "draft"), 0);
    assert_eq!(distance("draft", "darft"), 1);
    assert_eq!(distance("effective_until", "efective_untill"), 2);
    assert_eq!(distance("", "abc"), 3);
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "(---\n)?[\\PC\n:#&*!|>'\"%@`{}\\[\\],~ -]{0,200}(\n---\n)?\\PC{0,20}") {
        let (_, findings, body) = parse(&text);
        assert!(body.len() <= text.len());
        for (_, line, column, _) in findings {
            assert!(line >= 1 && column >= 1);
        }
    }
}
