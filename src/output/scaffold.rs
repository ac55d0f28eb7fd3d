//! Writes files once, if they do not exist; they belong to the user from then on.

use std::{fs, io::Write as _, path::Path};

use tempfile::NamedTempFile;

use super::{
    directory::Written,
    error::OutputError,
    manifest,
    plan::Plan,
    tree::{self, Found},
};

/// Writes those files of a plan that do not exist. An existing file is never changed, and there is no manifest.
///
/// Each file appears complete or not at all: it is written beside its path and linked there only if the name is free.
pub fn write_absent(plan: &Plan, root: &Path) -> Result<Written, OutputError> {
    let mut written = Written::default();
    for (path, text) in manifest::checked(plan)? {
        match tree::look(root, &path)? {
            Found::Absent => {}
            Found::Link(link) => return Err(OutputError::Link { path: link.under(root) }),
            Found::Behind(above) => return Err(OutputError::NotADirectory { path: above.under(root) }),
            Found::File(_) | Found::Directory => {
                written.unchanged += 1;
                continue;
            }
        }
        if place(&path.under(root), text)? {
            written.written.push(path.to_string());
        } else {
            written.unchanged += 1;
        }
    }
    Ok(written)
}

/// Places a file. Returns false if it exists, because it may have been made meanwhile.
fn place(path: &Path, text: &str) -> Result<bool, OutputError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(OutputError::io("create", parent))?;
    let mut file = NamedTempFile::new_in(parent).map_err(OutputError::io("write", path))?;
    file.write_all(text.as_bytes()).map_err(OutputError::io("write", path))?;
    open_to_all(file.as_file()).map_err(OutputError::io("write", path))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(OutputError::io("write", path)(error.error)),
    }
}

/// Makes a file readable for all, because temporary files are private and source texts are not.
#[cfg(unix)]
fn open_to_all(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_all(_file: &fs::File) -> std::io::Result<()> {
    Ok(())
}
