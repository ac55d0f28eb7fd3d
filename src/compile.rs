//! Compiles files to the resolved program: reads them, then resolves them. It reads the disk only through the loader.

use std::path::PathBuf;

use crate::diag::{Diagnostics, Sink};
use crate::source::SourceMap;
use crate::syntax::Loader;
use crate::{ast, ir, resolve};

/// The result of compiling definition files.
#[derive(Debug)]
pub struct Compiled {
    /// The texts that were read, for rendering the diagnostics.
    pub sources: SourceMap,
    /// All diagnostics, in the order of their places.
    pub diagnostics: Diagnostics,
    /// The resolved program. It is `Some` if and only if no diagnostic is an error.
    pub api: Option<ir::Api>,
    /// The places of its tables, for diagnostics of the comparison with the tables of an earlier run.
    pub places: Option<resolve::Places>,
}

/// Reads definition files (at least one), which together are one document, and resolves them.
///
/// One run finds all errors. What depends on a reported error is skipped without another diagnostic.
pub fn compile(paths: &[PathBuf], loader: &dyn Loader) -> Compiled {
    let mut sources = SourceMap::new();
    let sink = Sink::new();
    let program = ast::load(paths, loader, &mut sources, &sink);
    let (api, places) = resolve::resolve(&program, &sources, &sink).unzip();
    Compiled { sources, diagnostics: sink.finish(), api, places }
}
