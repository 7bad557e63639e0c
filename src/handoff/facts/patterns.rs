//! How amounts, days and quotations are written in Japanese, English, Chinese and Korean.

use std::sync::LazyLock;

use regex::Regex;

use super::FactKind;

/// ¥1,980; 1,980円; 12,000 yen; 3万円; 五千元; 3만 원.
const AMOUNTS: &str = r"(?ix)
    (?: [¥￥$＄€£₩￦] | \b(?:jpy|usd|eur|gbp|cny|krw|rmb)\s? ) \s? \d[\d,，]*(?:[.．]\d+)?
  | (?: \d[\d,，.．]*(?:\s?[十百千万萬億亿천만억]\s?\d*)* | [一二三四五六七八九十百千万億两兩〇零]{2,} ) \s?
    (?: 円 | 日元 | 日圆 | 人民币 | 美元 | 欧元 | 元 | 块钱? | ドル | ユーロ | ポンド | ウォン | 엔 | 원 | 달러 | 유로 | 위안
      | (?:yen|jpy|usd|eur|gbp|cny|krw|dollars?|bucks|euros?|pounds?|won|yuan|rmb)\b )";

/// Days of the calendar, with a time of day where one follows.
const DATES: &str = r"(?ix)
  (?: (?:\d{2,4}|令和\d{1,2}|令和元)\s?[年년]\s?\d{1,2}\s?[月월](?:\s?\d{1,2}\s?[日号號일])?
    | \d{1,2}\s?[月월]\s?\d{1,2}\s?[日号號일]
    | \d{1,2}\s?[月월](?:上旬|中旬|下旬|末|初め|初旬|초|중순|말|底)
    | \b\d{4}[-－/／.．]\d{1,2}[-－/／.．]\d{1,2}\b
    | \b(?:0?[1-9]|1[0-2])[/／](?:0?[1-9]|[12]\d|3[01])(?:[/／]\d{2,4})?\b
    | \b(?:0?[1-9]|[12]\d|3[01])[/／](?:0?[1-9]|1[0-2])[/／]\d{2,4}\b
    | \b(?:the\s)?\d{1,2}(?:st|nd|rd|th)?\s(?:of\s)?(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?
        |sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b(?:,?\s\d{4})?
    | \b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?
        |dec(?:ember)?)\.?\s\d{1,2}(?:st|nd|rd|th)?\b(?:,?\s\d{4})?
    | \b(?:the\s)?\d{1,2}(?:st|nd|rd|th)\b
  )
  (?: ,?\s?(?:の|at\s|around\s|by\s)?(?:午前|午後|朝|夜|夕方|上午|下午|晚上|오전|오후)?\s?
      (?: \d{1,2}[:：]\d{2}(?:\s?[ap]\.?m\b)? | \d{1,2}\s?[時点點시](?:半|반|\s?\d{1,2}\s?[分분])? | \d{1,2}\s?[ap]\.?m\b ) )?";

/// Days by their distance, and days of the week.
const RELATIVE: &str = r"(?ix)
    一昨日 | おととい | 昨日 | きのう | 昨夜 | 昨晩 | ゆうべ | 今朝 | 本日 | 今日 | きょう | 今夜 | 今晩 | 明日 | あした | 明後日 | あさって
  | (?: 先々週 | 先週 | 今週 | 来週 ) (?: の? [月火水木金土日] 曜日? )? | 先々月 | 先月 | 今月 | 来月 | 一昨年 | 去年 | 昨年 | 今年 | 来年 | 先日
  | (?: \d{1,3} | [一二三四五六七八九十数]{1,3} ) \s? (?: 日間? | 週間 | か月間? | カ月間? | ヶ月間? | ヵ月間? | ケ月間? | 年間? | 時間 )
      (?: ほど | くらい | ぐらい | 以上 )? (?: 前 | 後 | 以内 )?
  | [月火水木金土日]曜日?
  | 大前天 | 前天 | 昨天 | 昨晚 | 今天 | 今早 | 今晚 | 明天 | 后天 | 後天 | (?:上|下|这|這|本)(?:个|個)?(?:周|週|星期|礼拜|禮拜)[一二三四五六日天]?
  | (?:周|星期|礼拜|禮拜)[一二三四五六日天] | (?:上|下|这|這|本)(?:个|個)?月 | 去年 | 今年 | 明年
  | (?: \d{1,3} | [一二两兩三四五六七八九十几幾] ) \s? (?: 天 | 周 | 个?星期 | 個星期 | 个月 | 個月 | 小时 | 小時 ) 多? (?: 以?之?前 | 以?之?后 | 以?之?後 | 内 )?
  | 그저께 | 그제 | 어제 | 어젯밤 | 오늘 | 내일 | 모레 | 지난\s?주 | 이번\s?주 | 다음\s?주 | 지난\s?달 | 이번\s?달 | 다음\s?달 | 작년 | 올해
  | (?: \d{1,3} \s? (?: 일 | 주일? | 개월 | 달 | 시간 | 년 ) | 며칠 | 일주일 | 한\s?달 | 두\s?달 | 이틀 | 사흘 | 나흘 ) (?: \s? (?: 전 | 후 | 뒤 | 째 | 동안 ) )?
  | [월화수목금토일]요일
  | \bthe\ day\ (?:before\ yesterday|after\ tomorrow)\b
  | \b(?: yesterday | today | tomorrow | tonight | this\ (?:morning|afternoon|evening) | last\ night )\b
  | \b(?: (?:last|next|this|past)\ )? (?: mon | tues | wednes | thurs | fri | satur | sun ) days? \b
  | \b(?: last | next | this | past ) \  (?: week (?:end)? | month | year ) \b
  | \b(?: for|over|since|within|after )? \s? (?: \d{1,3} | a | an | one | two | three | four | five | six | seven | ten | few | several | couple\ of )
      [\ -] (?: business\ |working\ )? (?: hour | day | week | month | year ) s? \b (?: \ (?: ago | later | already | now | earlier ) \b )?";

