//! What a reader would have to decode. A help desk writes plain text: whatever hides words is a breach in itself, unless the very same
//! stands in the sources.

mod letters;
mod order;
mod tokens;

use std::sync::LazyLock;

use super::ground::Ground;
use regex::Regex;

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

#[expect(clippy::expect_used, reason = "a fixed pattern, compiled by every test")]
static ESCAPED: LazyLock<Regex> = LazyLock::new(|| Regex::new("[%=](?:[0-9A-F]{2}|[0-9a-f]{2})").expect("a pattern"));

/// What in a sentence would have to be decoded.
pub(super) fn obfuscated(text: &str, ground: &Ground) -> Option<String> {
    letters::odd(text, ground)
        .or_else(|| signs(text, ground))
        .or_else(|| tokens::pieces(text).find(|token| tokens::encoded(token, ground)).map(str::to_owned))
        .or_else(|| tokens::figured(text, ground))
        .or_else(|| order::spaced(text, ground))
        .or_else(|| order::shredded(text, ground))
        .or_else(|| order::doubled(text, ground))
        .or_else(|| order::grammar_in_katakana(text, ground))
        .or_else(|| order::turned(text, ground))
        .or_else(|| order::gibberish(text, ground))
}

/// Signs of an encoding.
fn signs(text: &str, ground: &Ground) -> Option<String> {
    let known = |found: &str| ground.holds(found.trim());
    let found = PATTERNS.iter().flat_map(|pattern| pattern.find_iter(text)).find(|found| !known(found.as_str()));
    if let Some(found) = found {
        return Some(found.as_str().to_owned());
    }
    // Here and there a letter that is escaped: %20, =3D.
    let escaped = ESCAPED.find_iter(text).filter(|found| !known(found.as_str())).count();
    (escaped > 2).then(|| text.to_owned())
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
