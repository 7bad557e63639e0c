//! The `bert` encoder: embeddings, layers of attention and feed-forward, pooling. Reads top to bottom like the paper.
//!
//! Tokens of all windows of a batch stand one below the other without padding: the linear layers see one tall matrix,
//! attention looks at one window and head at a time.

use std::io::Cursor;

use candle_core::quantized::gguf_file::Content;
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

use super::EmbedError;
use super::kernels::{self, Norm, Product};
use super::metadata::Metadata;
use super::packed::{Packed, Weights};
use super::team::Team;

/// How token vectors become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// Their mean.
    Mean,
    /// The first one.
    Cls,
}

/// A loaded model.
#[derive(Debug)]
pub(super) struct Encoder {
    pub(super) hidden: usize,
    pub(super) positions: usize,
    pub(super) pooling: Pooling,
    heads: usize,
    /// The one big table stays quantised; rows are looked up.
    tokens: QTensor,
    position: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    /// Query, key and value in one; the query is scaled already.
    attention_in: Linear,
    attention_out: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    norm: Norm,
}

#[derive(Debug)]
struct Linear {
    weight: Packed,
    bias: Vec<f32>,
}

/// Buffers of one forward pass, kept for the next.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    hidden: Vec<f32>,
    attention: Vec<f32>,
    context: Vec<f32>,
    update: Vec<f32>,
    wide: Vec<f32>,
}

/// Buffers of one head's attention.
#[derive(Debug, Default)]
struct HeadScratch {
    keys: Packed,
    values: Packed,
    scores: Vec<f32>,
    factors: Vec<f32>,
}

fn broken(error: impl std::fmt::Display) -> EmbedError {
    EmbedError::Model(format!("the GGUF file: {error}"))
}

fn plain(tensor: &QTensor) -> Result<Vec<f32>, EmbedError> {
    let tensor = tensor.dequantize(&Device::Cpu).map_err(broken)?;
    tensor.flatten_all().and_then(|tensor| tensor.to_vec1()).map_err(broken)
}

/// Reads tensors by name.
struct Tensors<'a> {
    content: &'a Content,
    reader: Cursor<&'a [u8]>,
}

impl Tensors<'_> {
    fn quantised(&mut self, name: &str, shape: &[usize]) -> Result<QTensor, EmbedError> {
        let tensor = self.content.tensor(&mut self.reader, name, &Device::Cpu).map_err(broken)?;
        match tensor.shape().dims() == shape {
            true => Ok(tensor),
            false => Err(broken(format!("{name} is {:?}, expected {shape:?}", tensor.shape().dims()))),
        }
    }

    fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EmbedError> {
        plain(&self.quantised(name, shape)?)
    }

    /// A bias, which a model may leave out.
    fn bias(&mut self, name: &str, size: usize) -> Result<Vec<f32>, EmbedError> {
        match self.content.tensor_infos.contains_key(name) {
            true => self.read(name, &[size]),
            false => Ok(vec![0.0; size]),
        }
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize) -> Result<(Weights, Vec<f32>), EmbedError> {
        let tensor = self.quantised(&format!("{name}.weight"), &[outputs, inputs])?;
        let weight = match tensor.dtype() {
            GgmlDType::Q4_0 => Weights::from_q4_0(&tensor.data().map_err(broken)?),
            _ => Weights::Plain(plain(&tensor)?),
        };
        Ok((weight, self.bias(&format!("{name}.bias"), outputs)?))
    }

    fn norm(&mut self, name: &str, size: usize, epsilon: f32) -> Result<Norm, EmbedError> {
        let weight = self.read(&format!("{name}.weight"), &[size])?;
        Ok(Norm { weight, bias: self.bias(&format!("{name}.bias"), size)?, epsilon })
    }
}

