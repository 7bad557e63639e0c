//! Matrices in the order the product reads them.
//!
//! A matrix is cut into panels of some columns, each stored row after row, so that one step of the product reads one run of
//! memory. 4-bit weights stay 4-bit: 85 MB of numbers would have to come from memory for every question, 13 MB stay in the
//! processor's cache. A panel is unpacked when its turn comes, which loses nothing and costs less than waiting for memory.

use std::cell::Cell;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

pub(super) fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// Columns of one panel: four vectors where there are 32 registers, two where there are 16.
fn panel_columns() -> usize {
    match lanes() {
        16 => 64,
        lanes => 2 * lanes,
    }
}

/// A loop written out. Sums that are indexed by a loop's variable are kept in memory by the compiler, written after every
/// step; indexed by constants they stay in registers, which doubles the speed.
macro_rules! each {
    ($index:ident of $($value:literal)*, below $limit:ident, $body:block) => {
        $({
            #[expect(non_upper_case_globals, reason = "stands for a loop's variable")]
            const $index: usize = $value;
            if $index < $limit $body
        })*
    };
}
pub(super) use each;

/// A matrix packed for being multiplied from the right: panels of some columns, each panel row after row.
#[derive(Debug, Clone, Default)]
pub(super) struct Packed {
    data: Data,
    rows: usize,
    columns: usize,
    width: usize,
}

#[derive(Debug, Clone)]
enum Data {
    /// As they are.
    Plain(Vec<f32>),
    /// Eight rows of one column in one number, the first in its lowest four bits; a factor for 32 rows of a column.
    FourBit { quants: Vec<u32>, factors: Vec<f32> },
}

impl Default for Data {
    fn default() -> Self {
        Self::Plain(Vec::new())
    }
}

/// Rows that share a factor in GGUF's Q4_0.
const BLOCK: usize = 32;
/// Rows in one 32-bit number.
const EIGHT: usize = 8;

