use proptest::prelude::*;

use super::*;

fn as_written(text: &str) -> String {
    parted(&fold(text))
}

#[test]
fn what_reads_the_same_is_the_same() {
    for (one, other) in [
        ("ﾍﾝﾋﾟﾝ ｼﾀｲ", "へんぴん したい"),
        ("返　金", "返金"),
        ("返 金", "返金"),
        ("返\u{200b}金\u{fe0f}", "返金"),
        ("ＲＥＦＵＮＤ", "refund"),
        ("𝐫𝐞𝐟𝐮𝐧𝐝", "refund"),
        ("r\u{300}e\u{338}fund", "refund"),
        ("rеfund", "refund"),
        ("キャンセル", "きゃんせる"),
        ("か\u{3099}ぞう", "がぞう"),
        ("カ゛ゾウ", "がぞう"),
        ("コ一ヒ―", "こーひー"),
        ("おねがーーい", "おねが〜い"),
        ("お願ーーい", "お願い"),
        ("Rückerstattung", "ruckerstattung"),
        ("Straße", "strasse"),
        ("don’t", "don't"),
        ("환불해 주세요", "환불해 주세요"),
        ("①か月", "1か月"),
        ("返金…してください", "返金してください"),
    ] {
        assert_eq!(as_written(one), as_written(other), "{one} / {other}");
    }
}

#[test]
fn what_reads_differently_stays_different() {
    for (one, other) in [("カード", "かど"), ("は", "ば"), ("退款", "返金"), ("а", "a"), ("ไม่", "ไม")]
    {
        assert_ne!(as_written(one), as_written(other), "{one} / {other}");
    }
}

#[test]
fn sentences_end_where_a_reader_would_stop() {
    let cut = |text: &str| readings(text).swap_remove(0).sentences;
    assert_eq!(cut("壊れていました。返金してください！"), ["壊れていました", "返金してください"]);
    assert_eq!(cut("It broke. Refund me, Mr. Smith... please"), ["it broke", "refund me, mr. smith please"]);
    assert_eq!(cut("version 1.5 at shop.example now"), ["version 1.5 at shop.example now"]);
    assert_eq!(cut("一つ\n二つ"), ["一つ", "二つ"]);
    assert!(cut("").is_empty());
    assert!(cut("  。！？\n").is_empty());
}

#[test]
fn a_second_reading_joins_what_was_torn_apart() {
    for (torn, whole) in [
        ("返・金して", "返金して"),
        ("返\n金して", "返金して"),
        ("re-fund please", "refund please"),
        ("r e f u n d please", "refund please"),
        ("r e f u n d   m e   n o w", "refund me now"),
        ("r e f  u n d please", "refund please"),
        ("r.e.f.u.n.d", "refund"),
        ("I want\na refund", "i want a refund"),
    ] {
        let found = readings(torn);
        assert!(found.iter().any(|reading| reading.whole == whole), "{torn}: {found:?}");
    }
    assert_eq!(readings("返金して").len(), 1);
    assert_eq!(readings("two-step")[0].whole, "two step");
}

#[test]
fn edges_do_not_count() {
    assert_eq!(readings("「はい！」😊👍🏽").swap_remove(0).whole, "はい");
    assert_eq!(readings("😊").swap_remove(0).whole, "");
}

#[test]
fn a_megabyte_is_no_matter() {
    for text in ["\u{301}".repeat(500_000), "返 金-".repeat(150_000), "a ".repeat(500_000), ".".repeat(1_000_000)] {
        let _ = readings(&text);
    }
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in any::<String>()) {
        for reading in readings(&text) {
            prop_assert!(reading.sentences.iter().all(|sentence| !sentence.contains(is_sentence_end)));
        }
    }

    #[test]
    fn folding_twice_changes_nothing(text in "[a-zéüßЖа-яぁ-んァ-ヶ返金가-힣 .・!。\n]{0,40}") {
        // A second time, because a blank that goes may bring two long-vowel marks together.
        let twice = as_written(&as_written(&text));
        prop_assert_eq!(as_written(&twice), twice);
    }
}
