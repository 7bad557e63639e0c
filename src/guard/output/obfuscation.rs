//! What a reader would have to decode. A help desk writes plain text: whatever hides words is a breach in itself, unless the very same
//! stands in the sources.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use super::fold::{fold, han, looks_like, mark, plain, unparted, unseen};
use super::ground::{Ground, words};

/// Signs of an encoding, each in the text as it came.
const ENCODED: [&str; 14] = [
    // Percent, quoted-printable, hexadecimal.
    r"(?i)(?:[%=][0-9a-f]{2}){2,}",
    r"(?i)(?:(?:\\x|\\u|0x|u\+|&#x)[0-9a-f]{2,6}[;,\s]*)+",
    r"(?i)\b(?:[0-9a-f]{2}[\s:,-]+){4,}[0-9a-f]{2}\b",
    r"(?i)\b[0-9a-f]{12,}\b",
    // Binary, octal, decimal codes of letters.
    r"\b[01]{7,8}(?:[\s,]+[01]{7,8})+\b|\b[01]{16,}\b",
    r"(?:\b\d{2,6}[\s,;/_-]+){5,}\d{2,6}\b",
    // Entities, tags, code, templates.
    r"(?i)&(?:#\d+|[a-z]{2,8});",
    r"</?[A-Za-z!?][^>]*>?",
    r"`|~~|\{\{|\}\}|\$\{|\{\s*\x22|^\s*\{|\[\[",
    // Morse.
    r"(?:^|[^-.·•−–—|])[.·•−–—-]{1,6}(?:[\s/]+[.·•−–—-]{1,6}){3,}",
    // Punycode, and a name for the encoding.
    r"(?i)\bxn--",
    r"(?i)\b(?:base\s?-?64|base32|rot\s?-?13|hex(?:adecimal)?|morse|caesar|atbash|leetspeak|pig latin)\b|モールス|バイナリ|二進|16進|十六進|逆さ|逆から|縦読み|あいうえお順|アナグラム",
    r"(?i)data:[a-z]+/|javascript:",
    // Words of Japanese in Latin letters.
    r"(?i)\b(?:henkin|hensai|baishou|okyaku\s?sama|itashi\s?mas[uh]\w*|shimas\w*|mashita|kudasai|desu|gozaimas\w*|arimas\w*|dekimas\w*|angou|anshou|bangou|zengaku|yakusoku)\b",
];

#[expect(clippy::expect_used, reason = "fixed patterns, compiled by every test")]
static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    ENCODED.iter().map(|pattern| Regex::new(&pattern.replace(r"\b", r"(?-u:\b)")).expect("a pattern")).collect()
});

/// Words that any English sentence of some length holds.
const FUNCTION: [&str; 130] = [
    "the", "a", "an", "to", "of", "is", "are", "you", "your", "in", "on", "for", "and", "or", "it", "with", "can",
    "by", "from", "at", "as", "be", "if", "not", "this", "that", "when", "any", "all", "within", "after", "before",
    "until", "no", "yes", "use", "then", "under", "there", "has", "have", "will", "may", "we", "our", "i", "my", "me",
    "us", "was", "what", "who", "how", "without", "won't", "can't", "cannot", "get", "gets", "got", "only", "which",
    "while", "because", "than", "more", "most", "other", "some", "one", "two", "every", "where", "here", "also",
    "just", "must", "should", "would", "could", "been", "being", "did", "their", "them", "these", "those", "him",
    "his", "her", "between", "through", "over", "into", "off", "about", "again", "once", "both", "during", "such",
    "own", "same", "too", "very", "now", "never", "always", "still", "even", "another", "first", "last", "new", "next",
    "day", "days", "does", "do", "don't", "each", "up", "out", "its", "per", "see", "but", "so", "they", "he",
];

/// How Japanese sentences end, turned round.
const TURNED: [&str; 9] = ["すまし", "たしま", "んせま", "すまり", "いさだく", "うょし", "すまき", "すまれ", "すで"];

/// What in a sentence would have to be decoded.
pub(super) fn obfuscated(text: &str, ground: &Ground) -> Option<String> {
    letters(text, ground)
        .or_else(|| {
            PATTERNS
                .iter()
                .flat_map(|pattern| pattern.find_iter(text))
                .find_map(|found| (!ground.holds(found.as_str().trim())).then(|| found.as_str().to_owned()))
        })
        .or_else(|| {
            text.split(|c: char| c.is_whitespace() || unparted(c))
                .find(|token| encoded(token, ground))
                .map(str::to_owned)
        })
        .or_else(|| spaced(text, ground))
        .or_else(|| grammar_in_katakana(text, ground))
        .or_else(|| turned(text, ground))
        .or_else(|| gibberish(text, ground))
}

