//! People: a name with a title, or a word with a capital, that stands neither in the sources nor in the question.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use super::fold::{fold, plain};
use super::ground::Ground;

#[expect(clippy::expect_used, reason = "fixed patterns, compiled by every test")]
static TITLED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<name>[\p{Han}々ヶ]{1,5}[ぁ-ゖ]{0,4}|[ァ-ヴー・]{2,12}|[A-Z][A-Za-z.'-]*(?:\s[A-Z][A-Za-z'-]*)?)\s?(?:様|さま|さん|氏|殿|くん|ちゃん|先生|部長|課長|社長|店長|主任|室長|係長|님|씨|先生|女士|小姐)(?P<next>[^\s、。]?)")
        .expect("a pattern")
});
/// Words before 様 and さん that name nobody, by their ends.
const NOBODY: [&str; 68] = [
    "客",
    "皆",
    "みな",
    "家族",
    "子",
    "連れ",
    "業者",
    "店員",
    "店",
    "担当",
    "担当者",
    "配達員",
    "出品者",
    "購入者",
    "受取人",
    "利用者",
    "何",
    "同",
    "仕",
    "有",
    "模",
    "多",
    "一",
    "神",
    "王",
    "異",
    "友達",
    "知り合い",
    "知人",
    "隣",
    "兄弟",
    "両親",
    "お母",
    "お父",
    "奥",
    "旦那",
    "ご主人",
    "会員",
    "メンバー",
    "運送会社",
    "配送会社",
    "会社",
    "出品",
    "管理",
    "たく",
    "お医者",
    "注文者",
    "所有者",
    "名義人",
    "贈り主",
    "差出人",
    "送り主",
    "本人",
    "方",
    "同居人",
    "お疲れ",
    "ご苦労",
    "高",
    "貴",
    "外",
    "得意先",
    "取引先",
    "上",
    "相手",
    "売り手",
    "買い手",
    "販売者",
    "あなた",
];
/// Words with a capital that name nobody.
const CAPITALS: [&str; 65] = [
    "i",
    "i'm",
    "i've",
    "i'll",
    "i'd",
    "my",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "japan",
    "japanese",
    "english",
    "chinese",
    "korean",
    "faq",
    "id",
    "ok",
    "pdf",
    "sms",
    "pin",
    "url",
    "qr",
    "am",
    "pm",
    "jst",
    "usb",
    "tv",
    "pc",
    "ios",
    "android",
    "mac",
    "windows",
    "wi",
    "fi",
    "google",
    "apple",
    "chrome",
    "safari",
    "mr",
    "mrs",
    "ms",
    "dr",
    "yen",
    "asia",
    "tokyo",
    "no",
    "yes",
    "the",
    "this",
];

/// A name that stands nowhere.
pub(super) fn unknown(text: &str, ground: &Ground) -> Option<String> {
    let text: String = plain(text).nfkc().collect();
    let titled = TITLED.captures_iter(&text).find_map(|found| {
        let name = found.name("name")?.as_str();
        let next = found.name("next").map(|next| next.as_str()).unwrap_or_default();
        let whole = found.get(0)?.as_str().strip_suffix(next)?;
        // 様式, 氏名, 部長職.
        let compound =
            next.starts_with(['式', '子', '々', '相', '態', '変', '名', '職', '下', '体']) && !whole.ends_with("さん");
        let nobody = compound || NOBODY.iter().any(|word| is_end(name, word)) || ground.knows(&fold(whole));
        (!nobody).then(|| whole.to_owned())
    });
    titled.or_else(|| capital(&text, ground))
}

/// Whether a name ends in a word that names nobody. A single character is also how many a name ends (高橋健一), and must be all of it.
fn is_end(name: &str, word: &str) -> bool {
    name == word || (word.chars().count() > 1 && name.ends_with(word))
}

/// A word with a capital that does not begin a sentence, in a text of Latin letters.
fn capital(text: &str, ground: &Ground) -> Option<String> {
    let mut begins = true;
    for token in text.split(char::is_whitespace).filter(|token| !token.is_empty()) {
        let word = token.trim_matches(|c: char| !c.is_alphanumeric());
        let word = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word);
        let mut letters = word.chars();
        let named = word.is_ascii()
            && word.len() > 1
            && letters.next().is_some_and(|c| c.is_ascii_uppercase())
            && letters.all(|c| c.is_ascii_lowercase() || c == '\'');
        let small = word.to_lowercase();
        let parts = small.split('\'').next().unwrap_or_default();
        if named && !begins && !CAPITALS.contains(&small.as_str()) && !ground.word(parts) {
            return Some(word.to_owned());
        }
        begins = token.ends_with(['.', '!', '?', ':', ';', '"', '“', '(', '>', '→', '/', '|', '-', '「'])
            || token.starts_with(['"', '“', '(', '「', '‘']);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_named() {
        let ground = Ground::read(
            &["佐藤様のように入力します。「Your orders」を開き、Hinata Plusの会員は…"],
            "I am Taro Yamada",
        );
        for text in [
            "お客様のご負担です。",
            "皆様にお届けします。",
            "ご家族様の分も仕様です。",
            "同様に、模様と様々な出品者さん。",
            "例えば佐藤様です。",
            "Open Your orders and choose Hinata Plus.",
            "Yes. Monday to Friday, Mr. Yamada.",
            "In Japan (Tokyo), \"Confirm\" works.",
        ] {
            assert_eq!(unknown(text, &ground), None, "{text}");
        }
        for text in [
            "出品者は高橋健一さんです。",
            "落札者は加藤様です。",
            "It was Priya Nolan from your office.",
            "It happened to Hannah in June.",
            "John Smith様のご注文",
        ] {
            assert!(unknown(text, &ground).is_some(), "{text}");
        }
    }
}
