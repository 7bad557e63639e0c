//! What a sentence in a model's own words stands on, counted word by word.
//!
//! The verifier's figure is a share, and of few words every share is high: nothing that "Done!" says is missing in an
//! article. And what lies near the subject of a passage is near its meaning whatever it says of it: "the parcel is not
//! lost" is as near to an article on lost parcels as that article's own sentences. So what is shown as the model wrote
//! it must have enough words, most of them in one place of what it cites, and must not tell how the customer's own case
//! stands, which no article knows. For all else the article speaks, and for that the words decide as well as the
//! figure: what is left to get wrong is which sentence is quoted.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::super::figures::{normal, without};
use super::super::sources::Source;
use super::super::statements::{Statement, leans_back};
use crate::answer::blocks::visible;
use crate::answer::headings::stem;
use crate::language::Lang;

/// Words with a meaning of their own, from which on a sentence can be compared with its source.
const ENOUGH: usize = 6;
/// Words from which on it may be an article's at all; of so few, all must stand there.
const SOME: usize = 3;
/// Statements that are read together on each side of one, where it is to be quoted: what is said often joins neighbours.
const BESIDE: usize = 1;
/// What limits a statement, by language: a sentence made of it without any of these says more than it does.
const LIMITS: [(Lang, &[&str]); 4] = [
    (
        Lang::JA,
        &["ただし", "場合", "とき", "時は", "時に", "なら", "れば", "たら", "限り", "以外", "除", "のみ", "だけ"],
    ),
    (Lang::EN, &["however", "if", "unless", "only", "when", "except", "until", "while", "once", "without", "whether"]),
    (Lang::ZH, &["但", "如果", "若", "仅", "只", "除", "时", "的话", "未"]),
    (Lang::KO, &["다만", "경우", "때", "면", "만", "제외"]),
];

/// Words that hold such a character and limit nothing.
const NO_LIMITS: [&str; 12] =
    ["削除", "解除", "控除", "删除", "小时", "时间", "及时", "随时", "同时", "화면", "때문", "하지만"];

/// Words of English that carry no meaning of their own, each between spaces.
static COMMON: &str = " a an the and or but if of to in on at by for from with as is are was were be been being it it's its this \
    that these those you you're your yours we our us i my me they them their he she his her not no yes do does \
    did don't doesn't didn't can could can't cannot will would won't may might must should have has had there \
    here when where which who what how why then than so also just only all any some each every please into onto \
    up out over under about after before while until because very too more most other another same such own \
    again once still already now let get got make made go goes put one ones thing things way need case ";
/// Words of Chinese that carry none, those that hold others first.
const COMMON_ZH: [&str; 62] = [
    "可以", "不能", "不可", "如果", "或者", "以及", "时候", "需要", "请", "在", "的", "了", "会", "是", "和", "或",
    "与", "及", "后", "前", "时", "您", "你", "我", "们", "将", "把", "被", "从", "到", "对", "为", "以", "并", "也",
    "都", "就", "还", "要", "能", "有", "没", "不", "这", "那", "其", "中", "里", "上", "下", "等", "即", "可", "需",
    "若", "如", "则", "由", "于", "使", "让", "吗",
];
/// What Japanese courtesy is made of, as it stands between kana.
const COMMON_JA: [&str; 16] =
    ["場合", "際", "時", "等", "様", "為", "事", "次", "以下", "下記", "記事", "確認", "利用", "注意", "必要", "可能"];
