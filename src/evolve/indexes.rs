//! The names of indexes: they are unique among all names, and do not change if possible. An index for a constraint of
//! the definition has the name of the constraint.
//!
//! PostgreSQL has one namespace for the tables, indexes and sequences of a schema, SQLite one for tables and indexes,
//! in which the case of ASCII letters is ignored. An index has the same name on both.

use std::collections::{BTreeMap, HashSet};

use super::lineage::Lineage;
use super::name::{self, folded};
use super::schema::{Index, Table};
use super::wanted::{Wanted, WantedTable};
use crate::identifier;

/// Gives every index of a managed table its name. An index keeps its name, unless its table or one of its columns is
/// renamed. A new index does not get the name of anything that exists or that comes before it in the definition. The
/// first `ours` of the known tables were managed so far.
pub fn name_indexes(known: &[&Table], ours: usize, wanted: &mut Wanted, lineage: &Lineage) {
    let mut taken = names_of_others(known, ours, wanted, lineage);
    let managed = wanted.tables.iter().filter(|wanted| wanted.managed);
    let given = managed.flat_map(|wanted| wanted.indexes.iter().filter_map(|index| index.name.as_deref()));
    taken.extend(given.map(folded));
    let mut named: Vec<BTreeMap<String, Index>> = Vec::new();
    for (wanted, from) in wanted.tables.iter().zip(&lineage.tables) {
        let from = from.map(|at| known[at]).filter(|from| wanted.managed && from.name == wanted.table.name);
        named.push(from.map_or_else(BTreeMap::new, |from| kept(from, wanted, &mut taken)));
    }
    for (wanted, mut names) in wanted.tables.iter_mut().zip(named).filter(|(wanted, _)| wanted.managed) {
        for index in &wanted.indexes {
            if !names.values().any(|named| named == index) {
                names.insert(fresh(&wanted.table.name, index, &mut taken), index.clone());
            }
        }
        wanted.table.indexes = names;
    }
}

/// Returns the indexes of a table that keep their names, and marks the names as taken.
fn kept(from: &Table, wanted: &WantedTable, taken: &mut HashSet<String>) -> BTreeMap<String, Index> {
    let mut kept = BTreeMap::<String, Index>::new();
    for (name, index) in &from.indexes {
        let goes_on = wanted.indexes.contains(index);
        // A name that the definition gives is taken by this index.
        let has_its_name = |taken: &mut HashSet<String>| index.name.is_some() || taken.insert(folded(name));
        if goes_on && !kept.values().any(|other| other == index) && has_its_name(taken) {
            kept.insert(name.clone(), index.clone());
        }
    }
    kept
}

fn fresh(table: &str, index: &Index, taken: &mut HashSet<String>) -> String {
    if let Some(name) = &index.name {
        return name.clone();
    }
    let plain = name::index(table, &index.columns, index.unique);
    let apart = (0..).map(|attempt| name::index_apart(table, &index.columns, index.unique, attempt));
    let mut names = std::iter::once(plain).chain(apart);
    names.find(|name| taken.insert(folded(name))).expect("invariant: numbers do not end")
}

/// Returns the names after the migration of everything except indexes of managed tables.
fn names_of_others(known: &[&Table], ours: usize, wanted: &Wanted, lineage: &Lineage) -> HashSet<String> {
    let heirs = lineage.heirs(known.len());
    let is_managed = |at: usize| heirs[at].is_some_and(|heir| wanted.tables[heir].managed);
    let mut taken = HashSet::new();
    for (at, table) in known.iter().enumerate().filter(|(at, _)| !is_managed(*at)) {
        taken.extend(own_names(table));
        // Indexes of tables that are dropped at the end are dropped before, if their names are needed (`renames`).
        if at >= ours || heirs[at].is_some() {
            taken.extend(table.indexes.keys().map(|name| folded(name)));
        }
    }
    taken.extend(wanted.tables.iter().flat_map(|wanted| own_names(&wanted.table)));
    taken
}

/// Returns the names of a table, and of what PostgreSQL names after it.
fn own_names(table: &Table) -> impl Iterator<Item = String> + '_ {
    let chosen = table.columns.iter().flat_map(|column| {
        let key = column.key.then(|| identifier::key(&table.name));
        let sequence = column.numbered.then(|| identifier::sequence(&table.name, &column.name));
        key.into_iter().chain(sequence)
    });
    std::iter::once(table.name.clone()).chain(chosen).map(|name| folded(&name))
}
