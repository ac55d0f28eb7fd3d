//! Rows as serializers show them: columns, related rows, keys, links, and method fields of the application.
//!
//! Every relation needs one query per 1000 rows, and every method field needs one call. The rows of a nested serializer
//! are rendered like any others, all rows of a level together.

mod growth;
mod link;
mod render;
mod shown;
mod texts;

pub(crate) use growth::within_limit;
pub use render::render;
pub(crate) use render::{append, is_flat};
