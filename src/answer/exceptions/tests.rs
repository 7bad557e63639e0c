use std::collections::HashSet;

use super::*;
use crate::answer::Extractive;
use crate::answer::Stage;

const WINDOW: &str = "## 期間\n\n返品は30日以内です。";

/// What is shown of `article` by a reply that quotes the section headed `heading`.
async fn shown(article: (&str, &str, &str), heading: &[&str], question: &str, lang: &Lang) -> (String, Draft) {
    let stage = Stage::of(&[article]).await;
    let words = |_: &Lang, _: &str| HashSet::<String>::new();
    let mut hit = stage.hits[0].clone();
    let passage = std::sync::Arc::make_mut(&mut hit.passage);
    passage.heading = heading.iter().map(|name| (*name).to_owned()).collect();
    let (before, below) = article.2.split_once(&format!("{}\n\n", heading.last().unwrap())).unwrap();
    passage.text = below.split("\n\n").next().unwrap().to_owned();
    let start = article.2.chars().count() - below.chars().count();
    assert!(start > before.chars().count());
    passage.span = Span { start, end: start + passage.text.chars().count() };
    let mut draft = Extractive { catalogue: &stage.catalogue, words: &words }.draft(question, lang, &[hit]);
    add(&mut draft, question, lang, &stage.catalogue);
    (draft.pieces().concat(), draft)
}

#[tokio::test]
async fn a_rule_is_not_given_without_its_exceptions() {
    let body = format!("{WINDOW}\n\n## 例外\n\n肌着は返品できません。\n\n## 関連する記事\n\n- [返金](refunds.md)");
    let (text, draft) = shown(("ja-window", "返品できる期間", &body), &["期間"], "返品はいつまで？", &Lang::JA).await;
    assert!(text.ends_with("返品は30日以内です。\n\n**例外**\n\n肌着は返品できません。"), "{text}");
    let citation = draft.citations().last().unwrap();
    let at: String = body.chars().skip(citation.span.start).take(citation.span.end - citation.span.start).collect();
    assert_eq!((at.as_str(), citation.quote.as_str()), ("肌着は返品できません。", "肌着は返品できません。"));
    assert_eq!((citation.heading.as_slice(), citation.score), (["例外".to_owned()].as_slice(), 0.0));
}

#[tokio::test]
async fn long_exceptions_are_pointed_to() {
    let body = format!("{WINDOW}\n\n## 例外と注意\n\n{}", "肌着は返品できません。".repeat(30));
    let (text, draft) = shown(("ja-window", "返品できる期間", &body), &["期間"], "返品はいつまで？", &Lang::JA).await;
    let last = text.rsplit("\n\n").next().unwrap();
    assert!(last.starts_with("この記事には例外もあります（[例外と注意](/articles/ja-window?"), "{text}");
    assert_eq!(draft.citations().count(), 1);
    let (text, _) = shown(("ja-window", "返品できる期間", &body), &["期間"], "How long?", &Lang::EN).await;
    assert!(text.contains("The same article has exceptions (see [例外と注意]("), "{text}");
}

#[tokio::test]
async fn what_is_shown_anyway_or_limits_something_else_is_not_added() {
    let own = format!("{WINDOW}\n\n## 例外\n\n肌着は返品できません。");
    let (text, _) = shown(("ja-window", "返品できる期間", &own), &["例外"], "肌着の返品は？", &Lang::JA).await;
    assert_eq!(text.matches("肌着は返品できません。").count(), 1, "{text}");
    let below =
        format!("{WINDOW}\n\n## キャンセル\n\n発送前ならできます。\n\n### キャンセルの例外\n\n予約品はできません。");
    let article = ("ja-window", "返品できる期間", below.as_str());
    let (text, _) = shown(article, &["期間"], "返品はいつまで？", &Lang::JA).await;
    assert!(!text.contains("予約品"), "{text}");
    let (text, _) = shown(article, &["キャンセル"], "キャンセルは？", &Lang::JA).await;
    assert!(text.contains("予約品はできません。"), "{text}");
    for nothing in ["## 例外", "## 例外\n\n", "## 例外\n\n- [返金](refunds.md)"] {
        let body = format!("{WINDOW}\n\n{nothing}");
        let (text, _) = shown(("ja-window", "返品できる期間", &body), &["期間"], "返品はいつまで？", &Lang::JA).await;
        assert!(text.ends_with("返品は30日以内です。"), "{text}");
    }
}

#[test]
fn exceptions_are_known_by_their_heading_in_every_language() {
    for heading in [
        "例外",
        "返品の対象外になる商品",
        "Exceptions: sellers abroad",
        "EXCEPTIONS",
        "예외",
        "例外情况",
        "Ausnahmen",
        "Exceptions et limites",
        "Excepciones",
        "Exceções",
        "Eccezioni",
        "Trường hợp ngoại lệ",
        "ข้อยกเว้น",
        "Pengecualian",
    ] {
        assert!(is_exceptions(heading), "{heading}");
    }
    for heading in ["", "手順", "サインインできないとき", "How long you have", "반품 기간", "Ausgaben"]
    {
        assert!(!is_exceptions(heading), "{heading}");
    }
}
