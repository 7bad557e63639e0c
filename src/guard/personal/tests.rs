use proptest::prelude::*;

use super::*;
use crate::language::Lang;

/// `text {kind:value} text` taken apart: the text, and what should be found in it.
fn read(marked: &str) -> (String, Vec<(Kind, String)>) {
    let (mut text, mut wanted) = (String::new(), Vec::new());
    let mut rest = marked;
    while let Some((before, after)) = rest.split_once('{') {
        let (inside, behind) = after.split_once('}').expect("a closing brace");
        let (kind, value) = inside.split_once(':').expect("a kind");
        let kind = match kind {
            "card" => Kind::CardNumber,
            "mail" => Kind::Email,
            "phone" => Kind::Phone,
            "addr" => Kind::PostalAddress,
            "order" => Kind::OrderId,
            "account" => Kind::AccountId,
            "my" => Kind::MyNumber,
            "pass" => Kind::Password,
            other => panic!("{other}"),
        };
        text.push_str(before);
        text.push_str(value);
        wanted.push((kind, value.to_owned()));
        rest = behind;
    }
    text.push_str(rest);
    (text, wanted)
}

fn found(text: &str) -> Vec<(Kind, String)> {
    let chars: Vec<char> = text.chars().collect();
    find(text).into_iter().map(|found| (found.kind, chars[found.range].iter().collect())).collect()
}

