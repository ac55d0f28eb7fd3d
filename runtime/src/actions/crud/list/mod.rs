//! The action `list`: filters, searches, orders and paginates, as far as the consumer allows it.

mod answer;
mod cursor;
mod input;
mod page;
mod position;
mod query;
mod read;
mod scope;
mod stream;

pub use answer::{count, list};
pub use input::ListInput;
pub use position::Cursor;
pub use read::list_input;
