use proptest::prelude::*;

use super::*;

fn fires_after(pattern: &str, text: &str, offered: Option<&str>, said: &[&str]) -> bool {
    let mut rules = Rules::default();
    rules.add(pattern, ()).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    let before = Before::new(offered, said.iter().copied());
    !rules.firing(&readings(text), &before, |()| true).is_empty()
}

fn fires(pattern: &str, text: &str) -> bool {
    fires_after(pattern, text, None, &[])
}

#[test]
fn words_in_order_within_a_sentence() {
    let rule = "(返金|払い戻し|全額返し) … (してください|して下さい|お願い|ほしい) !(方法|条件|いつ頃)";
    for text in [
        "返金してください",
        "返金をしてください。",
        "全額、返金 して くださいよ！",
        "返金、なんとかお願いできませんか",
        "ヘンキン…いや、返金ヲ オ願イ、返金お願いします",
        "返\u{200b}金してください",
        "壊れてた。返金してほしい",
        "払い戻しーお願ーいします",
        "返・金してください",
        "返金\nしてください",
    ] {
        assert!(fires(rule, text), "{text}");
    }
    for text in [
        "",
        "返金",
        "お願い、返金",
        "返金の方法を教えてほしい",
        "返金。明日までに配達してください",
        "返金のことですが、その前にまず先週の木曜日に届くはずだった荷物を確認してください",
    ] {
        assert!(!fires(rule, text), "{text}");
    }
}

#[test]
fn whole_words_where_words_are_parted() {
    assert!(fires("refund", "I want a REFUND!"));
    assert!(fires("refund", "refundして"));
    assert!(fires("refund", "a re-fund, please"));
    assert!(!fires("refund", "refunded"));
    assert!(!fires("refund", "nonrefundable"));
    assert!(fires("refund*", "refunded"));
    assert!(fires("refund* … please", "refunded at once, please"));
    assert!(fires("money back", "money  back"));
    assert!(!fires("money back", "money was sent back"));
    assert!(fires("money … back", "I want my money for that blender back"));
    assert!(fires("don't want", "I dont want it"));
    assert!(fires("two-step", "two step"));
    assert!(fires("two-step", "twostep"));
    assert!(fires("Rückerstattung", "ruckerstattung bitte"));
    assert!(fires("возврат", "Хочу возврат!"));
    assert!(!fires("возврат", "возвратный"));
    assert!(fires("환불", "환불해 주세요"));
    assert!(fires("คืนเงิน", "ขอคืนเงินหน่อย"));
}

#[test]
fn long_vowels_are_tolerated_where_they_mean_nothing() {
    assert!(fires("ユーザー", "ユーザ"));
    assert!(fires("おねがい", "おねがーーーい"));
    assert!(fires("カード", "カ一ド"));
    assert!(fires("カード", "かーど"));
    assert!(!fires("カード", "届くかどうか"));
}

#[test]
fn optional_parts_bring_their_blank() {
    for text in ["返金", "ご返金", "ご 返金"] {
        assert!(fires("^(お|ご)? 返金", text), "{text}");
    }
    assert!(fires("全額? … 返金 … して?", "返金"));
    assert!(fires("商品 … (全部)? 返品", "商品が気に入らないので返品"));
    assert!(fires("返金(して|願)", "返金して"));
    assert!(!fires("返金(して|願)", "返金をして"));
    assert!(fires("返金 して", "返金をして"));
}

#[test]
fn edges_of_the_message() {
    let rule = "^(はい|ええ|yes|please) … $";
    for text in ["はい", "はい、お願いします！", "「はい」", "はい。お願いします。", "Yes please 😊"]
    {
        assert!(fires(rule, text), "{text}");
    }
    for text in ["いいえ", "返品はいつまでですか", "はい、ところで返品の期限と方法について詳しく教えていただけますか"]
    {
        assert!(!fires(rule, text), "{text}");
    }
    assert!(fires("人間 $", "人間!!"));
    assert!(!fires("人間 $", "人間です"));
}

