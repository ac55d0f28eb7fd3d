//! The lock of an output, which allows one run at a time.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use super::error::OutputError;
#[cfg(not(unix))]
use super::path::LOCK;

/// The lock of an output until it is dropped; the system releases it when the process ends.
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

    /// Waits until no other run writes the output. Nothing is written, and a directory that does not exist needs no
    /// lock.
    pub(super) fn shared(root: &Path) -> Result<Self, OutputError> {
        match open(root, false) {
            Ok(file) => hold(file, root, File::try_lock_shared, File::lock_shared),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self { _file: None }),
            Err(error) => Err(OutputError::io("lock", root)(error)),
        }
    }
}

/// Opens the file to lock. On Unix it is the directory itself, so that no lock file is left behind in the user's
/// repository.
#[cfg(unix)]
fn open(root: &Path, _create: bool) -> std::io::Result<File> {
    File::open(root)
}

/// Opens the lock file, because other systems cannot lock a directory. It is not removed: that would race with a run
/// that waits for it.
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
        // On a file system without locks the generator still runs; the user has to avoid two runs at once.
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => Ok(Lock { _file: None }),
        Err(error) => Err(OutputError::io("lock", root)(error)),
    }
}
