//! What stands at a path of the output, without ever following a symbolic link.

use std::{
    fs::{self, Metadata},
    io,
    path::Path,
};

use super::{digest::Digest, error::OutputError, path::OwnedPath};

/// What stands at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing, and nothing is in the way.
    Absent,
    /// A file with these bytes.
    File(Vec<u8>),
    /// A directory.
    Directory,
    /// Nothing can stand there: this path above it is a file.
    Behind(OwnedPath),
    /// This path, or one above it, is a symbolic link or a special file.
    Link(OwnedPath),
}

impl Found {
    /// The hash of a file.
    pub(super) fn digest(&self) -> Option<Digest> {
        match self {
            Self::File(bytes) => Some(Digest::of(bytes)),
            _ => None,
        }
    }
}

/// Looks at a path of the output.
pub(super) fn look(root: &Path, path: &OwnedPath) -> Result<Found, OutputError> {
    for parent in path.parents() {
        match metadata(&parent.under(root))? {
            None => return Ok(Found::Absent),
            Some(meta) if meta.is_dir() => {}
            Some(meta) if meta.is_file() => return Ok(Found::Behind(parent)),
            Some(_) => return Ok(Found::Link(parent)),
        }
    }
    let place = path.under(root);
    match metadata(&place)? {
        None => Ok(Found::Absent),
        Some(meta) if meta.is_dir() => Ok(Found::Directory),
        Some(meta) if meta.is_file() => Ok(Found::File(read(&place)?)),
        Some(_) => Ok(Found::Link(path.clone())),
    }
}

/// Reads one of the generator's own files at the root, if it is there.
pub(super) fn read_own(path: &Path) -> Result<Option<Vec<u8>>, OutputError> {
    match metadata(path)? {
        None => Ok(None),
        Some(meta) if meta.is_file() => read(path).map(Some),
        Some(_) => Err(OutputError::Link { path: path.to_path_buf() }),
    }
}

/// Whether everything under a directory of the output satisfies a condition, so that the directory can go.
pub(super) fn holds_only(
    root: &Path,
    directory: &OwnedPath,
    condition: &dyn Fn(&OwnedPath) -> bool,
) -> Result<bool, OutputError> {
    let place = directory.under(root);
    for entry in fs::read_dir(&place).map_err(OutputError::io("read", &place))? {
        let entry = entry.map_err(OutputError::io("read", &place))?;
        let kind = entry.file_type().map_err(OutputError::io("read", &place))?;
        let name = format!("{directory}/{}", entry.file_name().to_string_lossy());
        // A name that is no path of ours is somebody else's file.
        let holds = match OwnedPath::parse(&name) {
            Ok(path) if kind.is_dir() => holds_only(root, &path, condition)?,
            Ok(path) => condition(&path),
            Err(_) => false,
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The files below a folder of the output, sorted; links and special files are among them, and not followed. What has
/// a name that is no path of ours is left out.
pub(super) fn files_below(root: &Path, folder: &OwnedPath) -> Result<Vec<OwnedPath>, OutputError> {
    let mut files = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(folder) = folders.pop() {
        let is_folder = matches!(look(root, &folder)?, Found::Directory);
        let place = folder.under(root);
        let entries = is_folder.then(|| fs::read_dir(&place).map_err(OutputError::io("read", &place)));
        for entry in entries.transpose()?.into_iter().flatten() {
            let entry = entry.map_err(OutputError::io("read", &place))?;
            let kind = entry.file_type().map_err(OutputError::io("read", &place))?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            let Ok(path) = OwnedPath::parse(&name) else { continue };
            if kind.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

/// What is at a place itself (not where a link there leads), if anything is.
pub(super) fn metadata(path: &Path) -> Result<Option<Metadata>, OutputError> {
    match fs::symlink_metadata(path) {
        Ok(meta) => Ok(Some(meta)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(OutputError::io("read", path)(error)),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, OutputError> {
    fs::read(path).map_err(OutputError::io("read", path))
}
