//! The configuration of a run of the generator, with all defaults resolved.

/// The configuration that `emit` needs beside the definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The place of `dcrf-runtime` for the generated crate: that of a flag, else that of the definition, else this
    /// version.
    pub runtime: crate::ir::Runtime,
    /// Whether the TypeScript client is part of the generated crate (`client/`).
    pub client: bool,
}

/// The bytes of stack of the threads that recurse into types within types, which may be as deep as files may nest.
pub(crate) const STACK: usize = 256 * 1024 * 1024;
