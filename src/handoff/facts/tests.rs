use super::*;

fn of(said: &[&str]) -> Vec<(FactKind, String)> {
    facts(said, &Lang::JA).into_iter().map(|fact| (fact.kind, fact.text)).collect()
}

fn texts(kind: FactKind, said: &str) -> Vec<String> {
    of(&[said]).into_iter().filter(|(of, _)| *of == kind).map(|(_, text)| text).collect()
}

#[test]
fn a_customers_story_is_taken_apart() {
    let said = [
        "4月10日に注文した「ひなたの電気ケトル」がまだ届きません。注文番号はHN-12345678です。",
        "画面には「配達完了」と出ていますが、受け取っていません。12,800円返してください。電話は090-1234-5678です。",
    ];
    let found = facts(&said, &Lang::JA);
    let shown: Vec<(FactKind, &str)> = found.iter().map(|fact| (fact.kind, fact.text.as_str())).collect();
    assert_eq!(
        shown,
        [
            (FactKind::Order, "HN-12345678"),
            (FactKind::Amount, "12,800円"),
            (FactKind::Date, "4月10日"),
            (FactKind::Quoted, "ひなたの電気ケトル"),
            (FactKind::Quoted, "配達完了"),
            (FactKind::Contact, "[電話番号]"),
        ]
    );
    assert_eq!(found[0].sentence, "注文番号はHN-12345678です。");
    assert_eq!(found[5].sentence, "電話は[電話番号]です。");
}

#[test]
fn what_is_masked_already_stays_a_placeholder() {
    let masked = ["My order is [order ID 2] and my mail is [email address].", "カードは[カード番号]、[電話番号]です。"];
    let expected =
        [(FactKind::Order, "[order ID 2]"), (FactKind::Contact, "[email address]"), (FactKind::Contact, "[電話番号]")];
    assert_eq!(of(&masked), expected.map(|(kind, text)| (kind, text.to_owned())));
}

#[test]
fn a_password_is_nobodys_fact() {
    let found = facts(&["パスワードはhunter2abcです。4111-1111-1111-1111で払いました。"], &Lang::JA);
    let all = format!("{found:?}");
    assert!(!all.contains("hunter2abc") && !all.contains("4111"), "{all}");
}

#[test]
fn amounts_stand_as_they_were_written() {
    for (said, amounts) in [
        ("12,800円と５９０円を返して", &["12,800円", "５９０円"][..]),
        ("￥1,980でした", &["￥1,980"]),
        ("1万2千円払いました", &["1万2千円"]),
        ("I paid $25.50 and 3,000 yen.", &["$25.50", "3,000 yen"]),
        ("It cost USD 30 last week", &["USD 30"]),
        ("我付了300元和五千日元", &["300元", "五千日元"]),
        ("花了50块钱", &["50块钱"]),
        ("3만 원을 냈어요", &["3만 원"]),
        ("12,000원 환불", &["12,000원"]),
        ("3個届いた、100%です", &[]),
    ] {
        assert_eq!(texts(FactKind::Amount, said), amounts, "{said}");
    }
}

#[test]
fn days_stand_as_they_were_written() {
    for (said, days) in [
        ("2026年5月4日18時までと言われた", &["2026年5月4日18時"][..]),
        ("5/4に届くはずが昨日も来なかった", &["5/4", "昨日"]),
        ("先週の金曜日に頼んで、3日前に発送", &["先週の金曜日", "3日前"]),
        ("もう2週間たっています", &["2週間"]),
        ("令和8年5月4日です", &["令和8年5月4日"]),
        ("It should be here by May 4th at 6pm, or 2026-05-04 18:00", &["May 4th at 6pm", "2026-05-04 18:00"]),
        ("I ordered it two weeks ago, last Friday it shipped", &["two weeks ago", "last Friday"]),
        ("on the 12th of March 2026 and yesterday", &["the 12th of March 2026", "yesterday"]),
        ("我5月4日下的单，三天前说发货，上周五没到", &["5月4日", "三天前", "上周五"]),
        ("昨天下午3点", &["昨天"]),
        ("5월 4일에 주문했고 3일 전에 발송, 지난주 금요일", &["5월 4일", "3일 전", "지난주", "금요일"]),
        ("you are open 24/7", &[]),
        ("商品は3個です", &[]),
    ] {
        assert_eq!(texts(FactKind::Date, said), days, "{said}");
    }
}

#[test]
fn quotations_of_four_scripts() {
    for (said, quoted) in [
        ("「鍋」と『電気ケトル』", &["電気ケトル"][..]),
        ("The \"Window closed\" notice and “Return or exchange”", &["Window closed", "Return or exchange"]),
        ("页面显示“已签收”，书名《三体》", &["已签收", "三体"]),
        ("it's broken, isn't it", &[]),
    ] {
        assert_eq!(texts(FactKind::Quoted, said), quoted, "{said}");
    }
}

#[test]
fn each_fact_comes_once_and_they_are_not_too_many() {
    assert_eq!(texts(FactKind::Amount, "500円です。500円ですよ。"), ["500円"]);
    let many: String = (1..200).map(|n| format!("{n}円。")).collect();
    assert_eq!(facts(&[&many], &Lang::JA).len(), MOST);
    assert_eq!(facts(&[], &Lang::EN), []);
    assert_eq!(facts(&["「  」を頼みました"], &Lang::JA), [], "nothing between the marks");
}

proptest::proptest! {
    #[test]
    fn a_fact_stands_in_its_sentence(text in r"(?s)[0-9,円年月日/「」a-z 前¥\[\]。]{0,60}|.{0,60}") {
        for fact in facts(&[&text], &Lang::JA) {
            proptest::prop_assert!(fact.sentence.contains(&fact.text));
            proptest::prop_assert!(!fact.text.trim().is_empty());
        }
    }
}
