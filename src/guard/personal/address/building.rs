//! Building and room behind the numbers of a Japanese address.

use crate::guard::personal::normal::{EDGE, Text, is_hiragana, is_kanji, is_katakana};
use crate::guard::personal::told;
use crate::guard::personal::units::is_quantity;

/// What buildings are called.
const BUILDINGS: &[&str] = &[
    "ビルディング",
    "ビル",
    "マンション",
    "ハイツ",
    "コーポ",
    "アパートメント",
    "アパート",
    "荘",
    "タワー",
    "レジデンス",
    "ハウス",
    "館",
    "寮",
    "棟",
    "パレス",
    "ヒルズ",
    "コート",
    "プラザ",
    "ヴィラ",
    "ハイム",
    "団地",
    "社宅",
    "住宅",
    "メゾン",
    "フラット",
    "テラス",
    "ガーデン",
    "キャッスル",
    "ホームズ",
    "ロイヤル",
    "センター",
    "会館",
    "スクエア",
    "号室",
    "階",
    "室",
];
/// The longest building.
const BUILDING: usize = 30;
/// Hiragana that town names do not hold.
pub(super) const PARTICLES: &[&str] = &[
    "を",
    "へ",
    "です",
    "ます",
    "から",
    "まで",
    "した",
    "して",
    "ので",
    "では",
    "には",
    "とは",
    "でも",
    "だと",
    "という",
    "ですが",
    "なら",
    "って",
    "だけ",
    "など",
    "だった",
];

/// Where building and room behind a block end; the block's end if there are none.
pub(super) fn tail(text: &Text, end: usize) -> usize {
    let direct = text.any(end, &["号室", "号", "階", "室"]).unwrap_or(end);
    let gap = text.past_space(direct, true, 2);
    let comma = if matches!(text.at(gap), '、' | ',') { text.past_space(gap + 1, false, 1) } else { gap };
    let parted = comma > direct;
    let (mut good, mut named) = (direct, false);
    let mut at = comma;
    let mut digits = 0;
    while at < comma + BUILDING {
        if let Some(word) = text.any(at, BUILDINGS) {
            // A unit needs a number before it, and a name something behind which it stands or which follows.
            let unit = matches!(text.at(at), '号' | '階' | '室');
            if !unit || digits > 0 {
                named = true;
                good = word;
            }
            at = word;
            digits = 0;
            continue;
        }
        let c = text.at(at);
        let letter = is_kanji(c)
            || is_katakana(c)
            || c.is_ascii_alphabetic()
            || (parted && is_hiragana(c) && text.any(at, PARTICLES).is_none());
        let joint = matches!(c, ' ' | '・' | '-' | '\'' | '#') || (c == '\n' && named);
        if c.is_ascii_digit() {
            digits += 1;
        } else if letter || joint {
            digits = 0;
        } else {
            break;
        }
        at += 1;
        let over = !text.at(at).is_ascii_digit();
        let floor = text.any(at, &["F", "f", "号室", "号", "階"]).unwrap_or(at);
        if digits > 0 && over && (named || digits >= 2 || floor > at) && !is_counted(text, floor) {
            good = floor;
            named = true;
            at = floor;
            digits = 0;
        }
    }
    // 都庁第一本庁舎: what stands behind the space up to the end of the line belongs to the address.
    let from = good.max(comma);
    let whole = |c: char| is_kanji(c) || is_katakana(c) || c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '・');
    let rest = told::run(text, from, BUILDING, whole);
    // With hiragana in it (ららぽーと) up to the end of the line only, and if no words of a sentence are among it.
    let line = told::run(text, from, BUILDING, |c| whole(c) || is_hiragana(c));
    let wordless = (from..line).all(|at| text.any(at, PARTICLES).is_none());
    if parted && good == direct && line > rest && rest > from && wordless && matches!(text.at(line), EDGE | '\n') {
        return line;
    }
    if parted && rest > from + usize::from(good == direct) && told::ends(text, rest) {
        return (from..rest).rev().find(|at| text.at(*at) != ' ').map_or(good, |last| last + 1);
    }
    good
}

fn is_counted(text: &Text, at: usize) -> bool {
    text.at(at) != EDGE && is_quantity(text, at)
}
