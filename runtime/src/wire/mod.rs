//! JSON as it comes and goes: frames, payloads, rows.

pub mod decode;
pub mod encode;
pub mod frame;
pub mod multiplexer;
