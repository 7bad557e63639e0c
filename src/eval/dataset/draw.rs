//! A sample drawn by lot.

use std::collections::{BTreeMap, HashSet};

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

/// Draws `limit` of `rows` by `seed`, as many from each of the groups that `group` names as there are; without a limit, all of them. Their
/// order stays. The same rows and seed give the same sample.
pub fn draw<T>(rows: Vec<T>, limit: Option<usize>, seed: u64, group: impl Fn(&T) -> String) -> Vec<T> {
    let Some(limit) = limit.filter(|limit| *limit < rows.len()) else { return rows };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        groups.entry(group(row)).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.shuffle(&mut rng));
    // Whoever is not reached in the last round should not be so by name.
    groups.shuffle(&mut rng);
    let mut drawn = HashSet::new();
    while drawn.len() < limit {
        for group in &mut groups {
            if drawn.len() < limit {
                drawn.extend(group.pop());
            }
        }
    }
    rows.into_iter().enumerate().filter(|(at, _)| drawn.contains(at)).map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(limit: Option<usize>, seed: u64) -> Vec<String> {
        let rows: Vec<String> = (0..90).map(|at| format!("{}-{at}", if at < 80 { "ja" } else { "ko" })).collect();
        draw(rows, limit, seed, |row| row.chars().take(2).collect())
    }

    #[test]
    fn one_seed_is_one_sample_spread_over_the_groups() {
        let first = drawn(Some(10), 1);
        assert_eq!(first, drawn(Some(10), 1));
        assert_ne!(first, drawn(Some(10), 2));
        assert_eq!(first.iter().filter(|row| row.starts_with("ko")).count(), 5);
        assert_eq!(drawn(Some(40), 1).iter().filter(|row| row.starts_with("ko")).count(), 10, "there are no more");
    }

    #[test]
    fn without_a_limit_all_are_taken_in_their_order() {
        let all = drawn(None, 1);
        assert_eq!((all.len(), &all), (90, &drawn(Some(90), 7)));
        let numbers = |rows: &[String]| -> Vec<usize> {
            rows.iter().map(|row| row.split_once('-').unwrap().1.parse().unwrap()).collect()
        };
        let some = numbers(&drawn(Some(30), 3));
        assert!(some.is_sorted(), "{some:?}");
    }
}
