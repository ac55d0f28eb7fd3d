//! The lineage: which former table or column every table and column of the definition continues.

use std::collections::HashSet;

use super::schema::{Column, Table};
use super::trace::{Fault, New, Old, trace};
use super::wanted::{Wanted, WantedTable};

/// The former tables and columns that those of a definition continue. Positions are those in the lists that it was made
/// of.
#[derive(Debug)]
pub struct Lineage {
    /// For each table of the definition the position of the former table.
    pub tables: Vec<Option<usize>>,
    /// For each table of the definition and each of its columns the position of the former column.
    pub columns: Vec<Vec<Option<usize>>>,
    /// The former names that are invalid.
    pub misnamed: Vec<Misnamed>,
}

/// A former name that is invalid.
#[derive(Debug)]
pub struct Misnamed {
    /// The part of the definition that gives the former name.
    pub part: Part,
    /// The reason why the former name is invalid.
    pub why: Why,
}

/// A table of the definition, or a column of one, by position.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// A table.
    Table(usize),
    /// A column of a table.
    Column(usize, usize),
}

/// The reason why a former name is invalid.
#[derive(Debug)]
pub enum Why {
    /// Nothing has or had the name.
    Unknown {
        /// The most similar name.
        near: Option<String>,
    },
    /// The thing with this name continues as something else.
    Taken {
        /// The part that continues it.
        by: Part,
    },
}

impl Lineage {
    /// Returns the lineage of a definition without former tables.
    pub fn of_nothing(wanted: &Wanted) -> Self {
        Self {
            tables: vec![None; wanted.tables.len()],
            columns: wanted.tables.iter().map(|wanted| vec![None; wanted.table.columns.len()]).collect(),
            misnamed: Vec::new(),
        }
    }

    /// Finds the lineage of a definition.
    pub fn of(known: &[&Table], wanted: &Wanted) -> Self {
        let mut this = Self::of_nothing(wanted);
        this.trace_models(known, wanted);
        this.trace_relations(known, wanted);
        for at in 0..wanted.tables.len() {
            this.trace_columns(known, wanted, at);
        }
        this
    }

    /// Returns for each former table the position of the table that continues it.
    pub fn heirs(&self, known: usize) -> Vec<Option<usize>> {
        let mut heirs = vec![None; known];
        for (at, from) in self.tables.iter().enumerate() {
            if let Some(from) = from {
                heirs[*from] = Some(at);
            }
        }
        heirs
    }

    fn trace_models(&mut self, known: &[&Table], wanted: &Wanted) {
        // The table of a relation may become that of a model (`x-through`), by its name in the database.
        let old: Vec<Old<'_>> = known
            .iter()
            .map(|table| Old {
                wire: table.model.as_deref().filter(|_| table.relation.is_none()),
                derived: table.is_nameless(),
                ..old_table(table)
            })
            .collect();
        let models: Vec<usize> =
            (0..wanted.tables.len()).filter(|at| wanted.tables[*at].target.is_none()).collect();
        self.take_tables(&old, &(0..known.len()).collect::<Vec<_>>(), wanted, &models);
    }

    fn trace_relations(&mut self, known: &[&Table], wanted: &Wanted) {
        let mut at = 0;
        let owner = |at: usize| wanted.tables[at].model;
        while at < wanted.tables.len() {
            if wanted.tables[at].target.is_none() {
                at += 1;
                continue;
            }
            let end =
                (at..wanted.tables.len()).find(|end| owner(*end) != owner(at)).unwrap_or(wanted.tables.len());
            // The tables of models are first, so a model's own table has the position of the model.
            let owned_by = self.tables[owner(at).index()];
            self.trace_relations_of(owned_by.map(|owner| known[owner]), known, wanted, at..end);
            at = end;
        }
    }

    fn trace_relations_of(
        &mut self,
        owner: Option<&Table>,
        known: &[&Table],
        wanted: &Wanted,
        relations: std::ops::Range<usize>,
    ) {
        let mut left: Vec<usize> = relations.collect();
        let mut claimed: HashSet<usize> = self.tables.iter().flatten().copied().collect();
        // A table that an earlier version of the generator described keeps its name, or its name begins with that of
        // the model's table.
        left.retain(|at| {
            let same = |table: &&Table| table.is_nameless() && table.name == wanted.tables[*at].table.name;
            self.tables[*at] = known.iter().position(same).filter(|found| claimed.insert(*found));
            self.tables[*at].is_none()
        });
        let mut old = Vec::new();
        let mut positions = Vec::new();
        for (at, table) in known.iter().enumerate().filter(|(at, _)| !claimed.contains(at)) {
            let Some(owner) = owner else { break };
            let prefix = || table.name.strip_prefix(&owner.name)?.strip_prefix('_');
            if table.relation.is_some() && table.model == owner.model {
                old.push(Old { wire: table.relation.as_deref(), ..old_table(table) });
            } else if let Some(name) = prefix().filter(|_| table.is_nameless() && is_between(table)) {
                old.push(Old { wire: None, db: name, derived: true, ..old_table(table) });
            } else {
                continue;
            }
            positions.push(at);
        }
        self.take_tables(&old, &positions, wanted, &left);
        for at in left {
            let from = self.tables[at].map(|from| known[from]);
            if from.is_some_and(|from| !self.has_same_target(known, wanted, at, from)) {
                self.tables[at] = None;
            }
        }
    }

