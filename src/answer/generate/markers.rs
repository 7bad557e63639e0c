//! Markers: which passage a sentence rests on, as `[1]` or `[1][3]`.

/// Digits of a marker, at most; a longer number is none.
const DIGITS: usize = 6;

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    /// A marker, with its numbers and the place after it.
    Marker(Vec<usize>, usize),
    /// Something else.
    Other,
    /// It could still become a marker: more has to be read.
    Open,
}

/// Whether a marker stands at `at`: `[1]`, `[1, 3]`, `［１］`, `【1】`. A link, `[1](…)`, is none. When the text goes on (`ended` is
/// false), what follows the bracket must have been read before it is known.
pub(super) fn marker(chars: &[char], at: usize, ended: bool) -> At {
    let open = if ended { At::Other } else { At::Open };
    let close = match chars.get(at) {
        Some('[') => ']',
        Some('［') => '］',
        Some('【') => '】',
        Some(_) => return At::Other,
        None => return open,
    };
    let (mut numbers, mut digits, mut place) = (Vec::new(), String::new(), at + 1);
    loop {
        let Some(&c) = chars.get(place) else { return open };
        if let Some(digit) = digit(c) {
            digits.push(digit);
        } else if matches!(c, ',' | '、' | '，' | ' ') || c == close {
            if let Ok(number) = digits.parse() {
                numbers.push(number);
                digits.clear();
            } else if c != ' ' {
                return At::Other;
            }
        } else {
            return At::Other;
        }
        if digits.len() > DIGITS || place - at > 4 * DIGITS {
            return At::Other;
        }
        place += 1;
        if c == close {
            break;
        }
    }
    match chars.get(place) {
        Some('(') if close == ']' => At::Other,
        None if !ended => At::Open,
        _ if numbers.is_empty() => At::Other,
        _ => At::Marker(numbers, place),
    }
}

/// A text without its markers, and their numbers, ascending, each once.
pub(super) fn take(text: &[char]) -> (String, Vec<usize>) {
    let (mut words, mut numbers, mut at) = (String::with_capacity(text.len()), Vec::new(), 0);
    while at < text.len() {
        match marker(text, at, true) {
            At::Marker(found, after) => {
                numbers.extend(found);
                at = after;
                // "30 days [1]." reads "30 days." without it.
                let closing = |c: &char| matches!(c, '.' | ',' | '!' | '?' | '。' | '、') || c.is_whitespace();
                if text.get(at).is_none_or(closing) {
                    words.truncate(words.trim_end().len());
                }
            }
            At::Other | At::Open => {
                words.extend(text.get(at));
                at += 1;
            }
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    (words.trim_end().to_owned(), numbers)
}

fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c).wrapping_sub(u32::from('０')), 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str) -> (String, Vec<usize>) {
        take(&text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn markers_are_taken_out() {
        assert_eq!(taken("返品は30日以内です[1]。"), ("返品は30日以内です。".to_owned(), vec![1]));
        assert_eq!(taken("返品は30日以内です。[3][1]"), ("返品は30日以内です。".to_owned(), vec![1, 3]));
        assert_eq!(taken("It is free [1, 12]."), ("It is free.".to_owned(), vec![1, 12]));
        assert_eq!(taken("無料です【２】［３］"), ("無料です".to_owned(), vec![2, 3]));
        assert_eq!(taken("| a | b [1] |"), ("| a | b |".to_owned(), vec![1]));
        assert_eq!(taken("[1] It is free."), (" It is free.".to_owned(), vec![1]));
    }

    #[test]
    fn what_is_no_marker_stays() {
        for text in
            ["[1](https://a.example)", "[none]", "[]", "[ ]", "[1", "[1a]", "[1234567890]", "【注文履歴】", "[,]"]
        {
            assert_eq!(taken(text), (text.to_owned(), vec![]), "{text}");
        }
    }
}
