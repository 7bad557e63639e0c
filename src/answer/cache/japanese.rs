//! Japanese questions, reduced to what they ask.
//!
//! Everything matters unless it is known not to: courtesy, です and ます, the endings of a question, は (which leaves open what が and
//! を tell), the order of what is said of one predicate. A polite question by its negation (できませんか) is the question.

use super::reading::{Phrase, Reading, Role, Unit};
use crate::passages::lexical::Parsed;

/// Courtesy that asks for nothing.
const COURTESY: [&str; 19] = [
    "よろしくお願いいたします",
    "よろしくお願い致します",
    "よろしくお願いします",
    "宜しくお願いいたします",
    "宜しくお願い致します",
    "宜しくお願いします",
    "お世話になっております",
    "お世話になります",
    "ありがとうございます",
    "お忙しいところ",
    "すみませんが",
    "すみません",
    "すいませんが",
    "すいません",
    "恐れ入りますが",
    "こんにちは",
    "こんばんは",
    "おはようございます",
    "はじめまして",
];
/// One writing for words that have several, and one verb for being given something.
const WRITINGS: [(&str, &str); 12] = [
    ("いただけ", "もらえ"),
    ("頂け", "もらえ"),
    ("いただき", "もらい"),
    ("頂き", "もらい"),
    ("何故", "なぜ"),
    ("出来", "でき"),
    ("下さい", "ください"),
    ("取消し", "取り消し"),
    ("取消", "取り消し"),
    ("取り消しし", "取り消し"),
    ("良い", "よい"),
    ("e-mail", "email"),
];
/// Counters after which a Han numeral is one.
const COUNTERS: [&str; 18] = [
    "段階", "回", "枚", "個", "点", "件", "人", "つ", "日", "か月", "ヶ月", "年", "週", "時", "分", "割", "台", "本",
];
/// Said of what can be done: their negation in a polite question denies nothing.
const ABLE: [&str; 16] = [
    "できる",
    "もらえる",
    "くれる",
    "くださる",
    "ある",
    "られる",
    "使える",
    "払える",
    "選べる",
    "送れる",
    "受け取れる",
    "買える",
    "返せる",
    "戻せる",
    "取り消せる",
    "申し込める",
];
/// With these a negation denies something, whatever is asked.
const DENYING: [&str; 22] = [
    "もう", "まだ", "しか", "全然", "全く", "まったく", "絶対", "一切", "いつも", "なぜ", "なんで", "どうして", "何",
    "なん", "なに", "いつ", "どこ", "誰", "だれ", "どの", "どれ", "どちら",
];
/// After these は makes a difference: 全部はできない is not 全部できない.
const PARTIAL: [&str; 10] =
    ["全部", "すべて", "全て", "全員", "全額", "両方", "みんな", "いつも", "必ず", "必ずしも"];
/// Particles that end a phrase which may stand elsewhere.
const CASES: [&str; 7] = ["に", "で", "から", "まで", "より", "へ", "も"];
const ASKING: [&str; 18] = [
    "いつ", "どこ", "誰", "何", "なぜ", "いくら", "いくつ", "どう", "どうする", "どれ", "どの", "どちら", "どんな",
    "方法", "やり方", "仕方", "手順", "理由",
];

/// A question as it is written before the dictionary reads it.
pub(super) fn prepared(plain: &str) -> String {
    let mut text = plain.to_owned();
    for words in COURTESY {
        text = text.replace(words, "。");
    }
    for (from, to) in WRITINGS {
        text = text.replace(from, to);
    }
    digits(&text)
}

/// 二段階 is 2段階. Numbers above nine stay as they are written.
fn digits(text: &str) -> String {
    const HAN: [char; 9] = ['一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let value = HAN.iter().position(|han| *han == c).filter(|_| !is_han(before));
        let counted = COUNTERS.iter().any(|counter| rest.as_str().starts_with(counter));
        match value.filter(|_| counted).and_then(|at| char::from_digit(u32::try_from(at + 1).ok()?, 10)) {
            Some(digit) => out.push(digit),
            None => out.push(c),
        }
        before = c;
    }
    out
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}')
}

