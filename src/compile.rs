//! From files to the resolved program: reading, then resolving. No disk but through the loader.

use std::path::PathBuf;

use crate::diag::{Diagnostics, Sink};
use crate::source::SourceMap;
use crate::syntax::Loader;
use crate::{ast, ir, resolve};

/// What became of some definition files.
#[derive(Debug)]
pub struct Compiled {
    /// The texts that were read, for rendering the diagnostics.
    pub sources: SourceMap,
    /// Everything that was found, in the order of the places.
    pub diagnostics: Diagnostics,
    /// The resolved program; there if and only if no diagnostic is an error.
    pub api: Option<ir::Api>,
    /// Where its tables are written, for what is found when they are compared with those of an earlier run.
    pub places: Option<resolve::Places>,
}

/// Reads definition files (at least one), which together are one document, and resolves them.
///
/// All errors are found in one run; what was reported is left out in silence wherever else it would matter.
pub fn compile(paths: &[PathBuf], loader: &dyn Loader) -> Compiled {
    let mut sources = SourceMap::new();
    let sink = Sink::new();
    let program = ast::load(paths, loader, &mut sources, &sink);
    let (api, places) = resolve::resolve(&program, &sources, &sink).unzip();
    Compiled { sources, diagnostics: sink.finish(), api, places }
}
