//! Texts longer than the model: cut into windows, whose vectors are averaged by their number of tokens.
//!
//! A window holds as many tokens as the model has positions, the two special ones included; windows do not overlap, and only
//! the first has the prefix. This is what the reference engine does, and is the mean over the whole text but for the
//! attention, which does not reach across windows. Chunking keeps passages below one window, so it is the rare case.

use std::collections::VecDeque;

use super::tokenizer::TextTokenizer;

/// The ids of one pass through the model.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    /// With the special tokens.
    pub(super) ids: Vec<u32>,
    /// Its part in the text's vector.
    pub(super) weight: f32,
}

/// Cuts `content` into windows of at most `positions` tokens. There is always at least one.
pub(super) fn cut(content: &[u32], positions: usize, tokenizer: &TextTokenizer) -> VecDeque<Window> {
    let window = |part: &[u32]| {
        let mut ids = Vec::with_capacity(part.len() + 2);
        ids.push(tokenizer.bos());
        ids.extend_from_slice(part);
        ids.push(tokenizer.eos());
        Window { ids, weight: part.len().max(1) as f32 }
    };
    if content.is_empty() {
        return VecDeque::from([window(&[])]);
    }
    content.chunks(positions.saturating_sub(2).max(1)).map(window).collect()
}

/// Shares things of these sizes between at most `groups` groups so that the heaviest is as light as a simple rule makes it:
/// the largest first, each to the lightest group. No group is empty.
pub(super) fn share(sizes: &[usize], groups: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(sizes[*index]));
    let mut shares = vec![(0, Vec::new()); groups.min(sizes.len())];
    for index in order {
        if let Some((load, share)) = shares.iter_mut().min_by_key(|(load, _)| *load) {
            *load += sizes[index];
            share.push(index);
        }
    }
    shares.into_iter().map(|(_, share)| share).filter(|share| !share.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_shared_evenly_and_completely() {
        assert_eq!(share(&[], 4), Vec::<Vec<usize>>::new());
        assert_eq!(share(&[7], 4), [[0]]);
        let shares = share(&[100, 90, 10, 20, 30], 2);
        let load = |share: &Vec<usize>| share.iter().map(|i| [100, 90, 10, 20, 30][*i]).sum::<usize>();
        assert_eq!((load(&shares[0]), load(&shares[1])), (130, 120));
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_or_done_twice(sizes in proptest::collection::vec(0_usize..600, 0..40), groups in 1_usize..9) {
            let mut all: Vec<usize> = share(&sizes, groups).concat();
            all.sort_unstable();
            assert_eq!(all, (0..sizes.len()).collect::<Vec<_>>());
        }
    }
}
