//! The nearest exemplars decide.

/// Neighbours on either side that are averaged: one alone may be a freak.
const NEIGHBOURS: usize = 2;
/// How steeply the margin becomes a probability: a margin of 0.2 is 0.88.
const STEEPNESS: f32 = 10.0;

/// The nearest of some samples, nearest first.
#[derive(Debug)]
pub(super) struct Neighbours(Vec<(usize, f32)>);

impl Neighbours {
    /// The `most` nearest by cosine; of equals the first.
    pub(super) fn of(cosines: &[f32], most: usize) -> Self {
        let mut nearest: Vec<(usize, f32)> = Vec::with_capacity(most + 1);
        for (sample, cosine) in cosines.iter().copied().enumerate() {
            let at = nearest.partition_point(|(_, other)| *other >= cosine);
            if at < most {
                nearest.insert(at, (sample, cosine));
                nearest.truncate(most);
            }
        }
        Self(nearest)
    }

    fn mean(&self) -> Option<f32> {
        (!self.0.is_empty()).then(|| self.0.iter().map(|(_, cosine)| cosine).sum::<f32>() / self.0.len() as f32)
    }
}

impl IntoIterator for Neighbours {
    type Item = (usize, f32);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// From the margin between the nearest positive samples and the nearest others.
pub(super) fn probability(cosines: &[f32], is_positive: impl Fn(usize) -> bool) -> f32 {
    let side = |wanted: bool| {
        let of_side = cosines.iter().enumerate().filter(|(sample, _)| is_positive(*sample) == wanted);
        let of_side: Vec<f32> = of_side.map(|(_, cosine)| *cosine).filter(|cosine| cosine.is_finite()).collect();
        Neighbours::of(&of_side, NEIGHBOURS).mean()
    };
    let Some(positive) = side(true) else { return 0.0 };
    let margin = positive - side(false).unwrap_or(0.0);
    1.0 / (1.0 + (-STEEPNESS * margin).exp())
}
