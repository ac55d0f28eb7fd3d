//! Migrations: each is applied once, in order, under a lock, and refused if one that was applied has changed since.

mod apply;
mod aside;
mod checksum;
mod convert;
mod in_rust;
mod ledger;
mod list;
mod lock;
mod look;
mod on;
mod progress;
mod rows;
mod script;
mod squash;
mod words;
mod work;

pub(crate) use apply::Migrator;
pub(super) use apply::{postgres, sqlite};
pub(crate) use in_rust::InRust;
pub use in_rust::MigrationTransaction;
pub(crate) use ledger::{Entry, State};
pub(crate) use list::Applied;
pub use list::{Migration, Migrations};
pub(super) use look::look;
pub(crate) use look::{Planned, Rows, View};
pub(crate) use progress::{Progress, Quiet};
