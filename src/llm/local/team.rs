//! Sharing one forward pass between threads: for the lone question, whose latency a customer feels.

use rayon::prelude::*;

use super::kernels::Product;
use super::packed::Packed;

/// Below this many rows, columns are shared between threads instead of rows: with few rows the weights are the work.
const FEW_ROWS: usize = 48;
/// Rows are shared in multiples of a tile.
const ROW_UNIT: usize = 6;

/// How many threads share a pass. Must be used inside a pool of that many threads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Team(pub(super) usize);

impl Team {
    /// `out = then(a · b + bias)`, all dense; `then` sees some of the numbers at a time.
    pub(super) fn product(
        self,
        a: &[f32],
        rows: usize,
        b: &Packed,
        bias: &[f32],
        out: &mut [f32],
        then: fn(&mut [f32]),
    ) {
        let (inputs, outputs) = (b.rows(), b.columns());
        let whole = |a: &[f32], rows: usize, out: &mut [f32]| {
            Product { a, a_stride: inputs, rows, b, panels: 0..b.panels(), out: &mut *out, out_stride: outputs, bias }
                .run();
            then(out);
        };
        if self.0 < 2 || rows == 0 || inputs == 0 || outputs == 0 {
            return whole(a, rows, out);
        }
        if rows >= FEW_ROWS {
            let share = rows.div_ceil(self.0).next_multiple_of(ROW_UNIT);
            let parts = a.par_chunks(share * inputs).zip(out.par_chunks_mut(share * outputs));
            return parts.for_each(|(a, out)| whole(a, a.len() / inputs, out));
        }
        let share = b.panels().div_ceil(self.0).max(1);
        let parts = (0..b.panels()).into_par_iter().step_by(share).map(|first| {
            let panels = first..(first + share).min(b.panels());
            let columns = b.columns_in(&panels);
            let mut part = vec![0.0; rows * columns.len()];
            let out_stride = columns.len();
            Product { a, a_stride: inputs, rows, b, panels, out: &mut part, out_stride, bias }.run();
            then(&mut part);
            (columns, part)
        });
        let parts: Vec<_> = parts.collect();
        for (columns, part) in parts {
            for (to, from) in out.chunks_exact_mut(outputs).zip(part.chunks_exact(columns.len())) {
                to[columns.clone()].copy_from_slice(from);
            }
        }
    }
}
