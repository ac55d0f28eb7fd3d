//! Rows by their descriptors: read, created, changed and deleted, on their own or in a transaction.
//!
//! The database is asked first. Only if it refuses is the reason determined, so that a valid write is one statement,
//! and an invalid one is answered with all errors, as in DRF; and a change in between is never an error 500.

mod add;
mod admits;
mod capture;
mod key;
mod load;
mod lock;
mod many_to_many;
mod naming;
mod query;
mod read;
mod refusal;
pub(crate) mod relation;
mod repository;
mod row_selector;
mod select;
mod values;
mod write;

pub(crate) use admits::admits;
pub(crate) use key::Key;
pub(crate) use load::{Related, RelatedKeys, related_keys, related_rows, rows_by_key};
pub(crate) use lock::find_locked;
pub use many_to_many::ManyToMany;
pub(crate) use naming::{Errors, Naming};
pub use query::Query;
pub(crate) use read::{find, find_within, keys_where};
pub use read::{get, list};
pub(crate) use refusal::{Attempt, explain, taken};
pub use repository::Repository;
pub(crate) use row_selector::RowSelector;
pub(crate) use select::select;
pub(crate) use values::{Values, spelled};
pub(crate) use write::{change, insert, remove};
pub use write::{create, delete, update};
