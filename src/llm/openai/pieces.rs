//! A question that is longer than the model takes, in pieces.

use super::Vector;

/// No piece of so few characters is too long for a model: an endpoint that says so means something else.
const SHORTEST: usize = 32;

/// `text` in at most so many pieces of the same number of characters; at least one.
pub(super) fn cut(text: &str, count: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    if count <= 1 || chars.is_empty() {
        return vec![text.to_owned()];
    }
    chars.chunks(chars.len().div_ceil(count)).map(|piece| piece.iter().collect()).collect()
}

/// Whether shorter pieces than these may help.
pub(super) fn divisible(pieces: &[String]) -> bool {
    pieces.first().is_some_and(|longest| longest.chars().count() > SHORTEST)
}

/// The direction of the sum of vectors of one space; `None` of none. One alone is given back as it is.
pub(super) fn mean(mut vectors: Vec<Vector>) -> Option<Vector> {
    if vectors.len() <= 1 {
        return vectors.pop();
    }
    let mut sum = vec![0.0_f32; vectors.first().map_or(0, Vector::dimension)];
    for vector in &vectors {
        sum.iter_mut().zip(vector.as_slice()).for_each(|(sum, number)| *sum += number);
    }
    Some(Vector::normalised(sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_a_long_question_is_lost() {
        for (text, count, wanted) in [
            ("", 0, vec![""]),
            ("短い", 1, vec!["短い"]),
            ("ひとつふたつみ", 3, vec!["ひとつ", "ふたつ", "み"]),
            ("a\u{301}🎁", 9, vec!["a", "\u{301}", "🎁"]),
        ] {
            assert_eq!(cut(text, count), wanted, "{text}");
        }
    }

    #[test]
    fn pieces_of_a_few_words_are_not_divided() {
        assert!(divisible(&["長".repeat(33)]));
        assert!(!divisible(&["長".repeat(32), "短".to_owned()]));
        assert!(!divisible(&[String::new()]));
    }

    #[test]
    fn a_question_is_the_direction_of_its_pieces() {
        let unit = |x, y| Vector::normalised(vec![x, y]);
        assert_eq!(mean(vec![unit(1.0, 0.0), unit(0.0, 1.0)]), Some(unit(1.0, 1.0)));
        assert_eq!(mean(vec![unit(3.0, 4.0)]), Some(unit(3.0, 4.0)));
        assert_eq!(mean(Vec::new()), None);
    }
}