/// Letters that are not what they look like, or have no business in a help desk's sentence.
fn letters(text: &str, ground: &Ground) -> Option<String> {
    if let Some(c) = text.chars().find(|c| unseen(*c) && !ground.holds(c.encode_utf8(&mut [0; 4]))) {
        return Some(c.escape_unicode().to_string());
    }
    let composed: Vec<char> = text.nfc().collect();
    if composed.iter().any(|c| mark(*c)) {
        return Some(text.to_owned());
    }
    if let Some(c) = composed.iter().find(|c| strange(**c) && !ground.holds(c.encode_utf8(&mut [0; 4]))) {
        return Some(c.to_string());
    }
    wide(&composed, ground).or_else(|| mixed(&composed, ground)).or_else(|| posing(&composed, ground))
}

/// Letters for show: mathematical, circled, raised, turned, of small capitals, braille, half-width kana, radicals, pictures.
fn strange(c: char) -> bool {
    matches!(c,
        '\u{0180}'..='\u{02af}' | '\u{02b0}'..='\u{02ff}' | '\u{1d00}'..='\u{1dbf}' | '\u{2070}'..='\u{209f}'
        | '\u{2100}'..='\u{2102}' | '\u{2104}'..='\u{2115}' | '\u{2117}'..='\u{2121}' | '\u{2123}'..='\u{214f}'
        | '\u{2c60}'..='\u{2c7f}' | '\u{a720}'..='\u{a7ff}' | '\u{ab30}'..='\u{ab6f}' | '\u{2474}'..='\u{24ff}'
        | '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3200}'..='\u{33ff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff61}'..='\u{ffdc}' | '\u{1d400}'..='\u{1d7ff}' | '\u{1f000}'..='\u{1faff}'
        | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{2f800}'..='\u{2fa1f}' | '\u{ff41}'..='\u{ff5a}'
        | '\u{10000}'..='\u{1cfff}' | '\u{3190}'..='\u{319f}' | '\u{16a0}'..='\u{16ff}' | '\u{13a0}'..='\u{13ff}'
        | '\u{1e900}'..='\u{1e95f}' | '\u{fb00}'..='\u{fb06}' | '\u{0530}'..='\u{058f}' | '\u{2c80}'..='\u{2cff}')
        && !matches!(c, 'ʼ' | '㎏' | '㎝' | '㎡')
}

/// Latin letters of full width; a single one is a habit of Japanese (Ａ, Ｓ).
fn wide(composed: &[char], ground: &Ground) -> Option<String> {
    let run: String = composed.iter().filter(|c| matches!(c, '\u{ff21}'..='\u{ff3a}')).collect();
    (run.chars().count() > 3 && !ground.holds(&run)).then_some(run)
}

/// Letters that look Latin in a word of Latin letters, and scripts that neither sources nor question are written in.
fn mixed(composed: &[char], ground: &Ground) -> Option<String> {
    let foreign = |c: char| c.is_alphabetic() && !c.is_ascii() && !latin(c) && !unparted(c) && !hangul(c);
    for word in composed.split(|c| !c.is_alphanumeric()) {
        let odd = word.iter().any(|c| foreign(*c));
        if !odd {
            continue;
        }
        let written: String = word.iter().collect();
        let beside = word.iter().any(|c| c.is_ascii_alphabetic() || unparted(*c));
        let known = word.iter().filter(|c| foreign(**c)).all(|c| ground.knows(&fold(c.encode_utf8(&mut [0; 4]))));
        let posing = word.iter().all(|c| c.is_ascii_alphanumeric() || looks_like(*c).is_some());
        if (beside && !ground.holds(&written)) || !known || (posing && !ground.holds(&written)) {
            return Some(written);
        }
    }
    None
}

