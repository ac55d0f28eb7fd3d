//! Runs the fuzzed functions on the corpus of frames, and on a fixed number of mutations of it.

use std::fs;
use std::path::Path;

#[path = "../../../tests/fuzz/mutation.rs"]
mod mutation;

/// Reads every file of the corpus, and a fixed number of mutations of each.
#[test]
fn no_frame_is_a_surprise() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus/frame");
    let entries = fs::read_dir(folder).expect("the corpus is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry can be read").path()).collect();
    files.sort();
    assert!(files.len() >= 10, "the corpus is there");
    let corpus: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).expect("a file can be read")).collect();
    corpus.iter().for_each(|bytes| super::frame(bytes));
    mutation::mutate(&corpus, 4_000, super::frame);
}