/// 「…」, 『…』, “…”, "…", «…», 《…》.
const QUOTATIONS: &str = "「([^「」\\n]{2,60})」|『([^『』\\n]{2,60})』|“([^“”\\n]{2,60})”|\"([^\"\\n]{2,60})\"|«([^«»\\n]{2,60})»|《([^《》\\n]{2,60})》";

/// Placeholders of what reaches a person, and of orders.
const PLACEHOLDERS: &str = r"\[(?:(?P<order>注文番号|order ID)|メールアドレス|電話番号|住所|email address|phone number|postal address)(?: [1-9]\d*)?\]";

struct Patterns {
    amounts: Regex,
    dates: Regex,
    relative: Regex,
    quotations: Regex,
    placeholders: Regex,
}

#[expect(clippy::expect_used, reason = "fixed patterns, compiled by every test")]
static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    // Words end where letters and digits of ASCII do: in 3/5に and 12月3日 they do not by Unicode.
    let pattern = |text: &str| Regex::new(&text.replace(r"\b", r"(?-u:\b)")).expect("a pattern");
    Patterns {
        amounts: pattern(AMOUNTS),
        dates: pattern(DATES),
        relative: pattern(RELATIVE),
        quotations: pattern(QUOTATIONS),
        placeholders: pattern(PLACEHOLDERS),
    }
});

/// Whether this is a placeholder of something by which a customer is reached.
pub(super) fn is_contact(placeholder: &str) -> bool {
    PATTERNS.placeholders.captures(placeholder).is_some_and(|found| found.name("order").is_none())
}

/// What stands in a sentence, by kind, in order: placeholders of an earlier masking, amounts, days, quotations.
pub(super) fn find(sentence: &str) -> Vec<(FactKind, &str)> {
    let all = &*PATTERNS;
    let mut found = Vec::new();
    for placeholder in all.placeholders.find_iter(sentence).map(|found| found.as_str()) {
        found.push((if is_contact(placeholder) { FactKind::Contact } else { FactKind::Order }, placeholder));
    }
    found.extend(all.amounts.find_iter(sentence).map(|amount| (FactKind::Amount, amount.as_str().trim())));
    let dates: Vec<_> = all.dates.find_iter(sentence).collect();
    let inside = |found: &regex::Match<'_>| dates.iter().any(|date| date.range().contains(&found.start()));
    let relative = all.relative.find_iter(sentence).filter(|found| !inside(found));
    let mut days: Vec<_> = dates.iter().copied().chain(relative).collect();
    days.sort_by_key(regex::Match::start);
    found.extend(days.into_iter().map(|day| (FactKind::Date, day.as_str().trim())));
    let quoted = all.quotations.captures_iter(sentence);
    let quoted = quoted.filter_map(|found| found.iter().skip(1).flatten().next()).map(|words| words.as_str());
    // Nothing but blanks between the marks is no quotation.
    found.extend(quoted.filter(|words| !words.trim().is_empty()).map(|words| (FactKind::Quoted, words)));
    found
}
