//! The inner loops: matrix products over packed weights, soft-max, GELU, layer norm.
//!
//! Why not candle's tensors: their GELU, soft-max and layer norm are scalar, and their matrix product packs the weights
//! anew on every call, which for a question of ten tokens costs more than the product. Here weights are packed once, at load,
//! in the order the loop reads them. The loops are written once, over `pulp`'s vectors, which picks AVX-512, AVX2, NEON or
//! plain scalar code when the process starts.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::packed::{Packed, SCRATCH, each, lanes};

/// Rows of one tile: with `tile_vectors` columns it fills the register file and no more.
const TILE_ROWS: usize = 6;

/// A polynomial, highest power first, written out: over an array of factors it is a loop that reads memory.
macro_rules! polynomial {
    ($simd:ident, $x:expr, $first:literal $(, $factor:literal)*) => {{
        let sum = $simd.splat_f32s($first);
        $(let sum = $simd.mul_add_f32s(sum, $x, $simd.splat_f32s($factor));)*
        sum
    }};
}

/// The instruction set in use, for reports.
pub(super) fn instruction_set() -> String {
    let lanes = lanes();
    let name = match lanes {
        16 => "AVX-512",
        8 => "AVX2 and FMA",
        4 => "NEON",
        _ => "scalar",
    };
    format!("{name} ({lanes} × f32)")
}

/// `out = a · b + bias`, rows of `a` and `out` at their strides, for some of `b`'s panels.
pub(super) struct Product<'a> {
    /// Left matrix; row `r` begins at `r * a_stride` and is as long as `b` has rows.
    pub(super) a: &'a [f32],
    pub(super) a_stride: usize,
    /// Number of rows of `a` and `out`.
    pub(super) rows: usize,
    pub(super) b: &'a Packed,
    /// The panels of `b` that take part.
    pub(super) panels: Range<usize>,
    /// The first column of the first of those panels is written to its start.
    pub(super) out: &'a mut [f32],
    pub(super) out_stride: usize,
    /// One number per column of `b`, or empty.
    pub(super) bias: &'a [f32],
}

impl Product<'_> {
    /// Runs on this thread.
    pub(super) fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.b.width() / S::F32_LANES {
            4 => self.panels::<S, 4>(simd),
            2 => self.panels::<S, 2>(simd),
            _ => self.panels::<S, 1>(simd),
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn panels<S: Simd, const VECTORS: usize>(mut self, simd: S) {
        let mut bias = self.bias.get(self.b.columns_in(&self.panels)).unwrap_or_default().chunks(self.b.width());
        let mut scratch = SCRATCH.take();
        for index in self.panels.clone() {
            let mut start = [simd.splat_f32s(0.0); VECTORS];
            for (vector, values) in start.iter_mut().zip(bias.next().unwrap_or_default().chunks(S::F32_LANES)) {
                *vector = simd.partial_load_f32s(values);
            }
            let bias = start;
            let panel = self.b.panel::<S, VECTORS>(simd, index, &mut scratch);
            let first = (index - self.panels.start) * self.b.width();
            let mut row = 0;
            while row < self.rows {
                row += match self.rows - row {
                    1 => self.tile::<S, 1, VECTORS>(simd, panel, bias, row, first),
                    2 => self.tile::<S, 2, VECTORS>(simd, panel, bias, row, first),
                    3 => self.tile::<S, 3, VECTORS>(simd, panel, bias, row, first),
                    4 => self.tile::<S, 4, VECTORS>(simd, panel, bias, row, first),
                    5 => self.tile::<S, 5, VECTORS>(simd, panel, bias, row, first),
                    _ => self.tile::<S, TILE_ROWS, VECTORS>(simd, panel, bias, row, first),
                };
            }
        }
        SCRATCH.set(scratch);
    }

    /// `ROWS × VECTORS` accumulators stay in registers over the whole depth.
    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        panel: &[f32],
        bias: [S::f32s; VECTORS],
        row: usize,
        first: usize,
    ) -> usize {
        let depth = self.b.rows();
        let mut sums = [bias; ROWS];
        let mut left: [&[f32]; ROWS] = [&[]; ROWS];
        each!(r of 0 1 2 3 4 5, below ROWS, {
            left[r] = &self.a[(row + r) * self.a_stride..][..depth];
        });
        let (vectors, _) = S::as_simd_f32s(panel);
        let (steps, _) = vectors.as_chunks::<VECTORS>();
        for (i, step) in steps.iter().enumerate() {
            each!(r of 0 1 2 3 4 5, below ROWS, {
                let value = simd.splat_f32s(left[r][i]);
                each!(v of 0 1 2 3, below VECTORS, {
                    sums[r][v] = simd.mul_add_e_f32s(value, step[v], sums[r][v]);
                });
            });
        }
        let room = (self.b.columns_in(&self.panels).len() - first).min(VECTORS * S::F32_LANES);
        each!(r of 0 1 2 3 4 5, below ROWS, {
            let out = &mut self.out[(row + r) * self.out_stride + first..][..room];
            if room == VECTORS * S::F32_LANES {
                let (out, _) = S::as_mut_simd_f32s(out);
                each!(v of 0 1 2 3, below VECTORS, {
                    out[v] = sums[r][v];
                });
            } else {
                each!(v of 0 1 2 3, below VECTORS, {
                    let start = (v * S::F32_LANES).min(room);
                    simd.partial_store_f32s(&mut out[start..room.min(start + S::F32_LANES)], sums[r][v]);
                });
            }
        });
        ROWS
    }
}