/// A word as far as it is looked at here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    /// In one form; grammar as it stands.
    form: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nouns, adverbs and whatever else does not inflect; other scripts.
    Noun,
    /// Verbs, adjectives, and the auxiliaries that mean something.
    Verb,
    /// は and って, which leave open of what part they speak.
    Topic,
    Subject,
    Object,
    /// Particles.
    Particle,
    /// Conjunctive particles, whose word tells.
    Joint,
    /// の and ん, which only explain if the sentence ends with them.
    Explaining,
    /// か.
    Asking,
    /// です, だ: nothing, unless から or と follows.
    Copula,
    /// ます, う, ね, けど: nothing.
    Polite,
    /// ない, ん, ぬ.
    Denied,
    /// The end of a sentence; `?` asks.
    End,
}

/// Reads what the dictionary made of [`prepared`] words.
pub(super) fn read(parsed: &[Parsed]) -> Reading {
    let mut words = words(parsed);
    ask_politely(&mut words);
    copulas(&mut words);
    let mut kept: Vec<Word> = Vec::new();
    for sentence in words.split_inclusive(|word| word.kind == Kind::End) {
        kept.extend(ended(sentence));
    }
    phrases(&kept)
}

fn words(parsed: &[Parsed]) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    for part in parsed {
        match part {
            Parsed::Other(run) => other(run, &mut found),
            Parsed::Word { surface, lemma, pos, detail } => {
                // The dictionary's costs make いつ before から and です the end of いる.
                if surface == "つ"
                    && let Some(last) = found.last_mut()
                    && last.form == "い"
                {
                    *last = Word { form: "いつ".to_owned(), kind: Kind::Noun };
                    continue;
                }
                found.push(word(surface, lemma, pos, detail));
            }
        }
    }
    // い stood for いる unless つ followed.
    for word in &mut found {
        if word.form == "い" && word.kind == Kind::Verb {
            "いる".clone_into(&mut word.form);
        }
    }
    found
}

fn word(surface: &str, lemma: &str, pos: &str, detail: &str) -> Word {
    let make = |form: &str, kind| Word { form: form.to_owned(), kind };
    match (pos, surface) {
        ("助詞", "は") | ("助詞", "って") => make("は", Kind::Topic),
        ("助詞" | "接続詞", "が") if detail != "接続助詞" => make("が", Kind::Subject),
        ("助詞", "を") => make("を", Kind::Object),
        ("助詞", "へ") => make("に", Kind::Particle),
        ("助詞", "か") => make("か", Kind::Asking),
        ("助詞", "が" | "けど" | "けれど" | "けれども" | "けども") => make("", Kind::Polite),
        ("助詞", _) if detail == "終助詞" => make(surface, if surface == "の" { Kind::Explaining } else { Kind::Polite }),
        ("助詞", "の") if detail != "連体化" => make("の", Kind::Explaining),
        ("助詞", _) => make(surface, if detail == "接続助詞" { Kind::Joint } else { Kind::Particle }),
        ("名詞", "の" | "ん") if detail == "非自立" => make("の", Kind::Explaining),
        ("助動詞", "なら" | "たら" | "だら" | "たり") => make(surface, Kind::Verb),
        ("助動詞", _) if matches!(lemma, "です" | "だ") => make("だ", Kind::Copula),
        ("助動詞", _) if matches!(lemma, "ます" | "う" | "よう") => make("", Kind::Polite),
        ("助動詞", _) if matches!(lemma, "ない" | "ん" | "ぬ" | "ず") => make("ない", Kind::Denied),
        ("形容詞", _) if lemma == "ない" => make("ない", Kind::Denied),
        ("感動詞", "はい" | "いいえ" | "いや") => make(surface, Kind::Noun),
        ("感動詞" | "フィラー", _) => make("", Kind::Polite),
        ("接頭詞", "お" | "ご" | "御") => make("", Kind::Polite),
        ("記号", _) => mark(surface.chars().next().unwrap_or(' ')),
        ("動詞", "い") => make("い", Kind::Verb),
        ("動詞" | "形容詞" | "助動詞", _) => make(one_writing(lemma), Kind::Verb),
        _ => make(one_writing(lemma), Kind::Noun),
    }
}

