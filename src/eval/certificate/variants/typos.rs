//! Letters as hurried fingers put them.

use rand::Rng;
use rand::seq::SliceRandom as _;

/// Letters for each of which one is mistyped.
const EVERY: usize = 15;
/// The most mistakes in one message.
const MOST: usize = 4;
/// Letters from which a message can be mistyped and still be read.
const LEAST: usize = 4;

/// One to four letters swapped with the one before, left out, or doubled; digits stay, so that no figure changes. `None` where there is
/// too little to mistype.
pub(super) fn typos(text: &str, rng: &mut impl Rng) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    let letter = |at: usize| chars.get(at).is_some_and(|c| c.is_alphabetic());
    let mut places: Vec<usize> = (1..chars.len()).filter(|at| letter(*at) && letter(at - 1)).collect();
    if places.len() + 1 < LEAST {
        return None;
    }
    let mistakes = (places.len() / EVERY).clamp(1, MOST);
    places.shuffle(rng);
    // Two mistakes side by side could undo each other.
    let mut chosen: Vec<usize> = Vec::new();
    for at in places {
        if chosen.len() < mistakes && chosen.iter().all(|other| other.abs_diff(at) > 2) {
            chosen.push(at);
        }
    }
    // From the end, so that the places before stay where they are.
    chosen.sort_unstable_by(|a, b| b.cmp(a));
    for at in chosen {
        let alike = chars.get(at) == chars.get(at - 1);
        match rng.random_range(0..3_u8) {
            0 if !alike => chars.swap(at, at - 1),
            1 => {
                chars.remove(at);
            }
            _ => {
                let doubled = chars.get(at).copied()?;
                chars.insert(at, doubled);
            }
        }
    }
    Some(chars.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_few_letters_are_mistyped_and_no_digit() {
        let text = "please send the 4,300 yen for order 250-7718842 back to my card as soon as you can";
        for seed in 0..50 {
            let typed = typos(text, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
            assert_ne!(typed, text);
            let digits = |text: &str| text.chars().filter(|c| !c.is_alphabetic()).collect::<String>();
            assert_eq!(digits(&typed), digits(text), "{typed}");
            assert!(typed.chars().count().abs_diff(text.chars().count()) <= MOST, "{typed}");
        }
    }

    #[test]
    fn what_is_too_short_stays() {
        for text in ["", "返金", "abc", "1234567", "a b c d e"] {
            assert_eq!(typos(text, &mut ChaCha8Rng::seed_from_u64(1)), None, "{text}");
        }
        assert!(typos("返金して", &mut ChaCha8Rng::seed_from_u64(1)).is_some());
    }
}
