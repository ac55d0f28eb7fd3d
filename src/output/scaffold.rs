//! Files that are written once, where there are none yet, and belong to the user from then on.

use std::{fs, io::Write as _, path::Path};

use tempfile::NamedTempFile;

use super::{
    directory::Written,
    error::OutputError,
    manifest,
    plan::Plan,
    tree::{self, Found},
};

/// Writes those files of a plan that are absent. Nothing that exists is ever touched, and no manifest is kept.
///
/// Each file appears complete or not at all: it is written beside its place and linked there only if the name is free.
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

/// Says whether the file is new; somebody may have made it in the meantime.
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

/// Temporary files are made private; source text is not.
#[cfg(unix)]
fn open_to_all(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_all(_file: &fs::File) -> std::io::Result<()> {
    Ok(())
}