#[test]
fn conditions_look_around_and_back() {
    assert!(fires("返金 !方法", "方法は不明。返金は？"));
    assert!(!fires("返金 !!(方法)", "方法は不明。返金は？"));
    let rule = "^(はい|お願いします) … $ @offered(返金|払い戻し)";
    assert!(fires_after(rule, "はい、お願いします", Some("返金を担当に依頼しますか？"), &[]));
    assert!(!fires_after(rule, "はい、お願いします", Some("再配達を依頼しますか？"), &[]));
    assert!(!fires(rule, "はい、お願いします"));
    assert!(fires_after("いいから早く @said(返金)", "いいから早く", None, &["返金してよ"]));
    assert!(!fires_after("いいから早く @said(返金)", "いいから早く", None, &["配送は？"]));
}

#[test]
fn operators_may_be_typed_in_full_width() {
    assert!(fires("（返金｜払い戻し） … （して）？ほしい", "返金して ほしい"));
    assert!(fires("返金...ほしい", "返金がほしい"));
    assert!(fires(r"本当\?", "本当?") || check(r"本当\?").is_ok());
}

#[test]
fn errors_say_what_to_write() {
    let errors: Vec<String> = [
        "",
        "(返金",
        "返金)",
        "(返金|)",
        "()",
        "返金 |",
        "返金 …",
        "…",
        "返金?",
        "(お|ご)?",
        "? 返金",
        "*",
        "返金 ^",
        "返金 @foo(a)",
        "返金 !",
        "返金 !(方法?)",
        "返金 !(方法) して",
        "返金\\",
        "@offered(返金)",
        "----",
        "(返金|(お)?)",
        "(返金 … )",
    ]
    .into_iter()
    .map(|pattern| format!("{pattern}  =>  {}", check(pattern).unwrap_err()))
    .collect();
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_rule_that_would_explode_is_refused_or_fast() {
    let deep = format!("{}返金{}", "(".repeat(100), ")".repeat(100));
    assert!(check(&deep).is_err());
    let wide = format!("({})", vec!["あ … い … う"; 300].join("|"));
    let _ = check(&wide);
    assert!(check(&"返".repeat(5000)).is_err());
}

#[test]
fn a_megabyte_is_no_matter() {
    let rules = ["返金 … して … ください !(方法)", "^はい … $", "refund* … please", "あ … あ … あ … い"];
    for text in
        ["あ".repeat(350_000), "返金してください方法".repeat(40_000), "refund ".repeat(150_000), "返。".repeat(170_000)]
    {
        let read = readings(&text);
        for rule in rules {
            let mut all = Rules::default();
            all.add(rule, ()).unwrap();
            let _ = all.firing(&read, &Before::default(), |()| true);
        }
    }
}

proptest! {
    #[test]
    fn no_pattern_panics(pattern in any::<String>(), text in any::<String>()) {
        let mut rules = Rules::default();
        if rules.add(&pattern, ()).is_ok() {
            let _ = rules.firing(&readings(&text), &Before::new(Some(&text), [pattern.as_str()].into_iter()), |()| true);
        }
    }

    #[test]
    fn no_pattern_of_operators_panics(
        pattern in "[返金ごー a-c()|?*^$!@… .\\\\]{0,24}( !\\((a|返)\\))?( @offered\\(返\\))?",
        text in "[返金ごー a-c。!?\n-]{0,40}",
    ) {
        let mut rules = Rules::default();
        if rules.add(&pattern, ()).is_ok() {
            let _ = rules.firing(&readings(&text), &Before::new(Some(&text), std::iter::empty()), |()| true);
        }
    }

    /// The look-up of words leaves out no rule that would fire.
    #[test]
    fn the_lexicon_hides_nothing(
        pattern in "([返金ごあー]{1,2}|\\([返金ご]{1,2}\\|[a-b]{1,2} [ごあ]\\)\\??)(( … | |)([返金ごあー]{1,2}|\\([返金]\\|ab\\))){0,2}",
        text in "[返金ごあー a-b。-]{0,16}",
    ) {
        let mut lexicon = Lexicon::default();
        if let Ok(rule) = Rule::read(&pattern, &mut lexicon) {
            for reading in readings(&text) {
                for sentence in &reading.sentences {
                    let fires = rule.fires(sentence, &reading, &Before::default()).is_some();
                    prop_assert!(!fires || rule.needs.are_met(&lexicon.find(sentence)), "{pattern} on {sentence}");
                }
            }
        }
    }
}
