//! What negates, and what only looks like it.

/// Looks like a negation and is none. In each the negation's own letters are taken out.
const NOT_NEGATIVE: [&str; 24] = [
    "かもしれない",
    "かもしれません",
    "少ない",
    "少なく",
    "少なか",
    "間違いなく",
    "まちがいなく",
    "まもなく",
    "間もなく",
    "だけでなく",
    "ばかりでなく",
    "のみならず",
    "なくな",
    "なくす",
    "にかかわらず",
    "に関わらず",
    "にもかかわらず",
    "危ない",
    "必ず",
    "とんでもない",
    "はかない",
    "もったいない",
    "ないし",
    "not only",
];
/// Twice negative: must.
const OBLIGATION: [&str; 12] = [
    "なければならない",
    "なければなりません",
    "なければいけない",
    "なければいけません",
    "なくてはならない",
    "なくてはなりません",
    "なくてはいけない",
    "なくてはいけません",
    "ないといけない",
    "ないといけません",
    "しかありません",
    "しかない",
];
const NEGATIVE_JA: [&str; 21] = [
    "ない",
    "ません",
    "なく",
    "なけれ",
    "なか",
    "せず",
    "れず",
    "えず",
    "わず",
    "かず",
    "めず",
    "不可",
    "不要",
    "不能",
    "無効",
    "なし",
    "無し",
    "禁止",
    "できず",
    "対象外",
    "断り",
];
const NEGATIVE_EN: [&str; 24] = [
    "not",
    "no",
    "never",
    "cannot",
    "none",
    "nobody",
    "nothing",
    "neither",
    "nor",
    "without",
    "unable",
    "impossible",
    "invalid",
    "can't",
    "won't",
    "don't",
    "doesn't",
    "isn't",
    "aren't",
    "wasn't",
    "didn't",
    "couldn't",
    "shouldn't",
    "wouldn't",
];
const NEGATIVE_OTHER: [&str; 10] = ["不", "没有", "未", "无法", "禁止", "않", "없", "못", "안 ", "아니"];

/// The words in Latin letters of a lower-case text.
pub(super) fn latin_words(lower: &str) -> Vec<String> {
    lower
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '\'')
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

/// How often a clause is negated.
pub(super) fn negations(lower: &str, latin: &[String]) -> usize {
    let mut text = lower.to_owned();
    for phrase in NOT_NEGATIVE.iter().chain(&OBLIGATION) {
        text = text.replace(phrase, " ");
    }
    let mut found = 0;
    for word in NEGATIVE_JA {
        found += text.matches(word).count();
        text = text.replace(word, " ");
    }
    let japanese = lower.chars().any(|c| matches!(c, '\u{3041}'..='\u{30ff}'));
    if !japanese {
        for word in NEGATIVE_OTHER {
            found += text.matches(word).count();
            text = text.replace(word, " ");
        }
    }
    let only = lower.contains("not only");
    (found + latin.iter().filter(|word| NEGATIVE_EN.contains(&word.as_str())).count()).saturating_sub(usize::from(only))
}
