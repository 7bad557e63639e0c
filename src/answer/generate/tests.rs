mod conditions;
mod failures;
mod fenced;
mod incidents;
pub(crate) mod stage;

use super::*;
use crate::llm::scripted::ScriptedChat;
use stage::{Always, Stage, checks, evidence, writer};

const RETURNS: (&str, &str, &str) = (
    "ja-return",
    "返品できる期間",
    "## 期間\n\n返品は、お届けの翌日から30日以内です。ただし、家電は14日以内です。\n\n返品の進み具合は注文の詳細に表示されます。\n\n開封した商品は返品できません。\n\n| 対象 | 期間 |\n|---|---|\n| 靴 | 60日 |\n| 本 | 7日 |\n",
);
const STEPS: (&str, &str, &str) = (
    "en-steps",
    "How to return an item",
    "## Steps\n\n1. Open Your orders and choose the item.\n2. Press Return.\n3. Print the label.\n\nThe label is valid for 10 days, see [windows](en-windows.md).\n\nThe page shows where your parcel is.",
);
const WINDOWS: (&str, &str, &str) =
    ("en-windows", "Return windows", "You can return items within 30 days of delivery.");

async fn answer(
    articles: &[(&str, &str, &str)],
    says: &str,
    support: impl Support + 'static,
    lang: &Lang,
) -> (Written, String) {
    let stage = Stage::of(articles).await;
    let writer = writer(ScriptedChat::saying([says]).in_pieces(3), support);
    let (written, shown) = stage.write(&writer, "返品はいつまでできますか", lang).await;
    let written = written.unwrap();
    assert_eq!(written.draft.pieces().concat(), shown, "what is released is what is drafted");
    (written, shown)
}

fn reasons(written: &Written) -> Vec<(&str, Why)> {
    written.withheld().iter().map(|judged| (judged.sentence.as_str(), judged.why.unwrap())).collect()
}

#[tokio::test]
async fn a_policy_claim_is_made_in_the_articles_own_words() {
    let (written, shown) = answer(
        &[RETURNS],
        "お届けの翌日から30日以内なら返品できます。[1]返品の期限は30日以内です。[1]",
        checks(),
        &Lang::JA,
    )
    .await;
    assert_eq!(
        shown, "返品は、お届けの翌日から30日以内です。ただし、家電は14日以内です。",
        "with what limits it, and once"
    );
    let citation = &written.draft.parts[0].citations()[0];
    assert_eq!(
        (citation.quote.as_str(), citation.heading.as_slice()),
        (shown.as_str(), ["期間".to_owned()].as_slice())
    );
    let at: String =
        RETURNS.2.chars().skip(citation.span.start).take(citation.span.end - citation.span.start).collect();
    assert_eq!(at, shown);
    assert!(written.withheld().is_empty() && !written.none && !written.cut);
}

#[tokio::test]
async fn a_row_of_a_table_is_quoted_with_its_table() {
    let (_, shown) = answer(&[RETURNS], "靴は60日以内です。[1]", checks(), &Lang::JA).await;
    assert_eq!(shown, "**期間**\n\n| 対象 | 期間 |\n|---|---|\n| 靴 | 60日 |\n| 本 | 7日 |");
}

#[tokio::test]
async fn other_sentences_are_shown_as_they_were_written() {
    let (written, shown) = answer(
        &[RETURNS],
        "返品の進み具合は、注文の詳細に表示されます[1]。 進み具合は注文の詳細で見られる返品の表示です。",
        checks(),
        &Lang::JA,
    )
    .await;
    assert_eq!(shown, "返品の進み具合は、注文の詳細に表示されます。進み具合は注文の詳細で見られる返品の表示です。");
    let citations: Vec<&str> = written.draft.citations().map(|citation| citation.quote.as_str()).collect();
    assert_eq!(
        citations, ["返品の進み具合は注文の詳細に表示されます。"; 2],
        "without a marker the best passage is cited"
    );
    assert!(matches!(written.draft.parts[0], Part::Said(_)));
}

#[tokio::test]
async fn steps_are_quoted_whole_and_links_open() {
    let says = "1. Open Your orders and choose the item. [1]\n2. Print the label. [1]\n\nThe page shows where your parcel is. [1] The label is valid for 10 days [1].";
    let (_, shown) = answer(&[STEPS, WINDOWS], says, checks(), &Lang::EN).await;
    assert_eq!(
        shown,
        "**Steps**\n\n1. Open Your orders and choose the item.\n2. Press Return.\n3. Print the label.\n\nThe page shows where your parcel is.\n\nThe label is valid for 10 days, see [windows](/articles/en-windows)."
    );
}

#[tokio::test]
async fn for_invented_numbers_and_swapped_negations_the_article_speaks() {
    for (says, speaks) in [
        ("返品は90日以内にできます。[1]", "30日"),
        ("開封した商品は返品できます。[1]", "返品できません"),
        ("家電は3日以内です。", "14日"),
    ] {
        for real in [true, false] {
            let (written, shown) = match real {
                true => answer(&[RETURNS], says, evidence(), &Lang::JA).await,
                false => answer(&[RETURNS], says, checks(), &Lang::JA).await,
            };
            assert!(shown.contains(speaks) && !shown.contains(says.trim_end_matches("[1]")), "{says}: {shown}");
            assert_eq!(written.sentences[0].outcome, Fate::Quoted, "{says}");
            assert!(!written.sentences[0].verdict.disagreements.is_empty(), "{says}");
        }
    }
}

