//! What makes a number a quantity, a price or a date.

use super::normal::{Text, is_kanji};

/// Whether what stands at `at` makes the number before it a price or a share.
pub(super) fn is_price(text: &Text, at: usize) -> bool {
    const UNITS: &[&str] = &["円", "ポイント", "%", "yen", "jpy", "usd", "万円", "億円"];
    text.any(at, UNITS).is_some() || text.any(text.past_space(at, false, 2), UNITS).is_some()
}

/// Whether what stands at `at` makes the number before it a quantity, a date or a price.
pub(super) fn is_quantity(text: &Text, at: usize) -> bool {
    // Counters, whatever follows; those that begin other words too (本日, 人気, 名前); and what may stand behind a space.
    const UNITS: &[&str] = &[
        "年",
        "月",
        "時",
        "分",
        "秒",
        "円",
        "桁",
        "文字",
        "回",
        "件",
        "枚",
        "歳",
        "週",
        "ヶ月",
        "か月",
        "カ月",
        "ヵ月",
        "ケ月",
        "ポイント",
        "pt",
        "%",
        "万",
        "千",
        "億",
        "以上",
        "以下",
        "以内",
        "種類",
        "つの",
        "日間",
        "営業日",
        "箇所",
        "か所",
        "日以",
        "日ま",
        "日に",
        "日か",
        "日後",
        "日前",
        "kg",
        "g",
        "mg",
        "cm",
        "mm",
        "km",
        "m",
        "ml",
        "l",
        "gb",
        "mb",
        "kb",
        "mah",
        "w",
        "v",
    ];
    const SHARED: &[&str] = &[
        "日", "個", "点", "本", "人", "名", "才", "度", "倍", "泊", "台", "店", "冊", "着", "足", "袋", "箱", "割",
        "つ",
    ];
    const APART: &[&str] = &["円", "桁", "文字", "回", "ポイント", "%", "年", "kg", "g", "cm", "mm", "ml", "gb", "mb"];
    const WORDS: &[&str] = &[
        "digits",
        "digit",
        "characters",
        "character",
        "chars",
        "letters",
        "minutes",
        "minute",
        "mins",
        "min",
        "seconds",
        "second",
        "secs",
        "hours",
        "hour",
        "days",
        "day",
        "weeks",
        "week",
        "months",
        "month",
        "years",
        "year",
        "times",
        "yen",
        "dollars",
        "dollar",
        "usd",
        "jpy",
        "euros",
        "pounds",
        "points",
        "percent",
        "pcs",
        "pieces",
        "items",
        "units",
        "people",
        "or more",
        "or fewer",
        "numbers",
        "attempts",
        "pages",
        "copies",
        "pairs",
        "boxes",
    ];
    let past = text.past_space(at, false, 2);
    let dash = if text.at(past) == '-' { past + 1 } else { past };
    let shared = text.any(at, SHARED).is_some_and(|end| !is_kanji(text.at(end)));
    shared || text.any(at, UNITS).is_some() || text.any(past, APART).is_some() || text.any(dash, WORDS).is_some()
}

/// Whether characters are a date: 2024-01-15, 20240115 is none, 01-02-2024.
pub(super) fn is_date(token: &[char]) -> bool {
    let text: String = token.iter().collect();
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = parts.iter().all(|part| part.chars().all(|c| c.is_ascii_digit()));
    digits && matches!(lengths.as_slice(), [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4] | [4, 1..=2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_quantities() {
        let date = |text: &str| is_date(&text.chars().collect::<Vec<_>>());
        assert!(date("2024-01-15") && date("1-2-2024") && date("2024-05") && !date("250-1234567") && !date("20240115"));
        let quantity = |source: &str| {
            let text = Text::new(&source.chars().collect::<Vec<_>>(), &[]);
            is_quantity(&text, 0)
        };
        assert!(
            quantity("円") && quantity(" digits long") && quantity("-digit") && quantity("GB") && quantity(" 文字")
        );
        assert!(!quantity("です") && !quantity("") && !quantity(" may") && !quantity("-9"));
    }
}
