//! What is fuzzed of the generator: all of a run but reading and writing files.

use std::io;
use std::path::{Path, PathBuf};

use dcrf::config::Config;
use dcrf::diag::{Sink, render};
use dcrf::emit::emit;
use dcrf::evolve::{ANSWERABLE, Evolution, Previous, evolve};
use dcrf::ir::Runtime;
use dcrf::syntax::Loader;

/// The bytes for the definition; no other file is there.
struct Only<'a>(&'a [u8]);

impl Loader for Only<'_> {
    fn load(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("definitions.json") {
            Ok(self.0.to_vec())
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }
}

/// Generates from a definition, or says what is wrong with it.
///
/// # Panics
/// Where that is a bug: there are problems and a program, or neither, or what is generated is no Rust.
pub(crate) fn definition(bytes: &[u8]) {
    let compiled = dcrf::compile(&[PathBuf::from("definitions.json")], &Only(bytes));
    for diagnostic in compiled.diagnostics.iter() {
        assert!(!render::human(diagnostic, &compiled.sources, false).is_empty());
    }
    assert_eq!(compiled.api.is_some(), !compiled.diagnostics.has_errors(), "a program or a problem");
    if let Some((api, places)) = compiled.api.zip(compiled.places) {
        let config = Config { runtime: Runtime::Version("0.1.0".to_owned()), client: api.client.is_some() };
        let first = emit(&api, &config, &Evolution::of_nothing(&api));
        let previous = Previous::read(&first.files).expect("what was generated can be read");
        let evolution =
            evolve(&api, &places, &previous, &ANSWERABLE, &Sink::new()).expect("nothing has changed");
        assert_eq!(emit(&api, &config, &evolution), first, "a second run changes nothing");
    }
}
