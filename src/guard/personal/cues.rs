//! The words that say what a number is.

use std::sync::LazyLock;

use regex::Regex;

use super::normal::{OPAQUE, Text};

/// What a word says that the value near it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Cue {
    Card,
    Phone,
    Order,
    Account,
    MyNumber,
    /// A password: any characters.
    Secret,
    /// A one-time code, a PIN: digits, mostly.
    Code,
    Address,
    /// Something that is nobody's: a product, a parcel, a price.
    Other,
}

/// Words by what they say, in lower case. Where several begin at one place the longest counts, so that 商品コード is not コード.
const WORDS: [(Cue, &str); 9] = [
    (
        Cue::Card,
        "クレジットカード番号 クレジットカード カード番号 クレカ番号 クレカ デビットカード カードno カードナンバー カード \
         credit_card_number credit_card debit_card card_number card_no card_# cardnumber card visa mastercard amex jcb 信用卡 卡号 카드번호",
    ),
    (
        Cue::Phone,
        "電話番号 電話 携帯番号 携帯 ケータイ スマホ 連絡先 連絡 かけ直し かけて 折り返し fax ファックス ファクス でんわ tel telephone phone \
         phone_number mobile cell cellphone call calling called text_me sms whatsapp reach_me contact_me ring dial number_is \
         手机 手机号 电话 電話號碼 전화 전화번호 휴대폰",
    ),
    (
        Cue::Order,
        "ご注文番号 注文番号 注文id 注文no 注文ナンバー 注文コード オーダーナンバー オーダー番号 オーダーid オーダーno 受注番号 購入番号 予約番号 注文 \
         order_number order_numbers order_no order_id order_ids order_# order_ref order_reference ordernumber orderid order orders \
         confirmation_number booking_number booking_reference reservation_number purchase_number purchase_id transaction_id po_number 订单号 주문번호",
    ),
    (
        Cue::Account,
        "id 会員番号 会員ナンバー 会員証番号 お客様コード 顧客コード アカウント名 line_id lineid account 会員id 会員no 会員カード番号 会員コード メンバーid メンバー番号 お客様番号 お客様id お客さま番号 顧客番号 顧客id \
         アカウント番号 アカウントid ユーザーid ユーザid ユーザー番号 ユーザー名 ユーザ名 ログインid ポイントカード番号 ポイントカード カスタマーid 口座番号 口座 普通預金 普通 \
         当座 iban customer_id customer_ids customer_number customer_no member_id member_number member_no membership_number membership_id \
         membership_no account_number account_no account_id account_# user_id userid user_name username login_id loyalty_number \
         loyalty_card_number rewards_number bank_account routing_number sort_code 会员号 회원번호",
    ),
    (Cue::MyNumber, "マイナンバー 個人番号 my_number mynumber individual_number"),
    (
        Cue::Secret,
        "パスワード ログインパス パスワ 合言葉 暗証 password passwords passphrase pwd passwd pw pass 密码 비밀번호",
    ),
    (
        Cue::Code,
        "ワンタイムパスワード ワンタイムコード 認証コード 認証番号 認証用コード 確認コード 確認番号 セキュリティコード セキュリティーコード セキュリティ番号 \
         暗証番号 ログインコード 本人確認コード 2段階認証コード 二段階認証コード pinコード pin番号 pin コード one-time_password one_time_password \
         one-time_code one_time_code one-time_passcode one_time_passcode otp otp_code verification_code verification_codes confirmation_code \
         security_code authentication_code auth_code authorization_code login_code sign-in_code access_code sms_code 2fa_code \
         two-factor_code cvv cvc cvv2 cvc2 csc pin_code pin_number パスコード passcode pin code 验证码 인증번호",
    ),
    (
        Cue::Address,
        "住所 現住所 お届け先 届け先 届先 配送先 送付先 送り先 発送先 引っ越し先 引越し先 引越先 転居先 自宅 宛先 勤務先 address ship_to \
         deliver_to",
    ),
    (
        Cue::Other,
        "商品コード 商品番号 商品id 商品 品番 型番 型式 製品番号 製品コード 部品番号 製造番号 シリアル番号 シリアルナンバー シリアル 機種 モデル \
         janコード jan isbn sku asin バーコード 追跡番号 追跡 お問い合わせ番号 お問合せ番号 問い合わせ番号 問合せ番号 送り状番号 送り状 \
         伝票番号 伝票 荷物番号 クーポンコード クーポン プロモコード プロモーションコード 割引コード ギフトコード ギフトカード ギフト券 招待コード 紹介コード キャンペーンコード \
         エラーコード エラー番号 エラー 国コード 国番号 qrコード ソースコード 文字コード ショップコード 店舗コード 法人番号 登録番号 インボイス \
         郵便番号 金額 価格 値段 料金 合計 請求額 残高 ポイント バージョン 記事番号 記事 規格 部屋番号 市外局番 電話番号の欄 支店番号 支店コード \
         item_number item_no item_# item item_id product_code product_number product_id product_no product article_number article_no \
         article model_number model_no model part_number part_no serial_number serial_no serial s/n upc ean gtin barcode tracking_number \
         tracking_no tracking_id tracking_# tracking tracking_code parcel_number coupon_code coupon promo_code promo promotion_code discount_code \
         gift_code gift_card voucher_code voucher referral_code error_code error status_code http_code zip_code zipcode postal_code \
         postcode post_code area_code country_code dress_code qr_code source_code color_code colour_code product_codes price total amount \
         balance version points firmware build lot batch invoice ticket_number case_number ticket case catalog_number catalogue_number \
         style_number size",
    ),
];

