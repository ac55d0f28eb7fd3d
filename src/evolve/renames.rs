//! The new names of what continues: the tables of the last run under their new names.
//!
//! If something is dropped whose name is needed, it gets another name until then.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::lineage::Lineage;
use super::name::{self, folded};
use super::schema::{Column, Index, Predicate, Reference, Table};
use super::wanted::Wanted;
use crate::identifier;

/// The new names, and the tables under them.
#[derive(Debug, Default)]
pub struct Renames {
    /// The renamed tables, from the old name to the new one; everything below uses the new names.
    pub tables: Vec<(String, String)>,
    /// The renamed columns.
    pub columns: Vec<Inside<(String, String)>>,
    /// The renamed indexes.
    pub indexes: Vec<Inside<(String, String, Index)>>,
    /// The renamed foreign keys.
    pub references: Vec<Inside<(String, String)>>,
    /// The renamed indexes of primary keys, which PostgreSQL has named after tables and columns.
    pub keys: Vec<(String, String)>,
    /// The renamed sequences of numbered columns, which PostgreSQL has named after tables and columns.
    pub sequences: Vec<(String, String)>,
    /// The indexes that are dropped before anything is renamed.
    pub gone_indexes: Vec<String>,
    /// The tables under their new names.
    pub tables_then: Vec<Table>,
}

/// A part of a table.
#[derive(Debug)]
pub struct Inside<T> {
    /// The new name of the table.
    pub table: String,
    /// The part.
    pub what: T,
}

/// The new name of a table and of its columns.
struct Renamed {
    name: String,
    columns: HashMap<String, String>,
}

impl Renamed {
    /// Returns the new name of a column.
    fn column(&self, name: &String) -> String {
        self.columns.get(name).unwrap_or(name).clone()
    }
}

