//! The built-in actions of consumers with a model, which are driven by descriptors. Generated code calls them.
//!
//! `*_input` and [`key`] read the frame, and the other functions run the action. Every future is boxed, so that
//! generated crates do not compile the futures of the runtime again.

mod arguments;
mod bound;
pub(crate) mod files;
mod filter;
mod guard;
mod hidden;
mod input;
mod judge;
mod list;
mod locked;
mod lookup;
mod others;
mod perform;
mod reach;
mod rows;
mod show;
mod slugs;
pub(crate) mod stored;
mod write;

pub use super::call::call;
pub use crate::wire::decode::Coercion;
pub use arguments::{detail_input, detail_input_by, input, input_by};
pub(crate) use bound::{bound, serializer};
pub(crate) use filter::row_filter;
pub(crate) use input::{change_input, payload_input, row_input};
pub use input::{create_input, patch_input, update_input};
pub use list::{Cursor, ListInput, count, list, list_input};
pub(crate) use locked::locked;
pub use lookup::{key, row};
pub(crate) use lookup::{row_of, visible_row};
pub(crate) use rows::reply;
pub use rows::{create, delete, patch, retrieve, update};
pub use show::{lists_of_rows, rows_of_rows, rows_or_nulls, typed, values};
pub use show::{row as show, row_or_null as show_or_null, rows as show_all};
