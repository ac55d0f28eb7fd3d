//! Everything a run of the generator is told, resolved: plain data, no defaults.

/// What `emit` needs beside the definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where the generated crate finds `dcrf-runtime`, if a flag says so: it goes before the definition's `runtime`;
    /// if neither says, it is this version.
    pub runtime: Option<crate::ir::Runtime>,
}
