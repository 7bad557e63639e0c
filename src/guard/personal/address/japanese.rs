//! Japanese addresses: 〒, prefecture, municipality, town, block, building and room, as far as they are there.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::block::{Block, block};
use super::building::{PARTICLES, tail};
use crate::guard::personal::View;
use crate::guard::personal::cues::Cue;
use crate::guard::personal::normal::{Text, is_hiragana, is_kanji, is_katakana};
use crate::guard::personal::told;

/// The 47 prefectures (地方自治法, ISO 3166-2:JP).
const PREFECTURES: &str = "北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|神奈川県|新潟県|富山県|\
石川県|福井県|山梨県|長野県|岐阜県|静岡県|愛知県|三重県|滋賀県|京都府|大阪府|兵庫県|奈良県|和歌山県|鳥取県|島根県|岡山県|広島県|山口県|徳島県|香川県|\
愛媛県|高知県|福岡県|佐賀県|長崎県|熊本県|大分県|宮崎県|鹿児島県|沖縄県";

/// Municipalities whose names are written in hiragana, in whole or at the end: elsewhere hiragana before 市 is a particle.
const KANA: &[&str] = &[
    "さいたま",
    "つくば",
    "いわき",
    "うるま",
    "ひたちなか",
    "かすみがうら",
    "みどり",
    "あきる野",
    "むつ",
    "つがる",
    "にかほ",
    "ふじみ野",
    "さくら",
    "いすみ",
    "みよし",
    "あま",
    "いなべ",
    "たつの",
    "みやま",
    "うきは",
    "あわら",
    "かほく",
    "さぬき",
    "えびの",
    "つくばみらい",
    "かつらぎ",
    "おおい",
    "せたな",
    "みなべ",
    "すさみ",
];
/// Words before a municipality that are no part of its name.
const BEFORE: &[&str] = &[
    "現住所",
    "新住所",
    "旧住所",
    "住所",
    "自宅",
    "お届け先",
    "届け先",
    "届先",
    "配送先",
    "送付先",
    "発送先",
    "送り先",
    "宛先",
    "所在地",
    "勤務先",
    "実家",
    "会社",
    "転居先",
    "引越先",
    "現在",
];
/// The longest way from a municipality to its block.
const TOWN: usize = 34;

static PREFECTURE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PREFECTURES).ok());

/// All addresses, none over another.
pub(super) fn find(view: &View) -> Vec<Range<usize>> {
    let text = &view.text;
    let mut found: Vec<Range<usize>> = Vec::new();
    let prefectures = PREFECTURE.iter().flat_map(|pattern| pattern.find_iter(text.plain()));
    for prefecture in prefectures {
        let (start, end) = (text.char_at_byte(prefecture.start()), text.char_at_byte(prefecture.end()));
        found.extend(with_prefecture(text, start, end));
    }
    for at in 0..text.len() {
        if matches!(text.at(at), '市' | '区' | '郡' | '町' | '村') {
            found.extend(with_municipality(text, at));
        }
    }
    for at in view.cues.iter().filter(|at| at.cue == Cue::Address) {
        found.extend(with_word(text, at.end));
    }
    found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut last = 0;
    found.retain(|range| {
        let free = range.start >= last;
        last = last.max(range.end);
        free
    });
    found
}

fn with_prefecture(text: &Text, start: usize, end: usize) -> Option<Range<usize>> {
    let head = postcode(text, start);
    let town = to_block(text, end, true);
    if let Some((block, true)) = town {
        let single = !block.strong && text.at(block.end).is_alphanumeric() && !told::ends(text, block.end);
        if !single || text.any(block.end, &["に", "へ", "の", "で"]).is_some() {
            return Some(head..tail(text, block.end));
        }
    }
    // With a postal code before it, 東京都渋谷区神南 is meant for the post too.
    let bare = told::run(text, end, TOWN, |c| is_kanji(c) || is_katakana(c) || c == ' ');
    let bare = (end..bare).rev().find(|at| text.at(*at) != ' ').map_or(end, |last| last + 1);
    let municipal = text.slice(end..bare).iter().skip(1).any(|c| is_municipal(*c));
    (head < start && municipal).then_some(head..bare)
}