fn one_writing(lemma: &str) -> &str {
    match lemma {
        "いい" | "良い" | "よろしい" | "宜しい" => "よい",
        "だれ" => "誰",
        "なに" | "なん" => "何",
        "なんで" | "どうして" | "何故" => "なぜ",
        "わかる" | "解る" => "分かる",
        "欲しい" => "ほしい",
        "事" => "こと",
        "時" => "とき",
        "出来る" => "できる",
        "貰える" => "もらえる",
        other => other,
    }
}

fn mark(c: char) -> Word {
    let kind = match c {
        '。' | '?' | '!' | '.' | '…' => Kind::End,
        '、' | ',' | '「' | '」' | '『' | '』' | '(' | ')' | '[' | ']' | '"' | '\'' | '・' | ' ' | '\u{3000}' => Kind::Polite,
        _ => Kind::Noun,
    };
    Word { form: c.to_string(), kind }
}

/// Latin words, numbers (1,500 is 1500) and marks.
fn other(run: &str, found: &mut Vec<Word>) {
    let chars: Vec<char> = run.chars().collect();
    let mut word = String::new();
    let close = |word: &mut String, found: &mut Vec<Word>| {
        if !word.is_empty() {
            found.push(Word { form: std::mem::take(word), kind: Kind::Noun });
        }
    };
    for (at, c) in chars.iter().enumerate() {
        let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
        let inside = digit(at.checked_sub(1)) && digit(Some(at + 1));
        if c.is_alphanumeric() || (inside && matches!(c, '.' | ':' | '-' | '/')) {
            word.push(*c);
        } else if !(inside && *c == ',') {
            close(&mut word, found);
            if !c.is_whitespace() {
                found.push(mark(*c));
            }
        }
    }
    close(&mut word, found);
}

/// できませんか, できないでしょうか: できますか, where nothing else in the question denies.
fn ask_politely(words: &mut Vec<Word>) {
    let denials = words.iter().filter(|word| word.kind == Kind::Denied).count();
    if denials != 1 || words.iter().any(|word| DENYING.contains(&word.form.as_str())) {
        return;
    }
    let Some(at) = words.iter().position(|word| word.kind == Kind::Denied) else { return };
    let (before, after) = words.split_at(at);
    let polite = |word: &&Word| matches!(word.kind, Kind::Polite | Kind::Copula);
    let courteous = before.last().filter(|word| polite(word)).is_some() || after.get(1).filter(|word| polite(word)).is_some();
    let verb = before.iter().rev().find(|word| !polite(word));
    let able = verb.is_some_and(|word| ABLE.contains(&word.form.as_str()));
    let mut rest = after.iter().skip(1).filter(|word| !polite(word));
    let asks = rest.next().is_some_and(|word| word.kind == Kind::Asking) && rest.next().is_none_or(|word| word.kind == Kind::End);
    if courteous && able && asks {
        words.remove(at);
    }
}

/// 学生だから is not 学生から: there the copula stays.
fn copulas(words: &mut [Word]) {
    for at in 0..words.len() {
        let joined = words.get(at + 1).is_some_and(|next| matches!(next.kind, Kind::Joint | Kind::Particle));
        if let Some(word) = words.get_mut(at)
            && word.kind == Kind::Copula
        {
            word.kind = if joined { Kind::Noun } else { Kind::Polite };
        }
    }
}

/// A sentence without its endings, and with か if that or its question mark is what makes a question of it.
fn ended(sentence: &[Word]) -> Vec<Word> {
    let mut asks = sentence.last().is_some_and(|word| word.kind == Kind::End && word.form == "?");
    let mut words: Vec<Word> = Vec::new();
    let mut end = true;
    let mut polite = false;
    for word in sentence.iter().rev() {
        match word.kind {
            Kind::End => continue,
            Kind::Polite => {
                polite = true;
                continue;
            }
            Kind::Asking if end => {
                asks = true;
                continue;
            }
            // 届かないの, 届かないんです, 届かないんだけど.
            Kind::Explaining if end || polite => continue,
            _ => {}
        }
        (end, polite) = (false, false);
        words.push(word.clone());
    }
    words.reverse();
    shorten(&mut words);
    let open = words.iter().any(|word| ASKING.contains(&word.form.as_str()));
    let topic = words.last().is_some_and(|word| word.kind == Kind::Topic);
    if asks && !open && !topic && !words.is_empty() {
        words.push(Word { form: "か".to_owned(), kind: Kind::Asking });
    }
    words
}

