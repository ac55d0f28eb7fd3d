//! The only place before `output` that touches the disk.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{Loader, MAX_BYTES};

/// Reads files from the disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiskLoader;

impl Loader for DiskLoader {
    /// Reads no more than one byte over the limit: enough to tell that a file is too large.
    fn load(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