#[tokio::test]
async fn what_no_place_says_is_withheld() {
    for says in ["返品には90ドルの保険と会員証の提示が求められます。[1]", "土曜は電話窓口が開いています。"]
    {
        let (written, shown) = answer(&[RETURNS], says, evidence(), &Lang::JA).await;
        assert_eq!(shown, "", "{says}");
        assert_eq!(written.withheld()[0].why, Some(Why::Unsupported), "{says}");
    }
}

#[tokio::test]
async fn a_number_of_the_question_is_not_a_source() {
    let stage = Stage::of(&[WINDOWS]).await;
    let writer = writer(ScriptedChat::saying(["Yes, you can return items within 90 days. [1]"]), checks());
    let (written, shown) = stage.write(&writer, "Can I return it within 90 days?", &Lang::EN).await;
    assert!(!shown.contains("90") && shown.contains("30 days"), "{shown}");
    assert_eq!(written.unwrap().sentences[0].outcome, Fate::Quoted);
}

#[tokio::test]
async fn a_title_is_no_answer() {
    for says in ["返品できる期間", "返品できる期間 > 期間 [1]", "期間。"] {
        let (written, shown) = answer(&[RETURNS], says, Always(1.0), &Lang::JA).await;
        assert_eq!((shown.as_str(), written.sentences[0].outcome), ("", Fate::PassedOver), "{says}");
    }
}

#[tokio::test]
async fn unknown_markers_and_other_languages_are_withheld() {
    let says = "The page shows your parcel. [2]\n返品できます。[1] [7] 表示です。[0]";
    let (written, shown) = answer(&[RETURNS], says, Always(1.0), &Lang::JA).await;
    assert_eq!(shown, "");
    use Why::{UnknownMarker, WrongLanguage};
    let expected = [
        ("The page shows your parcel.", UnknownMarker),
        ("返品できます。", UnknownMarker),
        ("表示です。", UnknownMarker),
    ];
    assert_eq!(reasons(&written), expected);

    let (written, _) = answer(&[RETURNS], "The page shows where your parcel is. [1]", Always(1.0), &Lang::JA).await;
    assert_eq!(reasons(&written), [("The page shows where your parcel is.", WrongLanguage)]);
}

#[tokio::test]
async fn what_is_not_supported_is_not_said() {
    for support in [0.0, 0.49, f32::NAN] {
        let (written, shown) = answer(&[RETURNS], "別の画面に案内されます。", Always(support), &Lang::JA).await;
        assert_eq!((shown.as_str(), written.withheld().len()), ("", 1), "{support}");
        assert!(!written.draft.quotes());
    }
}

#[tokio::test]
async fn the_word_for_no_answer_ends_the_reply() {
    for says in
        ["[none]", "[none]。返品は30日以内です。[1]", " [None]\nSure!", "<think>返品は30日以内です。</think>[none]"]
    {
        let (written, shown) = answer(&[RETURNS], says, Always(1.0), &Lang::JA).await;
        assert!(written.none && shown.is_empty() && written.withheld().is_empty(), "{says}");
        assert!(written.tokens_in > 0, "{says}");
    }
}

#[tokio::test]
async fn articles_that_contradict_each_other_are_both_shown() {
    let other = ("ja-faq", "よくある質問", "返品できるのは、到着後20日以内です。");
    let (written, shown) =
        answer(&[RETURNS, other], "返品は30日以内です。[1]期限は20日以内です。[2]", checks(), &Lang::JA).await;
    let note = crate::answer::phrases(&Lang::JA).contradicting;
    assert_eq!(
        shown,
        format!(
            "{note}\n\n**返品できる期間**\n\n返品は、お届けの翌日から30日以内です。ただし、家電は14日以内です。\n\n**よくある質問**\n\n返品できるのは、到着後20日以内です。"
        )
    );
    assert!(note.contains("担当者"));
    assert_eq!(written.draft.citations().count(), 2);
}

#[tokio::test]
async fn articles_on_different_things_do_not_contradict_each_other() {
    let other = ("ja-books", "本の返品", "本の返品は、到着後20日以内です。");
    let (_, shown) = answer(&[RETURNS, other], "返品は30日以内です。[1]", checks(), &Lang::JA).await;
    assert!(!shown.contains("20日"), "{shown}");
}

#[tokio::test]
async fn the_same_text_in_other_pieces_is_the_same_answer() {
    let stage = Stage::of(&[STEPS, WINDOWS]).await;
    let says =
        "You can return items within 30 days of delivery. [2] The page shows where your parcel is [1]. 1. Nothing.";
    let mut seen = Vec::new();
    for size in [1, 2, 7, 1_000] {
        let writer = writer(ScriptedChat::saying([says]).in_pieces(size), checks());
        let (written, shown) = stage.write(&writer, "How long?", &Lang::EN).await;
        seen.push((written.unwrap(), shown));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(
        seen[0].1.starts_with(
            "You can return items within 30 days of delivery.\n\n**How to return an item**\n\nThe page shows"
        ),
        "{}",
        seen[0].1
    );
}

#[test]
fn a_generated_draft_passes_the_door_that_all_drafts_pass() {
    let quote = Part::Own("x".into());
    assert_eq!(crate::answer::verify(Draft { parts: vec![quote.clone()] }).parts, [quote]);
}