impl Renames {
    /// Tells whether nothing is renamed.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
            && self.columns.is_empty()
            && self.indexes.is_empty()
            && self.references.is_empty()
    }

    /// Returns a few words for the migration's name.
    pub fn slug(&self) -> String {
        let column = || {
            let Inside { table, what: (_, to) } = self.columns.first()?;
            Some(format!("rename_{table}_{to}"))
        };
        let table = || self.tables.first().map(|(_, to)| format!("rename_{to}"));
        table().or_else(column).unwrap_or_else(|| "rename".to_owned())
    }

    /// Returns the new names of the managed tables among `known`: the first `ours`, and those that a managed model
    /// continues.
    pub fn of(known: &[&Table], ours: usize, wanted: &Wanted, lineage: &Lineage) -> Self {
        let mut this = Self::default();
        let heirs = lineage.heirs(known.len());
        let needed: HashSet<String> = wanted
            .tables
            .iter()
            .filter(|wanted| wanted.managed)
            .map(|wanted| folded(&wanted.table.name))
            .collect();
        let there: HashSet<String> = known.iter().map(|table| folded(&table.name)).collect();
        let mut renamed: HashMap<&str, Renamed> = HashMap::new();
        let mut continued = Vec::new();
        for (at, table) in known.iter().enumerate() {
            let (name, columns) = match heirs[at] {
                Some(heir) if wanted.tables[heir].managed => {
                    let new = &wanted.tables[heir].table;
                    (new.name.clone(), new_columns(table, new, &lineage.columns[heir]))
                }
                // The table is not managed now, or was not before.
                Some(_) => continue,
                None if at >= ours => continue,
                None if needed.contains(&folded(&table.name)) => {
                    let taken = |name: &str| needed.contains(&folded(name)) || there.contains(&folded(name));
                    (name::aside(&table.name, taken), HashMap::new())
                }
                None => (table.name.clone(), HashMap::new()),
            };
            renamed.insert(&table.name, Renamed { name, columns });
            continued.push((*table, heirs[at].map(|heir| &wanted.tables[heir].table)));
        }
        let managed = wanted.tables.iter().filter(|wanted| wanted.managed);
        let indexes = managed.flat_map(|wanted| wanted.table.indexes.keys().map(|name| folded(name)));
        let needed = needed.into_iter().chain(indexes).collect();
        for (table, new) in continued {
            let table = this.rename(table, new, &renamed, &needed);
            this.tables_then.push(table);
        }
        this.keep_names_of_two(wanted);
        this
    }

    /// Keeps the names that PostgreSQL has chosen for two tables if it cuts both to the same name: the second one has
    /// another name, which is unknown.
    fn keep_names_of_two(&mut self, wanted: &Wanted) {
        let there = self.tables_then.iter();
        let tables: HashMap<&String, &Table> = there
            .chain(wanted.tables.iter().map(|each| &each.table))
            .map(|table| (&table.name, table))
            .collect();
        let mut owners: HashMap<String, usize> = HashMap::new();
        for (name, table) in tables {
            let numbered = table.columns.iter().filter(|column| column.numbered);
            let sequences = numbered.map(|column| identifier::sequence(name, &column.name));
            for chosen in sequences.chain([identifier::key(name)]) {
                *owners.entry(chosen).or_default() += 1;
            }
        }
        let is_of_one = |name: &String| owners.get(name).is_none_or(|owners| *owners < 2);
        self.keys.retain(|(_, to)| is_of_one(to));
        self.sequences.retain(|(_, to)| is_of_one(to));
    }

    /// Records the new names of one table, and returns the table under them; `needed` are the new names of tables and
    /// indexes.
    fn rename(
        &mut self,
        table: &Table,
        new: Option<&Table>,
        renamed: &HashMap<&str, Renamed>,
        needed: &HashSet<String>,
    ) -> Table {
        let to = &renamed[table.name.as_str()];
        if table.name != to.name {
            self.tables.push((table.name.clone(), to.name.clone()));
        }
        let columns =
            table.columns.iter().map(|column| self.rename_column(table, column, to, renamed)).collect();
        let indexes = match new {
            Some(new) => self.rename_indexes(table, new, to),
            // A table that gets another name until it is dropped does not keep indexes whose names may be needed.
            None if table.name != to.name => {
                self.gone_indexes.extend(table.indexes.keys().cloned());
                BTreeMap::new()
            }
            None => {
                let is_needed = |name: &String| needed.contains(&folded(name));
                self.gone_indexes.extend(table.indexes.keys().filter(|name| is_needed(name)).cloned());
                let stays = table.indexes.iter().filter(|(name, _)| !is_needed(name));
                stays.map(|(name, index)| (name.clone(), index.clone())).collect()
            }
        };
        let check = |(name, check): (&String, &Predicate)| {
            (name.clone(), check.map(&|column| to.column(column), &Clone::clone))
        };
        let checks = table.checks.iter().map(check).collect();
        Table { name: to.name.clone(), columns, indexes, checks, ..table.clone() }
    }

    fn rename_column(
        &mut self,
        table: &Table,
        column: &Column,
        to: &Renamed,
        renamed: &HashMap<&str, Renamed>,
    ) -> Column {
        let name = to.column(&column.name);
        let inside = |what| Inside { table: to.name.clone(), what };
        if column.name != name {
            self.columns.push(inside((column.name.clone(), name.clone())));
        }
        let mut note = |list: fn(&mut Self) -> &mut Vec<(String, String)>, from: String, to: String| {
            if from != to {
                list(self).push((from, to));
            }
        };
        if column.key {
            note(|this| &mut this.keys, identifier::key(&table.name), identifier::key(&to.name));
        }
        if column.numbered {
            let from = identifier::sequence(&table.name, &column.name);
            note(|this| &mut this.sequences, from, identifier::sequence(&to.name, &name));
        }
        let references = column.references.as_ref().map(|reference| {
            let from = name::reference(&table.name, &column.name);
            let now = name::reference(&to.name, &name);
            if from != now {
                self.references.push(inside((from, now)));
            }
            referring(reference, renamed)
        });
        Column { name, references, ..column.clone() }
    }

    /// Returns the indexes that a table keeps, under their new names; the others are dropped.
    fn rename_indexes(&mut self, table: &Table, new: &Table, to: &Renamed) -> BTreeMap<String, Index> {
        let mut kept = BTreeMap::new();
        for (name, index) in &table.indexes {
            let index = index.renamed(&|name| to.column(name));
            let same = new.indexes.iter().find(|(wanted, new)| **new == index && !kept.contains_key(*wanted));
            match same {
                Some((now, _)) => {
                    if now != name {
                        let what = (name.clone(), now.clone(), index.clone());
                        self.indexes.push(Inside { table: to.name.clone(), what });
                    }
                    kept.insert(now.clone(), index);
                }
                None => self.gone_indexes.push(name.clone()),
            }
        }
        kept
    }
}

