use super::*;

fn names<'p>(path: &'p [String], told: &str) -> Vec<&'p str> {
    let (title, headings) = path.split_first().unwrap();
    untold(title, headings, told)
}

fn path(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_condition_that_is_not_told_is_needed() {
    for (above, told, needed) in [
        (["返品できる期間", "例外：海外出品者の商品"], "返品はいつまで？ 7日以内に申し込みます。", 1),
        (["返品できる期間", "メールが届かないとき"], "返品のメールは届きましたか。", 1),
        (["返品できる期間", "学生の方"], "返品はいつまで？", 1),
        (["Return windows", "Exception: sellers marked 海外出品者"], "How long can I return it? You have 7 days.", 1),
        (["Return windows", "If the parcel did not arrive"], "Can I return a parcel? It will arrive on Friday.", 1),
        (["Return windows", "Marketplace sellers, and after the deadline"], "Hinata Market takes every return.", 1),
        (["退货期限和条件", "例外：海外卖家的商品"], "几天内可以退货？ 请在7天内申请。", 1),
        (["退货期限和条件", "没能签收时"], "退货前请签收。", 1),
        (["반품 기간과 조건", "예외: 해외 판매자 상품"], "반품은 언제까지 되나요? 7일 안에 신청하세요.", 1),
        (["반품 기간과 조건", "학생 회원의 경우"], "반품은 7일 안에 신청하세요.", 1),
    ] {
        let above = path(&above);
        assert_eq!(names(&above, told), &above[needed..], "{told}");
    }
}

#[test]
fn what_was_asked_or_is_said_in_so_many_words_is_not_said_again() {
    for (above, told) in [
        (["返品できる期間", "例外：海外出品者の商品"], "海外の出品者の商品は返品できますか。7日以内です。"),
        (["返品できる期間", "メールが届かないとき"], "返品のメールがまだ届きません。"),
        (["Return windows", "Exceptions: sellers abroad"], "Do sellers who live abroad take returns? You have 7 days."),
        (["Cancel an order", "When you cancelled by mistake"], "I cancelled my order, which was a mistake."),
        (["退货期限和条件", "例外：海外卖家的商品"], "海外卖家的商品可以退货吗？"),
        (["반품 기간과 조건", "예외: 해외 판매자 상품"], "해외 판매자 상품도 반품이 되나요?"),
    ] {
        assert_eq!(names(&path(&above), told), [""; 0], "{told}");
    }
}

#[test]
fn kinds_of_section_say_nothing() {
    for above in [
        ["返品の手順", "概要"],
        ["返品の手順", "期限と条件"],
        ["返品の手順", "すぐにすること"],
        ["Returns", "How long you have"],
        ["Returns", "Steps"],
        ["退货", "怎么申请退货"],
        ["반품", "순서"],
        ["T", ""],
    ] {
        let told = "返品を申し込みます。 Returns are free. 申请退货 반품은 무료입니다.";
        assert_eq!(names(&path(&above), told), [""; 0], "{above:?}");
    }
}

#[test]
fn exceptions_are_named_with_what_they_are_exceptions_to() {
    for (above, told) in [
        (["海外の出品者から買うとき", "例外"], "領収書は出品者に頼みます。"),
        (["海外の出品者から買うとき", "例外と注意"], "領収書は出品者に頼みます。"),
        (["Buying from sellers abroad", "Exceptions"], "Ask the seller for a receipt when buying."),
        (["退货期限和条件", "例外"], "家电只有14天。"),
        (["반품 기간과 조건", "예외"], "가전은 14일입니다."),
    ] {
        let above = path(&above);
        assert_eq!(names(&above, told), above, "{told}");
    }
    let above = path(&["返品できる期間", "例外"]);
    assert_eq!(names(&above, "返品は30日以内です。"), ["例外"], "it was asked about");
}

#[test]
fn a_title_counts_where_less_than_half_of_it_is_told() {
    let trial = path(&["Hinata Plus free trial"]);
    assert_eq!(names(&trial, "When do I pay? It is never charged."), ["Hinata Plus free trial"]);
    assert_eq!(names(&trial, "Is the trial free?"), [""; 0]);
    let sellers = path(&["海外の出品者から買うとき"]);
    assert_eq!(names(&sellers, "出品者が3営業日以内に答えます。"), ["海外の出品者から買うとき"]);
}

#[test]
fn letters_of_a_word_scattered_over_others_are_not_that_word() {
    let above = path(&["返品", "出品者"]);
    assert_eq!(names(&above, "返品は、出荷した商品の担当者が受け付けます。"), ["出品者"]);
    assert_eq!(names(&path(&["返品", "返品期限の延長"]), "返品の期限は延長できます。"), [""; 0]);
}

#[test]
fn the_last_heading_may_be_wanted_whatever_it_says() {
    let (title, headings) = ("返品できる期間", path(&["例外：海外出品者の商品", "期限"]));
    let told = "返品はいつまで？ 7日以内です。";
    assert_eq!(line(&above(title, &headings, told)), "**例外：海外出品者の商品 › 期限**");
    assert_eq!(above(title, &headings[1..], told), ["期限"]);
    assert_eq!(above(title, &headings[..1], told), ["例外：海外出品者の商品"]);
    assert_eq!(above(title, &[], told), [""; 0]);
}

proptest::proptest! {
    #[test]
    fn any_heading_over_any_text(name in r"(?s)\PC{0,40}|[一返品出者例外ー]{0,80}", told in r"(?s)\PC{0,80}|[一返品出者]{0,80}") {
        let headings = [name.clone(), name.clone()];
        let needed = untold(&name, &headings, &told);
        proptest::prop_assert!(needed.len() <= 3);
        let all = format!("{told}\n{name}");
        proptest::prop_assert!(untold(&name, &headings, &all).is_empty(), "what stands there is told");
    }
}