/// Wordings of more than one word.
fn shorten(words: &mut Vec<Word>) {
    // 忘れてしまった is 忘れた.
    let mut at = 0;
    while at + 1 < words.len() {
        let form = |at: usize| words.get(at).map_or("", |word| word.form.as_str());
        if matches!(form(at), "て" | "で") && form(at + 1) == "しまう" {
            words.drain(at..at + 2);
        } else if form(at) == "どう"
            && matches!(form(at + 1), "する" | "やる")
            && matches!(form(at + 2), "ば" | "たら")
            && form(at + 3) == "よい"
        {
            words.splice(at..at + 4, [Word { form: "どうする".to_owned(), kind: Kind::Verb }]);
        } else {
            at += 1;
        }
    }
    // "Tell me" before nothing: the rest is what is asked, if it asks anything.
    let tells: [&[&str]; 6] = [
        &["教える", "て", "くださる"],
        &["教える", "て", "もらえる"],
        &["教える", "て", "ほしい"],
        &["教える", "て", "くれる"],
        &["教える", "て"],
        &["知る", "たい"],
    ];
    let told = tells.iter().find(|tell| {
        words.len() > tell.len() && words.iter().rev().zip(tell.iter().rev()).all(|(word, tell)| word.form == *tell)
    });
    if let Some(tell) = told
        && words.iter().any(|word| ASKING.contains(&word.form.as_str()))
    {
        words.truncate(words.len() - tell.len());
        if words.last().is_some_and(|word| matches!(word.kind, Kind::Object | Kind::Subject)) {
            words.pop();
        }
    }
}

/// Words grouped by the particles that close them; what is left at the end is said of them all.
fn phrases(words: &[Word]) -> Reading {
    let mut found: Vec<Phrase> = Vec::new();
    let mut open = Phrase::default();
    let mut inner = false;
    for (at, Word { form, kind }) in words.iter().enumerate() {
        let rest = words.get(at + 1..).unwrap_or_default();
        let next = rest.first().map(|word| word.kind);
        let mut push = |form: &str| open.0.push(Unit::new(form));
        let closes = match kind {
            Kind::Topic => {
                if open.0.last().is_some_and(|unit| PARTIAL.contains(&unit.word())) {
                    open.0.push(Unit::new("は"));
                }
                true
            }
            Kind::Subject | Kind::Object => {
                match open.0.last_mut() {
                    Some(last) => last.role = if *kind == Kind::Subject { Role::Subject } else { Role::Object },
                    None => open.0.push(Unit::new(form)),
                }
                true
            }
            Kind::Particle => {
                push(form);
                // には, からも, までに: one phrase.
                CASES.contains(&form.as_str()) && !matches!(next, Some(Kind::Particle | Kind::Topic))
            }
            Kind::Verb | Kind::Denied => {
                push(form);
                // A predicate that is not the last: what stands before it is said of it.
                inner |= rest.iter().any(|word| !matches!(word.kind, Kind::Verb | Kind::Denied | Kind::Asking));
                false
            }
            _ => {
                push(form);
                false
            }
        };
        if closes && !open.0.is_empty() {
            found.push(std::mem::take(&mut open));
        }
    }
    if inner || open.0.is_empty() {
        found.push(open);
        return Reading::fixed(Phrase(found.into_iter().flat_map(|phrase| phrase.0).collect()));
    }
    found.push(open);
    Reading::movable(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn han_numerals_that_count_are_digits() {
        assert_eq!(digits("二段階認証を三回、十日"), "2段階認証を3回、十日");
        assert_eq!(digits("統一回答と唯一人"), "統一回答と唯一人");
        assert_eq!(digits(""), "");
    }

    #[test]
    fn courtesy_and_writings_go() {
        assert_eq!(prepared("すみませんが返品出来ますか。よろしくお願いします"), "。返品できますか。。");
        assert_eq!(prepared("変更していただけませんか"), "変更してもらえませんか");
    }
}
