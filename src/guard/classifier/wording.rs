//! How alike two texts are in wording: the cosine between their runs of two to four characters, each weighted by how rare it is
//! (tf-idf; Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988, with the logarithm of counts).
//!
//! The embedding knows what a message is about, and blurs how it is said: 「返金してください」 and 「返金の条件は？」 lie close together.
//! Endings tell them apart, and runs of characters find endings in any language without knowing its grammar.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::guard::normal;

/// Fewest and most characters of a run.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=4;
/// Texts that a run must stand in to be remembered.
const TEXTS: usize = 2;

/// Up to four characters; what is missing is zero.
type Run = [char; 4];

/// The runs of some texts.
#[derive(Debug)]
pub(super) struct Wording {
    texts: usize,
    /// The number and the weight of each run.
    runs: HashMap<Run, (usize, f32)>,
    /// For each run the texts that it stands in, and how much it makes up of each.
    places: Vec<Vec<(u32, f32)>>,
}

impl Wording {
    /// Remembers `texts`.
    pub(super) fn of(texts: &[String]) -> Self {
        let counted: Vec<HashMap<Run, f32>> = texts.par_iter().map(|text| counts(text)).collect();
        let mut standing: HashMap<Run, usize> = HashMap::new();
        for run in counted.iter().flat_map(HashMap::keys) {
            *standing.entry(*run).or_default() += 1;
        }
        let mut kept: Vec<(Run, usize)> = standing.into_iter().filter(|(_, texts)| *texts >= TEXTS).collect();
        // In a fixed order, so that sums are the same each time.
        kept.sort_unstable();
        let rarity = |standing: usize| ((1.0 + texts.len() as f32) / (1.0 + standing as f32)).ln() + 1.0;
        let runs =
            kept.iter().enumerate().map(|(number, (run, standing))| (*run, (number, rarity(*standing)))).collect();
        let mut wording = Self { texts: texts.len(), runs, places: vec![Vec::new(); kept.len()] };
        for (text, counts) in (0_u32..).zip(counted) {
            for (run, weight) in wording.weighted(counts) {
                if let Some(places) = wording.places.get_mut(run) {
                    places.push((text, weight));
                }
            }
        }
        wording
    }

    /// The cosine of `text` to each of the texts, 0 to 1.
    pub(super) fn cosines(&self, text: &str) -> Vec<f32> {
        let mut cosines = vec![0.0; self.texts];
        for (run, weight) in self.weighted(counts(text)) {
            for (text, share) in self.places.get(run).into_iter().flatten() {
                if let Some(cosine) = cosines.get_mut(*text as usize) {
                    *cosine += weight * share;
                }
            }
        }
        cosines
    }

    /// For each run how much it pulls towards each target, when `pulls` holds how much each text does, one target after the other: the sum
    /// over texts of cosine and pull is a sum over runs, and a message has fewer runs than there are texts.
    pub(super) fn pulls(&self, pulls: &[f32]) -> Vec<f32> {
        let targets = pulls.len().checked_div(self.texts).unwrap_or(0);
        let mut by_run = vec![0.0_f32; self.places.len() * targets];
        by_run.par_chunks_exact_mut(targets.max(1)).zip(&self.places).for_each(|(sums, places)| {
            for (text, share) in places {
                let pulls = pulls.iter().skip(*text as usize).step_by(self.texts.max(1));
                sums.iter_mut().zip(pulls).for_each(|(sum, pull)| *sum += share * pull);
            }
        });
        by_run
    }

    /// What `text` is pulled towards each target, by what [`Self::pulls`] told of the runs.
    pub(super) fn pulled(&self, text: &str, by_run: &[f32]) -> Vec<f32> {
        let targets = by_run.len().checked_div(self.places.len()).unwrap_or(0);
        let mut sums = vec![0.0; targets];
        for (run, weight) in self.weighted(counts(text)) {
            let pulls = by_run.get(run * targets..(run + 1) * targets).unwrap_or_default();
            sums.iter_mut().zip(pulls).for_each(|(sum, pull)| *sum += weight * pull);
        }
        sums
    }

