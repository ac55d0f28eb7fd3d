//! The memory of former tables: the names that they and their columns had, and what was dropped.

use std::collections::BTreeSet;

use super::lineage::Lineage;
use super::schema::{Schema, Table};
use super::wanted::Wanted;
use crate::ir::Api;

/// Returns the new tables, with the names that they had before.
pub(super) fn remembering(
    api: &Api,
    wanted: Wanted,
    lineage: &Lineage,
    old: &Schema,
    known: &[&Table],
) -> Schema {
    let heirs = lineage.heirs(known.len());
    let (observed, logged) = (wanted.observed, wanted.logged);
    let mut schema = Schema { format: Schema::FORMAT, observed, logged, ..Schema::default() };
    for (at, mut wanted) in wanted.tables.into_iter().enumerate() {
        let from = lineage.tables[at].map(|from| known[from]);
        // A definition may continue to say that something is dropped, without an error.
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
    /// Takes over the names of the former table and its columns, and those that are `said` to be dropped.
    fn remember(&mut self, from: &Table, columns: &[Option<usize>], said: &[String]) {
        // For a table without names of the definition, a name in the database is only recorded if it changes.
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
