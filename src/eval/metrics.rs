//! Measures of a ranking, as BEIR and trec_eval define them: pure functions of what was found and what was right.

use std::collections::HashMap;
use std::hash::Hash;

/// Right answers by grade; those not in it, and those of grade 0, are wrong.
pub type Grades<I> = HashMap<I, u32>;

/// 1 if any of the first `k` is right, else 0.
pub fn hit_at<I: Eq + Hash>(ranked: &[I], grades: &Grades<I>, k: usize) -> f64 {
    let right = ranked.iter().take(k).any(|item| grade(grades, item) > 0);
    if right { 1.0 } else { 0.0 }
}

/// The part of the right ones that is among the first `k`; 0 if there is nothing right to find.
pub fn recall_at<I: Eq + Hash>(ranked: &[I], grades: &Grades<I>, k: usize) -> f64 {
    let right = grades.values().filter(|grade| **grade > 0).count();
    if right == 0 {
        return 0.0;
    }
    let found = first_occurrences(ranked, k).filter(|item| grade(grades, item) > 0).count();
    count(found) / count(right)
}

/// One over the position of the first right one among the first `k`; 0 if there is none.
pub fn reciprocal_rank_at<I: Eq + Hash>(ranked: &[I], grades: &Grades<I>, k: usize) -> f64 {
    let position = ranked.iter().take(k).position(|item| grade(grades, item) > 0);
    position.map_or(0.0, |at| 1.0 / count(at + 1))
}

/// Normalised discounted cumulative gain: gains are the grades, discounted by log2 of the position plus one, over that of the
/// best order there is. An item that stands twice counts where it stands first.
pub fn ndcg_at<I: Eq + Hash>(ranked: &[I], grades: &Grades<I>, k: usize) -> f64 {
    let mut best: Vec<u32> = grades.values().copied().collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = gain(best.into_iter().take(k));
    if ideal == 0.0 {
        return 0.0;
    }
    let mut seen = std::collections::HashSet::new();
    let gains = ranked.iter().take(k).map(|item| if seen.insert(item) { grade(grades, item) } else { 0 });
    gain(gains) / ideal
}

/// The mean, and half the width of its 95% interval (normal approximation); of nothing: 0 and 0.
pub fn mean_with_interval(values: &[f64]) -> (f64, f64) {
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let n = count(values.len());
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (mean, 0.0);
    }
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, 1.96 * (variance / n).sqrt())
}

fn gain(grades: impl Iterator<Item = u32>) -> f64 {
    // From 0, because the empty sum of floats is -0.
    grades.enumerate().fold(0.0, |sum, (at, grade)| sum + f64::from(grade) / count(at + 2).log2())
}

fn grade<I: Eq + Hash>(grades: &Grades<I>, item: &I) -> u32 {
    grades.get(item).copied().unwrap_or(0)
}

fn first_occurrences<I: Eq + Hash>(ranked: &[I], k: usize) -> impl Iterator<Item = &I> {
    let mut seen = std::collections::HashSet::new();
    ranked.iter().take(k).filter(move |item| seen.insert(*item))
}

#[expect(clippy::cast_precision_loss, reason = "nobody ranks 2^53 things")]
fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn known_values() {
        let grades = Grades::from([("a", 1), ("b", 1), ("wrong", 0)]);
        let ranked = ["x", "a", "wrong", "y", "b"];
        close(hit_at(&ranked, &grades, 1), 0.0);
        close(hit_at(&ranked, &grades, 2), 1.0);
        close(recall_at(&ranked, &grades, 4), 0.5);
        close(recall_at(&ranked, &grades, 10), 1.0);
        close(reciprocal_rank_at(&ranked, &grades, 10), 0.5);
        let ideal = 1.0 + 1.0 / 3.0_f64.log2();
        close(ndcg_at(&ranked, &grades, 10), (1.0 / 3.0_f64.log2() + 1.0 / 6.0_f64.log2()) / ideal);
        close(ndcg_at(&["a", "b"], &grades, 10), 1.0);
    }

    #[test]
    fn grades_weigh_and_repetition_gains_nothing() {
        let grades = Grades::from([(1, 3), (2, 1)]);
        assert!(ndcg_at(&[1, 2], &grades, 10) > ndcg_at(&[2, 1], &grades, 10));
        close(ndcg_at(&[2, 1], &grades, 10), (1.0 + 3.0 / 3.0_f64.log2()) / (3.0 + 1.0 / 3.0_f64.log2()));
        close(ndcg_at(&[1, 1, 1], &grades, 10), 3.0 / (3.0 + 1.0 / 3.0_f64.log2()));
        close(recall_at(&[1, 1], &grades, 10), 0.5);
    }

    #[test]
    fn nothing_found_and_nothing_to_find() {
        let none: Grades<u8> = Grades::new();
        for f in [hit_at, recall_at, reciprocal_rank_at, ndcg_at] {
            close(f(&[], &none, 10), 0.0);
            close(f(&[1], &none, 10), 0.0);
            close(f(&[1], &Grades::from([(1, 1)]), 0), 0.0);
        }
        assert_eq!(mean_with_interval(&[]), (0.0, 0.0));
        assert_eq!(mean_with_interval(&[0.5]), (0.5, 0.0));
        let (mean, half) = mean_with_interval(&[0.0, 1.0, 0.0, 1.0]);
        close(mean, 0.5);
        close(half, 1.96 * (1.0_f64 / 3.0 / 4.0).sqrt());
    }

    proptest! {
        #[test]
        fn measures_stay_between_nought_and_one(ranked in prop::collection::vec(0u8..20, 0..30),
                                                grades in prop::collection::hash_map(0u8..20, 0u32..4, 0..10), k in 0usize..20) {
            for f in [hit_at, recall_at, reciprocal_rank_at, ndcg_at] {
                let value = f(&ranked, &grades, k);
                prop_assert!((0.0..=1.0 + 1e-12).contains(&value), "{value}");
            }
        }
    }
}
