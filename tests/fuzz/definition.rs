//! What is fuzzed of the generator: all of a run but reading and writing files.

use std::io;
use std::path::{Path, PathBuf};

use dcrf::config::Config;
use dcrf::diag::render;
use dcrf::emit::{Previous, emit};
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
    if let Some(api) = compiled.api {
        let config = Config { runtime: Runtime::Version("0.1.0".to_owned()), client: api.client.is_some() };
        assert!(!emit(&api, &config, &Previous::default()).files.is_empty());
    }
}
