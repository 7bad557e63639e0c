//! One form for what reads the same: of articles and of what a model says, so that the two can be compared and rules can be short.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::decompose_canonical;

/// A letter of a script that does not part words by spaces.
pub(super) fn unparted(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々' | '〇')
}

/// A letter of Han.
pub(super) fn han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々')
}

/// What has no width, or no look of its own, and stands between letters only to hide them.
pub(super) fn unseen(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffd}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
        || (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
}

/// Marks that are set upon letters; none is left of an ordinary word once it is composed.
pub(super) fn mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}' | '\u{fe20}'..='\u{fe2f}')
}

/// The Latin letter that a letter of another script looks like (of Unicode's confusables those with a whole alphabet to hide in).
pub(super) fn looks_like(c: char) -> Option<char> {
    const ALIKE: [(&str, char); 26] = [
        ("аαɑạ", 'a'),
        ("вβЬь", 'b'),
        ("сϲ", 'c'),
        ("ԁɗ", 'd'),
        ("еєҽε", 'e'),
        ("ғ", 'f'),
        ("ԍɡ", 'g'),
        ("һнհ", 'h'),
        ("іıιɩӏ", 'i'),
        ("јϳ", 'j'),
        ("кκ", 'k'),
        ("ⅼ", 'l'),
        ("мм", 'm'),
        ("ոпηп", 'n'),
        ("оοσօ", 'o'),
        ("рρ", 'p'),
        ("ԛ", 'q'),
        ("гг", 'r'),
        ("ѕ", 's'),
        ("тτ", 't'),
        ("υцս", 'u'),
        ("ѵν", 'v'),
        ("ԝшω", 'w'),
        ("хχ", 'x'),
        ("уγү", 'y'),
        ("ᴢ", 'z'),
    ];
    if c.is_ascii() || unparted(c) {
        return None;
    }
    let small = c.to_lowercase().next().unwrap_or(c);
    ALIKE.iter().find(|(looks, _)| looks.contains(small)).map(|(_, latin)| *latin)
}

/// A line of Markdown without its marks; of a link the words alone.
pub(super) fn plain(line: &str) -> String {
    let mut rest = line.trim().trim_start_matches(['#', '>', ' ', '|']);
    if let Some(item) = ["- ", "* ", "+ ", "・", "•", "● "].iter().find_map(|bullet| rest.strip_prefix(bullet)) {
        rest = item;
    } else {
        let after = rest.trim_start_matches(|c: char| c.is_numeric());
        if after.len() < rest.len()
            && let Some(item) = [". ", ") ", "．", "）"].iter().find_map(|end| after.strip_prefix(end))
        {
            rest = item;
        }
    }
    let mut out = String::with_capacity(rest.len());
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' | '`' | '\\' | '[' => {}
            '|' => out.push(' '),
            '_' if chars.peek() == Some(&'_') => {
                chars.next();
            }
            ']' if chars.peek() == Some(&'(') => for _ in chars.by_ref().take_while(|c| *c != ')') {},
            ']' => {}
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// Hiragana for katakana.
pub(super) fn hiragana(c: char) -> char {
    match c {
        '\u{30a1}'..='\u{30f6}' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        c => c,
    }
}

/// The form that rules are written for: NFKC, small letters without accents, hiragana, one kind of quotation mark and dash, nothing
/// unseen, no spaces beside characters that are written without.
pub(super) fn fold(text: &str) -> String {
    let mut found = String::with_capacity(text.len());
    let mut space = false;
    for c in text.nfkc().filter(|c| !unseen(*c) && !mark(*c)) {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        let spaced = space && found.chars().next_back().is_some_and(|before| !unparted(before)) && !unparted(c);
        if spaced {
            found.push(' ');
        }
        space = false;
        letter(c, &mut found);
    }
    found
}

fn letter(c: char, found: &mut String) {
    let c = match c {
        '‘' | '’' | 'ʼ' | '′' | '´' => '\'',
        '“' | '”' | '„' | '«' | '»' | '″' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '〜' | '∼' => '~',
        c => hiragana(c),
    };
    if matches!(c, '\u{00c0}'..='\u{024f}' | '\u{1e00}'..='\u{1eff}') {
        decompose_canonical(c, |part| {
            if !mark(part) {
                found.extend(part.to_lowercase());
            }
        });
        return;
    }
    match looks_like(c) {
        Some(latin) => found.push(latin),
        None => found.extend(c.to_lowercase()),
    }
}

/// Humbler and politer ways to say the same, longest first: an article says 返金します, a draft 返金いたします.
const POLITE: [(&str, &str); 28] = [
    ("させていただきます", "します"),
    ("させて頂きます", "します"),
    ("いたしかね", "しかね"),
    ("いたしております", "しています"),
    ("いたしました", "しました"),
    ("いたします", "します"),
    ("いたしません", "しません"),
    ("いたし", "し"),
    ("致し", "し"),
    ("くださいませ", "ください"),
    ("下さい", "ください"),
    ("ております", "ています"),
    ("ておりません", "ていません"),
    ("でございます", "です"),
    ("ございます", "あります"),
    ("ございません", "ありません"),
    ("いただけます", "できます"),
    ("いただけません", "できません"),
    ("頂けます", "できます"),
    ("ことができます", "できます"),
    ("ことができません", "できません"),
    ("することが", ""),
    ("出来", "でき"),
    ("なさって", "して"),
    ("されて", "して"),
    ("差し上げます", "します"),
    ("申し上げます", "します"),
    ("お客様", ""),
];

/// A folded text in the plainest polite form, letters and digits alone: for comparison only.
pub(super) fn bare(folded: &str) -> String {
    let mut text = folded.to_owned();
    for (polite, plain) in POLITE {
        if text.contains(polite) {
            text = text.replace(polite, plain);
        }
    }
    let chars: Vec<char> = text.chars().collect();
    let honorific =
        |at: usize, c: char| matches!(c, 'ご' | 'お' | '御') && chars.get(at + 1).is_some_and(|next| han(*next));
    let kept = chars.iter().enumerate().filter(|(at, c)| c.is_alphanumeric() && !honorific(*at, **c));
    kept.map(|(_, c)| *c).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_reads_the_same_is_the_same() {
        for text in ["ヘンキン　シマス", "へんきんします", "へ\u{200b}んきん しま\u{fe0f}す", "ﾍﾝｷﾝｼﾏｽ"]
        {
            assert_eq!(fold(text), "へんきんします");
        }
        assert_eq!(fold("Ｗｅ ｗｉｌｌ  rеfund"), "we will refund");
        assert_eq!(fold("Ré\u{301}f\u{336}und “it”"), "refund \"it\"");
        assert_eq!(fold("환불 가능"), "환불 가능");
        assert_eq!(bare(&fold("ご返金いたします。")), bare(&fold("返金します")));
        assert_eq!(bare(&fold("ご確認いただけます")), bare(&fold("確認できます")));
    }

    #[test]
    fn marks_of_markdown_go() {
        assert_eq!(plain("- **箱**：[手順](a.md)を見る"), "箱：手順を見る");
        assert_eq!(plain("12. 開く"), "開く");
        assert_eq!(plain("| 靴 | 30日 |"), "靴   30日");
        assert_eq!(plain("30日です"), "30日です");
    }

    proptest! {
        #[test]
        fn anything_can_be_folded(text in "(\\PC|[\u{0300}\u{200b}か゛が]){0,80}") {
            let once = fold(&plain(&text));
            prop_assert!(!once.chars().any(unseen));
            let _ = bare(&once);
        }
    }
}
