//! JSON on the wire: frames, payloads, rows.

pub mod decode;
pub mod encode;
mod formatted;
pub mod frame;
pub mod multiplexer;
