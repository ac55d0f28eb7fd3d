//! The changes to the file system, one method for each, so that tests can fail or stop at every one of them.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

/// The changes that the output makes to the disk. Reading is not here, because it does not change anything.
pub(super) trait Fs {
    /// Makes a directory and those above it.
    fn create_dirs(&self, path: &Path) -> io::Result<()>;
    /// Makes a file with these bytes, and waits until they are on the disk.
    fn write_synced(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Makes files with these bytes, in any order, and waits until all are on the disk. After an error, which names
    /// its file, some are there and some are not.
    fn write_all_synced(&self, files: &[(PathBuf, &[u8])]) -> Result<(), (PathBuf, io::Error)>;
    /// Moves a file to a path in one step, and replaces what was there.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty directory.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Waits until the names in a directory are on the disk.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

/// The number of files that are written at a time, with any number of processors: each waits for the disk, and a
/// journalling file system commits concurrent requests together.
const AT_A_TIME: usize = 16;

/// The number of files that are not worth a further thread.
const SMALLEST_SHARE: usize = 8;

/// The file system of this machine.
pub(super) struct Disk;

impl Fs for Disk {
    fn create_dirs(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn write_synced(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        // The staging directory was emptied before, so `create_new` succeeds and does not follow a link that was
        // planted there.
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
            return Ok(()); // Only Unix can open a directory as a file.
        }
        match File::open(path)?.sync_all() {
            // Some network and user-space file systems do not have this call; their renames cannot be made more
            // durable.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) =>
            {
                Ok(())
            }
            result => result,
        }
    }
}
