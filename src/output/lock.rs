//! One run at a time on one output.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use super::error::OutputError;
#[cfg(not(unix))]
use super::path::LOCK;

/// Keeps others out of an output until it is dropped; the system lets go of it when the process dies.
#[derive(Debug)]
pub(super) struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Waits until no other run reads or writes the output. The directory must exist.
    pub(super) fn exclusive(root: &Path) -> Result<Self, OutputError> {
        let file = open(root, true).map_err(OutputError::io("lock", root))?;
        hold(file, root, File::try_lock, File::lock)
    }

    /// Waits until no other run writes the output. The directory must exist; nothing is written.
    pub(super) fn shared(root: &Path) -> Result<Self, OutputError> {
        match open(root, false) {
            Ok(file) => hold(file, root, File::try_lock_shared, File::lock_shared),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self { _file: None }),
            Err(error) => Err(OutputError::io("lock", root)(error)),
        }
    }
}

/// On unix the directory is locked itself, so no lock file is left behind in somebody's repository.
#[cfg(unix)]
fn open(root: &Path, _create: bool) -> std::io::Result<File> {
    File::open(root)
}

/// Elsewhere a directory cannot be locked, and removing a lock file would race with whoever waits for it: it stays.
#[cfg(not(unix))]
fn open(root: &Path, create: bool) -> std::io::Result<File> {
    std::fs::OpenOptions::new().read(true).write(true).create(create).truncate(false).open(root.join(LOCK))
}

fn hold(
    file: File,
    root: &Path,
    try_lock: impl FnOnce(&File) -> Result<(), TryLockError>,
    lock: impl FnOnce(&File) -> std::io::Result<()>,
) -> Result<Lock, OutputError> {
    let held = match try_lock(&file) {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => lock(&file),
        Err(TryLockError::Error(error)) => Err(error),
    };
    match held {
        Ok(()) => Ok(Lock { _file: Some(file) }),
        // A file system without locks still generates; two runs at once on it are the user's to avoid.
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => Ok(Lock { _file: None }),
        Err(error) => Err(OutputError::io("lock", root)(error)),
    }
}