/// eˣ to about 2 units in the last place for x ≤ 88; below -87 as good as 0.
#[inline(always)]
fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // Adding 1.5 · 2²³ leaves the nearest whole number in the low bits; shifted up they add to the exponent.
    const ROUND: f32 = 12_582_912.0;
    let x = simd.max_f32s(x, simd.splat_f32s(-87.0));
    let shifted = simd.mul_add_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(ROUND));
    let whole = simd.sub_f32s(shifted, simd.splat_f32s(ROUND));
    let rest = simd.mul_add_f32s(whole, simd.splat_f32s(-0.693_359_4), x);
    let rest = simd.mul_add_f32s(whole, simd.splat_f32s(2.121_944_4e-4), rest);
    let sum = polynomial!(
        simd,
        rest,
        1.987_569_1e-4,
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        0.166_666_65,
        0.5,
        1.0,
        1.0
    );
    let exponent = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(sum), exponent))
}

/// GELU by the error function (Abramowitz and Stegun 7.1.26, within 1.5e-7): what BERT was trained with.
#[inline(always)]
fn gelu_vector<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let size = simd.max_f32s(x, simd.mul_f32s(x, simd.splat_f32s(-1.0)));
    let z = simd.mul_f32s(size, simd.splat_f32s(std::f32::consts::FRAC_1_SQRT_2));
    let one = simd.splat_f32s(1.0);
    let t = simd.div_f32s(one, simd.mul_add_f32s(z, simd.splat_f32s(0.327_591_1), one));
    let sum = polynomial!(simd, t, 1.061_405_4, -1.453_152_1, 1.421_413_8, -0.284_496_74, 0.254_829_6, 0.0);
    let tail = simd.mul_f32s(sum, exp(simd, simd.mul_f32s(z, simd.mul_f32s(z, simd.splat_f32s(-1.0)))));
    // ½x(1 + erf(x/√2)), with 1 - erf(|z|) = tail, is max(x, 0) - ½|x| · tail on both sides of zero.
    let half = simd.mul_f32s(size, simd.splat_f32s(-0.5));
    simd.mul_add_f32s(half, tail, simd.max_f32s(x, simd.splat_f32s(0.0)))
}

/// GELU of every number, in place.
pub(super) fn gelu(values: &mut [f32]) {
    struct Gelu<'a>(&'a mut [f32]);
    impl WithSimd for Gelu<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let (vectors, tail) = S::as_mut_simd_f32s(self.0);
            for x in vectors {
                *x = gelu_vector(simd, *x);
            }
            if !tail.is_empty() {
                let last = gelu_vector(simd, simd.partial_load_f32s(tail));
                simd.partial_store_f32s(tail, last);
            }
        }
    }
    Arch::new().dispatch(Gelu(values));
}