/// What may stand before "code" without making it another code.
const LITTLE: [&str; 22] = [
    "the",
    "my",
    "your",
    "this",
    "that",
    "a",
    "sms",
    "text",
    "new",
    "same",
    "following",
    "digit",
    "first",
    "second",
    "got",
    "is",
    "and",
    "with",
    "enter",
    "entered",
    "use",
    "this",
];

/// A cue where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At {
    pub(super) cue: Cue,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All cues of a text, in order, none over another.
#[derive(Debug)]
pub(super) struct Cues {
    all: Vec<At>,
    /// By position: how many ends of sentences, and how many opaque places, come before it.
    stops: Vec<(u32, u32)>,
}

struct Lexicon {
    pattern: Regex,
    words: std::collections::HashMap<String, Cue>,
}

static LEXICON: LazyLock<Option<Lexicon>> = LazyLock::new(|| {
    let mut words = std::collections::HashMap::new();
    for (cue, list) in WORDS {
        for word in list.split_whitespace() {
            words.insert(word.replace('_', " "), cue);
        }
    }
    let mut longest_first: Vec<&String> = words.keys().collect();
    longest_first.sort_by_key(|word| (std::cmp::Reverse(word.chars().count()), word.as_str()));
    let escaped: Vec<String> = longest_first.iter().map(|word| regex::escape(word)).collect();
    let pattern = Regex::new(&escaped.join("|")).ok()?;
    Some(Lexicon { pattern, words })
});

impl Cues {
    /// Of a text.
    pub(super) fn of(text: &Text) -> Self {
        let mut all: Vec<At> = Vec::new();
        if let Some(lexicon) = LEXICON.as_ref() {
            for found in lexicon.pattern.find_iter(text.lower()) {
                let (start, end) = (text.char_at_byte(found.start()), text.char_at_byte(found.end()));
                // "tel" is no part of "hotel", nor "pin" of "pink"; but "tel03…" and "order12345" are meant.
                let letter = |c: char| c.is_ascii_alphabetic();
                let glued = letter(text.at(start)) && text.before(start).is_ascii_alphanumeric();
                let whole = !(glued || letter(text.before(end)) && letter(text.at(end)));
                if let Some(&cue) = lexicon.words.get(found.as_str()).filter(|_| whole) {
                    all.push(At { cue: narrowed(text, cue, start, end), start, end });
                }
            }
        }
        Self { all, stops: stops(text) }
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = At> + '_ {
        self.all.iter().copied()
    }

    /// Those that begin at `at` or behind it.
    pub(super) fn iter_from(&self, at: usize) -> impl Iterator<Item = At> + '_ {
        let first = self.all.partition_point(|cue| cue.start < at);
        self.all.get(first..).unwrap_or_default().iter().copied()
    }

    /// Whether the first behind `from` is this one.
    pub(super) fn next_is(&self, from: usize, at: At) -> bool {
        self.iter_from(from).next() == Some(at)
    }

    /// The nearest before `at`, at most `reach` characters away, in the same sentence unless `farther`. Nothing opaque lies between.
    pub(super) fn before(&self, at: usize, reach: usize, farther: bool) -> Option<At> {
        let next = self.all.partition_point(|cue| cue.end <= at);
        let found = *self.all.get(next.checked_sub(1)?)?;
        (at - found.end <= reach && self.joined(found.end, at, farther)).then_some(found)
    }

    /// The nearest behind `at`, likewise.
    pub(super) fn after(&self, at: usize, reach: usize) -> Option<At> {
        let next = self.all.partition_point(|cue| cue.start < at);
        let found = *self.all.get(next)?;
        (found.start - at <= reach && self.joined(at, found.start, false)).then_some(found)
    }

    /// Whether nothing parts two places.
    fn joined(&self, from: usize, to: usize, farther: bool) -> bool {
        let (Some(from), Some(to)) = (self.stops.get(from), self.stops.get(to)) else { return false };
        from.1 == to.1 && (farther || from.0 == to.0)
    }
}

