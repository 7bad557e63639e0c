//! A stand-in for the embedder in tests.

use std::collections::HashMap;

use super::normal;
use crate::llm::Vector;

/// Pairs of characters, counted by residue: texts of the same words lie together.
pub(crate) fn embed(text: &str) -> Vector {
    const DIMENSION: u32 = 256;
    let mut numbers = vec![0.2_f32; DIMENSION as usize];
    let chars: Vec<char> = format!(" {} ", normal::bare(text)).chars().collect();
    for pair in chars.windows(2) {
        let at = (u32::from(pair[0]) * 31 + u32::from(pair[1])) % DIMENSION;
        numbers[at as usize] += 1.0;
    }
    Vector::normalised(numbers)
}

/// The vectors of texts.
pub(crate) fn vectors(texts: &[String]) -> HashMap<String, Vector> {
    texts.iter().map(|text| (text.clone(), embed(text))).collect()
}

/// A small core: what the real one says is no matter of these tests.
pub(crate) const CORE: &str = r#"
version = 1
[desk.core]
name.en = "Core desk"
does.en = "Decides."
[[policy]]
code = "refund"
desk = "core"
priority = 2
general_information = true
threshold = 0.5
max_threshold = 0.5
understood.en = "A refund."
understood.ja = "返金のご依頼です。"
rules.ja = ["(返金|払い戻し) … (してください|お願い) !(方法|条件)"]
exemplars.ja = { positive = ["返金してください", "お金を返してほしい", "代金を戻してもらえますか"], negative = ["返金の方法を教えて", "返品の期限はいつまで"] }
exemplars.en = { positive = ["I want my money back", "please refund my order"], negative = ["how do refunds work", "when is the deadline"] }
[[policy]]
code = "identity"
desk = "core"
priority = 1
max_threshold = 0.5
understood.en = "Who are you."
rules.ja = ["本人確認 … してください"]
exemplars.ja = { positive = ["本人確認をしてください", "自分の登録を見せてください"], negative = ["登録の変え方は"] }
"#;
