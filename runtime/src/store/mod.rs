//! Reads, creates, changes and deletes rows by their descriptors, inside or outside of a transaction.
//!
//! A write is sent to the database first. Only if the database refuses it is the reason determined. So a valid write is
//! one statement, an invalid one is answered with all errors, as in DRF, and a concurrent change never causes an error
//! 500.

mod add;
mod admits;
mod attempt;
mod bulk;
mod capture;
mod chosen;
mod constraints;
mod ensure;
mod load;
mod lock;
mod many_to_many;
mod naming;
mod one_to_one;
mod parts;
mod query;
mod raw;
mod read;
mod refusal;
pub(crate) mod relation;
mod repository;
mod row_selector;
mod select;
mod selection;
pub(crate) mod stated;
mod told;
mod values;
mod write;

pub(crate) use crate::schema::key::Key;
pub(crate) use admits::admits;
pub(crate) use attempt::Attempt;
pub use chosen::{Columns, ValuesQuery};
pub(crate) use load::{Related, RelatedKeys, related_keys, related_rows, rows_by, rows_by_key};
pub(crate) use lock::find_locked;
pub use many_to_many::ManyToMany;
pub(crate) use naming::{Errors, Naming};
pub use one_to_one::OneToOne;
pub use query::Query;
pub(crate) use read::{find, find_within, keys_where};
pub use read::{get, list};
pub(crate) use refusal::{explain, taken};
pub use repository::Repository;
pub(crate) use row_selector::RowSelector;
pub(crate) use select::select;
pub(crate) use values::{Values, check_named, given, spelled};
pub(crate) use write::{change, insert, remove};
pub use write::{create, delete, update};

#[cfg(test)]
mod tests;
