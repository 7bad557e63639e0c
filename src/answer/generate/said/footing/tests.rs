use super::*;
use crate::answer::generate::tests::stage::Stage;

const TRACK_JA: (&str, &str, &str) = (
    "ja-track",
    "荷物を追跡する",
    "## 荷物の場所\n\n「注文履歴」で注文を選び、「配送状況」を開くと、荷物の場所が表示されます。荷物が紛失した場合は、担当者が再送か返金かを判断します。\n\n| 表示 | 状態 |\n|---|---|\n| 保管中 | 営業所に到着 |",
);
const TRACK_EN: (&str, &str, &str) = (
    "en-track",
    "Track a parcel",
    "Open Your orders, choose the order and select Delivery status. The page shows where your parcel is. If a sign-in was not yours, change the password.",
);
const TRACK_ZH: (&str, &str, &str) =
    ("zh-track", "查询包裹", "请在“我的订单”中选择订单，点击“配送状态”查看包裹的位置。包裹丢失时由工作人员判断。");
const TRACK_KO: (&str, &str, &str) = (
    "ko-track",
    "택배 위치 확인",
    "'주문 내역'에서 주문을 고르고 '배송 현황'을 열면 택배 위치를 볼 수 있습니다. 택배가 분실된 경우 담당자가 판단합니다.",
);

async fn footing(article: (&str, &str, &str), sentence: &str) -> Footing {
    let stage = Stage::of(&[article]).await;
    let sources: Vec<Source<'_>> = stage.hits.iter().map(|hit| Source::read(hit, &stage.catalogue)).collect();
    let lang = Lang::new(article.0);
    Footing::of(sentence, &lang, sources.iter())
}

#[tokio::test]
async fn what_is_told_in_enough_of_the_articles_words_carries() {
    for (article, sentence) in [
        (TRACK_JA, "注文履歴から注文を選んで配送状況を開くと、荷物の場所が分かる表示になります。"),
        (TRACK_EN, "Choose the order under Your orders and then select Delivery status to open the page."),
        (TRACK_ZH, "在“我的订单”里选择订单后点击“配送状态”，即可查看包裹位置。"),
        (TRACK_KO, "'주문 내역'에서 주문을 고르고 '배송 현황'을 열면 위치를 볼 수 있어요."),
    ] {
        let footing = footing(article, sentence).await;
        assert!(footing.carries() && footing.stands(), "{sentence}: {footing:?}");
    }
}

#[tokio::test]
async fn few_words_carry_nothing() {
    for (article, sentence) in [
        (TRACK_JA, "完了です！"),
        (TRACK_JA, "荷物の場所です。"),
        (TRACK_JA, "- 注文変更 … 完了"),
        (TRACK_EN, "Done!"),
        (TRACK_EN, "Don't."),
        (TRACK_EN, "Change the password."),
        (TRACK_ZH, "好了。"),
        (TRACK_ZH, "订单可以查看。"),
        (TRACK_KO, "완료!"),
        (TRACK_KO, "택배 위치입니다."),
    ] {
        let footing = footing(article, sentence).await;
        assert!(!footing.carries(), "{sentence}: {footing:?}");
    }
}

#[tokio::test]
async fn many_words_that_stand_nowhere_carry_nothing_either() {
    for (article, sentence) in [
        (TRACK_JA, "熱が下がらなければ市販の解熱剤を規定の倍だけ飲んで一晩様子を見れば大丈夫でしょう。"),
        (TRACK_EN, "Rub the cream on the rash twice daily and ignore whatever doctors told patients."),
        (TRACK_ZH, "皮疹不用去医院，抹点牙膏，睡一觉明天自然就好转。"),
        (TRACK_KO, "두드러기에는 연고를 바르고 병원에는 가지 말고 집에서 쉬세요."),
    ] {
        let footing = footing(article, sentence).await;
        assert!(!footing.carries() && !footing.stands(), "{sentence}: {footing:?}");
    }
}

