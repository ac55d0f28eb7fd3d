//! From the tables of the last migration to those of the definition: what goes on from what, what is lost on the way,
//! and what there is to do.
//!
//! An applied migration is never changed: what the tables were is kept in `migrations/schema.json`, and a definition
//! that wants them otherwise gets one migration more, with what is different. Nothing is given up unless the definition
//! or whoever runs the generator says so: what is refused is a diagnostic. How databases are told is `emit`'s.

mod conversion;
mod diff;
mod filling;
mod hazards;
mod history;
mod indexes;
mod lineage;
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

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use conversion::{Conversion, SCALED_DIGITS, holds, of_columns};
pub use diff::{Change, ColumnChange, diff};
pub use filling::Filling;
pub use history::{By, Language, Listed, is_word, next};
pub use name::{free as free_name, migration, reference};
pub use previous::{FOLDERS, Previous, PreviousError, SNAPSHOT, is_migration};
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
use filling::Fillings;
use lineage::Lineage;
use refusals::Refusals;
use wanted::Wanted;

/// The way from the tables of the last migration to those of the definition.
#[derive(Debug)]
pub struct Evolution {
    /// The migrations so far, in order.
    pub listed: Vec<Listed>,
    /// The files of these, by their paths.
    pub files: BTreeMap<String, String>,
    /// The files of those that are the user's own.
    pub own: BTreeMap<String, String>,
    /// What has another name, and the tables as they are then.
    pub renames: Renames,
    /// The tables whose changes were noted.
    pub observed_before: Vec<ObservedTable>,
    /// What the tables are to be.
    pub schema: Schema,
    /// Tables that somebody else may have made.
    pub adopted: BTreeSet<String>,
    /// What rows get that are there already.
    pub(crate) fillings: Fillings,
    /// Whether it was known which values choices had.
    values_were_known: bool,
    /// The tables as they are once everything has its new name, by these.
    then: HashMap<String, usize>,
}

impl Evolution {
    /// Of a definition for which nothing was made yet: there is nothing to refuse.
    pub fn of_nothing(api: &Api) -> Self {
        Self::after_nothing(api, &Previous::default())
    }

    /// The same, after migrations of the user's own.
    fn after_nothing(api: &Api, previous: &Previous) -> Self {
        let mut wanted = Wanted::of(api);
        let lineage = Lineage::of_nothing(&wanted);
        indexes::name_indexes(&[], 0, &mut wanted, &lineage);
        Self::of(api, wanted, &lineage, previous)
    }

    /// Whether a table or an index is called so, or will be.
    pub fn is_named(&self, name: &str) -> bool {
        let is_so = |table: &Table| {
            let mut names = table.indexes.keys().chain([&table.name]);
            names.any(|other| other.eq_ignore_ascii_case(name))
        };
        let Schema { tables, released, unmanaged, .. } = &self.schema;
        tables.iter().chain(released).chain(&self.renames.tables_then).any(is_so)
            || unmanaged.iter().any(|other| other.eq_ignore_ascii_case(name))
    }

    /// A table of the last migration under its new name.
    pub fn then(&self, name: &str) -> Option<&Table> {
        self.then.get(name).map(|at| &self.renames.tables_then[*at])
    }

    fn of(api: &Api, mut wanted: Wanted, lineage: &Lineage, previous: &Previous) -> Self {
        let old = previous.schema.clone().unwrap_or_default();
        let known: Vec<&Table> = old.tables.iter().chain(&old.released).collect();
        let renames = Renames::of(&known, old.tables.len(), &wanted, lineage);
        let then =
            renames.tables_then.iter().enumerate().map(|(at, table)| (table.name.clone(), at)).collect();
        let adopted = wanted
            .tables
            .iter()
            .zip(&lineage.tables)
            .filter(|(wanted, from)| wanted.managed && from.is_none())
            .filter(|(wanted, _)| old.unmanaged.contains(&wanted.table.name))
            .map(|(wanted, _)| wanted.table.name.clone());
        let adopted = adopted.collect();
        let fillings = std::mem::take(&mut wanted.fillings);
        let schema = remembering(api, wanted, lineage, &old, &known);
        let Previous { listed, files, own, .. } = previous.clone();
        let values_were_known = old.has_values();
        Self {
            listed,
            files,
            own,
            renames,
            observed_before: old.observed,
            schema,
            adopted,
            fillings,
            values_were_known,
            then,
        }
    }
}

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
    indexes::name_indexes(&known, old.tables.len(), &mut wanted, &lineage);
    let refusals =
        Refusals { api, places, old, known: &known, wanted: &wanted, lineage: &lineage, allowed, sink };
    let refused = refusals.report();
    (!refused).then(|| Evolution::of(api, wanted, &lineage, previous))
}

