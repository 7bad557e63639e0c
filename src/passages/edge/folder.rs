//! The data folder of the embedded index: its lock, its generations, and the pointer that says which one serves.
//!
//! ```text
//! lock                              held for as long as an `EdgeIndex` lives
//! current                           the pointer: JSON with the serving generation's id; replaced by rename only
//! generations/<id>/shard/           the engine's files
//! generations/<id>/manifest.json    the GenerationSpec, and the size of every data file
//! ```
//! A generation without a manifest, or to which `current` does not point, is a left-over.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::passages::{GenerationId, GenerationSpec, IndexError};

const LOCK: &str = "lock";
const POINTER: &str = "current";
const GENERATIONS: &str = "generations";
const SHARD: &str = "shard";
const SEGMENTS: &str = "segments";
const MANIFEST: &str = "manifest.json";

/// The folder, locked.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    /// Released by the operating system with the last handle, also when the process is killed.
    _lock: File,
}

/// What `current` holds.
#[derive(Debug, Serialize, Deserialize)]
struct Pointer {
    generation: GenerationId,
}

/// What `manifest.json` holds.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    spec: GenerationSpec,
    /// Size of every data file, by path below the shard. The engine maps its files into memory: one that has become
    /// shorter would kill the process when read, so it is looked at before.
    files: BTreeMap<String, u64>,
}

impl Folder {
    /// Creates the folder if need be, and locks it.
    pub(super) fn lock(root: &Path) -> Result<Self, IndexError> {
        fs::create_dir_all(root.join(GENERATIONS))?;
        let file = File::options().create(true).truncate(false).write(true).open(root.join(LOCK))?;
        let locked = patiently(|| match file.try_lock() {
            Err(TryLockError::WouldBlock) => None,
            other => Some(other),
        });
        match locked {
            Some(Ok(())) => Ok(Self { root: root.to_owned(), _lock: file }),
            Some(Err(TryLockError::Error(error))) => Err(error.into()),
            Some(Err(TryLockError::WouldBlock)) | None => Err(IndexError::Locked { path: root.display().to_string() }),
        }
    }

    /// The folder of a generation.
    pub(super) fn generation(&self, id: GenerationId) -> PathBuf {
        self.root.join(GENERATIONS).join(id.to_string())
    }

    /// The folder of a generation's engine.
    pub(super) fn shard(&self, id: GenerationId) -> PathBuf {
        self.generation(id).join(SHARD)
    }

    /// The generation that serves, by the pointer.
    pub(super) fn pointer(&self) -> Result<Option<GenerationId>, IndexError> {
        let text = match fs::read(self.root.join(POINTER)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let pointer: Pointer = serde_json::from_slice(&text).map_err(|e| damaged(POINTER, &e))?;
        Ok(Some(pointer.generation))
    }

    /// Switches to a generation: the one moment in which the answer changes.
    pub(super) fn point_to(&self, generation: GenerationId) -> Result<(), IndexError> {
        let text = serde_json::to_vec(&Pointer { generation }).map_err(io::Error::from)?;
        replace(&self.root.join(POINTER), &text)?;
        Ok(())
    }

    /// Brings everything of a generation to the disk and seals it with its manifest.
    pub(super) fn seal(&self, spec: &GenerationSpec) -> Result<(), IndexError> {
        let shard = self.shard(spec.id);
        sync_tree(&shard)?;
        let manifest = Manifest { spec: spec.clone(), files: sizes(&shard)? };
        let text = serde_json::to_vec(&manifest).map_err(io::Error::from)?;
        let folder = self.generation(spec.id);
        replace(&folder.join(MANIFEST), &text)?;
        sync_folder(&self.root.join(GENERATIONS))?;
        Ok(())
    }

    /// Reads a generation's manifest and checks its files against it.
    pub(super) fn sealed(&self, id: GenerationId) -> Result<GenerationSpec, IndexError> {
        let text = fs::read(self.generation(id).join(MANIFEST)).map_err(|e| damaged(MANIFEST, &e))?;
        let Manifest { spec, files } = serde_json::from_slice(&text).map_err(|e| damaged(MANIFEST, &e))?;
        if spec.id != id {
            return Err(damaged(MANIFEST, &format!("it is of generation {}", spec.id)));
        }
        let shard = self.shard(id);
        for (name, expected) in files {
            let size = fs::metadata(shard.join(&name)).map_err(|e| damaged(&name, &e))?.len();
            if size < expected {
                return Err(damaged(&name, &format!("{size} bytes instead of {expected}")));
            }
        }
        Ok(spec)
    }

    /// Removes every generation but those in `keep`.
    pub(super) fn sweep(&self, keep: &HashSet<GenerationId>) -> Result<(), IndexError> {
        let keep: HashSet<String> = keep.iter().map(ToString::to_string).collect();
        for entry in fs::read_dir(self.root.join(GENERATIONS))? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| keep.contains(name)) {
                continue;
            }
            tracing::info!(folder = %entry.path().display(), "removing a left-over generation");
            remove(&entry.path())?;
        }
        Ok(())
    }
}

/// Tries for two seconds what another holder of a file lock may prevent. A lock outlives its owner for a moment if the
/// process is just then starting another one: between fork and exec the child has a copy of every open file.
pub(super) fn patiently<T>(mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..200 {
        if let Some(done) = attempt() {
            return Some(done);
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    attempt()
}

/// Removes a generation's folder, its manifest first: a removal that is cut short leaves nothing that looks whole.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(MANIFEST)) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(error);
        }
        _ => {}
    }
    if folder.is_dir() { fs::remove_dir_all(folder) } else { fs::remove_file(folder) }
}

fn damaged(file: &str, why: &dyn std::fmt::Display) -> IndexError {
    IndexError::Engine(format!("{file} is damaged ({why}); `madoguchi knowledge sync` rebuilds the index"))
}

/// Writes a file that is either the old one or the new one, whatever happens.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows cannot open folders as files, and does not need to.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The engine flushes its memory maps; this makes file lengths and names durable too.
fn sync_tree(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(folder)
}

/// Sizes of the data files below `shard`; not of the log, which the engine may recycle.
fn sizes(shard: &Path) -> io::Result<BTreeMap<String, u64>> {
    let mut sizes = BTreeMap::new();
    let mut folders = vec![shard.join(SEGMENTS)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let path = entry.path();
            let name = path.strip_prefix(shard).ok().map(Path::as_os_str).and_then(OsStr::to_str);
            let name = name.ok_or_else(|| io::Error::other("a data file's name is not Unicode"))?;
            sizes.insert(name.to_owned(), entry.metadata()?.len());
        }
    }
    Ok(sizes)
}