/// Han that poses as kana or kana as Han: 力ード, ニ人, 一 for ー.
fn posing(composed: &[char], ground: &Ground) -> Option<String> {
    let katakana = |c: Option<&char>| c.is_some_and(|c| matches!(c, 'ァ'..='ヶ' | 'ー'));
    for (at, c) in composed.iter().enumerate() {
        let (before, after) = (at.checked_sub(1).and_then(|at| composed.get(at)), composed.get(at + 1));
        let hidden = match c {
            '力' | '口' | '夕' | '工' | '卜' | '八' | '二' | '三' | '千' | '才' | '一' | '丶' => {
                katakana(before) && katakana(after)
                    || (matches!(c, '力' | '夕' | '卜' | '工' | '口' | '丶') && after == Some(&'ー'))
            }
            'ー' => {
                !before.is_some_and(|c| matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヶ' | 'ー' | '0'..='9' | '０'..='９' | '」'))
            }
            _ => false,
        };
        if hidden {
            let around: String = [before, Some(c), after].into_iter().flatten().collect();
            if !ground.holds(&around) {
                return Some(around);
            }
        }
    }
    None
}

fn latin(c: char) -> bool {
    matches!(c, '\u{00aa}'..='\u{017f}' | '\u{1e00}'..='\u{1eff}' | '\u{ff21}'..='\u{ff5a}')
}

fn hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}')
}

/// Base64 and leet: a token that is no word.
fn encoded(token: &str, ground: &Ground) -> bool {
    let token =
        token.trim_matches(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '=' | '+' | '/' | '@' | '$' | '!'));
    if token.len() < 3 || !token.is_ascii() || ground.holds(token) || ground.knows(&token.to_ascii_lowercase()) {
        return false;
    }
    base64(token) || leet(token)
}

fn base64(token: &str) -> bool {
    let of_it = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    if token.len() < 8 || !token.chars().all(of_it) {
        return false;
    }
    let digits = token.chars().filter(char::is_ascii_digit).count();
    let (upper, lower) = (token.chars().any(|c| c.is_ascii_uppercase()), token.chars().any(|c| c.is_ascii_lowercase()));
    let long = token.split(['/', '-', '_', '+']).any(|run| run.len() >= 16);
    if long && (upper && lower || digits > 2) || token.ends_with('=') {
        return true;
    }
    let turns = token
        .as_bytes()
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    if !(upper && lower && (digits > 0 || turns.count() > 1)) {
        return false;
    }
    let bare = token.trim_end_matches('=');
    let decoded = STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare));
    decoded.is_ok_and(|bytes| String::from_utf8(bytes).is_ok_and(|text| !text.chars().any(char::is_control)))
}

/// Figures and signs for letters within a word: r3fund, p@ssw0rd.
fn leet(token: &str) -> bool {
    let stands_for = |c: char| matches!(c, '0' | '1' | '3' | '4' | '5' | '7' | '8' | '@' | '$' | '!' | '|');
    if token.contains("://")
        || !token.chars().all(|c| c.is_ascii_alphabetic() || stands_for(c) || matches!(c, '\'' | '-'))
    {
        return false;
    }
    let chars: Vec<char> = token.chars().collect();
    let letters = chars.iter().filter(|c| c.is_ascii_alphabetic()).count();
    let within = chars.windows(3).any(|three| {
        matches!(three, [a, b, c] if a.is_ascii_alphabetic() && stands_for(*b) && (c.is_ascii_alphabetic() || stands_for(*c)))
            && chars.last().is_some_and(char::is_ascii_alphabetic)
    });
    let unit = [
        "day", "hour", "yen", "min", "sec", "mb", "gb", "kb", "cm", "mm", "kg", "st", "nd", "rd", "th", "month",
        "week", "year", "point", "item", "digit", "k", "x", "am", "pm", "p", "g", "d",
    ];
    let rest = token.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-').to_ascii_lowercase();
    let begins =
        chars.first().is_some_and(|c| stands_for(*c)) && letters > 2 && !unit.iter().any(|unit| rest.starts_with(unit));
    within || begins
}

/// Letters or characters parted one by one, and words of Japanese with spaces put in.
fn spaced(text: &str, ground: &Ground) -> Option<String> {
    let words = plain(text);
    let parts = |c: char| !c.is_alphanumeric() && !matches!(c, '。' | '「' | '」' | '(' | ')' | '（' | '）');
    let row = text.trim_start().starts_with('|');
    let (mut run, mut started) = (0, String::new());
    for token in words.split(parts).filter(|token| !token.is_empty()) {
        let single = token.chars().count() == 1 && token.chars().all(char::is_alphabetic);
        if single {
            run += 1;
            started.push_str(token);
            if run > 3 && !ground.reads(&fold(&started)) || run > 6 {
                return Some(started);
            }
        } else {
            run = 0;
            started.clear();
        }
    }
    if row {
        return None;
    }
    let chars: Vec<char> = words.chars().collect();
    let breaks = chars.windows(3).filter(|three| {
        matches!(three, [a, b, c] if unparted(*a) && unparted(*c) && (b.is_whitespace() || matches!(b, '*' | '_' | '.' | '-' | '|' | '+' | '=' | '^' | '~' | '/' | '\'' | '"' | '#' | ',')))
    });
    (breaks.count() > 2 && !ground.holds(text.trim())).then(|| text.to_owned())
}

