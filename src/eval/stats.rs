//! Intervals and rank statistics: pure functions of numbers and a seed.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Resamples of a bootstrap. Enough for two decimals of a 95% interval (Efron and Tibshirani 1993, chapter 13).
pub const RESAMPLES: usize = 1000;
/// Two-sided 95% quantile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Wilson's score interval of a rate at 95% (Wilson 1927): honest also near 0 and 1, where the usual one has no width.
/// Of nothing: 0 to 1.
pub fn wilson(successes: usize, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (p, n) = (count(successes) / count(n), count(n));
    let z2 = Z * Z;
    let centre = p + z2 / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let low = (centre - half) / (1.0 + z2 / n);
    let high = (centre + half) / (1.0 + z2 / n);
    (low.clamp(0.0, p), high.clamp(p, 1.0))
}

/// The share at most, at 95% one-sided, where `hits` of `n` were met (Clopper and Pearson 1934); of none it is the rule of three, about
/// 3/n. Of nothing: 1.
pub fn upper_bound(hits: usize, n: usize) -> f64 {
    if hits >= n {
        return 1.0;
    }
    // The chance of so few at a share p, by the terms of the binomial in logarithms.
    let so_few = |p: f64| {
        let mut term = count(n) * (-p).ln_1p();
        let mut sum = term.exp();
        for i in 0..hits {
            term += (count(n - i) / count(i + 1)).ln() + p.ln() - (-p).ln_1p();
            sum += term.exp();
        }
        sum
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if so_few(middle) > 0.05 { low = middle } else { high = middle }
    }
    high
}

/// Percentile bootstrap at 95%: `n` cases are drawn with replacement, and `statistic` is told which. Draws of which it makes
/// nothing (`None`) are left out; `None` if it never makes anything of them.
pub fn bootstrap(n: usize, seed: u64, statistic: impl Fn(&[usize]) -> Option<f64>) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut drawn = vec![0; n];
    let mut values = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        drawn.iter_mut().for_each(|at| *at = rng.random_range(0..n));
        values.extend(statistic(&drawn));
    }
    values.sort_by(f64::total_cmp);
    Some((quantile(&values, 0.025)?, quantile(&values, 0.975)?))
}

/// The `share` quantile of ascending `values`, between neighbours in proportion; `None` of nothing.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let at = share.clamp(0.0, 1.0) * count(last);
    let (below, part) = (at.floor(), at.fract());
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last index")]
    let index = below as usize;
    let low = *values.get(index)?;
    let high = *values.get(index + 1).unwrap_or(&low);
    Some(low + (high - low) * part)
}

/// Area under the ROC curve: the chance that a right one scores above a wrong one, ties counting half (Mann–Whitney).
/// `None` unless there are both.
pub fn auroc(scored: &[(f64, bool)]) -> Option<f64> {
    let right = scored.iter().filter(|(_, right)| *right).count();
    let wrong = scored.len() - right;
    if right == 0 || wrong == 0 {
        return None;
    }
    let mut order: Vec<&(f64, bool)> = scored.iter().collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Sum of the ranks of the right ones, equal scores sharing their mean rank.
    let (mut sum, mut at) = (0.0, 0);
    while at < order.len() {
        let score = order[at].0;
        let group = order[at..].iter().take_while(|(other, _)| *other == score).count();
        let rank = count(at + 1) + count(group - 1) / 2.0;
        sum += rank * count(order[at..at + group].iter().filter(|(_, right)| *right).count());
        at += group;
    }
    let (right, wrong) = (count(right), count(wrong));
    Some((sum - right * (right + 1.0) / 2.0) / (right * wrong))
}

/// Risk at every coverage: the cases by falling confidence, and after each the share of wrong ones so far. Cases of one
/// confidence are taken together, because nothing says which of them comes first. `(coverage, risk)`, ascending.
pub fn risk_coverage(cases: &[(f64, bool)]) -> Vec<(f64, f64)> {
    let mut order: Vec<&(f64, bool)> = cases.iter().collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut curve = Vec::new();
    let (mut taken, mut wrong) = (0, 0);
    while taken < order.len() {
        let confidence = order[taken].0;
        let group = order[taken..].iter().take_while(|(other, _)| *other == confidence).count();
        wrong += order[taken..taken + group].iter().filter(|(_, wrong)| *wrong).count();
        taken += group;
        curve.push((count(taken) / count(order.len()), count(wrong) / count(taken)));
    }
    curve
}

