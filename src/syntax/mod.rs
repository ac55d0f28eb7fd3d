//! Texts as trees of JSON values that know their places, and the [`Cursor`] that consumes such a tree.
//! Knows nothing of definitions.

mod cursor;
mod disk;
mod json;
mod loader;
mod node;

pub use cursor::{Cursor, Decode, Fields, Key, Mapping};
pub use disk::DiskLoader;
pub use json::{MAX_BYTES, MAX_DEPTH, parse};
pub use loader::{Loader, join, normalize};
pub use node::{Entry, Node, Value};
