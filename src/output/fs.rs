//! The changes made to the file system, one method each, so that tests can fail or stop at every one of them.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

/// What the output does to the disk. Reading is not here: it changes nothing.
pub(super) trait Fs {
    /// Makes a directory and those above it.
    fn create_dirs(&self, path: &Path) -> io::Result<()>;
    /// Makes a file with these bytes, and waits until they are on the disk.
    fn write_synced(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Makes files with these bytes, in any order, and waits until all are on the disk. After an error, which names
    /// its file, some are there and some are not.
    fn write_all_synced(&self, files: &[(PathBuf, &[u8])]) -> Result<(), (PathBuf, io::Error)>;
    /// Puts a file into its place in one step, over what was there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Waits until the names in a directory are on the disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// How many files are written at a time, whatever the processors: each waits for the disk, and a journalling file system
/// commits together what is asked for together.
const AT_A_TIME: usize = 16;

/// Files that are not worth a thread of their own.
const SMALLEST_SHARE: usize = 8;

/// The file system of this machine.
pub(super) struct Disk;

impl Fs for Disk {
    fn create_dirs(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn write_synced(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        // `create_new`: the staging directory was emptied before, and a link that somebody planted is not followed.
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn write_all_synced(&self, files: &[(PathBuf, &[u8])]) -> Result<(), (PathBuf, io::Error)> {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((path, bytes)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                self.write_synced(path, bytes).map_err(|error| (path.clone(), error))?;
            }
            Ok(())
        };
        let threads = files.len().div_ceil(SMALLEST_SHARE).min(AT_A_TIME);
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            let done: Vec<_> = running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect();
            done.into_iter().collect()
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        if !cfg!(unix) {
            return Ok(()); // Only unix opens a directory as a file.
        }
        match File::open(path)?.sync_all() {
            // Some network and user-space file systems have no such call; their renames are as durable as they get.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
            {
                Ok(())
            }
            result => result,
        }
    }
}
