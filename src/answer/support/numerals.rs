//! Numbers as they are written: digits, Han numerals, English words.

/// Reads a number in digits at `at`: 1,500 and 1500, 3.5, 3万, 2百万. Gives its value and the place after it.
pub(super) fn digits(chars: &[char], at: usize) -> Option<(f64, usize)> {
    let mut end = at;
    let mut text = String::new();
    while let Some(&c) = chars.get(end) {
        let next = chars.get(end + 1);
        match c {
            '0'..='9' => text.push(c),
            ',' if group(chars, end) => {}
            '.' if next.is_some_and(char::is_ascii_digit) && !text.contains('.') => text.push('.'),
            _ => break,
        }
        end += 1;
    }
    let mut value: f64 = text.parse().ok()?;
    while let Some((factor, length)) = factor(chars, end) {
        value *= factor;
        end += length;
    }
    Some((value, end))
}

/// A comma that parts thousands: three digits follow, and no fourth.
fn group(chars: &[char], comma: usize) -> bool {
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    digit(comma + 1) && digit(comma + 2) && digit(comma + 3) && !digit(comma + 4)
}

fn factor(chars: &[char], at: usize) -> Option<(f64, usize)> {
    match chars.get(at)? {
        '十' => Some((10.0, 1)),
        '百' => Some((100.0, 1)),
        '千' => Some((1_000.0, 1)),
        '万' | '萬' | '만' => Some((10_000.0, 1)),
        '億' | '亿' => Some((100_000_000.0, 1)),
        _ => {
            let (word, end) = word(chars, skip_space(chars, at))?;
            let factor = match word.as_str() {
                "hundred" => 100.0,
                "thousand" => 1_000.0,
                "million" => 1_000_000.0,
                "billion" => 1_000_000_000.0,
                _ => return None,
            };
            Some((factor, end - at))
        }
    }
}

/// Reads Han numerals at `at`: 三十, 二〇二七, 一万五千.
pub(super) fn han(chars: &[char], at: usize) -> Option<(f64, usize)> {
    let (mut end, mut total, mut section, mut digit) = (at, 0.0, 0.0, None::<f64>);
    while let Some(&c) = chars.get(end) {
        if let Some(value) = han_digit(c) {
            digit = Some(digit.map_or(value, |before| before * 10.0 + value));
        } else {
            match c {
                '十' | '百' | '千' => {
                    let unit = if c == '十' {
                        10.0
                    } else if c == '百' {
                        100.0
                    } else {
                        1_000.0
                    };
                    section += digit.take().unwrap_or(1.0) * unit;
                }
                '万' | '億' => {
                    let unit = if c == '万' { 10_000.0 } else { 100_000_000.0 };
                    let part: f64 = section + digit.take().unwrap_or(0.0);
                    total += part.max(1.0) * unit;
                    section = 0.0;
                }
                _ => break,
            }
        }
        end += 1;
    }
    (end > at).then(|| (total + section + digit.unwrap_or(0.0), end))
}

fn han_digit(c: char) -> Option<f64> {
    let zero = (c == '零').then_some(0);
    "〇一二三四五六七八九".chars().position(|d| d == c).or(zero).map(|value| value as f64)
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// Reads an English number in words at `at`: thirty, twenty-four, two hundred, a hundred.
pub(super) fn english(chars: &[char], at: usize) -> Option<(f64, usize)> {
    let (first, mut end) = word(chars, at)?;
    let mut value = english_word(&first)?;
    if (20.0..100.0).contains(&value)
        && let Some(gap) = chars.get(end).filter(|c| matches!(c, '-' | ' '))
        && let Some((next, after)) = word(chars, end + 1)
        && let Some(unit) = english_word(&next).filter(|unit| *unit > 0.0 && *unit < 10.0)
        && *gap != '\n'
    {
        value += unit;
        end = after;
    }
    while let Some((factor, length)) = factor(chars, end) {
        value *= factor;
        end += length;
    }
    Some((value, end))
}

fn english_word(word: &str) -> Option<f64> {
    let small = SMALL.iter().position(|w| *w == word).map(|value| value as f64);
    let tens = || TENS.iter().position(|w| *w == word).map(|value| 20.0 + 10.0 * value as f64);
    small.or_else(tens).or(match word {
        "dozen" => Some(12.0),
        "hundred" => Some(100.0),
        _ => None,
    })
}

/// The Latin word at `at`, in lower case, and the place after it.
pub(super) fn word(chars: &[char], at: usize) -> Option<(String, usize)> {
    let mut end = at;
    let mut text = String::new();
    while let Some(c) = chars.get(end).filter(|c| c.is_ascii_alphabetic()) {
        text.push(c.to_ascii_lowercase());
        end += 1;
    }
    (!text.is_empty()).then_some((text, end))
}

/// The place after spaces.
pub(super) fn skip_space(chars: &[char], at: usize) -> usize {
    at + chars.iter().skip(at).take_while(|c| **c == ' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Reading = fn(&[char], usize) -> Option<(f64, usize)>;

    fn read(text: &str, how: Reading) -> Option<f64> {
        how(&text.chars().collect::<Vec<_>>(), 0).map(|(value, _)| value)
    }

    #[test]
    fn numbers_in_every_writing() {
        assert_eq!(read("1,500円", digits), Some(1_500.0));
        assert_eq!(read("30万円", digits), Some(300_000.0));
        assert_eq!(read("3.5%", digits), Some(3.5));
        assert_eq!(read("1,2,3", digits), Some(1.0));
        assert_eq!(read("2 million", digits), Some(2_000_000.0));
        assert_eq!(read("三十日", han), Some(30.0));
        assert_eq!(read("一万五千円", han), Some(15_000.0));
        assert_eq!(read("二〇二七年", han), Some(2_027.0));
        assert_eq!(read("thirty days", english), Some(30.0));
        assert_eq!(read("twenty-four hours", english), Some(24.0));
        assert_eq!(read("two hundred", english), Some(200.0));
        assert_eq!(read("Someone", english), None);
    }
}