fn check_all(marked: &[&str]) {
    let mut wrong = Vec::new();
    for marked in marked {
        let (text, wanted) = read(marked);
        let got = found(&text);
        if got != wanted {
            wrong.push(format!("{text:?}\n   wanted {wanted:?}\n   found  {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), marked.len(), wrong.join("\n"));
}

#[test]
fn cards() {
    check_all(&[
        "カード番号は{card:4111 1111 1111 1111}です",
        "{card:４１１１－１１１１－１１１１－１１１１}で払いました",
        "{card:4111111111111111} 有効期限12/28",
        "card {card:5555-5555-5555-4444}, exp 12/28",
        "amex {card:3782 822463 10005}",
        "{card:4111\u{200b}1111\u{200b}1111\u{200b}1111}",
        "my card is {card:4111 1111\n1111 1111} ok?",
        "カード番号 {card:4111 1111 1111 1112} で決済できない",
        "{card:4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1}",
        "シリアル番号 1234-5678-9012-3456",
        "JANコード 4901234567894 の商品",
        "クーポン 1234567890123456 が使えない",
        "16桁のカード番号を入力しました",
        "カードの下4桁は1111です",
        "ending in 1234",
        "1234567812345678",
        "カード番号 {card:4242-4242-4242-4242}、有効期限 12/27、CVC {pass:123} です。",
        "VISAの{card:4000056655665556}で支払い",
        "{card:4242424242424242}/12/27",
    ]);
}

#[test]
fn mails() {
    check_all(&[
        "メールは{mail:taro.yamada@example.co.jp}です",
        "{mail:ｔａｒｏ＠ｅｘａｍｐｌｅ．ｃｏｍ}に送って",
        "write to {mail:jane+shop@mail.example.com}.",
        "<{mail:a_b@ex-ample.org}>",
        "{mail:taro @ example.com}まで",
        "{mail:taro(at)example.com}",
        "{mail:jane at example dot com} please",
        "{mail:taro@\nexample.com}",
        "「@hinata-market.example」から届く",
        "follow @hinata_market on x",
        "3@500円で買った",
        "a@b",
        "mails come only from @hinata-market.example and never",
        "{mail:taro1 @example.com}",
        "meet me at example cafe",
    ]);
}

#[test]
fn phones() {
    check_all(&[
        "電話は{phone:090-1234-5678}です",
        "{phone:０９０ー１２３４ー５６７８}に連絡ください",
        "携帯{phone:09012345678}",
        "{phone:090の1234の5678}",
        "TEL:{phone:03-1234-5678}",
        "tel{phone:0312345678}",
        "Tel.{phone:03(1234)5678}",
        "{phone:(03)1234-5678} に電話して",
        "{phone:+81 90-1234-5678}",
        "{phone:+81-(0)90-1234-5678}",
        "{phone:090 1234 5678}",
        "{phone:090-\n1234-5678}",
        "連絡先は0\u{200b}です。{phone:0466-12-3456}",
        "Call me at {phone:(415) 555-2671}.",
        "my phone is {phone:415-555-2671}, thanks",
        "my number is {phone:415.555.2671}",
        "{phone:+1 415 555 2671}",
        "{phone:+44 20 7946 0958} is my mobile",
        "call {phone:555-0142} after 6",
        "phone {phone:4155552671}",
        "{phone:020 7946 0958}",
        "FAX {phone:06-6123-4567}",
        "フリーダイヤル0120-555-0142がつながらない",
        "0570-012-345はナビダイヤル",
        "call 1-800-555-0199 did not work",
        "商品番号 0312345678",
        "営業時間は09:00-18:00ですか",
        "2024-01-15に注文",
        "郵便番号150-0041",
        "1234567890円",
        "追跡番号は312345678901です",
        "型番はAB-090-1234-5678X",
        "+100ポイント",
        "問い合わせ番号 1234-5678-9012",
        "100-200-3000",
        "10 20 30 40 50",
        "電話は10時から18時まで",
        "商品について{phone:090-1234-5678}にお電話ください",
        "{phone:090–1234–5678}",
        "電話番号は{phone:080 12345678}",
        "{phone:+819012345678}",
        "{phone:07700 900123} is my number",
        "{phone:1-415-555-2671}",
        "call me on {phone:415 555 2671}",
        "{phone:090-1234-5678}本人です",
        "折り返しは {phone:0 8 0 - 1 2 3 4 - 5 6 7 8} まで",
        "You can reach me on {phone:07700 900 123} or {phone:+44 (0)20 7946 0991}",
        "my mobile: {phone:0044 7700 900123}",
        "TEL{phone:03-6234-5678}/FAX{phone:03-6234-5679}",
        "旧：{phone:090-1111-2222} 新：{phone:080-3333-4444}",
    ]);
}

#[test]
fn my_numbers() {
    check_all(&[
        "マイナンバーは{my:123456789018}です",
        "{my:1234 5678 9018}",
        "個人番号：{my:１２３４－５６７８－９０１８}",
        "マイナンバー {my:1234 5678 9012}",
        "my number is {my:123456789018}",
        "追跡番号 123456789018",
        "123456789012",
        "マイナンバーは12桁ですか",
        "JAN 123456789018",
    ]);
}

#[test]
fn orders_and_accounts() {
    check_all(&[
        "{order:HN-12345678}が届かない",
        "{order:ｈｎ－１２３４５６７８}の件",
        "{order:HN12345678}",
        "{order:250-1234567-1234567}",
        "注文番号は{order:12345678}です",
        "注文番号：{order:AB-99812-X}",
        "注文番号は{order:1234567}と{order:7654321}です",
        "order #{order:1234567} is late",
        "My order number is {order:A1B2C3D4}.",
        "order no. {order:998877}",
        "{order:12345678}が注文番号です",
        "{order:99887766} is my order number",
        "会員番号 {account:M-123456}",
        "会員番号は{account:1234 5678 9012}です",
        "お客様番号：{account:0012345}",
        "customer id {account:C00918273}",
        "member number: {account:778899}",
        "ユーザーIDは{account:tanaka88}です",
        "user ID: {account:tanaka}",
        "口座番号は{account:1234567}です",
        "注文番号がわからないのですが、4月12日に買いました",
        "注文番号は10桁ですか",
        "I ordered 12345 yen worth",
        "I want to order 20000 items",
        "order placed on 2024-03-15",
        "商品番号12345678の在庫は",
        "the order I placed on 2024-03-15 has not come",
        "注文番号を教えてください",
        "会員番号はどこにありますか",
        "user id is required",
        "記事番号 12345",
        "item number 99887766 in my order",
        "order 2 boxes",
        "注文は2024年5月1日です",
        "IDは{account:taro_88}です",
        "my id is {account:551234}",
        "動画ID 12345678",
        "session id 99887766",
        "username: {account:jane.doe}",
        "I want to order RTX3080",
        "order ID {order:ABC123}",
        "order #{order:A-20391} arrived broken",
        "the username is case-sensitive",
        "account {account:55512345}",
        "ご注文番号#{order:1029384}",
        "会員IDは {account:hanako.s} です",
        "注文NO.{order:9923841}",
        "my orders {order:8812345}, {order:8812346} and {order:8812347}",
        "会員数は1234567人",
        "IBAN {account:GB29 NWBK 6016 1331 9268 19} please",
        "口座番号 ゆうちょ {account:10120-12345671}",
        "渋谷支店 普通 {account:1234567}",
        "商品コード HN-A1200 は置いていますか",
        "my order number starts with HN- and has 8 digits",
        "注文ID：{order:2024-11-05-00123}",
        "注文番号{order:12345678} 本日届きました",
    ]);
}

#[test]
fn passwords() {
    check_all(&[
        "パスワードは{pass:hunter2}です",
        "パスワード：{pass:Abc!234xyz} でログインできません",
        "ﾊﾟｽﾜｰﾄﾞは{pass:neko1234}なのに",
        "パスワードは「{pass:まどぐち2024}」です",
        "パスワードを{pass:abc12345}に変更した",
        "暗証番号は{pass:1234}です",
        "認証コードは{pass:482913}",
        "認証コード：{pass:４８２９１３}",
        "{pass:482913}という認証コードが届いた",
        "セキュリティコード{pass:123}",
        "my password is {pass:hunter2}",
        "password: {pass:sunshine}",
        "the password is \"{pass:correct horse}\".",
        "PIN {pass:1234}",
        "my pin is {pass:4821}!",
        "{pass:482913} is my verification code",
        "The code is {pass:482 913}",
        "{pass:G-482913} is your Google verification code",
        "I got the one-time code, it was {pass:482913}",
        "cvv {pass:123}",
        "ID: x / PW: {pass:neko1234}",
        "ワンタイムパスワード {pass:739201} を入れても",
        "コード{pass:482913}を入力したのに",
        "パスワードを忘れました",
        "パスワードは8文字以上ですか",
        "パスワードを3回間違えた",
        "what is a one-time code?",
        "My password is wrong",
        "password is not working",
        "The password is incorrect.",
        "認証コードが届きません",
        "認証コードは6桁です",
        "認証コードの有効期限は600秒ですか",
        "the verification code expires in 10 minutes",
        "商品コード123456",
        "クーポンコード SAVE2024 が使えません",
        "promo code 482913",
        "エラーコード 404123",
        "error code 500123",
        "パスワードはSMSで届きますか",
        "パスワードはiPhone15から変更できますか",
        "How do I change my password?",
        "forgot password",
        "Passwords are case-sensitive",
        "暗証番号を変えたい",
        "認証コードが届きません。注文は2024年です",
        "security code のある場所は?",
        "パスワードが{pass:Sakura2023!}だと弾かれる",
        "パスワードは{pass:Sakura#2023}で合っているはずなのに",
        "the password I used was {pass:Blue$ky99}",
        "I sent you my password ({pass:hunter2})",
        "SMSで届いた{pass:482913}を入力しても無効です",
        "ワンタイムパスワード「{pass:739201}」が",
        "2段階認証のコードは {pass:739-201} でした",
        "暗証番号（{pass:1234}）",
        "password={pass:hunter2}",
        "my new password is {pass:iloveyou}",
        "パスワードは英数字8文字以上です",
        "the code on the back of the card",
        "郵便番号150041を入力",
        "password must contain A-Z and 0-9",
        "暗証番号は4桁の数字ですか",
        "パスワードを間違えて{pass:p@ssW0rd99}と入力してしまった",
        "verification code: {pass:55 21 09}",
        "SMSに届いたコードは{pass:4829}です",
        "認証コード：{pass:AB12-CD34}",
        "I typed the password \"{pass:letmein99}\" three times",
        "style code 482913",
        "パスワードはたしか{pass:sakura1999}だったと思います",
        "パスワードを{pass:sakura1999}から{pass:tsubaki2000}に変えたい",
        "パスワードをiPhone15から変更したい",
        "my old password was {pass:Winter2023} and the new one is {pass:Spring2024!}",
        "I think my password might be {pass:Winter2023}",
        "the PIN for my card is {pass:0415}",
        "security code on the back is {pass:321}",
        "the code on the card is 4 digits",
        "届いた認証コードが {pass:771204} なのですが使えません",
        "My password manager is 1Password",
        "パスワードを90日ごとに変える必要がありますか",
        "day pass 2024",
        "passcode {pass:4821}",
        "[reset your password](../account/reset-password.md)",
        "ログインパス：{pass:hoge1234}",
        "Windows 11 build 22631 error 0x80070005",
    ]);
}

#[test]
fn addresses() {
    check_all(&[
        "住所は{addr:東京都渋谷区神南1-2-3}です",
        "{addr:〒150-0041 東京都渋谷区神南1-2-3}に送って",
        "{addr:〒150-0041\n東京都渋谷区神南１丁目２番３号 サンハイツ神南203号室}\nよろしく",
        "{addr:150-0041 東京都渋谷区神南一丁目二番三号}",
        "届け先を{addr:大阪府大阪市北区梅田3-1-1}に変えて",
        "{addr:札幌市中央区北1条西2丁目}です",
        "{addr:渋谷区神南1-2-3}に住んでいます",
        "{addr:横浜市西区みなとみらい2-3-1}",
        "{addr:さいたま市大宮区桜木町1-7-5}へ",
        "{addr:京都府京都市中京区寺町通御池上る上本能寺前町488番地}",
        "{addr:東京都港区六本木6ー10ー1 六本木ヒルズ森タワー 12F}で受け取り",
        "{addr:北海道上川郡美瑛町大町123}",
        "引っ越し先は{addr:千代田区丸の内1-9-1 丸の内ビル5階}です",
        "{addr:東京都 渋谷区 神南 1−2−3}",
        "住所: {addr:神南1丁目2-3}",
        "{addr:東京都千代田区霞が関2丁目1番2号}",
        "ship to {addr:123 Main Street, Springfield, IL 62704}",
        "I live at {addr:221B Baker Street, London NW1 6XE}.",
        "{addr:1600 Pennsylvania Ave NW, Washington, DC 20500}",
        "my address is {addr:45 Oak Rd, Apt 4B, Austin, TX 78701, USA}",
        "{addr:742 evergreen street} please",
        "{addr:1-2-3 Jinnan, Shibuya-ku, Tokyo 150-0041, Japan}",
        "{addr:PO Box 1234, Portland, OR 97201}",
        "{addr:Flat 3, 12 High Street, Leeds LS1 4DY}",
        "東京都の店舗で買えますか",
        "渋谷区に3-4日で届きますか",
        "北海道への送料は1,200円ですか",
        "沖縄県は5-7営業日かかりますか",
        "郵便番号100-0001は配送できますか",
        "東京都渋谷区に住んでいます",
        "一番人気の商品",
        "住所を変更したい",
        "ひなた市場の営業日は3-5日です",
        "5 minutes down the road",
        "2 Way shipping",
        "I waited 3 hours on Main Street",
        "第3条第2項",
        "section 4-2 of the terms",
        "港区や品川区でも翌日届きますか",
        "市内は2-3日ですか",
        "{addr:東京都新宿区西新宿2丁目8−1 都庁第一本庁舎}",
        "{addr:東京都世田谷区三軒茶屋2丁目14番5号グリーンハイツ302}です",
        "{addr:愛知県名古屋市中村区名駅四丁目4-38}",
        "{addr:京都市左京区岡崎円勝寺町124}です",
        "{addr:沖縄県那覇市おもろまち1-1-2}",
        "{addr:大阪市北区大深町3番1号 グランフロント大阪 タワーA}",
        "{addr:350 Fifth Avenue, New York, NY 10118}",
        "{addr:500 W 33rd St, Apt 12C}",
        "{addr:12 Elm St, Boston MA 02108}",
        "{addr:2-11-3 Meguro, Meguro-ku, Tokyo}",
        "東京都内は1-2日で届きますか",
        "I moved to {addr:1-2-3 Nishi-Shinjuku, Shinjuku-ku, Tokyo 160-0023}",
        "{addr:東京都江東区豊洲 2-4-9 アーバンドックららぽーと豊洲}",
        "{addr:東京都江東区豊洲2-4-9} よろしくお願いします",
        "ship it to {addr:77 massachusetts ave, cambridge, ma 02139}",
        "{addr:神奈川県川崎市中原区小杉町3-1501-1 パークシティ武蔵小杉 2305号室}です。",
        "It should go to {addr:Apt 12, 88 King's Road, Brighton BN1 2FA}",
        "03/04/2024 から 3-5 営業日",
        "仙台市なら3-4営業日で届きますか",
        "{addr:新潟県新潟市中央区学校町通1番町602番地1}",
        "{addr:沖縄県中頭郡北谷町字桑江226}",
        "{addr:〒5300001大阪市北区梅田1-1}",
        "{addr:鎌倉市御成町18-10}に住む田中です",
        "{addr:1 Infinite Loop, Cupertino, California 95014}",
        "100-0005はどの地域ですか",
        "札幌市 2024-05-01 配達",
        "名古屋市は最短1-2営業日ですか",
        "住所変更 2-3日かかる",
        "横浜市のA店で1-2時間待った",
        "{addr:100 Queen Street, Melbourne VIC 3000}",
        "{addr:123 Front St W, Toronto, ON M5V 2T6}",
        "room 305 at Main Street store",
        "福岡市の店舗は10-20時ですか",
    ]);
}

#[test]
fn nothing_of_nothing_and_of_other_scripts() {
    for text in
        ["", " ", "\n\n", "👨‍👩‍👧‍👦🎌", "返品したい", "ありがとう", "e\u{301}\u{301}", "مرحبا", "[電話番号] [order ID 2]"]
    {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn one_message_with_everything() {
    check_all(&[
        "注文番号{order:HN-12345678}の山田です。{addr:東京都渋谷区神南1-2-3}から引っ越しました。電話は{phone:090-1234-5678}、メールは\
         {mail:taro@example.com}です。カードは{card:4111 1111 1111 1111}、パスワードは{pass:neko1234}です。",
        "Order {order:HN-12345678}, ship it to {addr:12 Oak Street, Austin, TX 78701}. Call {phone:415-555-2671} or mail {mail:j@x.org}.",
    ]);
}

#[test]
fn masked_by_language_and_numbered() {
    let masked = mask("090-1234-5678か０９０１２３４５６７８、または03-1234-5678に。a@b.co");
    assert_eq!(masked.text, "[電話番号 1]か[電話番号 1]、または[電話番号 2]に。[メールアドレス]");
    assert_eq!(masked.kept.len(), 3);
    assert_eq!(masked.restore("[電話番号 2]と[電話番号 9]"), "03-1234-5678と[電話番号 9]");
    assert_eq!(mask("call 415-555-2671").text, "call [phone number]");
    assert_eq!(mask_in("415-555-2671", &Lang::KO).text, "[phone number]");
    let own = mask("[電話番号]は090-1234-5678です");
    assert_eq!(own.text, "[電話番号]は[電話番号 1]です");
    assert_eq!(own.restore(&own.text), "[電話番号]は090-1234-5678です");
}

#[test]
fn a_history_shares_its_placeholders() {
    let (texts, kept) = mask_all(&["注文番号は12345678です", "会員は1234-A", "注文12345678と99887766"], &Lang::JA);
    assert_eq!(texts[0], "注文番号は[注文番号 1]です");
    assert_eq!(texts[2], "注文[注文番号 1]と[注文番号 2]");
    assert_eq!(kept.len(), 2);

    let mut history = crate::conversation::History::default();
    history.push("090-1234-5678です");
    history.push("返品したい");
    let (masked, history) = mask_with_history("０９０１２３４５６７８に電話を", &history, &Lang::JA);
    assert_eq!(masked.text, "[電話番号]に電話を");
    assert_eq!(history.texts(), ["[電話番号]です", "", "返品したい", ""]);
}

#[test]
fn nothing_shows_what_was_taken_out() {
    let masked = mask("田中です。090-1234-5678");
    let shown = format!("{masked:?} {:?}", find("090-1234-5678"));
    assert!(!shown.contains("1234") && !shown.contains("田中"), "{shown}");
}

/// Pieces that detectors look at, thrown together.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "電話",
        "注文番号は",
        "パスワードは",
        "認証コード",
        "カード番号",
        "住所は",
        "東京都",
        "渋谷区",
        "神南",
        "1-2-3",
        "丁目",
        "090",
        "1234",
        "5678",
        "4111",
        "-",
        "ー",
        " ",
        "\n",
        "@",
        "example.com",
        "taro",
        "HN-",
        "12345678",
        "hunter2",
        "です",
        "。",
        "、",
        "と",
        "の",
        "[電話番号]",
        "[password 2]",
        "[",
        "]",
        "order ",
        "is ",
        "my ",
        "code ",
        "123 Main Street",
        ", Austin, TX 78701",
        "+81",
        "(",
        ")",
        "\u{200b}",
        "\u{3099}",
        "は",
        "円",
        "桁",
        "。",
        "123456789018",
        "「",
        "」",
        "\"",
        ":",
        "👍",
        "〒150-0041",
        "201号室",
        "[注文番号",
        "ー1",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn places_are_in_order_and_apart(text in prop_oneof![pieces(), any::<String>()]) {
        let total = text.chars().count();
        let mut last = 0;
        for found in find(&text) {
            prop_assert!(found.range.start >= last && found.range.end <= total && !found.range.is_empty());
            last = found.range.end;
        }
    }

    #[test]
    fn masking_twice_changes_nothing(text in prop_oneof![pieces(), any::<String>()]) {
        let once = mask(&text);
        let twice = mask(&once.text);
        prop_assert!(twice.kept.is_empty(), "{:?} → {:?} → {:?}", text, once.text, twice.text);
        prop_assert_eq!(&twice.text, &once.text);
    }

    #[test]
    fn what_was_taken_out_comes_back(number in 1_0000_0000u64..10_0000_0000, name in "[a-z]{3,8}") {
        let text = format!("注文番号は{number}です。{name}@example.com");
        let masked = mask(&text);
        prop_assert!(!masked.text.contains(&number.to_string()) && !masked.text.contains(&name));
        prop_assert_eq!(masked.restore(&masked.text), text);
    }
}

/// `cargo test --lib personal::tests::time -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn time_by_size() {
    let unit = [
        ("digits", "1"),
        ("hyphens", "-"),
        ("digit-hyphen", "1-"),
        ("spaced digits", "1 "),
        ("groups of four", "4111-"),
        ("at signs", "a@"),
        ("dots", "a.b@c.d."),
        ("cues", "注文番号"),
        ("cue and id", "order1234,"),
        ("passwords", "password:a1b2c3d4 "),
        ("municipalities", "市区"),
        ("blocks", "区1-"),
        ("prefectures", "東京都"),
        ("streets", "1 A "),
        ("brackets", "["),
        ("spaces", " "),
        ("phones", "090-1234-5678 "),
        ("letters", "a"),
        ("kanji", "神南"),
        ("combining", "か\u{3099}"),
    ];
    for (name, unit) in unit {
        let times: Vec<String> = [10_000, 100_000, 1_000_000]
            .into_iter()
            .map(|size| {
                let text = unit.repeat(size / unit.len() + 1);
                let begun = std::time::Instant::now();
                let found = mask(&text).kept.len();
                format!("{:9.1} ms ({found:6})", begun.elapsed().as_secs_f64() * 1e3)
            })
            .collect();
        println!("{name:16} {}", times.join(" "));
    }
}