    /// The known runs by number, as a vector of length 1, in order.
    fn weighted(&self, counts: HashMap<Run, f32>) -> Vec<(usize, f32)> {
        let known = |(run, count): (Run, f32)| {
            self.runs.get(&run).map(|(number, weight)| (*number, weight * (1.0 + count.ln())))
        };
        let mut weighted: Vec<(usize, f32)> = counts.into_iter().filter_map(known).collect();
        weighted.sort_unstable_by_key(|(number, _)| *number);
        let length = weighted.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
        if length > 0.0 {
            weighted.iter_mut().for_each(|(_, weight)| *weight /= length);
        }
        weighted
    }
}

/// How often each run stands in a text: as rules read it, digits all alike, with a blank at either end.
fn counts(text: &str) -> HashMap<Run, f32> {
    let alike = |c: char| match c {
        c if c.is_numeric() => '0',
        c if c.is_whitespace() => ' ',
        c => c,
    };
    let chars: Vec<char> =
        std::iter::once(' ').chain(normal::word(text).trim().chars().map(alike)).chain(std::iter::once(' ')).collect();
    let mut counts: HashMap<Run, f32> = HashMap::new();
    for length in LENGTHS {
        for run in chars.windows(length) {
            let mut key = Run::default();
            key.iter_mut().zip(run).for_each(|(place, c)| *place = *c);
            *counts.entry(key).or_default() += 1.0;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(texts: &[&str]) -> Wording {
        Wording::of(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn endings_tell_a_request_from_a_question() {
        let texts = ["返金してください", "弁償してください", "返金の条件は?", "交換の条件は?"];
        let cosines = wording(&texts).cosines("払い戻してください");
        assert!(cosines[0] > 0.3 && cosines[1] > 0.3, "{cosines:?}");
        assert!(cosines[2] < 0.1 && cosines[3] < 0.1, "{cosines:?}");
    }

    #[test]
    fn a_text_is_most_like_itself_however_it_is_typed() {
        let texts = ["キャンセルして下さい", "キャンセルの方法", "cancel my order 123", "how do I cancel an order"];
        let wording = wording(&texts);
        for (typed, nearest) in [("ｷｬﾝｾﾙして下さい", 0), ("きゃんせるの方法", 1), ("CANCEL my order 987", 2)]
        {
            let cosines = wording.cosines(typed);
            assert!((cosines[nearest] - 1.0).abs() < 1e-5, "{typed} {cosines:?}");
        }
    }

    #[test]
    fn pulls_by_run_come_to_the_same_as_pulls_by_text() {
        let wording = wording(&["返金してください", "弁償してください", "返金の条件は?", "交換の条件は?"]);
        let pulls = [1.0, 0.5, -1.0, 0.0, 0.0, 0.25, 2.0, -3.0];
        let by_run = wording.pulls(&pulls);
        for text in ["払い戻してください", "返金の条件は?", "xyzzy", ""] {
            let cosines = wording.cosines(text);
            let pulled = wording.pulled(text, &by_run);
            assert_eq!(pulled.len(), 2);
            for (pulled, pulls) in pulled.iter().zip(pulls.chunks(4)) {
                let sum: f32 = cosines.iter().zip(pulls).map(|(cosine, pull)| cosine * pull).sum();
                assert!((pulled - sum).abs() < 1e-5, "{text}: {pulled} {sum}");
            }
        }
    }

    #[test]
    fn nothing_known_is_like_nothing() {
        for odd in ["", " ", "\u{301}", "👩‍👩‍👧", "xyzzy"] {
            assert_eq!(wording(&["返金して", "返品して"]).cosines(odd), [0.0, 0.0], "{odd}");
        }
        assert!(wording(&[]).cosines("返金して").is_empty());
    }
}
