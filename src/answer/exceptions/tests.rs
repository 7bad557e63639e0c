use std::collections::HashSet;

use super::*;
use crate::answer::{Extractive, Stage};
use crate::passages::hybrid::Fused;

const WINDOW: &str = "## 期間\n\n返品は30日以内です。";

/// What is shown of `article` by a reply that quotes the section headed `heading`.
async fn shown(article: (&str, &str, &str), heading: &[&str], question: &str, lang: &Lang) -> (String, Draft) {
    let stage = Stage::of(&[article]).await;
    let words = |_: &Lang, _: &str| HashSet::<String>::new();
    let mut hit = stage.hits[0].clone();
    let passage = std::sync::Arc::make_mut(&mut hit.passage);
    passage.heading = heading.iter().map(|name| (*name).to_owned()).collect();
    let (_, below) = article.2.split_once(&format!("{}\n\n", heading.last().unwrap())).unwrap();
    passage.text = below.split("\n\n").next().unwrap().to_owned();
    let start = article.2.chars().count() - below.chars().count();
    passage.span = Span { start, end: start + passage.text.chars().count() };
    let mut draft = Extractive { catalogue: &stage.catalogue, words: &words }.draft(question, lang, &[hit]);
    let exceptions = to(&draft, question, lang, &stage.catalogue);
    draft.parts.extend(exceptions);
    (draft.pieces().concat(), draft)
}

/// `words` of an article's body, quoted.
fn quote(hit: &Fused, body: &str, words: &str) -> Part {
    let start = body.split(words).next().unwrap().chars().count();
    let span = Span { start, end: start + words.chars().count() };
    let citation = Citation { span, quote: words.to_owned(), ..Citation::of(hit) };
    Part::Quote { markdown: words.to_owned(), citation: Box::new(citation) }
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
    let article = ("ja-window", "返品できる期間", body.as_str());
    let (text, draft) = shown(article, &["期間"], "返品はいつまで？", &Lang::JA).await;
    let last = text.rsplit("\n\n").next().unwrap();
    assert!(last.starts_with("この記事には例外もあります（[例外と注意](/articles/ja-window?"), "{text}");
    assert_eq!(draft.citations().count(), 1);
    let (text, _) = shown(article, &["期間"], "How long?", &Lang::EN).await;
    let last = text.rsplit("\n\n").next().unwrap();
    assert!(last.starts_with("There are exceptions (see [") && last.contains("例外と注意](/articles/"), "{text}");
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
    for nothing in ["## 例外", "## 例外\n\n---", "## 例外\n\n<!-- 未定 -->", "## 例外\n\n- [返金](refunds.md)"]
    {
        let body = format!("{WINDOW}\n\n{nothing}");
        let (text, _) = shown(("ja-window", "返品できる期間", &body), &["期間"], "返品はいつまで？", &Lang::JA).await;
        assert!(text.ends_with("返品は30日以内です。"), "{text}");
    }
}

#[tokio::test]
async fn exceptions_with_sections_of_their_own_are_one() {
    let body = format!(
        "{WINDOW}\n\n## 例外\n\n次の場合は異なります。\n\n### 家電\n\n14日以内です。\n\n### 本\n\n7日以内です。"
    );
    let article = ("ja-window", "返品できる期間", body.as_str());
    let (text, _) = shown(article, &["期間"], "返品はいつまで？", &Lang::JA).await;
    assert!(text.contains("この記事には例外もあります（[") && !text.contains("次の場合"), "{text}");
    let (text, _) = shown(article, &["例外", "家電"], "家電の返品は？", &Lang::JA).await;
    assert!(text.ends_with("14日以内です。"), "{text}");
}

#[tokio::test]
async fn among_several_articles_it_is_plain_whose_exceptions_they_are() {
    let window = "返品は30日以内です。\n\n## 例外\n\n肌着は返品できません。";
    let points = "ポイントは1年で失効します。";
    let stage = Stage::of(&[("ja-window", "返品できる期間", window), ("ja-points", "ポイント", points)]).await;
    let draft = Draft {
        parts: vec![quote(&stage.hits[0], window, "返品は30日以内です。"), quote(&stage.hits[1], points, points)],
    };
    let exceptions = to(&draft, "返品とポイントは？", &Lang::JA, &stage.catalogue);
    let text = Draft { parts: exceptions }.pieces().concat();
    assert_eq!(text, "**返品できる期間 › 例外**\n\n肌着は返品できません。");
}

#[tokio::test]
async fn of_exceptions_that_are_shown_in_part_the_rest_is_pointed_to() {
    let body = "返品は30日以内です。\n\n## 例外\n\n肌着は返品できません。\n\n開封したゲームも返品できません。";
    let stage = Stage::of(&[("ja-window", "返品できる期間", body)]).await;
    let mut draft = Draft { parts: vec![quote(&stage.hits[0], body, "肌着は返品できません。")] };
    let exceptions = to(&draft, "肌着は？", &Lang::JA, &stage.catalogue);
    assert!(exceptions.is_empty(), "an exception is limited by no other: {exceptions:?}");
    draft.parts.insert(0, quote(&stage.hits[0], body, "返品は30日以内です。"));
    let exceptions = to(&draft, "肌着は？", &Lang::JA, &stage.catalogue);
    let [Part::Own(pointer)] = exceptions.as_slice() else { panic!("{exceptions:?}") };
    assert!(pointer.starts_with("この記事には例外もあります（["), "{pointer}");
}

#[test]
fn exceptions_are_known_by_their_heading_in_every_language() {
    for heading in [
        "例外",
        "受付時間の外と例外",
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
    for heading in [
        "",
        "手順",
        "サインインできないとき",
        "例外なく返品できます",
        "How long you have",
        "Exceptional opening days",
        "Fermetures exceptionnelles",
        "반품 기간",
        "Ausgaben",
    ] {
        assert!(!is_exceptions(heading), "{heading}");
    }
}
