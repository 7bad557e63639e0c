//! To whom a sentence applies goes with it, wherever it is quoted.

use std::collections::HashSet;

use super::stage::{Always, Stage, checks, writer};
use super::*;
use crate::answer::Extractive;

const ABROAD: (&str, &str, &str) = (
    "en-guarantee",
    "Returns to marketplace sellers",
    "## Exception: sellers abroad\n\nThe limit is 7 days. The page shows where your parcel is.",
);
const ABROAD_LINE: &str = "**Returns to marketplace sellers › Exception: sellers abroad**";

async fn shown(articles: &[(&str, &str, &str)], asked: &str, says: &str, lang: &Lang) -> String {
    let stage = Stage::of(articles).await;
    let writer = writer(ScriptedChat::saying([says]).in_pieces(5), checks());
    let (written, shown) = stage.write(&writer, asked, lang).await;
    assert_eq!(written.unwrap().draft.pieces().concat(), shown);
    shown
}

#[tokio::test]
async fn a_condition_stands_once_above_the_sentences_it_holds_for() {
    let says = "The limit is 7 days. [1] The page shows where your parcel is. [1]";
    let expected = format!("{ABROAD_LINE}\n\nThe limit is 7 days.\n\nThe page shows where your parcel is.");
    assert_eq!(shown(&[ABROAD], "How long do I have?", says, &Lang::EN).await, expected);
}

#[tokio::test]
async fn who_asks_about_it_in_so_many_words_is_not_told_again() {
    let asked = "Are there returns to marketplace sellers who are abroad?";
    let says = "The limit is 7 days. [1]";
    assert_eq!(shown(&[ABROAD], asked, says, &Lang::EN).await, "The limit is 7 days.");
}

#[tokio::test]
async fn conditions_are_carried_in_every_language() {
    for (lang, title, heading, text, asked) in [
        ("ja", "返品できる期間", "例外：海外出品者の商品", "返品は7日以内に申し込んでください。", "返品はいつまで？"),
        ("zh", "退货期限和条件", "例外：海外卖家的商品", "请在7天内申请退货。", "几天内可以退货？"),
        ("ko", "반품 기간과 조건", "예외: 해외 판매자 상품", "7일 안에 반품을 신청하세요.", "반품은 언제까지 되나요?"),
    ] {
        let (id, body) = (format!("{lang}-abroad"), format!("## {heading}\n\n{text}"));
        let shown = shown(&[(&id, title, &body)], asked, &format!("{text}[1]"), &Lang::new(lang)).await;
        assert_eq!(shown, format!("**{heading}**\n\n{text}"), "{lang}");
    }
}

#[tokio::test]
async fn what_follows_from_another_section_does_not_stand_under_it() {
    let says = "The limit is 7 days. [1] You can return items within 30 days of delivery. [2]";
    let shown = shown(&[ABROAD, WINDOWS], "How do I return items?", says, &Lang::EN).await;
    let expected = format!(
        "{ABROAD_LINE}\n\nThe limit is 7 days.\n\n**Return windows**\n\nYou can return items within 30 days of delivery."
    );
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_quotation_is_the_articles_words_alone() {
    let stage = Stage::of(&[ABROAD]).await;
    let says = "The limit is 7 days. [1]";
    let (written, _) =
        stage.write(&writer(ScriptedChat::saying([says]), checks()), "How long do I have?", &Lang::EN).await;
    let parts = written.unwrap().draft.parts;
    assert_eq!((parts[0].markdown(), parts[0].citations().len()), (ABROAD_LINE, 0));
    let citation = &parts[1].citations()[0];
    assert_eq!(citation.quote, "The limit is 7 days.");
    let at: String = ABROAD.2.chars().skip(citation.span.start).take(citation.span.end - citation.span.start).collect();
    assert_eq!(at, citation.quote);
}

#[tokio::test]
async fn cells_run_together_are_shown_as_their_table() {
    let table = "| 対象 | 期間 | 条件 |\n|---|---|---|\n| 衣類 | 長め | 試着は可 |\n| 家電 | 短め | 未使用 |";
    let body = format!("## 期間\n\n{table}");
    let article = ("ja-table", "返品できる期間", body.as_str());
    for says in ["衣類 長め 試着は可[1]", "家電：短め、試着は可[1]"] {
        let stage = Stage::of(&[article]).await;
        let (written, shown) =
            stage.write(&writer(ScriptedChat::saying([says]), Always(1.0)), "返品はいつまで？", &Lang::JA).await;
        assert_eq!(shown, format!("**期間**\n\n{table}"), "{says}");
        assert_eq!(written.unwrap().sentences[0].outcome, Fate::Quoted, "{says}");
    }
}

#[tokio::test]
async fn sentences_that_are_nearly_the_same_are_shown_once() {
    let article = ("en-customs", "Customs", "The amount depends on the kind of goods.");
    let stage = Stage::of(&[article]).await;
    let says = "The amount depends on the kind of goods. [1] The amount depend on the kind of goods. [1]";
    let (written, shown) =
        stage.write(&writer(ScriptedChat::saying([says]), Always(1.0)), "What about customs?", &Lang::EN).await;
    assert_eq!(shown, "The amount depends on the kind of goods.");
    assert_eq!(written.unwrap().sentences[1].outcome, Fate::PassedOver);
}

#[tokio::test]
async fn a_section_is_quoted_under_all_that_limits_it() {
    let body = "## 例外：海外出品者の商品\n\n### 期限\n\n7日以内です。";
    let mut stage = Stage::of(&[("ja-abroad", "返品できる期間", body)]).await;
    Arc::make_mut(&mut stage.hits[0].passage).heading = vec!["例外：海外出品者の商品".into(), "期限".into()];
    let words = |_: &Lang, _: &str| HashSet::<String>::new();
    let draft = Extractive { catalogue: &stage.catalogue, words: &words };
    let quoted = |asked| draft.draft(asked, &Lang::JA, &stage.hits).pieces().concat();
    assert_eq!(quoted("返品はいつまで？"), "**例外：海外出品者の商品 › 期限**\n\n7日以内です。");
    assert_eq!(quoted("海外の出品者の商品の返品は？"), "**期限**\n\n7日以内です。");
}
