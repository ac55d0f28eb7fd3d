//! Parses texts into trees of JSON values with places, and reads these trees with a [`Cursor`]. This layer does not
//! know definitions.

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