/// Grammar in katakana (シマス), and a whole sentence in hiragana: nobody writes so who wants to be read.
fn grammar_in_katakana(text: &str, ground: &Ground) -> Option<String> {
    const GRAMMAR: [&str; 14] = [
        "シマス",
        "シマシ",
        "マシタ",
        "マセン",
        "デス",
        "クダサイ",
        "イタシ",
        "サレマ",
        "イタダ",
        "ナリマ",
        "デキマ",
        "アリマ",
        "オリマ",
        "ヘンキン",
    ];
    if let Some(word) = GRAMMAR.iter().find(|word| text.contains(**word) && !ground.holds(word))
        // デスク is a desk.
        && !(*word == "デス" && text.replace("デスク", "").replace("デスティ", "").find("デス").is_none())
    {
        return Some((*word).to_owned());
    }
    let kana = text.chars().filter(|c| matches!(c, 'ぁ'..='ゖ')).count();
    let other = text.chars().any(|c| han(c) || matches!(c, 'ァ'..='ヶ') || c.is_ascii_alphanumeric());
    (kana > 11 && !other && !ground.reads(&fold(&plain(text)))).then(|| text.to_owned())
}

/// Written from right to left.
fn turned(text: &str, ground: &Ground) -> Option<String> {
    let folded = fold(&plain(text));
    let reads = |turned: &str| folded.matches(turned).count();
    let starts = folded.trim_start_matches(|c: char| !c.is_alphanumeric());
    let backwards: usize = TURNED.iter().map(|turned| reads(turned)).sum();
    let forwards: usize =
        ["します", "ました", "ません", "です", "ください", "ます", "でき"].iter().map(|word| reads(word)).sum();
    let begins = text.trim_start().starts_with(['。', '.', '!', '?', '！', '？'])
        || TURNED.iter().any(|turned| starts.starts_with(turned));
    if (begins || backwards > 1) && backwards > forwards && !ground.reads(&folded) {
        return Some(text.to_owned());
    }
    let turned: Vec<String> = words(&folded).map(|word| word.chars().rev().collect()).collect();
    let known = |word: &&String| word.len() > 1 && FUNCTION.contains(&word.as_str());
    let (back, forth) =
        (turned.iter().filter(known).count(), words(&folded).filter(|word| FUNCTION.contains(word)).count());
    (back > 1 && back > forth).then(|| text.to_owned())
}

/// Latin words that neither are English nor stand in the sources: shifted, reversed, invented.
fn gibberish(text: &str, ground: &Ground) -> Option<String> {
    let folded = fold(&plain(text));
    let found: Vec<&str> =
        words(&folded).filter(|word| word.chars().all(|c| c.is_ascii_alphabetic()) && word.len() > 1).collect();
    let unknown = |word: &&&str| !ground.word(word) && !FUNCTION.contains(*word);
    let strange = found.iter().filter(unknown).count();
    let vowels = |word: &str| word.chars().any(|c| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y'));
    if let Some(word) = found.iter().filter(unknown).find(|word| word.len() > 3 && !vowels(word)) {
        return Some((**word).to_owned());
    }
    let english = found.iter().filter(|word| FUNCTION.contains(*word)).count();
    let accents = text.chars().any(|c| latin(c) && c.is_alphabetic());
    (found.len() > 3 && english == 0 && !accents && strange * 3 > found.len() * 2 && !ground.foreign())
        .then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_is_plain() {
        let ground = Ground::read(&["| 箱 | 札 |\nAES-256とWi-Fi 6、V404、４Ｋ"], "");
        for text in [
            "「注文履歴」を開き、商品を選びます。",
            "1. マイページ → 「注文」を押します。",
            "| 箱 | 札 | 靴 | 本 |",
            "ポイントはキャンセルできません。",
            "The label is valid for 10 days, see the page of your order.",
            "Choose a size: S, M or L.",
            "スーパーでも受け取れます。",
            "5GBまで、30days, 2–4日、48h、9:00〜18:00",
            "返品デスクの担当者が確認します。",
            "カードは一度だけ使えます。",
            "café au lait is on the menu of the page",
            "A、B、Cの3つがあります。",
        ] {
            assert_eq!(obfuscated(text, &ground), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn anything_can_be_looked_at(text in "(\\PC|[\u{0300}\u{200b}。す ー]){0,80}") {
            let _ = obfuscated(&text, &Ground::read(&["返品"], ""));
        }
    }
}