impl Encoder {
    /// Builds the encoder from a whole GGUF file in memory.
    pub(super) fn from_gguf(content: &Content, file: &[u8]) -> Result<Self, EmbedError> {
        let metadata = Metadata(&content.metadata);
        let architecture = metadata.required_text("general.architecture")?;
        if architecture != "bert" {
            return Err(broken(format!("architecture {architecture} is not served here; bert is")));
        }
        let hidden = metadata.required_number("bert.embedding_length")?;
        let heads = metadata.required_number("bert.attention.head_count")?;
        let wide = metadata.required_number("bert.feed_forward_length")?;
        let positions = metadata.required_number("bert.context_length")?;
        let depth = metadata.required_number("bert.block_count")?;
        let epsilon = metadata.required_float("bert.attention.layer_norm_epsilon")?;
        if heads == 0 || hidden == 0 || !hidden.is_multiple_of(heads) || positions < 3 {
            return Err(broken(format!(
                "{heads} heads over {hidden} dimensions and {positions} positions make no model"
            )));
        }
        let pooling = match metadata.number("bert.pooling_type") {
            None | Some(1) => Pooling::Mean,
            Some(2) => Pooling::Cls,
            Some(other) => {
                return Err(broken(format!("pooling type {other} is not served here; mean (1) and CLS (2) are")));
            }
        };

        let mut tensors = Tensors { content, reader: Cursor::new(file) };
        let vocabulary = metadata.texts("tokenizer.ggml.tokens")?.len();
        let tokens = tensors.quantised("token_embd.weight", &[vocabulary, hidden])?;
        let mut position = tensors.read("position_embd.weight", &[positions, hidden])?;
        if let Some(info) = content.tensor_infos.get("token_types.weight") {
            // Every token is of type 0, so its vector is part of every position's.
            let types = tensors.read("token_types.weight", info.shape.dims())?;
            for row in position.chunks_exact_mut(hidden) {
                row.iter_mut().zip(&types).for_each(|(to, from)| *to += from);
            }
        }
        let norm = tensors.norm("token_embd_norm", hidden, epsilon)?;
        let layers = (0..depth)
            .map(|layer| Layer::read(&mut tensors, layer, (hidden, heads, wide), epsilon))
            .collect::<Result<_, _>>()?;
        Ok(Self { hidden, positions, pooling, heads, tokens, position, norm, layers })
    }

    /// Pooled vectors, not yet of length 1, of windows that hold at most [`Self::positions`] tokens each.
    pub(super) fn encode(
        &self,
        windows: &[&[u32]],
        scratch: &mut Scratch,
        team: Team,
    ) -> Result<Vec<Vec<f32>>, EmbedError> {
        let hidden = self.hidden;
        self.embed(windows, scratch)?;
        for layer in &self.layers {
            let Scratch { hidden: x, attention, context, update, wide } = scratch;
            layer.attention_in.apply(x, attention, team);
            self.attend(windows, attention, context);
            layer.attention_out.apply(context, update, team);
            layer.attention_norm.add_and_normalise(x, update);
            layer.up.apply_then(x, wide, team, kernels::gelu);
            layer.down.apply(wide, update, team);
            layer.norm.add_and_normalise(x, update);
        }
        let mut rows = scratch.hidden.as_slice();
        Ok(windows
            .iter()
            .map(|window| {
                let (own, rest) = rows.split_at(window.len() * hidden);
                rows = rest;
                self.pool(own)
            })
            .collect())
    }

    fn embed(&self, windows: &[&[u32]], scratch: &mut Scratch) -> Result<(), EmbedError> {
        let ids: Vec<u32> = windows.concat();
        let ids = Tensor::new(ids, &Device::Cpu).map_err(broken)?;
        let rows = self.tokens.embedding(&ids).and_then(|rows| rows.flatten_all()?.to_vec1::<f32>()).map_err(broken)?;
        scratch.hidden = rows;
        let mut rows = scratch.hidden.chunks_exact_mut(self.hidden);
        for window in windows {
            for (position, row) in self.position.chunks_exact(self.hidden).zip(rows.by_ref().take(window.len())) {
                row.iter_mut().zip(position).for_each(|(to, from)| *to += from);
            }
        }
        self.norm.add_and_normalise(&mut scratch.hidden, &[]);
        Ok(())
    }

    /// Every head of every window looks at its own tokens.
    fn attend(&self, windows: &[&[u32]], attention: &[f32], context: &mut Vec<f32>) {
        let (hidden, width) = (self.hidden, self.hidden / self.heads);
        let stride = 3 * hidden;
        context.resize(attention.len() / 3, 0.0);
        let mut scratch = HeadScratch::default();
        let mut first = 0;
        for window in windows {
            let tokens = window.len();
            let rows = &attention[first * stride..(first + tokens) * stride];
            let out = &mut context[first * hidden..(first + tokens) * hidden];
            for head in 0..self.heads {
                let at = head * width;
                scratch.attend(rows, stride, &mut out[at..], hidden, at, width, tokens);
            }
            first += tokens;
        }
    }

