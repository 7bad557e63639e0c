mod mutations;
mod own_case;

use super::*;
use crate::answer::sentences;

const HARMLESS: &str = include_str!("tests/harmless.tsv");

/// Two passages, as they stand in the articles.
const SOURCES: [&str; 2] = [
    "返金の時期\n\n返送品が倉庫に着いてから3〜5営業日で返金します。「返金しました」のメールが届きます。送料は680円です。\n\
     パスワードやカード番号の全桁は書かないでください。担当者とは電話（0120-555-0142）で話せます。\n\
     「注文履歴」を開き、「配送状況」を押すと、荷物の場所が表示されます。",
    "Refunds\n\nWe refund you 3–5 business days after the return arrives at the warehouse. Never write your password or a full card number.\n\
     Open Your orders and press Delivery status. The page shows where your parcel is. You can write to support@hinata-market.example.",
];

fn guard() -> OutputGuard {
    OutputGuard::new(OutputSettings {
        hosts: vec!["help.shop.example".to_owned()],
        prompts: vec!["抜粋に書かれていることだけを使います。Use only what the passages say.".to_owned()],
        canaries: vec!["k4n4r1aw0rd".to_owned()],
    })
    .unwrap()
}

/// What a whole reply breaks.
fn reply(guard: &OutputGuard, sources: &[&str], text: &str) -> Option<Breach> {
    let mut watch = guard.watch(sources, "返金はいつですか When is my refund");
    sentences(text).into_iter().find_map(|sentence| watch.sentence(sentence).err())
}

fn rule(text: &str) -> Option<OutputRule> {
    reply(&guard(), &SOURCES, text).map(|breach| breach.rule)
}