/// Soft-max of each row's first `used` numbers without the division; returns one factor per row to multiply by later, when
/// the rows have become short. The rest of a row is padding and becomes as good as 0.
pub(super) fn soft_max(rows: &mut [f32], stride: usize, used: usize, factors: &mut Vec<f32>) {
    struct SoftMax<'a>(&'a mut [f32], usize, usize, &'a mut Vec<f32>);
    impl WithSimd for SoftMax<'_> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            let Self(rows, stride, used, factors) = self;
            for row in rows.chunks_exact_mut(stride) {
                row[used..].fill(-1e30);
                // Strides are whole panels, so there is no tail.
                let (vectors, _) = S::as_mut_simd_f32s(row);
                let mut top = simd.splat_f32s(-1e30);
                for x in vectors.iter() {
                    top = simd.max_f32s(top, *x);
                }
                let top = simd.splat_f32s(simd.reduce_max_f32s(top));
                let mut sum = simd.splat_f32s(0.0);
                for x in vectors {
                    *x = exp(simd, simd.sub_f32s(*x, top));
                    sum = simd.add_f32s(sum, *x);
                }
                factors.push(1.0 / simd.reduce_sum_f32s(sum));
            }
        }
    }
    factors.clear();
    Arch::new().dispatch(SoftMax(rows, stride.max(1), used, factors));
}

/// Multiplies the first `width` numbers of each row by its factor.
pub(super) fn scale_rows(rows: &mut [f32], stride: usize, width: usize, factors: &[f32]) {
    for (row, factor) in rows.chunks_mut(stride).zip(factors) {
        for value in row.iter_mut().take(width) {
            *value *= factor;
        }
    }
}

/// Layer norm's learned scale and shift.
#[derive(Debug, Clone, Default)]
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) epsilon: f32,
}

impl Norm {
    /// `x = norm(x + y)`, row by row. `y` may be empty.
    pub(super) fn add_and_normalise(&self, x: &mut [f32], y: &[f32]) {
        Arch::new().dispatch(AddNorm { norm: self, x, y });
    }
}

struct AddNorm<'a> {
    norm: &'a Norm,
    x: &'a mut [f32],
    y: &'a [f32],
}

impl WithSimd for AddNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = self.norm.weight.len().max(1);
        let mut y = self.y.chunks_exact(width);
        let (weight, weight_tail) = S::as_simd_f32s(&self.norm.weight);
        let (bias, bias_tail) = S::as_simd_f32s(&self.norm.bias);
        for row in self.x.chunks_exact_mut(width) {
            if let Some(y) = y.next() {
                let (row, row_tail) = S::as_mut_simd_f32s(row);
                let (y, y_tail) = S::as_simd_f32s(y);
                for (x, y) in row.iter_mut().zip(y) {
                    *x = simd.add_f32s(*x, *y);
                }
                for (x, y) in row_tail.iter_mut().zip(y_tail) {
                    *x += y;
                }
            }
            let (row, tail) = S::as_mut_simd_f32s(row);
            let mut sum = simd.partial_load_f32s(tail);
            for x in row.iter() {
                sum = simd.add_f32s(sum, *x);
            }
            let mean = simd.reduce_sum_f32s(sum) / width as f32;
            let means = simd.splat_f32s(mean);
            let mut squares = simd.splat_f32s(0.0);
            for x in row.iter() {
                let off = simd.sub_f32s(*x, means);
                squares = simd.mul_add_f32s(off, off, squares);
            }
            let mut squares = simd.reduce_sum_f32s(squares);
            for x in tail.iter() {
                squares += (x - mean) * (x - mean);
            }
            let factor = 1.0 / (squares / width as f32 + self.norm.epsilon).sqrt();
            let factors = simd.splat_f32s(factor);
            for ((x, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
                let off = simd.mul_f32s(simd.sub_f32s(*x, means), factors);
                *x = simd.mul_add_f32s(off, *weight, *bias);
            }
            for ((x, weight), bias) in tail.iter_mut().zip(weight_tail).zip(bias_tail) {
                *x = (*x - mean) * factor * weight + bias;
            }
        }
    }
}

#[cfg(test)]
mod tests;
