//! Letters that are not what they look like.

use unicode_normalization::UnicodeNormalization as _;

use super::super::fold::{fold, looks_like, mark, unparted, unseen};
use super::super::ground::Ground;

/// Letters that are not what they look like, or have no business in a help desk's sentence.
pub(super) fn odd(text: &str, ground: &Ground) -> Option<String> {
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
        // Spaces of their own width, which part letters and are taken for narrow ones.
        '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{205f}' | '\u{0180}'..='\u{02af}' | '\u{02b0}'..='\u{02ff}' | '\u{1d00}'..='\u{1dbf}' | '\u{2070}'..='\u{209f}'
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

pub(super) fn latin(c: char) -> bool {
    matches!(c, '\u{00aa}'..='\u{017f}' | '\u{1e00}'..='\u{1eff}' | '\u{ff21}'..='\u{ff5a}')
}

fn hangul(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7af}')
}