/// And Korean.
const COMMON_KO: [&str; 12] = [
    "주세요",
    "하세요",
    "있습니다",
    "있어요",
    "합니다",
    "됩니다",
    "바랍니다",
    "경우",
    "이용해",
    "확인해",
    "또는",
    "그리고",
];
/// How the customer's own case stands, by language: what is theirs, and what it is, was or became. Rather too often: it
/// costs that the article is quoted.
#[expect(clippy::expect_used, reason = "fixed patterns, compiled by every test")]
static OWN_CASE: LazyLock<Vec<(Lang, Regex)>> = LazyLock::new(|| {
    let patterns = [
        (
            Lang::JA,
            r"(お客様|お客さま|あなた|貴方|ご?自身|ご?本人)様?(の|が|は|に)|(荷物|小包|注文|商品|品物|お品|返金|返品|支払い?|決済|請求|代金|残高|アカウント|カード|口座|ログイン|サインイン|操作|申請|届け|配送|配達|メール|メッセージ|ポイント|取引|契約)(は|が|も).{0,30}(まし(た|て)|ませんでした|て(い|お)り?(ます|ません|る|ない)|でした|済み|ずみ|中です|では(あり|な|ござ)|無事|正常|本物|偽物|有効|無効|正し|間違い|紛失|盗難)",
        ),
        (
            Lang::EN,
            r"\b(your|that|this|the|no) (\w+[ -]){0,2}(parcel|package|order|shipment|delivery|box|item|refund|return|charge|payment|purchase|transaction|debit|balance|card|account|password|log-?in|sign-?in|email|mail|message|call|claim|complaint|dispute|request|case|damage|seller|buyer|courier)s?\b.{0,24}\b(is|isn't|was|wasn't|were|weren't|are|aren't|has|hasn't|have|had|did|didn't|went|came|arrived|been|left|won|lost)\b|\b(it|that|this) (was|wasn't|is|isn't|has been) (you|yours|not|a|an)\b|\byou (have|had|did|were|made|placed|signed|received|ordered|paid|owe|owed|won|lost)\b",
        ),
        (
            Lang::ZH,
            r"(您|你)(的|已|在|是|自己|本人|没)|(包裹|快递|订单|商品|货物|退款|付款|扣款|账单|余额|账户|账号|密码|登录|操作|申请|邮件|卖家|买家).{0,12}(已|了|没|未|正在|早|是|不是|有误|正确|正常)",
        ),
        (
            Lang::KO,
            r"고객님|본인|(택배|소포|주문|상품|물건|환불|반품|결제|청구|금액|계정|비밀번호|카드|로그인|배송|포인트|신청|거래|판매자|구매자).{0,24}(했|됐|되었|았|었|였|렸|중입|않습|아닙|맞|없습|놓여|남아)",
        ),
    ];
    Vec::from(patterns.map(|(lang, pattern)| (lang, Regex::new(pattern).expect("a pattern"))))
});

/// How a sentence stands on what it cites.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Footing {
    /// Its words that carry meaning, each once.
    words: usize,
    /// Those that stand in one place of a cited passage: a statement with its neighbours and headings.
    held: usize,
    /// Those that stand in one statement with its headings, of which nothing is left out that limits it.
    alone: usize,
    /// It tells how the customer's own case stands.
    own_case: bool,
    /// Where most of its words stand: which of the cited passages, and which of its statements.
    place: Option<(usize, usize)>,
}

impl Footing {
    pub(super) fn of<'s, 'h: 's>(sentence: &str, lang: &Lang, cited: impl Iterator<Item = &'s Source<'h>>) -> Self {
        let runs = runs(&content(sentence, lang));
        let mut footing = Self { own_case: tells_of_their_case(sentence, lang), ..Self::default() };
        footing.words = runs.iter().flat_map(|run| run.units(&Place::default())).collect::<BTreeMap<_, _>>().len();
        let said = normal(sentence);
        // What the model goes on from may be another statement than the article goes on from.
        let leans = leans_back(sentence);
        let mut most = (0, 0);
        for (nth, source) in cited.enumerate() {
            for (at, (statement, place)) in source.statements.iter().zip(source.places()).enumerate() {
                let (near, own) = (held(&runs, &place.near), held(&runs, &place.own));
                if (near, own) > most {
                    (most, footing.place) = ((near, own), Some((nth, at)));
                }
                if !leans && keeps_limits(&said, statement, lang) {
                    footing.alone = footing.alone.max(own);
                }
            }
        }
        footing.held = most.0;
        footing
    }

    /// Whether it may be shown as the model wrote it, if the verifier agrees.
    pub(super) fn carries(&self) -> bool {
        !self.own_case && self.is_long() && self.alone * 4 >= self.words * 3
    }

    /// Whether it has so many words that it means one thing.
    pub(super) fn is_long(&self) -> bool {
        self.words >= ENOUGH
    }

    /// Where most of its words stand: which of the cited passages, and which of its statements.
    pub(super) fn place(&self) -> Option<(usize, usize)> {
        self.place
    }

    /// Whether a place says nearly all of it, and it speaks of nobody in particular: what no model may say, an article may.
    pub(super) fn is_an_articles(&self) -> bool {
        let most = if self.words > SOME { self.held * 4 >= self.words * 3 } else { self.held == self.words };
        !self.own_case && self.words >= SOME && most
    }

    /// Whether a place says so much of it that this may be quoted, whatever the verifier's figure is.
    pub(super) fn stands(&self) -> bool {
        self.held > 0 && self.held * 3 >= self.words * 2
    }
}