/// Area under the risk–coverage curve (Geifman and El-Yaniv 2017): the mean risk over all coverages; 0 is best. `None` of nothing.
pub fn aurc(cases: &[(f64, bool)]) -> Option<f64> {
    let curve = risk_coverage(cases);
    let mut before = 0.0;
    let mut area = 0.0;
    for (coverage, risk) in &curve {
        area += (coverage - before) * risk;
        before = *coverage;
    }
    (!curve.is_empty()).then_some(area)
}

/// Precision and recall at every threshold that tells cases apart: `(recall, precision)`, recall ascending.
pub fn precision_recall(scored: &[(f64, bool)]) -> Vec<(f64, f64)> {
    let right = scored.iter().filter(|(_, right)| *right).count();
    if right == 0 {
        return Vec::new();
    }
    // Precision is one less the risk, recall the right ones taken of all right ones.
    let flipped: Vec<(f64, bool)> = scored.iter().map(|(score, right)| (*score, !right)).collect();
    let n = count(scored.len());
    let point = |(coverage, risk): (f64, f64)| (coverage * n * (1.0 - risk) / count(right), 1.0 - risk);
    risk_coverage(&flipped).into_iter().map(point).collect()
}

/// Cohen's kappa: agreement of two raters beyond chance (Cohen 1960). `None` of nothing, and where both gave one and the same
/// label to all, because chance alone then explains it.
pub fn kappa<L: PartialEq>(pairs: &[(L, L)]) -> Option<f64> {
    let n = count(pairs.len());
    if pairs.is_empty() {
        return None;
    }
    let agreed = count(pairs.iter().filter(|(a, b)| a == b).count()) / n;
    let mut labels: Vec<&L> = Vec::new();
    for label in pairs.iter().flat_map(|(a, b)| [a, b]) {
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    let share = |of: &dyn Fn(&(L, L)) -> bool| count(pairs.iter().filter(|pair| of(pair)).count()) / n;
    let chance: f64 =
        labels.iter().map(|label| share(&|pair| pair.0 == **label) * share(&|pair| pair.1 == **label)).sum();
    (chance < 1.0).then(|| (agreed - chance) / (1.0 - chance))
}

/// pass^k: the chance that `k` runs drawn without replacement from `n`, of which `passed` passed, all pass (Yao et al. 2024,
/// tau-bench). `None` if there are fewer than `k` runs.
pub fn pass_power(passed: usize, n: usize, k: usize) -> Option<f64> {
    if k == 0 || n < k || passed > n {
        return None;
    }
    Some((0..k).map(|i| count(passed.saturating_sub(i)) / count(n - i)).product())
}

/// A number of things, as a number to reckon with.
#[expect(clippy::cast_precision_loss, reason = "nobody counts 2^53 things")]
pub(super) fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-4, "{a} is not {b}");
    }

    #[test]
    fn wilson_agrees_with_the_published_tables() {
        // Newcombe 1998, table I, method 3.
        let (low, high) = wilson(81, 263);
        close(low, 0.2553);
        close(high, 0.3662);
        let (low, high) = wilson(0, 20);
        close(low, 0.0);
        close(high, 0.1611);
        let (low, high) = wilson(1, 29);
        close(low, 0.0061);
        close(high, 0.1718);
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn the_upper_bound_agrees_with_the_rule_of_three_and_with_tables() {
        assert!((upper_bound(0, 15_000) - 3.0 / 15_000.0).abs() < 1e-6);
        close(upper_bound(0, 10), 0.2589);
        close(upper_bound(1, 10), 0.3942);
        close(upper_bound(5, 10), 0.7776);
        assert_eq!((upper_bound(0, 0), upper_bound(3, 3)), (1.0, 1.0));
    }

    #[test]
    fn auroc_of_known_orders() {
        assert_eq!(auroc(&[(0.1, false), (0.9, true)]), Some(1.0));
        assert_eq!(auroc(&[(0.9, false), (0.1, true)]), Some(0.0));
        assert_eq!(auroc(&[(0.5, false), (0.5, true)]), Some(0.5));
        assert_eq!(auroc(&[(0.1, false), (0.4, false), (0.35, true), (0.8, true)]), Some(0.75));
        assert_eq!(auroc(&[(0.5, true)]), None);
        assert_eq!(auroc(&[]), None);
    }

    #[test]
    fn risk_and_coverage_of_a_known_order() {
        let cases = [(0.9, false), (0.8, true), (0.8, false), (0.1, true)];
        assert_eq!(risk_coverage(&cases), [(0.25, 0.0), (0.75, 1.0 / 3.0), (1.0, 0.5)]);
        close(aurc(&cases).unwrap(), 0.5 / 3.0 + 0.25 * 0.5);
        assert_eq!(aurc(&[]), None);
    }

    #[test]
    fn precision_at_every_recall() {
        let scored = [(0.9, true), (0.8, false), (0.7, true)];
        let curve = precision_recall(&scored);
        assert_eq!(curve.len(), 3);
        assert_eq!(curve[0], (0.5, 1.0));
        close(curve[2].0, 1.0);
        close(curve[2].1, 2.0 / 3.0);
        assert!(precision_recall(&[(0.4, false)]).is_empty());
    }

    #[test]
    fn kappa_of_known_tables() {
        // Cohen's own example of two raters: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no.
        let mut pairs = vec![(true, true); 20];
        pairs.extend(vec![(true, false); 5]);
        pairs.extend(vec![(false, true); 10]);
        pairs.extend(vec![(false, false); 15]);
        close(kappa(&pairs).unwrap(), 0.4);
        assert_eq!(kappa(&[(1, 1), (1, 1)]), None);
        assert_eq!(kappa::<u8>(&[]), None);
        assert_eq!(kappa(&[(1, 2), (2, 1)]), Some(-1.0));
    }

    #[test]
    fn pass_power_counts_draws_without_replacement() {
        assert_eq!(pass_power(4, 4, 4), Some(1.0));
        close(pass_power(3, 4, 2).unwrap(), 0.5);
        assert_eq!(pass_power(1, 4, 2), Some(0.0));
        assert_eq!(pass_power(1, 1, 2), None);
    }

    #[test]
    fn one_seed_one_interval() {
        let values = [0.1, 0.4, 0.35, 0.8, 0.2];
        let mean = |rows: &[usize]| Some(rows.iter().map(|row| values[*row]).sum::<f64>() / count(rows.len()));
        let first = bootstrap(values.len(), 7, mean).unwrap();
        assert_eq!(first, bootstrap(values.len(), 7, mean).unwrap());
        assert!(first.0 < 0.37 && 0.37 < first.1, "{first:?}");
        assert_eq!(bootstrap(0, 7, mean), None);
        assert_eq!(bootstrap(3, 7, |_| None), None);
    }

    proptest! {
        #[test]
        fn wilson_holds_the_rate(n in 1usize..500, share in 0.0f64..=1.0) {
            let successes = ((n as f64) * share) as usize;
            let (low, high) = wilson(successes, n);
            let rate = successes as f64 / n as f64;
            prop_assert!(0.0 <= low && low <= rate && rate <= high && high <= 1.0, "{low} {rate} {high}");
        }

        #[test]
        fn ranks_do_not_care_for_scale_or_order(mut scored in prop::collection::vec((0i16..50, any::<bool>()), 2..60)) {
            let of = |scored: &[(i16, bool)], f: &dyn Fn(f64) -> f64| -> Vec<(f64, bool)> {
                scored.iter().map(|(s, r)| (f(f64::from(*s)), *r)).collect()
            };
            let plain = auroc(&of(&scored, &|s| s));
            let curved = auroc(&of(&scored, &|s| s.powi(3) + 7.0));
            prop_assert_eq!(plain, curved);
            let area = aurc(&of(&scored, &|s| s)).unwrap();
            prop_assert!((0.0..=1.0).contains(&area));
            scored.reverse();
            prop_assert_eq!(auroc(&of(&scored, &|s| s)), plain);
            prop_assert!((aurc(&of(&scored, &|s| s)).unwrap() - area).abs() < 1e-12);
            if let Some(plain) = plain {
                let turned = auroc(&of(&scored, &|s| -s)).unwrap();
                prop_assert!((plain + turned - 1.0).abs() < 1e-12);
            }
        }
    }
}
