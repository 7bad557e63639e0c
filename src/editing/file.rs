//! Writing into the articles folder: whole files or nothing, and nothing outside of it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::path::ArticlePath;

/// Why a file was not written. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file, or a folder above it, is a symbolic link that leads elsewhere.
    #[error(
        "`{file}` is a symbolic link or lies behind one: it is kept outside of the articles folder, and must be changed where it is kept"
    )]
    Elsewhere {
        /// Path below the articles folder.
        file: String,
    },
    /// Where a new article was to go, there is something.
    #[error(
        "there is a `{file}` already that is not this article: give the article another id, or move that file away"
    )]
    Taken {
        /// Path below the articles folder.
        file: String,
    },
    /// The folder does not take it: read-only, full, somebody else's.
    #[error(
        "`{file}` could not be changed ({source}): the service must be able to write in the articles folder and have room there. \
         Where others keep the folder (git, a read-only mount), hand them the text: it is still here"
    )]
    Refused {
        /// Path below the articles folder.
        file: String,
        /// What the system says.
        source: io::Error,
    },
}

/// What stands at a path before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// The file that is replaced.
    File,
    /// Nothing, and if there is something after all, it stays.
    Nothing,
}

/// Writes a file that is the old one or the new one, whatever happens.
pub(super) fn write(folder: &Path, path: &ArticlePath, text: &str, before: Before) -> Result<(), FileError> {
    let file = path.as_str();
    let refused = |source| FileError::Refused { file: file.to_owned(), source };
    let target = target(folder, path)?;
    let parent = target.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(refused)?;
    let mut builder = tempfile::Builder::new();
    // Hidden, so that neither a sync nor the watcher ever takes it for an article.
    builder.prefix(".edit-").suffix(".partial");
    let permissions = match before {
        Before::File => Some(fs::metadata(&target).map_err(refused)?.permissions()),
        Before::Nothing => None,
    };
    if permissions.as_ref().is_some_and(fs::Permissions::readonly) {
        return Err(refused(io::Error::new(io::ErrorKind::PermissionDenied, "the file is read-only")));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any program would make it: temporary files are their owner's alone.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(parent).map_err(refused)?;
    temporary.write_all(text.as_bytes()).map_err(refused)?;
    if let Some(permissions) = permissions {
        temporary.as_file().set_permissions(permissions).map_err(refused)?;
    }
    temporary.as_file().sync_all().map_err(refused)?;
    match before {
        Before::File => temporary.persist(&target).map(drop).map_err(|error| refused(error.error))?,
        Before::Nothing => {
            temporary.persist_noclobber(&target).map(drop).map_err(|error| match error.error.kind() {
                io::ErrorKind::AlreadyExists => FileError::Taken { file: file.to_owned() },
                _ => refused(error.error),
            })?
        }
    }
    settle(folder, parent);
    Ok(())
}

/// Takes a file away.
pub(super) fn remove(folder: &Path, path: &ArticlePath) -> Result<(), FileError> {
    let target = target(folder, path)?;
    fs::remove_file(&target).map_err(|source| FileError::Refused { file: path.as_str().to_owned(), source })?;
    settle(folder, target.parent().unwrap_or(folder));
    Ok(())
}

/// Where `path` lies, once it is sure that it lies in the folder.
fn target(folder: &Path, path: &ArticlePath) -> Result<PathBuf, FileError> {
    let file = path.as_str();
    let refused = |source| FileError::Refused { file: file.to_owned(), source };
    let elsewhere = || FileError::Elsewhere { file: file.to_owned() };
    let target = folder.join(file);
    if fs::symlink_metadata(&target).is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(elsewhere());
    }
    let root = folder.canonicalize().map_err(refused)?;
    // The folders that are there already; what has still to be made can be no link.
    let there = target.ancestors().skip(1).find(|above| above.symlink_metadata().is_ok()).unwrap_or(folder);
    if !there.canonicalize().map_err(refused)?.starts_with(&root) {
        return Err(elsewhere());
    }
    Ok(target)
}

/// A new name lasts only once its folder is on disk; so does a new folder's.
fn settle(folder: &Path, parent: &Path) {
    // Windows cannot open folders as files, and does not need to.
    if !cfg!(unix) {
        return;
    }
    for above in parent.ancestors().take_while(|above| above.starts_with(folder)) {
        if let Err(error) = File::open(above).and_then(|above| above.sync_all()) {
            // The file is there; after a power failure the one before might be.
            tracing::warn!(%error, "an article's folder could not be brought to disk");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> ArticlePath {
        ArticlePath::known(path).unwrap()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_made_replaced_and_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = path("ja/返品/期間.md");
        write(folder.path(), &file, "一", Before::Nothing).unwrap();
        let found = || fs::read_to_string(folder.path().join("ja/返品/期間.md")).unwrap();
        assert_eq!(found(), "一");
        let error = write(folder.path(), &file, "二", Before::Nothing).unwrap_err();
        assert!(matches!(&error, FileError::Taken { file } if file == "ja/返品/期間.md"), "{error}");
        assert_eq!(found(), "一", "never over somebody else's");
        write(folder.path(), &file, "三", Before::File).unwrap();
        assert_eq!(found(), "三");
        assert_eq!(names(&folder.path().join("ja/返品")), ["期間.md"], "nothing else is left");
        remove(folder.path(), &file).unwrap();
        assert!(names(&folder.path().join("ja/返品")).is_empty());
        assert!(matches!(remove(folder.path(), &file), Err(FileError::Refused { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("a.md"), "theirs").unwrap();
        symlink(outside.path(), folder.path().join("linked")).unwrap();
        symlink(outside.path().join("a.md"), folder.path().join("a.md")).unwrap();
        for file in ["linked/a.md", "linked/new.md", "linked/deep/new.md", "a.md"] {
            let error = write(folder.path(), &path(file), "mine", Before::Nothing).unwrap_err();
            assert!(matches!(error, FileError::Elsewhere { .. }), "{file}: {error}");
            let error = remove(folder.path(), &path(file)).unwrap_err();
            assert!(matches!(error, FileError::Elsewhere { .. }), "{file}: {error}");
        }
        assert_eq!(names(outside.path()), ["a.md"]);
        assert_eq!(fs::read_to_string(outside.path().join("a.md")).unwrap(), "theirs");

        let file = folder.path().join("b.md");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        write(folder.path(), &path("b.md"), "new", Before::File).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
        let error = write(folder.path(), &path("b.md"), "newer", Before::File).unwrap_err().to_string();
        assert!(error.contains("`b.md`") && error.contains("read-only"), "{error}");
        assert!(!error.contains(&*folder.path().to_string_lossy()), "no path of this machine: {error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(names(folder.path()), ["a.md", "b.md", "linked"], "nothing half-written");
    }
}