/// 渋谷区神南1-2-3: `at` is 区.
fn with_municipality(text: &Text, at: usize) -> Option<Range<usize>> {
    const NOT: &[&str] = &[
        "区分", "区間", "区別", "区画", "市販", "市場", "市況", "市民", "市価", "町内", "町中", "村内", "市内", "区内",
    ];
    const WITHIN: &[char] = &['地', '校', '学', '街', '全', '都', '各', '当', '同', '他', '毎'];
    if text.any(at, NOT).is_some() || WITHIN.contains(&text.before(at)) {
        return None;
    }
    let start = name(text, at)?;
    let (block, municipal) = to_block(text, at + 1, true)?;
    // 京都市左京区岡崎円勝寺町124: one number will do where two municipalities lead to it.
    let lone = || municipal && (told::ends(text, block.end) || text.any(block.end, &["に", "へ"]).is_some());
    (block.strong || lone()).then(|| postcode(text, start)..tail(text, block.end))
}

/// Where the name of a municipality begins that ends at `end`.
fn name(text: &Text, end: usize) -> Option<usize> {
    let kana = KANA.iter().filter_map(|kana| {
        let start = end.checked_sub(kana.chars().count())?;
        text.reads(start, kana).then_some(start)
    });
    if let Some(start) = kana.min() {
        return Some(start);
    }
    let back = (0..7).take_while(|back| end > *back && in_name(text.at(end - back - 1))).count();
    let mut start = end - back;
    for word in BEFORE {
        let length = word.chars().count();
        if let Some(at) = (start..end).find(|at| at + length < end && text.reads(*at, word)) {
            start = at + length;
        }
    }
    (start < end && back < 7).then_some(start)
}

fn in_name(c: char) -> bool {
    is_kanji(c) || matches!(c, 'ヶ' | 'ケ' | 'ツ' | 'ノ')
}

fn is_municipal(c: char) -> bool {
    matches!(c, '市' | '区' | '町' | '村' | '郡')
}

/// 住所は神南1-2-3です.
fn with_word(text: &Text, end: usize) -> Option<Range<usize>> {
    let start = told::value(text, end)?.start;
    let town = told::run(text, start, 12, |c| is_kanji(c) || is_katakana(c) || is_hiragana(c));
    let (block, _) = to_block(text, start, false).filter(|(block, _)| block.strong)?;
    (town > start && is_kanji(text.at(start))).then(|| postcode(text, start)..tail(text, block.end))
}

/// The block that a town leads to, and whether a municipality is named on the way.
fn to_block(text: &Text, start: usize, lone: bool) -> Option<(Block, bool)> {
    let mut municipal = false;
    let mut spaces = 0;
    for at in start..start + TOWN {
        let c = text.at(at);
        if at > start
            && let Some(block) = block(text, at)
            && (block.strong || (lone && municipal && !is_hiragana(text.before(at))))
        {
            return Some((block, municipal));
        }
        match c {
            ' ' | '\n' | '、' => spaces += 1,
            c if is_kanji(c) || is_katakana(c) => municipal |= at > start && is_municipal(c),
            c if is_hiragana(c) => {
                let particle = at <= start && matches!(c, 'の' | 'に' | 'は' | 'が' | 'で' | 'と' | 'も' | 'や');
                if particle || text.any(at, PARTICLES).is_some() {
                    return None;
                }
            }
            // 学校町通1番町
            c if c.is_ascii_digit() && at > start && text.any(at + 1, &["番町", "条通"]).is_some() => {}
            _ => return None,
        }
        if spaces > 4 {
            return None;
        }
    }
    None
}

/// Where the postal code before an address begins, with its mark; the address itself if there is none.
fn postcode(text: &Text, start: usize) -> usize {
    let back =
        (0..3).take_while(|back| start > *back && matches!(text.at(start - back - 1), ' ' | '\n' | '、' | ',')).count();
    let end = start - back;
    for hyphen in [1, 0] {
        let Some(begin) = end.checked_sub(7 + hyphen) else { continue };
        let digits = |range: Range<usize>| text.slice(range).iter().all(char::is_ascii_digit);
        let joined = hyphen == 0 || text.at(begin + 3) == '-';
        if digits(begin..begin + 3) && joined && digits(end - 4..end) && !text.before(begin).is_ascii_alphanumeric() {
            let mark = (1..=2).map(|back| begin.saturating_sub(back)).find(|at| text.at(*at) == '〒');
            return mark.unwrap_or(begin);
        }
    }
    // 〒 alone, or an opaque thing: nothing to take in.
    start
}
