//! JSON on the wire: frames, payloads, rows.

pub mod decode;
pub mod encode;
pub(crate) mod file_url;
mod formatted;
pub mod frame;
pub mod multiplexer;
