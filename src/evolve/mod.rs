//! From the tables of the last migration to those of the definition: what continues, what is lost, and what changes.
//!
//! An applied migration is never changed: `migrations/schema.json` describes the current tables, and a definition that
//! wants other tables gets another migration with the differences. Nothing is dropped unless the definition or the user
//! who runs the generator allows it: a refusal is a diagnostic. `emit` writes the SQL for the databases.

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

pub use change::{Change, CheckChanges, ColumnChange, migration};
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
    Collation, Column, ColumnType, Default, Index, ObservedColumn, ObservedTable, OnDeleteSql, Predicate,
    Reference, Schema, Snapshot, Table,
};
pub use sql_types::{SqlType, SqlTypes};

use crate::diag::{Code, Sink};
use crate::ir::Api;
use crate::resolve::Places;
use indexes::name_indexes;
use lineage::Lineage;
use refusals::Refusals;
use wanted::Wanted;

/// Finds the changes, or reports why they are refused. `allowed` are the codes of losses that the user allows, which
/// are then warnings. Returns `None` if something was refused.
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
