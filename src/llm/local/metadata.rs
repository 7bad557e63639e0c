//! What a GGUF file says about itself, with errors that name the key.

use candle_core::quantized::gguf_file::Value;
use std::collections::HashMap;

use super::EmbedError;

/// Metadata of a GGUF file.
#[derive(Debug)]
pub(super) struct Metadata<'a>(pub(super) &'a HashMap<String, Value>);

impl Metadata<'_> {
    fn missing(key: &str, kind: &str) -> EmbedError {
        EmbedError::Model(format!("the GGUF file has no {key} ({kind}): it is no embedding model that is served here"))
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        match self.0.get(key)? {
            Value::String(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn required_text(&self, key: &str) -> Result<&str, EmbedError> {
        self.text(key).ok_or_else(|| Self::missing(key, "text"))
    }

    /// Whole numbers come in any width and sign.
    pub(super) fn number(&self, key: &str) -> Option<usize> {
        whole(self.0.get(key)?)
    }

    pub(super) fn required_number(&self, key: &str) -> Result<usize, EmbedError> {
        self.number(key).ok_or_else(|| Self::missing(key, "number"))
    }

    pub(super) fn required_float(&self, key: &str) -> Result<f32, EmbedError> {
        self.0.get(key).and_then(|value| value.to_f32().ok()).ok_or_else(|| Self::missing(key, "number"))
    }

    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        self.0.get(key)?.to_bool().ok()
    }

    pub(super) fn texts(&self, key: &str) -> Result<Vec<&str>, EmbedError> {
        let list = self.0.get(key).and_then(|value| value.to_vec().ok());
        list.and_then(|list| list.iter().map(|value| value.to_string().ok().map(String::as_str)).collect())
            .ok_or_else(|| Self::missing(key, "list of texts"))
    }

    pub(super) fn floats(&self, key: &str) -> Result<Vec<f32>, EmbedError> {
        let list = self.0.get(key).and_then(|value| value.to_vec().ok());
        list.and_then(|list| list.iter().map(|value| value.to_f32().ok()).collect())
            .ok_or_else(|| Self::missing(key, "list of numbers"))
    }

    pub(super) fn numbers(&self, key: &str) -> Option<Vec<usize>> {
        self.0.get(key)?.to_vec().ok()?.iter().map(whole).collect()
    }

    /// Bytes are stored as signed or unsigned numbers of eight bits.
    pub(super) fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        let byte = |value: &Value| match value {
            Value::U8(byte) => Some(*byte),
            Value::I8(byte) => Some(byte.cast_unsigned()),
            _ => None,
        };
        self.0.get(key)?.to_vec().ok()?.iter().map(byte).collect()
    }
}

fn whole(value: &Value) -> Option<usize> {
    match value {
        Value::U8(v) => Some(usize::from(*v)),
        Value::U16(v) => Some(usize::from(*v)),
        Value::U32(v) => usize::try_from(*v).ok(),
        Value::U64(v) => usize::try_from(*v).ok(),
        Value::I8(v) => usize::try_from(*v).ok(),
        Value::I16(v) => usize::try_from(*v).ok(),
        Value::I32(v) => usize::try_from(*v).ok(),
        Value::I64(v) => usize::try_from(*v).ok(),
        _ => None,
    }
}