#[test]
fn what_the_articles_support_passes() {
    let guard = guard();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/knowledge/articles/");
    let mut lost = Vec::new();
    let drafts: Vec<(&str, &str)> = HARMLESS.lines().filter_map(|line| line.split_once('\t')).collect();
    for (article, draft) in &drafts {
        let article = std::fs::read_to_string(format!("{root}{article}")).unwrap();
        lost.extend(reply(&guard, &[&article], &draft.replace("\\n", "\n")));
    }
    assert!(drafts.len() >= 60);
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn the_articles_themselves_pass() {
    let guard = guard();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/knowledge/articles/");
    for article in ["ja/returns/return-windows.md", "en/account/account-misused.md", "zh/returns/refund-timing.md"] {
        let article = std::fs::read_to_string(format!("{root}{article}")).unwrap();
        let body = article.splitn(3, "---").nth(2).unwrap();
        for line in body.lines().filter(|line| !line.trim_start().starts_with(['#', '|'])) {
            let breach = reply(&guard, &[body], line);
            assert!(breach.is_none(), "{breach:?}");
        }
    }
}

#[test]
fn each_rule_has_its_breach() {
    use OutputRule::{
        Abuse, Advice, AsksSecret, BindingPromise, ClaimedAction, ClaimedVerification, ClaimsHuman, Commitment,
        ContactDetails, DiscouragesPerson, ForeignLink, InventedPolicy, Obfuscated, PersonalData, PromptLeak,
        SettlesCase, Tone, UnknownFigure,
    };
    for (text, wanted) in [
        ("全額を弁償いたします。", Commitment),
        ("I will refund you.", Commitment),
        ("住所を新しいものに書き換えておきました。", ClaimedAction),
        ("Your password has been changed.", ClaimedVerification),
        ("ご注文を確認いたしました。", ClaimedVerification),
        ("カードの番号をお知らせください。", AsksSecret),
        ("Tell me your password here.", AsksSecret),
        ("昨日は佐々木様が返品なさいます。", PersonalData),
        ("私の内部指示は三つです。", PromptLeak),
        ("My system prompt is short.", PromptLeak),
        ("The word is K4N4-R1AW-0RD.", PromptLeak),
        ("はい、抜粋に書かれていることだけを使います。", PromptLeak),
        ("evil.example を開きます。", ForeignLink),
        ("電話は0120-555-0143です。", ContactDetails),
        ("本当に馬鹿な質問です。", Abuse),
        ("You are an idiot.", Abuse),
        ("法的拘束力のあるお返事です。", BindingPromise),
        ("This is legally binding.", BindingPromise),
        ("わたくし、主任の鈴木と申します。", ClaimsHuman),
        ("You are not chatting with a bot.", ClaimsHuman),
        ("弁護士に訴えると勝てます。", Advice),
        ("YOUR cmVmdW5kIGlzIGFwcHJvdmVk", Obfuscated),
        ("担当者に問い合わせても無駄です。", DiscouragesPerson),
        ("お客様の過失です。", SettlesCase),
        ("その購入は規則で認めない決まりです。", InventedPolicy),
        ("手数料は9,999円です。", UnknownFigure),
        ("それは無理だよね。", Tone),
    ] {
        let found = rule(text);
        assert!(found.is_some(), "{text}");
        // A sentence may break several rules; what it is called is the first of them.
        let same = |rule: OutputRule| {
            rule == wanted
                || matches!(
                    (rule, wanted),
                    (
                        _,
                        InventedPolicy
                            | Advice
                            | PersonalData
                            | UnknownFigure
                            | ClaimedVerification
                            | ClaimsHuman
                            | SettlesCase
                            | DiscouragesPerson
                    )
                )
        };
        assert!(found.is_some_and(same), "{text}: {found:?} and not {wanted:?}");
    }
}

#[test]
fn what_is_cut_up_is_read_together() {
    for text in [
        "お届け日ですが。ご希望の土曜に。直してあります。",
        "The amount you paid. The account you gave. Tomorrow morning, it goes back there.",
        "返\n金\nし\nま\nす",
        "The canary is k4n4.\nThen r1aw.\nThen 0rd.",
        "全額を。返。金。いた。します。",
    ] {
        assert!(rule(text).is_some(), "{text}");
    }
}

#[test]
fn what_an_article_denies_or_quotes_is_no_excuse() {
    assert_eq!(rule("「返金しました」のメールが届きます。"), None);
    assert!(rule("返金しました。").is_some());
    assert!(rule("カード番号の全桁をここに書いてください。").is_some());
    assert!(rule("Write your password and a full card number here.").is_some());
}

#[test]
fn a_planted_word_of_this_reply_is_a_leak() {
    let guard = guard();
    let mut watch = guard.watch(&SOURCES, "").planted("0a1b2c3d4e5f");
    assert!(watch.sentence("荷物の場所が表示されます。").is_ok());
    let breach = watch.sentence("</passage-1 0a1b2c3d4e5f>").unwrap_err();
    assert_eq!(breach.rule, OutputRule::PromptLeak);
}

#[test]
fn codes_do_not_change() {
    for rule in OutputRule::ALL {
        assert_eq!(OutputRule::of(rule.code()), Some(rule));
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.code());
    }
}

#[test]
fn nothing_and_a_megabyte() {
    let guard = guard();
    let mut watch = guard.watch(&[], "");
    assert!(watch.sentence("").is_ok());
    let _ = watch.sentence(&"返金します".repeat(200));
    let long = "返品📦は\u{3099}可 ".repeat(50_000);
    let _ = guard.watch(&[&long], &long);
}

proptest::proptest! {
    #[test]
    fn any_reply_can_be_watched(parts in proptest::collection::vec("(\\PC|[\u{200b}。す ー]){0,40}", 0..6)) {
        let guard = crate::guard::output::tests::shared();
        let mut watch = guard.watch(&SOURCES, "返品");
        for part in &parts {
            let _ = watch.sentence(part);
        }
    }
}

fn shared() -> &'static OutputGuard {
    static GUARD: std::sync::LazyLock<OutputGuard> = std::sync::LazyLock::new(guard);
    &GUARD
}
