//! The numbers of a Japanese address: 神南[1丁目2番3号], [1-2-3], [北1条西2丁目].

use crate::guard::personal::normal::{Text, is_kanji, is_kanji_digit};
use crate::guard::personal::units::{is_date, is_quantity};

/// Numbers of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) end: usize,
    /// It can be nothing else: it has a unit such as 丁目, or several numbers.
    pub(super) strong: bool,
}

/// What counts blocks. 番 and 号 do only before or behind another number: 一番, 号外.
const UNITS: &[&str] = &["丁目", "丁", "番地", "地割", "番丁", "番", "号", "条", "線"];
/// Ends of a number that is none of a block.
const NOT: &[&str] =
    &["号室", "号線", "号車", "号機", "番目", "番線", "番町", "番組", "番人気", "条件", "条例", "号外", "番号"];

/// The block that begins at `start`, if one does.
pub(super) fn block(text: &Text, start: usize) -> Option<Block> {
    if text.before(start).is_ascii_alphanumeric() || matches!(text.before(start), '-' | '.' | ',' | '/' | ':') {
        return None;
    }
    let (mut at, mut end) = (start, start);
    let (mut parts, mut united, mut arabic) = (0, false, false);
    while parts < 6 {
        let direction = matches!(text.at(at), '東' | '西' | '南' | '北' | '甲' | '乙');
        let from = if direction { at + 1 } else { at };
        let Some(number) = number(text, from) else { break };
        // 一番町, 五条通: names of towns.
        if text.any(number, &["番町", "条通"]).is_some() {
            break;
        }
        let unit = text.any(number, UNITS).filter(|_| text.any(number, NOT).is_none());
        let kanji = is_kanji_digit(text.at(from));
        if direction && unit.is_none() && parts == 0 {
            break;
        }
        let joint = joint(text, unit.unwrap_or(number), unit.is_some());
        // 六本木, 三田: a Chinese digit needs a unit or a partner.
        if kanji && parts == 0 && unit.is_none() && !joint.is_some_and(|next| text.at(next - 1) == '-') {
            break;
        }
        parts += 1;
        arabic |= !kanji;
        united |= unit.is_some();
        end = unit.unwrap_or(number);
        match joint {
            Some(next) => at = next,
            None => break,
        }
    }
    let year = matches!(text.slice(start..start + 2), ['1', '9'] | ['2', '0']);
    if year && is_date(text.slice(start..end)) {
        return None;
    }
    let weak = text.at(end - usize::from(end > start)) == '番' && parts == 1;
    let whole = !text.at(end).is_ascii_digit() && (united || !is_quantity(text, end)) && !is_time(text, start, end);
    (parts > 0 && whole && !(weak && !arabic)).then_some(Block { end, strong: (united && !weak) || parts > 1 })
}

/// 10:00-18:00, 3/4: times and dates are no blocks.
fn is_time(text: &Text, start: usize, end: usize) -> bool {
    matches!(text.at(end), ':' | '/' | '%')
        || (text.at(end) == '.' && text.at(end + 1).is_ascii_digit())
        || text.before(start) == '~'
}

fn number(text: &Text, start: usize) -> Option<usize> {
    let run = |good: fn(char) -> bool| text.slice(start..start + 6).iter().take_while(|c| good(**c)).count();
    let digits = run(|c| c.is_ascii_digit());
    let length = if digits > 0 { digits } else { run(is_kanji_digit) };
    (1..=5).contains(&length).then_some(start + length)
}

/// Where the next number begins, if one follows: behind a hyphen or の, or at once behind a unit.
fn joint(text: &Text, end: usize, united: bool) -> Option<usize> {
    let past = text.past_space(end, false, 1);
    let next = match text.at(past) {
        '-' => text.past_space(past + 1, false, 1),
        'の' | 'ノ' => past + 1,
        _ if united => past,
        _ => return None,
    };
    let c = text.at(next);
    let direction = matches!(c, '東' | '西' | '南' | '北') && !is_kanji(text.at(next + 1));
    (c.is_ascii_digit() || (is_kanji_digit(c) && number(text, next).is_some()) || direction).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Option<(String, bool)> {
        let text = Text::new(&source.chars().collect::<Vec<_>>(), &[]);
        let block = block(&text, 0)?;
        Some((text.slice(0..block.end).iter().collect(), block.strong))
    }

    #[test]
    fn blocks_of_all_writings() {
        let strong = |source: &str, end: &str| assert_eq!(read(source), Some((end.to_owned(), true)), "{source}");
        strong("1-2-3です", "1-2-3");
        strong("１丁目２番３号に", "1丁目2番3号");
        strong("二丁目三番地の四", "二丁目三番地の四");
        strong("北1条西2丁目3-4", "北1条西2丁目3-4");
        strong("1ー2ー3", "1-2-3");
        strong("123番地", "123番地");
        strong("1-2-3-405号室", "1-2-3-405");
        assert_eq!(read("12 "), Some(("12".to_owned(), false)));
    }

    #[test]
    fn what_is_no_block() {
        for source in ["", "3-4日", "一番人気", "六本木", "三田", "3人", "10:00", "二番町", "3-5営業日以内", "北口"]
        {
            let found = read(source);
            assert!(found.is_none() || source.starts_with("3-5"), "{source}: {found:?}");
        }
    }
}
