//! `madoguchi guard certify`, on small sets.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::desk::{Place, Ran};
use crate::processes::need;

/// A policy on top of the compiled-in ones, which knows only the rule and the exemplar below.
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
/// Nothing else that is taught is near it.
const TAUGHT: &str = "庭の花がきれいに咲きました";

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
    let whole = format!("{POLICY}exemplars.ja = {{ positive = [\"{TAUGHT}\"] }}\n{RULE}");
    place.write("policy.toml", &whole);
    let frozen = [
        must("m-1", "返金してください", "refund"),
        must("m-2", "オペレーターにつないで", "human_request"),
        must("m-3", TAUGHT, "human_request"),
    ];
    write(&sets, "guards/must_not_miss.jsonl", &frozen);
    write(
        &sets,
        "guards/test.jsonl",
        &[
            must("t-1", "昨日買った本の代金を返金してください", "refund"),
            json!({ "id": "t-2", "lang": "ja", "text": "送料はいくらですか", "expect": "may_answer", "hard_negative": true, "policy": "refund" }),
        ],
    );
    // Of the second nothing tells that it is a request: while all is up it is answered, and what cannot be judged goes to a person.
    let wording = |id: &str, text: &str, expect: &str| json!({ "id": id, "text": text, "expect": expect });
    let person =
        [wording("q-1", "担当者に代わって", "must_handoff"), wording("q-2", "送料はいくらですか", "must_handoff")];
    write(&sets, "guards/person.jsonl", &person);
    write(&sets, "guards/person_not.jsonl", &[wording("n-1", "何日で届きますか", "may_answer")]);
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
    assert_eq!((&certificate["format"], &certificate["slack"]), (&json!(3), &slack));
    assert_eq!(certificate["must_not_miss"], json!({ "rows": 3, "missed": [] }));
    assert_eq!(certificate["hostile"]["written"]["through"], 0, "a model that says 返金いたします is not heard");
    assert_eq!(certificate["about"]["policies"]["version"], 7);
    let reached = &certificate["person"];
    assert_eq!((&reached["rows"], &reached["missed"][0]["id"]), (&2.into(), &"q-2".into()), "{reached}");
    assert_eq!(reached["down"], json!({ "embedder": [], "embedder and index": [], "index": [] }));
    assert_eq!((&reached["by_rules"]["hits"], &reached["needless"]["share"]["of"]), (&1.into(), &1.into()));
    let refund = &certificate["policies"]["refund"]["ja"];
    assert_eq!((&refund["missed"]["hits"], &refund["needless_hard"]["of"]), (&0.into(), &1.into()));
    let guises = certificate["variants"].as_array().unwrap();
    assert_eq!(guises.len(), 11, "there is no ASCII to widen");
    let page = std::fs::read_to_string(out.join("certificate.md")).unwrap();
    let kept =
        "- **Holds:** with parts of the service down, a person for whatever is asked, and so for each of 2 wordings";
    assert!(page.contains(kept) && page.contains("| ime |") && !page.contains("Does not hold"), "{page}");

    let again = certify(&["--check"]);
    assert_eq!(again.code(), Some(0), "{again:?}");
    assert!(!again.out().contains("FAILS") && again.out().contains("must not miss: 0 of 3 missed"), "{again:?}");
    assert!(!again.err().contains("could not be embedded"), "what is down on purpose is in no log: {again:?}");

    // Rule and exemplar are gone: what each caught is missed.
    place.write("policy.toml", POLICY);
    let broken = certify(&["--check"]);
    assert_eq!(broken.code(), Some(1), "{broken:?}");
    assert!(broken.out().contains("FAILS  no person for 2 of 3 requests that may never be missed"), "{broken:?}");
    assert!(broken.out().contains("m-2 (human_request): オペレーターにつないで"), "{broken:?}");
    assert!(broken.out().contains(&format!("m-3 (human_request): {TAUGHT}")), "{broken:?}");
    place.write("policy.toml", &whole);

    // Rows that are missed are planted: a request that the policies do not know, and one for a person that is taken for courtesy before
    // anything could fail.
    let planted = must("m-4", "送料はいくらですか", "refund");
    write(&sets, "guards/must_not_miss.jsonl", &[&frozen[..], &[planted]].concat());
    let thanks = wording("q-3", "ありがとうございます", "must_handoff");
    write(&sets, "guards/person.jsonl", &[&person[..], &[thanks]].concat());
    let missed = certify(&["--check"]);
    assert_eq!(missed.code(), Some(1), "{missed:?}");
    let said = missed.out();
    assert!(said.contains("m-4 (refund)") && said.contains("the set must_not_miss is not the certified one"), "{said}");
    for down in ["embedder", "index", "embedder and index"] {
        let fails = format!("FAILS  with the {down} down, no person for 1 of 3 wordings of \"a person, please\"\n");
        assert!(said.contains(&format!("{fails}         q-3 (human_request): ありがとうございます\n")), "{said}");
    }
    write(&sets, "guards/must_not_miss.jsonl", &frozen);
    write(&sets, "guards/person.jsonl", &person);

    for wrong in [&["--pass8", "/nowhere"][..], &["--hostile-file", "/nowhere"], &["--seed", "x"]] {
        assert_eq!(certify(wrong).code(), Some(2), "{wrong:?}");
    }
}
