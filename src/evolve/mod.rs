//! From the tables of the last migration to those of the definition: what goes on from what, what is lost on the way,
//! and what there is to do.
//!
//! An applied migration is never changed: what the tables were is kept in `migrations/schema.json`, and a definition
//! that wants them otherwise gets one migration more, with what is different. Nothing is given up unless the definition
//! or whoever runs the generator says so: what is refused is a diagnostic. How databases are told is `emit`'s.

mod change;
mod conversion;
mod diff;
mod evolution;
mod filling;
mod hazards;
mod history;
mod indexes;
mod lineage;
mod memory;
mod name;
mod previous;
mod refusals;
mod renames;
mod resemblance;
mod schema;
mod sql_types;
mod squash;
mod trace;
mod wanted;

pub use change::{Change, ColumnChange, migration};
pub use conversion::{Conversion, holds, of_columns};
pub use diff::diff;
pub use evolution::Evolution;
pub use filling::Filling;
pub use history::{By, FOLDERS, Language, Listed, is_word, next};
pub use name::{free as free_name, reference};
pub use previous::{Previous, PreviousError, SNAPSHOT, is_migration};
pub use refusals::ANSWERABLE;
pub use renames::{Inside, Renames, in_order};
pub use schema::{
    Collation, Column, ColumnType, Default, Index, ObservedColumn, ObservedTable, OnDeleteSql, Reference,
    Schema, Snapshot, Table,
};
pub use sql_types::{SqlType, SqlTypes};

use crate::diag::{Code, Sink};
use crate::ir::Api;
use crate::resolve::Places;
use indexes::name_indexes;
use lineage::Lineage;
use refusals::Refusals;
use wanted::Wanted;

/// Finds the way, or says what is in it; `allowed` are the codes of what may be lost nevertheless, which are warnings
/// then. None: something was refused.
pub fn evolve(
    api: &Api,
    places: &Places,
    previous: &Previous,
    allowed: &[Code],
    sink: &Sink,
) -> Option<Evolution> {
    let Some(old) = &previous.schema else { return Some(Evolution::after_nothing(api, previous)) };
    let mut wanted = Wanted::of(api);
    let known: Vec<&Table> = old.tables.iter().chain(&old.released).collect();
    let lineage = Lineage::of(&known, &wanted);
    name_indexes(&known, old.tables.len(), &mut wanted, &lineage);
    let refusals =
        Refusals { api, places, old, known: &known, wanted: &wanted, lineage: &lineage, allowed, sink };
    let refused = refusals.report();
    (!refused).then(|| Evolution::of(api, wanted, &lineage, previous))
}
