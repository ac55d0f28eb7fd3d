//! The way from the tables of the last migration to those of the definition.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::filling::Fillings;
use super::history::Listed;
use super::indexes::name_indexes;
use super::lineage::Lineage;
use super::memory::remembering;
use super::previous::Previous;
use super::renames::Renames;
use super::schema::{ObservedTable, Schema, Table};
use super::wanted::Wanted;
use crate::ir::Api;

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
    pub(super) fillings: Fillings,
    /// Whether it was known which values choices had.
    pub(super) values_were_known: bool,
    /// The tables as they are once everything has its new name, by these.
    then: HashMap<String, usize>,
}

impl Evolution {
    /// Of a definition for which nothing was made yet: there is nothing to refuse.
    pub fn of_nothing(api: &Api) -> Self {
        Self::after_nothing(api, &Previous::default())
    }

    /// The same, after migrations of the user's own.
    pub(super) fn after_nothing(api: &Api, previous: &Previous) -> Self {
        let mut wanted = Wanted::of(api);
        let lineage = Lineage::of_nothing(&wanted);
        name_indexes(&[], 0, &mut wanted, &lineage);
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

    /// Along a lineage in which nothing is refused.
    pub(super) fn of(api: &Api, mut wanted: Wanted, lineage: &Lineage, previous: &Previous) -> Self {
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