thread_local! {
    /// Where this thread unpacks panels.
    pub(super) static SCRATCH: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Weights as they are stored: `inputs` numbers for the first output, then for the second, and so on.
#[derive(Debug, Clone)]
pub(super) enum Weights {
    Plain(Vec<f32>),
    /// One number of 0 to 15 per weight, meaning -8 to 7, and one factor for 32 weights.
    FourBit {
        quants: Vec<u8>,
        factors: Vec<f32>,
    },
}

impl Weights {
    /// From the bytes of Q4_0 blocks: a factor of 16 bits, then 16 bytes; the low halves are the first 16 weights.
    pub(super) fn from_q4_0(bytes: &[u8]) -> Self {
        let (blocks, _) = bytes.as_chunks::<18>();
        let mut quants = Vec::with_capacity(blocks.len() * BLOCK);
        let mut factors = Vec::with_capacity(blocks.len());
        for [low, high, packed @ ..] in blocks {
            factors.push(half::f16::from_le_bytes([*low, *high]).to_f32());
            quants.extend(packed.iter().map(|byte| byte & 15));
            quants.extend(packed.iter().map(|byte| byte >> 4));
        }
        Self::FourBit { quants, factors }
    }

    /// The numbers themselves.
    pub(super) fn plain(self) -> Vec<f32> {
        match self {
            Self::Plain(values) => values,
            Self::FourBit { quants, factors } => {
                let blocks = quants.chunks(BLOCK).zip(factors);
                blocks.flat_map(|(block, factor)| block.iter().map(move |q| (f32::from(*q) - 8.0) * factor)).collect()
            }
        }
    }

    /// Multiplies every weight.
    pub(super) fn scale(&mut self, by: f32) {
        match self {
            Self::Plain(values) | Self::FourBit { factors: values, .. } => {
                values.iter_mut().for_each(|value| *value *= by)
            }
        }
    }

    /// Outputs of both, `more`'s after one's own.
    pub(super) fn and(self, more: Self) -> Self {
        match (self, more) {
            (Self::FourBit { mut quants, mut factors }, Self::FourBit { quants: more, factors: more_factors }) => {
                quants.extend(more);
                factors.extend(more_factors);
                Self::FourBit { quants, factors }
            }
            (one, more) => {
                let mut values = one.plain();
                values.extend(more.plain());
                Self::Plain(values)
            }
        }
    }
}

impl Packed {
    /// Packs weights for a product that has as many columns as they have outputs.
    pub(super) fn weights(weights: &Weights, inputs: usize) -> Self {
        let mut packed = Self::default();
        match weights {
            Weights::Plain(values) => {
                packed.columns_of(values, inputs, inputs, values.len().checked_div(inputs).unwrap_or(0));
            }
            Weights::FourBit { quants, factors } => packed.four_bit(quants, factors, inputs),
        }
        packed
    }

    fn four_bit(&mut self, quants: &[u8], factors: &[f32], inputs: usize) {
        let (width, columns) = (panel_columns(), quants.len().checked_div(inputs).unwrap_or(0));
        (self.rows, self.columns, self.width) = (inputs, columns, width);
        let panels = columns.div_ceil(width);
        let mut packed = vec![0_u32; panels * width * inputs / EIGHT];
        let mut packed_factors = vec![0.0; panels * width * inputs / BLOCK];
        for column in 0..columns {
            let (panel, at) = (column / width, column % width);
            let own = quants[column * inputs..][..inputs].chunks_exact(EIGHT);
            let to = packed[panel * width * inputs / EIGHT..][at..].iter_mut().step_by(width);
            for (to, eight) in to.zip(own) {
                *to = eight.iter().rev().fold(0, |bits, quant| bits << 4 | u32::from(*quant & 15));
            }
            let own = &factors[column * inputs / BLOCK..][..inputs / BLOCK];
            let to = packed_factors[panel * width * inputs / BLOCK..][at..].iter_mut().step_by(width);
            to.zip(own).for_each(|(to, factor)| *to = *factor);
        }
        self.data = Data::FourBit { quants: packed, factors: packed_factors };
    }

    /// One panel, row after row, unpacked into `scratch` if need be.
    #[inline(always)]
    pub(super) fn panel<'a, S: Simd, const VECTORS: usize>(
        &'a self,
        simd: S,
        index: usize,
        scratch: &'a mut Vec<f32>,
    ) -> &'a [f32] {
        let size = self.width * self.rows;
        let (quants, factors) = match &self.data {
            Data::Plain(values) => return &values[index * size..][..size],
            Data::FourBit { quants, factors } => (quants, factors),
        };
        // Whole cache lines: a vector across two of them takes twice as long.
        scratch.resize(size + 16, 0.0);
        let start = scratch.as_ptr().align_offset(64).min(16);
        let out = &mut scratch[start..start + size];
        let (quants, _) = S::as_simd_u32s(&quants[index * size / EIGHT..][..size / EIGHT]);
        let (factors, _) = S::as_simd_f32s(&factors[index * size / BLOCK..][..size / BLOCK]);
        let (vectors, _) = S::as_mut_simd_f32s(out);
        let (low, magic) = (simd.splat_u32s(15), simd.splat_u32s(0x4b00_0000));
        // As bits of a float, `magic | q` is 2²³ + q.
        let offset = simd.splat_f32s(8_388_616.0);
        for (group, out) in vectors.chunks_exact_mut(EIGHT * VECTORS).enumerate() {
            each!(v of 0 1 2 3, below VECTORS, {
                let packed = quants[group * VECTORS + v];
                let factor = factors[group / (BLOCK / EIGHT) * VECTORS + v];
                each!(j of 0 1 2 3 4 5 6 7, below EIGHT, {
                    let quant = simd.and_u32s(simd.wrapping_dyn_shr_u32s(packed, simd.splat_u32s(4 * j as u32)), low);
                    let value = simd.transmute_f32s_u32s(simd.or_u32s(quant, magic));
                    out[j * VECTORS + v] = simd.mul_f32s(simd.sub_f32s(value, offset), factor);
                });
            });
        }
        &scratch[start..start + size]
    }

    /// Columns of one panel.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Packs anew a matrix of which `values` holds the columns: column `c` at `c * stride`, `rows` numbers long.
    fn columns_of(&mut self, values: &[f32], stride: usize, rows: usize, columns: usize) {
        let width = panel_columns();
        let data = self.reset(rows, columns, width);
        for (panel, first) in data.chunks_exact_mut((width * rows).max(1)).zip((0..columns).step_by(width)) {
            for column in first..(first + width).min(columns) {
                let from = &values[column * stride..][..rows];
                for (to, value) in panel[column - first..].iter_mut().step_by(width).zip(from) {
                    *to = *value;
                }
            }
        }
    }

    /// As [`Self::columns_of`], filled up with columns of zeros to whole panels: products have no ragged edge.
    pub(super) fn padded_columns_of(&mut self, values: &[f32], stride: usize, rows: usize, columns: usize) {
        self.columns_of(values, stride, rows, columns);
        self.columns = columns.next_multiple_of(self.width);
    }

    /// Packs anew a matrix of which `values` holds the rows: row `r` at `r * stride`, `columns` numbers long.
    pub(super) fn rows_of(&mut self, values: &[f32], stride: usize, rows: usize, columns: usize) {
        let lanes = lanes();
        let width = match columns / lanes {
            0 | 1 => lanes,
            2 | 3 => 2 * lanes,
            _ => panel_columns(),
        };
        let data = self.reset(rows, columns, width);
        for (panel, first) in data.chunks_exact_mut((width * rows).max(1)).zip((0..columns).step_by(width)) {
            let taken = width.min(columns - first);
            for (to, from) in panel.chunks_exact_mut(width).zip(values.chunks(stride)) {
                to[..taken].copy_from_slice(&from[first..first + taken]);
            }
        }
    }

    fn reset(&mut self, rows: usize, columns: usize, width: usize) -> &mut [f32] {
        (self.rows, self.columns, self.width) = (rows, columns, width);
        if !matches!(self.data, Data::Plain(_)) {
            self.data = Data::default();
        }
        let Data::Plain(values) = &mut self.data else { return &mut [] };
        values.clear();
        values.resize(columns.div_ceil(width) * width * rows, 0.0);
        values
    }

    /// Number of columns of a product with it.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Number of columns of a matrix it can be multiplied to.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Number of panels.
    pub(super) fn panels(&self) -> usize {
        self.columns.div_ceil(self.width.max(1))
    }

    /// The columns of some panels.
    pub(super) fn columns_in(&self, panels: &Range<usize>) -> Range<usize> {
        (panels.start * self.width).min(self.columns)..(panels.end * self.width).min(self.columns)
    }
}
