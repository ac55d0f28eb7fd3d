//! Everything a run of the generator is told, resolved: plain data, no defaults.

/// What `emit` needs beside the definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the generated crate finds `dcrf-runtime`: what a flag says, else the definition, else this version.
    pub runtime: crate::ir::Runtime,
    /// Whether the TypeScript client is put into the generated crate (`client/`).
    pub client: bool,
}

/// Bytes of stack of the threads that go through types within types, as deep as files may nest, by recursion.
pub(crate) const STACK: usize = 256 * 1024 * 1024;