    /// Tells whether the keys in the table of a relation still belong to the same model.
    fn has_same_target(&self, known: &[&Table], wanted: &Wanted, at: usize, from: &Table) -> bool {
        let target = wanted.tables[at].target.map(|target| target.index());
        let Some(target) = target.filter(|_| is_between(from)) else { return true };
        let now = self.tables[target].map_or(&wanted.tables[target].table.name, |target| &known[target].name);
        from.columns[2].references.as_ref().is_some_and(|reference| reference.table == *now)
    }

    fn take_tables(&mut self, old: &[Old<'_>], positions: &[usize], wanted: &Wanted, new: &[usize]) {
        let news: Vec<New<'_>> = new.iter().map(|at| new_table(&wanted.tables[*at])).collect();
        let traced = trace(old, &news);
        for (at, from) in new.iter().zip(&traced.from) {
            self.tables[*at] = from.map(|from| positions[from]);
        }
        let part = |at: usize| Part::Table(new[at]);
        self.misnamed.extend(traced.faults.into_iter().map(|fault| misnamed(fault, part)));
    }

    fn trace_columns(&mut self, known: &[&Table], wanted: &Wanted, at: usize) {
        let WantedTable { table, target, managed, .. } = &wanted.tables[at];
        let Some(from) = self.tables[at].map(|from| known[from]) else {
            let foreign = |column: &(usize, &Column)| column.1.was.is_some();
            let is_misnamed = self
                .misnamed
                .iter()
                .any(|misnamed| matches!(misnamed.part, Part::Table(table) if table == at));
            let strange =
                table.columns.iter().enumerate().filter(foreign).filter(|_| *managed && !is_misnamed);
            let unknown =
                |column| Misnamed { part: Part::Column(at, column), why: Why::Unknown { near: None } };
            self.misnamed.extend(strange.map(|(column, _)| unknown(column)));
            return;
        };
        if !managed {
            return;
        }
        if target.is_some() && is_between(from) {
            self.columns[at] = vec![Some(0), Some(1), Some(2)];
            return;
        }
        let nameless = from.is_nameless();
        let old = from.columns.iter().map(|column| Old {
            wire: Some(column.wire()).filter(|_| !nameless),
            db: &column.name,
            derived: nameless,
            was: column.was.as_deref(),
            former: &column.former,
        });
        let new = table.columns.iter().map(|column| New {
            wire: column.wire(),
            db: &column.name,
            was: column.was.as_deref(),
        });
        let traced = trace(&old.collect::<Vec<_>>(), &new.collect::<Vec<_>>());
        self.columns[at] = traced.from;
        let part = |column: usize| Part::Column(at, column);
        self.misnamed.extend(traced.faults.into_iter().map(|fault| misnamed(fault, part)));
    }
}

fn misnamed(fault: Fault, part: impl Fn(usize) -> Part) -> Misnamed {
    match fault {
        Fault::Unknown { new, near } => Misnamed { part: part(new), why: Why::Unknown { near } },
        Fault::Taken { new, by } => Misnamed { part: part(new), why: Why::Taken { by: part(by) } },
    }
}

fn old_table(table: &Table) -> Old<'_> {
    Old { wire: None, db: &table.name, derived: false, was: table.was.as_deref(), former: &table.former }
}

fn new_table(wanted: &WantedTable) -> New<'_> {
    let table = &wanted.table;
    New { wire: table.wire(), db: &table.name, was: table.was.as_deref() }
}

/// Tells whether a table has the columns and the index of those that are made for many-to-many relations.
pub fn is_between(table: &Table) -> bool {
    let [id, from, to] = table.columns.as_slice() else { return false };
    let pair = [from.name.clone(), to.name.clone()];
    id.numbered
        && from.references.is_some()
        && to.references.is_some()
        && table.indexes.values().any(|index| index.unique && index.columns == pair)
}
