//! The change from the tables of the last migration to those of the definition.

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

/// The change from the tables of the last migration to those of the definition.
#[derive(Debug)]
pub struct Evolution {
    /// The previous migrations, in order.
    pub listed: Vec<Listed>,
    /// The files of the generated ones, by their paths.
    pub files: BTreeMap<String, String>,
    /// The files of the user's own ones.
    pub own: BTreeMap<String, String>,
    /// The renamed things, and the tables under their new names.
    pub renames: Renames,
    /// The tables that were observed before.
    pub observed_before: Vec<ObservedTable>,
    /// The tables that were logged before.
    pub logged_before: Vec<ObservedTable>,
    /// The new tables.
    pub schema: Schema,
    /// The tables that may exist already, because they were made outside of migrations.
    pub adopted: BTreeSet<String>,
    /// The values that existing rows get.
    pub(super) fillings: Fillings,
    /// Whether the snapshot recorded the former values of enums.
    pub(super) values_were_known: bool,
    /// The positions of the renamed tables, by their new names.
    then: HashMap<String, usize>,
}

impl Evolution {
    /// Returns the change for a definition without previous tables, which cannot be refused.
    pub fn of_nothing(api: &Api) -> Self {
        Self::after_nothing(api, &Previous::default())
    }

    /// Returns the same after previous migrations of the user's own.
    pub(super) fn after_nothing(api: &Api, previous: &Previous) -> Self {
        let mut wanted = Wanted::of(api);
        let lineage = Lineage::of_nothing(&wanted);
        name_indexes(&[], 0, &mut wanted, &lineage);
        Self::of(api, wanted, &lineage, previous)
    }

    /// Tells whether a table or an index has this name now or in the new schema.
    pub fn is_named(&self, name: &str) -> bool {
        let is_so = |table: &Table| {
            let mut names = table.indexes.keys().chain([&table.name]);
            names.any(|other| other.eq_ignore_ascii_case(name))
        };
        let Schema { tables, released, unmanaged, .. } = &self.schema;
        tables.iter().chain(released).chain(&self.renames.tables_then).any(is_so)
            || unmanaged.iter().any(|other| other.eq_ignore_ascii_case(name))
    }

    /// Returns a table of the last migration by its new name.
    pub fn then(&self, name: &str) -> Option<&Table> {
        self.then.get(name).map(|at| &self.renames.tables_then[*at])
    }

    /// Returns the change for a lineage in which nothing is refused.
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
            logged_before: old.logged,
            schema,
            adopted,
            fillings,
            values_were_known,
            then,
        }
    }
}