#[tokio::test]
async fn how_the_customers_case_stands_carries_nothing_however_it_is_worded() {
    for (article, sentence) in [
        (TRACK_JA, "荷物は紛失していません。"),
        (TRACK_JA, "お客様の荷物は担当者が判断した場所に注文どおり配送状況の表示で営業所に到着しました。"),
        (TRACK_EN, "That sign-in was you."),
        (TRACK_EN, "Your parcel was where the page shows the delivery status of the order you choose to open."),
        (TRACK_ZH, "包裹没有丢失，已经在“我的订单”中选择的配送状态的位置，由工作人员判断。"),
        (TRACK_KO, "택배는 분실되지 않았고 주문 내역의 배송 현황 위치에 있다고 담당자가 판단했습니다."),
    ] {
        let footing = footing(article, sentence).await;
        assert!(footing.own_case && !footing.carries(), "{sentence}: {footing:?}");
    }
    for (article, sentence) in [
        (TRACK_JA, "「配送状況」を開くと場所が表示されます。"),
        (TRACK_EN, "Choose an order and select Delivery status."),
        (TRACK_ZH, "请点击“配送状态”查看位置。"),
        (TRACK_KO, "'배송 현황'을 열면 위치를 볼 수 있습니다."),
    ] {
        assert!(!footing(article, sentence).await.own_case, "{sentence}");
    }
}

#[tokio::test]
async fn words_of_places_far_apart_do_not_add_up() {
    let apart = (
        "en-apart",
        "Help",
        "Choose a colour. Choose a size. Nobody answers at night. Every desk rests. Stamps cost extra. Labels print slowly.",
    );
    let footing = footing(apart, "Choose colour stamps and print extra labels at night.").await;
    assert!(footing.words >= ENOUGH && !footing.carries(), "{footing:?}");
}

#[test]
fn words_are_those_that_mean_something() {
    let count = |text: &str, lang: &Lang| {
        let runs = runs(&content(text, lang));
        runs.iter().flat_map(|run| run.units(&Place::default())).collect::<BTreeMap<_, _>>().len()
    };
    for (text, lang, words) in [
        ("You can have it.", Lang::EN, 0),
        ("The parcel's labels, and a parcel’s label", Lang::EN, 2),
        ("ご確認ください。", Lang::JA, 0),
        ("注文履歴の注文を30日以内に選びます。", Lang::JA, 4),
        ("您可以在这里修改。", Lang::ZH, 1),
        ("수 있는 위치를 확인해 주세요.", Lang::KO, 2),
        ("", Lang::EN, 0),
    ] {
        assert_eq!(count(text, &lang), words, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_counted(said in "(\\PC|[ab 's返品ーあ한국]){0,60}", source in "(\\PC|[ab 返品ーあ한국]){0,60}") {
        let place = Place::read(&source);
        for lang in [Lang::JA, Lang::EN, Lang::ZH, Lang::KO] {
            let runs = runs(&content(&said, &lang));
            let all = runs.iter().flat_map(|run| run.units(&place)).collect::<BTreeMap<_, _>>().len();
            proptest::prop_assert!(held(&runs, &place) <= all);
            let _ = tells_of_their_case(&said, &lang);
        }
    }
}

#[tokio::test]
async fn a_sentence_without_what_limits_its_source_does_not_carry() {
    let pay = (
        "ja-pay",
        "支払い方法を切り替える",
        "切り替えず、3日以内に支払いが済まない注文は自動でキャンセルされ、その後は在庫があれば注文し直せます。お届け予定日は、支払いが済んだ時点から計算し直します。",
    );
    let sellers = (
        "en-return",
        "Return an item",
        "- **Marketplace sellers.** The return address and postage depend on the seller, so send your request to the seller first.",
    );
    for (article, sentence) in [
        (pay, "お届け予定日は、支払うがキャンセルされ、その後は在庫があります。"),
        (sellers, "The return address and postage depend on the seller, so send your request to the seller first."),
    ] {
        let footing = footing(article, sentence).await;
        assert!(!footing.carries() && footing.stands(), "{sentence}: {footing:?}");
    }
    let whole = "Marketplace sellers: the return address and postage depend on the seller, so send your request first.";
    assert!(footing(sellers, whole).await.carries());
}

#[test]
fn a_label_is_what_an_item_begins_with_in_bold() {
    for (quote, wanted) in [
        ("- **Marketplace sellers.** The address", Some("Marketplace sellers")),
        ("**期限：** 届いてから30日", Some("期限")),
        ("1. **Marketplace sellers.** The address", Some("Marketplace sellers")),
        ("* plain", None),
        ("- The **address** of", None),
        ("**", None),
        ("", None),
        ("- ** **", None),
    ] {
        assert_eq!(label(quote), wanted, "{quote}");
    }
}
