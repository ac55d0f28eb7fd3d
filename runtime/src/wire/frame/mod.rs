//! Frames on the wire: how a request is read, and how its answer is written.
//!
//! A frame is read in one pass and borrows from its text; arguments stay JSON text until they are decoded. The module
//! does not know sockets, consumers or databases.

mod envelope;
mod object;
mod python;
mod request;
#[cfg(test)]
mod tests;

pub use crate::ground::limits::MAX_DEPTH;
pub(crate) use envelope::{Envelope, Wrapper};
pub(crate) use object::string;
pub use request::{Refusal, Request};
pub(crate) use request::{is_deeper, read_object, too_deep};
