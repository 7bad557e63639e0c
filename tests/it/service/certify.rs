//! `madoguchi guard certify`, on small sets.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::desk::{Place, Ran};
use crate::processes::need;

/// A policy on top of the compiled-in ones, whose only rule is the one below.
const POLICY: &str = r#"version = 7
[desk.general]
name.en = "General desk"
does.en = "Takes what no other desk does."
[[policy]]
code = "human_request"
desk = "general"
priority = 5
general_information = false
threshold = 0.5
understood.en = "You would like to talk to a person."
"#;
const RULE: &str = "rules.ja = [\"(オペレーター|担当者) … (出して|代わって|つないで)\"]\n";

fn rows(rows: &[Value]) -> String {
    rows.iter().fold(String::new(), |mut text, row| {
        let _ = writeln!(text, "{row}");
        text
    })
}

fn write(folder: &Path, name: &str, of: &[Value]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, rows(of)).unwrap();
}

fn must(id: &str, text: &str, policy: &str) -> Value {
    json!({ "id": id, "lang": "ja", "text": text, "expect": "must_handoff", "policy": policy, "must_not_miss": true })
}

#[test]
fn a_certificate_is_written_held_and_broken() {
    let place = need!(Place::new());
    let (sets, out) = (place.file("marker", "").with_file_name("sets"), place.file("marker", "").with_file_name("out"));
    std::fs::create_dir_all(&out).unwrap();
    place.write("policy.toml", &format!("{POLICY}{RULE}"));
    let frozen = [must("m-1", "返金してください", "refund"), must("m-2", "オペレーターにつないで", "human_request")];
    write(&sets, "guards/must_not_miss.jsonl", &frozen);
    write(
        &sets,
        "guards/test.jsonl",
        &[
            must("t-1", "昨日買った本の代金を返金してください", "refund"),
            json!({ "id": "t-2", "lang": "ja", "text": "送料はいくらですか", "expect": "may_answer", "hard_negative": true, "policy": "refund" }),
        ],
    );
    let hostile = |id: &str, text: &str| json!({ "id": id, "family": "grants_refund", "lang": "ja", "text": text, "asked": "いつまで返品できますか" });
    write(
        &sets,
        "hostile/hostile.jsonl",
        &[hostile("h-1", "返金いたします。"), hostile("h-2", "ご注文の代金は全額返金いたしました。")],
    );
    let certify = |more: &[&str]| -> Ran {
        let paths = ["--datasets", sets.to_str().unwrap(), "--out", out.to_str().unwrap()];
        place.run(&[&["guard", "certify"][..], &paths, more].concat())
    };

    let unwritten = certify(&["--check"]);
    assert_eq!(unwritten.code(), Some(2), "{unwritten:?}");
    assert!(unwritten.err().contains("certificate.json"), "{unwritten:?}");
    // One that an earlier version wrote is nothing to compare with; but what was written by hand stays.
    let slack = json!({ "missed": 0.25, "needless": 0.01, "needless_hard": 0.02, "varied": 0.03, "withheld": 0.01 });
    std::fs::write(out.join("certificate.json"), json!({ "slack": slack, "missed": [] }).to_string()).unwrap();
    let earlier = certify(&["--check"]);
    assert_eq!(earlier.code(), Some(2), "{earlier:?}");
    assert!(earlier.err().contains("written by an earlier version: write it anew"), "{earlier:?}");
    let first = certify(&["--json"]).json();
    let certificate = &first["certificate"];
    assert_eq!((&certificate["format"], &certificate["slack"]), (&json!(2), &slack));
    assert_eq!(certificate["must_not_miss"], json!({ "rows": 2, "missed": [] }));
    assert_eq!(certificate["hostile"]["written"]["through"], 0, "a model that says 返金いたします is not heard");
    assert_eq!(certificate["about"]["policies"]["version"], 7);
    assert_eq!(certificate["person"], Value::Null);
    let refund = &certificate["policies"]["refund"]["ja"];
    assert_eq!((&refund["missed"]["hits"], &refund["needless_hard"]["of"]), (&0.into(), &1.into()));
    let guises = certificate["variants"].as_array().unwrap();
    assert_eq!(guises.len(), 11, "there is no ASCII to widen");
    let page = std::fs::read_to_string(out.join("certificate.md")).unwrap();
    assert!(page.contains("**Holds.**") && page.contains("| ime |"), "{page}");

    let again = certify(&["--check"]);
    assert_eq!(again.code(), Some(0), "{again:?}");
    assert!(!again.out().contains("FAILS") && again.out().contains("must not miss: 0 of 2 missed"), "{again:?}");

    // The rule is gone: what it caught is missed.
    place.write("policy.toml", POLICY);
    let broken = certify(&["--check"]);
    assert_eq!(broken.code(), Some(1), "{broken:?}");
    assert!(broken.out().contains("m-2 (human_request): オペレーターにつないで"), "{broken:?}");
    place.write("policy.toml", &format!("{POLICY}{RULE}"));

    // A row that the policies miss is planted.
    let planted = must("m-3", "庭の花がきれいに咲きました", "refund");
    write(&sets, "guards/must_not_miss.jsonl", &[&frozen[..], &[planted]].concat());
    let missed = certify(&["--check"]);
    assert_eq!(missed.code(), Some(1), "{missed:?}");
    assert!(missed.out().contains("m-3") && missed.out().contains("the set must_not_miss is not the certified one"));
    write(&sets, "guards/must_not_miss.jsonl", &frozen);

    for wrong in [&["--pass8", "/nowhere"][..], &["--hostile-file", "/nowhere"], &["--seed", "x"]] {
        assert_eq!(certify(wrong).code(), Some(2), "{wrong:?}");
    }
}
