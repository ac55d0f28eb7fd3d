//! Names this build of the generator by its sources, so that what another build wrote is not taken for its own.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let mut files = Vec::new();
    for root in ["src", "templates"] {
        println!("cargo::rerun-if-changed={root}");
        collect(Path::new(root), &mut files);
    }
    files.sort();
    // FNV-1a: nobody gains by a collision, and a build script without dependencies is built at once.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for path in files {
        let name = path.to_string_lossy().replace('\\', "/").into_bytes();
        let text = fs::read(&path).unwrap_or_default();
        for byte in name.into_iter().chain([0]).chain(text).chain([0]).filter(|byte| *byte != b'\r') {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    println!("cargo::rustc-env=DCRF_SOURCES={hash:016x}");
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