/// A word that says less than it seems to, by the words beside it.
fn narrowed(text: &Text, cue: Cue, start: usize, end: usize) -> Cue {
    let before = text.before(start);
    // 割引コード, 会社コード: some other code. (What is told by コード itself begins behind は, の or a space.)
    let compound = cue == Cue::Code
        && text.at(start) == 'コ'
        && (super::normal::is_kanji(before) || super::normal::is_katakana(before));
    // "style code": likewise, unless nothing or a little word stands before it.
    let word: String = text.slice(start.saturating_sub(12)..start).iter().collect::<String>().to_ascii_lowercase();
    let spaced = word.ends_with(' ');
    let word = word.trim_end().rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned();
    let little = word.is_empty() || LITTLE.contains(&word.as_str()) || !spaced;
    let compound = compound || (text.any(start, &["code"]) == Some(end) && !little);
    // 動画ID, "session id": some other id, unless it is somebody's.
    let id = text.any(start, &["id"]) == Some(end) && {
        let last = text.before(start);
        let word = if last == ' ' { text.before(start - 1) } else { last };
        let mine = start >= 3 && text.reads(start - 3, "my ");
        !mine && (super::normal::is_kanji(word) || super::normal::is_katakana(word) || word.is_ascii_alphanumeric())
    };
    // 電話番号の欄, 注文番号の桁数: about the thing.
    let about = ["の桁数", "の欄", "の形式", "の見方"].iter().any(|what| text.reads(end, what));
    // "credit card statement", "order history" say nothing about a number, and do no harm.
    if compound || id || about { Cue::Other } else { cue }
}

fn stops(text: &Text) -> Vec<(u32, u32)> {
    let (mut sentences, mut opaque) = (0, 0);
    let mut stops = Vec::with_capacity(text.len() + 1);
    for at in 0..=text.len() {
        stops.push((sentences, opaque));
        match text.at(at) {
            '。' | '!' | '?' => sentences += 1,
            '\n' if text.at(at + 1) == '\n' => sentences += 1,
            '.' if matches!(text.at(at + 1), ' ' | '\n')
                && text.before(at).is_ascii_alphabetic()
                && !is_no(text, at) =>
            {
                sentences += 1;
            }
            OPAQUE => opaque += 1,
            _ => {}
        }
    }
    stops
}

/// `No.` ends no sentence.
fn is_no(text: &Text, dot: usize) -> bool {
    dot >= 2 && text.reads(dot - 2, "no") && !text.before(dot - 2).is_ascii_alphabetic()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues(source: &str) -> Vec<Cue> {
        let text = Text::new(&source.chars().collect::<Vec<_>>(), &[]);
        Cues::of(&text).iter().map(|at| at.cue).collect()
    }

    #[test]
    fn the_longest_word_counts() {
        assert_eq!(cues("商品コードとコード"), [Cue::Other, Cue::Code]);
        assert_eq!(cues("ワンタイムパスワード"), [Cue::Code]);
        assert_eq!(cues("割引コード 社内コード"), [Cue::Other, Cue::Other]);
        assert_eq!(cues("promo code, verification CODE"), [Cue::Other, Cue::Code]);
        assert_eq!(cues("hotel pink order12345 tel03"), [Cue::Order, Cue::Phone]);
    }

    #[test]
    fn sentences_and_what_is_opaque_part_them() {
        let source: Vec<char> = "電話です。12 電話[電話番号]34 No. 5".chars().collect();
        let text = Text::new(&source, std::slice::from_ref(&(10..16)));
        let cues = Cues::of(&text);
        assert!(cues.before(5, 9, false).is_none() && cues.before(5, 9, true).is_some());
        assert!(cues.before(11, 9, true).is_none());
    }

    #[test]
    fn no_word_says_two_things() {
        let mut seen = std::collections::HashMap::new();
        for (cue, list) in WORDS {
            for word in list.split_whitespace() {
                assert_eq!(*seen.entry(word).or_insert(cue), cue, "{word}");
            }
        }
    }
}
