//! A stand-in for the embedder in tests.

use std::collections::HashMap;

use super::normal;
use crate::llm::Vector;

/// Pairs of characters, counted by residue: texts of the same words lie together.
pub(super) fn embed(text: &str) -> Vector {
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
pub(super) fn vectors(texts: &[String]) -> HashMap<String, Vector> {
    texts.iter().map(|text| (text.clone(), embed(text))).collect()
}
