//! What the classifier has learnt, kept from one start to the next: learning takes seconds, and the same policies and vectors teach the
//! same.

use super::policy::Policies;
use crate::llm::Vector;

/// Counted up when the same exemplars teach something else than before: another kernel, other runs of characters. A test notices.
pub(super) const FORM: u32 = 1;
/// Bytes of a digest.
const DIGEST: usize = 32;

/// Numbers that were learnt, and what from.
#[derive(Debug, Clone, PartialEq)]
pub struct Learnt {
    from: [u8; DIGEST],
    pulls: Vec<f32>,
}

impl Learnt {
    pub(super) fn new(from: [u8; DIGEST], pulls: Vec<f32>) -> Self {
        Self { from, pulls }
    }

    /// Reads what [`Self::bytes`] wrote; `None` if that is not what this is, to the last bit.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (content, seal) = bytes.split_last_chunk::<DIGEST>()?;
        if blake3::hash(content).as_bytes() != seal {
            return None;
        }
        let (from, numbers) = content.split_first_chunk::<DIGEST>()?;
        let (numbers, []) = numbers.as_chunks::<4>() else { return None };
        Some(Self { from: *from, pulls: numbers.iter().map(|number| f32::from_le_bytes(*number)).collect() })
    }

    /// As it is kept: the digest of what it was learnt from, the numbers, the digest of both.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.from.to_vec();
        bytes.extend(self.pulls.iter().flat_map(|number| number.to_le_bytes()));
        let seal = blake3::hash(&bytes);
        bytes.extend_from_slice(seal.as_bytes());
        bytes
    }

    /// The numbers, if this was learnt from the same.
    pub(super) fn pulls(&self, from: &[u8; DIGEST]) -> Option<&[f32]> {
        (self.from == *from).then_some(&self.pulls)
    }
}

/// The digest of everything that decides what is learnt.
pub(super) fn digest<'a>(policies: &Policies, samples: impl Iterator<Item = (&'a str, &'a Vector)>) -> [u8; DIGEST] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&FORM.to_le_bytes()).update(policies.digest().as_bytes());
    for (text, vector) in samples {
        hasher.update(&[0x1f]).update(text.as_bytes()).update(&[0x1f]);
        vector.as_slice().iter().for_each(|number| {
            hasher.update(&number.to_le_bytes());
        });
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_and_nothing_else() {
        let learnt = Learnt::new([7; DIGEST], vec![0.5, -1.25, f32::MIN_POSITIVE]);
        let bytes = learnt.bytes();
        assert_eq!(Learnt::read(&bytes), Some(learnt.clone()));
        assert_eq!(learnt.pulls(&[7; DIGEST]).map(<[f32]>::len), Some(3));
        assert_eq!(learnt.pulls(&[8; DIGEST]), None);
        for odd in [&[][..], &[0; 31], &[0; 64], &[0; 66], bytes.get(1..).unwrap()] {
            assert_eq!(Learnt::read(odd), None);
        }
        for at in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[at] ^= 1;
            assert_eq!(Learnt::read(&bent), None, "{at}");
        }
    }
}