    fn pool(&self, rows: &[f32]) -> Vec<f32> {
        if self.pooling == Pooling::Cls {
            return rows[..self.hidden].to_vec();
        }
        let mut out = vec![0.0; self.hidden];
        for row in rows.chunks_exact(self.hidden) {
            out.iter_mut().zip(row).for_each(|(to, from)| *to += from);
        }
        let count = (rows.len() / self.hidden).max(1) as f32;
        out.iter_mut().for_each(|value| *value /= count);
        out
    }
}

impl HeadScratch {
    /// One head: `out = softmax(q · kᵀ) · v`. `rows` holds query, key and value of every token side by side.
    #[expect(clippy::too_many_arguments, reason = "two matrices and their strides")]
    fn attend(
        &mut self,
        rows: &[f32],
        stride: usize,
        out: &mut [f32],
        out_stride: usize,
        at: usize,
        width: usize,
        tokens: usize,
    ) {
        let hidden = stride / 3;
        self.keys.padded_columns_of(&rows[hidden + at..], stride, width, tokens);
        self.values.rows_of(&rows[2 * hidden + at..], stride, tokens, width);
        let padded = self.keys.columns();
        self.scores.resize(tokens * padded, 0.0);
        let (a, scores) = (&rows[at..], self.scores.as_mut_slice());
        let (b, panels) = (&self.keys, 0..self.keys.panels());
        Product { a, a_stride: stride, rows: tokens, b, panels, out: scores, out_stride: padded, bias: &[] }.run();
        kernels::soft_max(&mut self.scores, padded, tokens, &mut self.factors);
        let (a, b, panels) = (self.scores.as_slice(), &self.values, 0..self.values.panels());
        Product { a, a_stride: padded, rows: tokens, b, panels, out, out_stride, bias: &[] }.run();
        kernels::scale_rows(out, out_stride, width, &self.factors);
    }
}

impl Layer {
    fn read(
        tensors: &mut Tensors<'_>,
        layer: usize,
        (hidden, heads, wide): (usize, usize, usize),
        epsilon: f32,
    ) -> Result<Self, EmbedError> {
        let name = |part: &str| format!("blk.{layer}.{part}");
        let (mut weight, mut bias) = tensors.linear(&name("attn_q"), hidden, hidden)?;
        // Scaling the query once here saves scaling every score.
        let scale = 1.0 / ((hidden / heads) as f32).sqrt();
        weight.scale(scale);
        bias.iter_mut().for_each(|value| *value *= scale);
        for part in ["attn_k", "attn_v"] {
            let (more_weight, more_bias) = tensors.linear(&name(part), hidden, hidden)?;
            weight = weight.and(more_weight);
            bias.extend(more_bias);
        }
        let mut linear = |part: &str, inputs, outputs| -> Result<Linear, EmbedError> {
            let (weight, bias) = tensors.linear(&name(part), inputs, outputs)?;
            Ok(Linear { weight: Packed::weights(&weight, inputs), bias })
        };
        let attention_out = linear("attn_output", hidden, hidden)?;
        let up = linear("ffn_up", hidden, wide)?;
        let down = linear("ffn_down", wide, hidden)?;
        Ok(Self {
            attention_in: Linear { weight: Packed::weights(&weight, hidden), bias },
            attention_out,
            attention_norm: tensors.norm(&name("attn_output_norm"), hidden, epsilon)?,
            up,
            down,
            norm: tensors.norm(&name("layer_output_norm"), hidden, epsilon)?,
        })
    }
}

impl Linear {
    fn apply(&self, x: &[f32], out: &mut Vec<f32>, team: Team) {
        self.apply_then(x, out, team, |_| {});
    }

    fn apply_then(&self, x: &[f32], out: &mut Vec<f32>, team: Team, then: fn(&mut [f32])) {
        let (inputs, outputs) = (self.weight.rows(), self.weight.columns());
        let rows = x.len() / inputs;
        out.resize(rows * outputs, 0.0);
        team.product(x, rows, &self.weight, &self.bias, out, then);
    }
}