/// Returns the new names of a table's columns, and of dropped columns whose names are needed.
fn new_columns(table: &Table, new: &Table, from: &[Option<usize>]) -> HashMap<String, String> {
    let mut names = HashMap::new();
    for (column, from) in new.columns.iter().zip(from) {
        if let Some(from) = from {
            names.insert(table.columns[*from].name.clone(), column.name.clone());
        }
    }
    let needed: HashSet<String> = new.columns.iter().map(|column| folded(&column.name)).collect();
    let there: HashSet<String> = table.columns.iter().map(|column| folded(&column.name)).collect();
    let taken = |name: &str| needed.contains(&folded(name)) || there.contains(&folded(name));
    for column in &table.columns {
        if !names.contains_key(&column.name) && needed.contains(&folded(&column.name)) {
            names.insert(column.name.clone(), name::aside(&column.name, taken));
        }
    }
    names
}

fn referring(reference: &Reference, renamed: &HashMap<&str, Renamed>) -> Reference {
    let Some(to) = renamed.get(reference.table.as_str()) else { return reference.clone() };
    let column = to.column(&reference.column);
    Reference { table: to.name.clone(), column, on_delete: reference.on_delete }
}

/// Sorts renames so that no name is taken when it is given; in a cycle, one thing gets another name temporarily.
pub fn in_order<T: Clone>(
    renames: Vec<(T, String, String)>,
    is_taken: &dyn Fn(&str) -> bool,
) -> Vec<(T, String, String)> {
    let to: HashSet<String> = renames.iter().map(|(_, _, to)| folded(to)).collect();
    let mut pending = renames;
    let mut ordered = Vec::new();
    while !pending.is_empty() {
        let from: HashSet<String> = pending.iter().map(|(_, from, _)| folded(from)).collect();
        let (ready, blocked): (Vec<_>, Vec<_>) =
            pending.into_iter().partition(|(_, _, to)| !from.contains(&folded(to)));
        pending = blocked;
        if ready.is_empty()
            && let Some((what, name, _)) = pending.first_mut()
        {
            let is_any = |name: &str| from.contains(&folded(name)) || to.contains(&folded(name));
            let aside = name::aside(name, |name| is_taken(name) || is_any(name));
            ordered.push((what.clone(), name.clone(), aside.clone()));
            *name = aside;
        }
        ordered.extend(ready);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::in_order;

    /// Tests all ways to give four things the names of each other, or new ones, some of which only differ in case.
    #[test]
    fn no_name_is_taken_when_it_is_given() {
        const FROM: [&str; 4] = ["a", "b", "c", "d"];
        const TO: [&str; 8] = ["a", "b", "c", "d", "A", "e", "a__was", "D"];
        let ways = 8_usize.pow(4);
        for way in 0..ways {
            let to: Vec<&str> = (0..4).map(|at| TO[way / 8_usize.pow(at) % 8]).collect();
            let folded: std::collections::BTreeSet<String> =
                to.iter().map(|name| name.to_lowercase()).collect();
            if folded.len() < 4 {
                continue;
            }
            // A name that does not change is not a rename.
            let new = FROM.iter().zip(&to).enumerate().filter(|(_, (from, to))| from != to);
            let new = new.map(|(at, (from, to))| (at, (*from).to_owned(), (*to).to_owned())).collect();
            let mut there: BTreeMap<String, usize> =
                FROM.iter().enumerate().map(|(at, name)| ((*name).to_owned(), at)).collect();
            for (what, from, to) in in_order(new, &|name| FROM.contains(&name)) {
                assert_eq!(there.remove(&from), Some(what), "{to:?}");
                assert!(!there.keys().any(|name| name.eq_ignore_ascii_case(&to)), "{to} is taken");
                there.insert(to, what);
            }
            for (at, to) in to.iter().enumerate() {
                assert_eq!(there.get(*to), Some(&at));
            }
        }
    }
}
