//! Looks at the paths of the output, without ever following a symbolic link.

use std::{
    fs::{self, Metadata},
    io,
    path::Path,
};

use super::{digest::Digest, error::OutputError, path::OwnedPath};

/// The thing that exists at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing exists there, and nothing is in the way.
    Absent,
    /// A file with these bytes.
    File(Vec<u8>),
    /// A directory.
    Directory,
    /// The path cannot exist: this path above it is a file.
    Behind(OwnedPath),
    /// This path, or one above it, is a symbolic link or a special file.
    Link(OwnedPath),
}

impl Found {
    /// Returns the hash of a file.
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

/// Reads one of the generator's own files at the root, if it exists.
pub(super) fn read_own(path: &Path) -> Result<Option<Vec<u8>>, OutputError> {
    match metadata(path)? {
        None => Ok(None),
        Some(meta) if meta.is_file() => read(path).map(Some),
        Some(_) => Err(OutputError::Link { path: path.to_path_buf() }),
    }
}

/// Tells whether everything under a directory of the output satisfies a condition, so that the directory can be
/// removed.
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
        // A file whose name is not a valid path of the output is not the generator's.
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

/// Returns the files below a folder of the output, sorted. Links and special files are among them, and are not
/// followed. Names that are not valid paths of the output are left out.
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

/// Returns the metadata of a path itself (not of the target of a link), if it exists.
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