/// Whether `said`, a sentence made of `statement` as it is compared, says for what and under which condition that holds: it names the
/// label in bold that an item of a list begins with, and has a condition where the statement has one. Which one, the verifier compares.
/// A statement that follows others in its paragraph may have its subject and its condition from them: the article says it.
fn keeps_limits(said: &str, statement: &Statement, lang: &Lang) -> bool {
    if statement.follows || leans_back(&statement.words) {
        return false;
    }
    // Before the item may stand the paragraph that leads to the list.
    let begins = |line: &&str| {
        let seen = visible(line);
        let seen = seen.trim();
        !seen.is_empty() && statement.words.trim_start().starts_with(seen)
    };
    let item = statement.quote.lines().find(begins).unwrap_or(&statement.quote);
    let label = label(item).map(normal);
    if label.is_some_and(|label| !said.contains(&label)) {
        return false;
    }
    let limits = LIMITS.iter().find(|(own, _)| own == lang).map_or(&[][..], |(_, limits)| limits);
    let limited = |text: &str| match *lang == Lang::EN {
        true => text.split(|c: char| !c.is_alphanumeric()).any(|word| limits.contains(&word)),
        false => {
            let text = NO_LIMITS.iter().fold(text.to_owned(), |text, word| text.replace(word, " "));
            limits.iter().any(|limit| text.contains(limit))
        }
    };
    // What is quoted for a statement holds the sentences that limit it, too.
    limited(said) || !limited(&normal(&statement.quote))
}

/// The words in bold that an item begins with, without what ends them.
fn label(quote: &str) -> Option<&str> {
    let bullet = |c: char| c.is_ascii_digit() || "-*+.) ".contains(c);
    let text = quote.trim_start().trim_start_matches(bullet);
    // The marks of the bold words were taken along with the bullet's.
    let opened = quote.trim_start().strip_suffix(text)?.trim_end().ends_with("**");
    let (label, _) = text.split_once("**").filter(|_| opened)?;
    let label = label.trim().trim_end_matches(['.', ':', '：', '。', ',']);
    (!label.is_empty()).then_some(label)
}

fn tells_of_their_case(sentence: &str, lang: &Lang) -> bool {
    let text = normal(sentence).replace('’', "'");
    OWN_CASE.iter().any(|(own, pattern)| own == lang && pattern.is_match(&text))
}

/// A sentence without its figures, which are compared as such elsewhere, and without words that only some languages
/// part.
fn content(sentence: &str, lang: &Lang) -> String {
    let mut text = without(sentence).replace('’', "'");
    if *lang == Lang::ZH {
        for word in COMMON_ZH {
            text = text.replace(word, " ");
        }
    }
    text
}

/// The number of words that stand in a place.
fn held(runs: &[Run], place: &Place) -> usize {
    let mut units: BTreeMap<String, bool> = BTreeMap::new();
    for (unit, stands) in runs.iter().flat_map(|run| run.units(place)) {
        *units.entry(unit).or_default() |= stands;
    }
    units.values().filter(|stands| **stands).count()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Two characters are about a word.
    Han,
    Katakana,
    Hangul,
    /// Words between spaces.
    Letters,
}

fn script(c: char) -> Option<Script> {
    match c {
        '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々' => Some(Script::Han),
        '\u{30a1}'..='\u{30fa}' | 'ー' => Some(Script::Katakana),
        // Grammar.
        '\u{3041}'..='\u{309f}' => None,
        '\u{ac00}'..='\u{d7a3}' => Some(Script::Hangul),
        '\'' => Some(Script::Letters),
        c => c.is_alphanumeric().then_some(Script::Letters),
    }
}

/// Neighbouring characters of one script.
#[derive(Debug)]
struct Run {
    script: Script,
    chars: Vec<char>,
}

fn runs(text: &str) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    let mut open = false;
    for c in text.chars() {
        let Some(script) = script(c) else {
            open = false;
            continue;
        };
        match found.last_mut() {
            Some(run) if open && run.script == script => run.chars.push(c),
            _ => found.push(Run { script, chars: vec![c] }),
        }
        open = true;
    }
    found
}