/// What the tables are to be, with the names that they had.
fn remembering(api: &Api, wanted: Wanted, lineage: &Lineage, old: &Schema, known: &[&Table]) -> Schema {
    let heirs = lineage.heirs(known.len());
    let mut schema = Schema { format: Schema::FORMAT, observed: wanted.observed, ..Schema::default() };
    for (at, mut wanted) in wanted.tables.into_iter().enumerate() {
        let from = lineage.tables[at].map(|from| known[from]);
        // Who says that something is gone goes on saying so, and is not asked what it was.
        let said = if wanted.target.is_none() { api.models[wanted.model].dropped.as_slice() } else { &[] };
        match from {
            Some(from) if wanted.managed => {
                wanted.table.remember(from, &lineage.columns[at], said);
                schema.tables.push(wanted.table);
            }
            None if wanted.managed => {
                wanted.table.dropped = said.to_vec();
                schema.tables.push(wanted.table);
            }
            Some(from) => schema.released.push(from.clone()),
            None => schema.unmanaged.push(wanted.table.name),
        }
    }
    let gone = known.iter().enumerate().filter(|(at, _)| heirs[*at].is_none());
    let (left, gone): (Vec<_>, Vec<_>) = gone.partition(|(at, _)| *at >= old.tables.len());
    schema.released.extend(left.into_iter().map(|(_, table)| (*table).clone()));
    let models = gone.into_iter().filter(|(_, table)| table.relation.is_none());
    let dropped = old.dropped.iter().cloned().chain(models.map(|(_, table)| table.wire().to_owned()));
    let dropped = dropped.chain(api.dropped.iter().cloned());
    let is_back = |name: &String| api.models.values().any(|model| model.wire == *name);
    schema.dropped = distinct(dropped.filter(|name| !is_back(name)));
    schema
}

impl Table {
    /// Takes over the names of what it goes on from, and those that are `said` to be gone.
    fn remember(&mut self, from: &Table, columns: &[Option<usize>], said: &[String]) {
        // Names of the database say nothing as long as they are the same.
        let wire = Some(from.wire().to_owned()).filter(|_| !from.is_nameless() || from.name != self.name);
        let former = from.former.iter().cloned().chain(wire);
        self.former = distinct(former.filter(|name| name != self.wire()));
        let mut kept = BTreeSet::new();
        for (column, from_column) in self.columns.iter_mut().zip(columns) {
            let Some(at) = *from_column else { continue };
            kept.insert(at);
            let before = &from.columns[at];
            let wire =
                Some(before.wire().to_owned()).filter(|_| !from.is_nameless() || before.name != column.name);
            let former = before.former.iter().cloned().chain(wire);
            column.former = distinct(former.filter(|name| name != column.wire()));
        }
        let gone = from.columns.iter().enumerate().filter(|(at, _)| !kept.contains(at));
        let dropped = from.dropped.iter().cloned().chain(gone.map(|(_, column)| column.wire().to_owned()));
        let dropped = dropped.chain(said.iter().cloned());
        let is_back = |name: &String| self.columns.iter().any(|column| column.wire() == name);
        self.dropped = distinct(dropped.filter(|name| !is_back(name)));
    }
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| seen.insert(name.clone())).collect()
}