impl Run {
    /// Its words, each with whether it stands in a place.
    fn units(&self, place: &Place) -> Vec<(String, bool)> {
        let text: String = self.chars.iter().collect();
        match self.script {
            Script::Han if COMMON_JA.contains(&text.as_str()) => Vec::new(),
            Script::Han => self.han(place),
            Script::Katakana if self.chars.len() < 2 => Vec::new(),
            Script::Katakana => {
                let stands = place.text.contains(&text);
                vec![(text, stands)]
            }
            Script::Hangul if COMMON_KO.contains(&text.as_str()) => Vec::new(),
            Script::Hangul => hangul(&self.chars, place).into_iter().collect(),
            Script::Letters => {
                word(&text).map(|stem| (stem.clone(), place.stems.contains(&stem))).into_iter().collect()
            }
        }
    }

    /// By two characters. Each must stand there beside its neighbour, wherever words begin.
    fn han(&self, place: &Place) -> Vec<(String, bool)> {
        let alone = |c: &char| self.chars.len() == 1 && place.chars.contains(c);
        let mut stand: Vec<bool> = self.chars.iter().map(alone).collect();
        for (at, pair) in self.chars.windows(2).enumerate() {
            if matches!(pair, [a, b] if place.pairs.contains(&(*a, *b))) {
                stand.iter_mut().skip(at).take(2).for_each(|stands| *stands = true);
            }
        }
        let units = self.chars.chunks(2).zip(stand.chunks(2));
        units.map(|(chars, stand)| (chars.iter().collect(), stand.iter().all(|stands| *stands))).collect()
    }
}

/// A Korean word without its last two syllables, three of a verb in the polite form, as far as two are left: they are mostly grammar.
fn hangul(chars: &[char], place: &Place) -> Option<(String, bool)> {
    let ending = if chars.ends_with(&['니', '다']) { 3 } else { 2 };
    let kept = chars.len().saturating_sub(ending).max(2);
    let stem: String = chars.iter().take(kept).collect();
    (chars.len() > 1).then(|| {
        let stands = place.text.contains(&stem);
        (stem, stands)
    })
}

/// A word of letters without its ending; nothing of one that carries no meaning.
fn word(text: &str) -> Option<String> {
    let text = text.trim_matches('\'');
    let text = text.strip_suffix("'s").unwrap_or(text);
    if text.chars().count() < 2 || COMMON.contains(&format!(" {text} ")) {
        return None;
    }
    Some(stem(text))
}

/// Whether every word of these with a meaning of its own stands at a place. What tells of a customer's own case is known in some languages
/// only: in all others no place says anything.
pub(super) fn says_words(words: &[String], lang: &Lang, around: &Around) -> bool {
    let told = OWN_CASE.iter().any(|(own, _)| own == lang);
    told && words.iter().all(|words| {
        let runs = runs(&content(words, lang));
        runs.iter().flat_map(|run| run.units(&around.near)).all(|(_, stands)| stands)
    })
}

/// A statement with the headings above it, and with those beside it.
#[derive(Debug)]
pub(in crate::answer::generate) struct Around {
    own: Place,
    near: Place,
}

/// The places of a source's statements, each under `headings`.
pub(in crate::answer::generate) fn places(headings: &str, statements: &[Statement]) -> Vec<Around> {
    let words: Vec<&str> = statements.iter().map(|statement| statement.words.as_str()).collect();
    let around = |(at, own): (usize, &&str)| {
        let end = (at + BESIDE + 1).min(words.len());
        let near = words.get(at.saturating_sub(BESIDE)..end).unwrap_or_default().join("\n");
        let read = |words: &str| Place::read(&format!("{headings}\n{words}"));
        Around { own: read(own), near: read(&near) }
    };
    words.iter().enumerate().map(around).collect()
}

/// A place of a source.
#[derive(Debug, Default)]
struct Place {
    text: String,
    stems: HashSet<String>,
    pairs: HashSet<(char, char)>,
    chars: HashSet<char>,
}

impl Place {
    fn read(text: &str) -> Self {
        let text = normal(text).replace('’', "'");
        let letters = runs(&text).into_iter().filter(|run| run.script == Script::Letters);
        Self {
            stems: letters.filter_map(|run| word(&run.chars.iter().collect::<String>())).collect(),
            pairs: text.chars().zip(text.chars().skip(1)).collect(),
            chars: text.chars().collect(),
            text,
        }
    }
}

#[cfg(test)]
mod tests;
