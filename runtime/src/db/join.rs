//! Columns of the rows that foreign keys lead to: by a `LEFT JOIN` of the statement, where it is a list, else by a
//! query of one value.
//!
//! Either gives `null` where a reference is `null` or names no row. A join is of the one row that a key names: rows
//! neither multiply nor vanish, and both databases plan it as they plan any join. The columns of joined tables get names
//! that no table has, so that the statements of the model stay as they are.

use super::compose::Composer;
use crate::condition::Condition;
use crate::schema::meta::{ColumnMeta, ModelMeta};

/// A way from a row to another: a foreign key of a model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) model: &'static ModelMeta,
    pub(crate) foreign_key: usize,
    /// Whose rows it leads to.
    pub(crate) target: &'static ModelMeta,
}

impl Step {
    /// None: the column refers to nothing.
    pub(crate) fn new(model: &'static ModelMeta, foreign_key: usize) -> Option<Self> {
        let target = model.columns[foreign_key].references?();
        Some(Self { model, foreign_key, target })
    }

    fn column(self) -> &'static str {
        self.model.columns[self.foreign_key].column
    }
}

/// A column in a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) column: &'static ColumnMeta,
    at: At<'a>,
}

/// Whose column it is.
#[derive(Debug, Clone, Copy)]
enum At<'a> {
    /// The statement's own table's.
    Own,
    /// A joined table's: which join, and the position of the column in its model.
    Joined(usize, usize),
    /// That of the row that these steps lead to.
    Across(&'a [Step]),
}

impl Place<'_> {
    /// Whether there may be `null` in it. A reference that names no row gives `null`.
    pub(crate) fn is_nullable(self) -> bool {
        self.column.ty.nullable || !matches!(self.at, At::Own)
    }
}

impl From<&'static ColumnMeta> for Place<'static> {
    fn from(column: &'static ColumnMeta) -> Self {
        Self { column, at: At::Own }
    }
}

/// The joins of a statement.
#[derive(Debug, Default)]
pub(crate) struct Joins(Vec<Join>);

/// The row of another table that a foreign key names.
#[derive(Debug)]
struct Join {
    /// Where the foreign key is: another join, or the model itself.
    parent: Option<usize>,
    step: Step,
    /// The columns that the statement uses.
    columns: Vec<usize>,
}

impl Join {
    fn use_column(&mut self, column: usize) {
        if !self.columns.contains(&column) {
            self.columns.push(column);
        }
    }
}

impl Joins {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Joins what a condition needs.
    pub(crate) fn require(&mut self, condition: &Condition) {
        self.require_behind(&mut Vec::new(), condition);
    }

    fn require_behind(&mut self, way: &mut Vec<Step>, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.require_behind(way, part));
            }
            Condition::Not(part) => self.require_behind(way, part),
            // What it says of the related row is a query of its own.
            Condition::Compare { model, column, .. } | Condition::Related { model, column, .. } => {
                self.place(model, way, *column);
            }
            Condition::Outer { model, column, condition } => {
                if let Some(step) = Step::new(model, *column) {
                    way.push(step);
                    self.require_behind(way, condition);
                    way.pop();
                }
            }
        }
    }

    /// A column of the row that a way leads to, joined if it is of another table.
    pub(crate) fn place(&mut self, model: &'static ModelMeta, way: &[Step], column: usize) -> Place<'static> {
        let mut parent: Option<usize> = None;
        for step in way {
            if let Some(parent) = parent {
                self.0[parent].use_column(step.foreign_key);
            }
            let join = self.behind(parent, step).unwrap_or_else(|| {
                self.0.push(Join { parent, step: *step, columns: vec![step.target.key] });
                self.0.len() - 1
            });
            parent = Some(join);
        }
        let meta = &model.columns[column];
        let Some(join) = parent else { return meta.into() };
        self.0[join].use_column(column);
        Place { column: meta, at: At::Joined(join, column) }
    }

    /// The same, if it was joined.
    fn find(&self, way: &[Step], column: usize) -> Option<At<'static>> {
        let mut parent = None;
        for step in way {
            parent = Some(self.behind(parent, step)?);
        }
        let join = parent?;
        self.0[join].columns.contains(&column).then_some(At::Joined(join, column))
    }

    fn behind(&self, parent: Option<usize>, step: &Step) -> Option<usize> {
        self.0.iter().position(|join| join.parent == parent && join.step.foreign_key == step.foreign_key)
    }
}

/// Whose columns a part of a condition is about: those of the row that a way leads to.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope<'a> {
    joins: Option<&'a Joins>,
    way: Vec<Step>,
}

impl<'a> Scope<'a> {
    /// The statement's own row, where it has these joins.
    pub(super) fn of_list(joins: &'a Joins) -> Self {
        Self { joins: Some(joins), way: Vec::new() }
    }

    /// The row that a foreign key leads to from here; none if it leads nowhere.
    pub(super) fn across(&self, model: &'static ModelMeta, foreign_key: usize) -> Option<Self> {
        let mut way = self.way.clone();
        way.push(Step::new(model, foreign_key)?);
        Some(Self { joins: self.joins, way })
    }

    /// A column of the row.
    pub(super) fn place(&self, model: &'static ModelMeta, column: usize) -> Place<'_> {
        let joined = || self.joins.and_then(|joins| joins.find(&self.way, column));
        let at = match self.way.as_slice() {
            [] => At::Own,
            way => joined().unwrap_or(At::Across(way)),
        };
        Place { column: &model.columns[column], at }
    }
}

impl Composer {
    /// A column, by the name that it has in the statement.
    pub(crate) fn place(&mut self, place: Place<'_>) -> &mut Self {
        match place.at {
            At::Own => self.column(place.column),
            At::Joined(join, column) => self.joined(join, Some(column)),
            At::Across(way) => self.across(way, place.column),
        }
    }

    /// The name of a joined table, or of one of its columns. No table or column of an application is called so.
    fn joined(&mut self, join: usize, column: Option<usize>) -> &mut Self {
        self.name(&match column {
            None => format!("dcrf.{join}"),
            Some(column) => format!("dcrf.{join}.{column}"),
        })
    }

    /// ` LEFT JOIN …` for the first joins.
    pub(crate) fn left_joins(&mut self, joins: &Joins, count: usize) -> &mut Self {
        for (number, join) in joins.0.iter().take(count).enumerate() {
            let target = join.step.target;
            self.text(" LEFT JOIN (SELECT ");
            for (index, column) in join.columns.iter().enumerate() {
                if index > 0 {
                    self.text(", ");
                }
                self.column(&target.columns[*column]).text(" AS ").joined(number, Some(*column));
            }
            self.text(" FROM ").name(target.table).text(") AS ").joined(number, None);
            self.text(" ON ").joined(number, Some(target.key)).text(" = ");
            match join.parent {
                Some(parent) => self.joined(parent, Some(join.step.foreign_key)),
                None => self.name(join.step.column()),
            };
        }
        self
    }

    /// A query of one value: that of the row that a way leads to. Its tables have names that no other has, as the row
    /// itself may be of one of them.
    fn across(&mut self, way: &[Step], column: &'static ColumnMeta) -> &mut Self {
        let table = |number: usize| format!("dcrf.way.{number}");
        let Some((first, further)) = way.split_first() else { return self.column(column) };
        self.text("(SELECT ").column_of(&table(further.len()), column);
        self.text(" FROM ").name(first.target.table).text(" AS ").name(&table(0));
        for (number, step) in further.iter().enumerate() {
            self.text(" JOIN ").name(step.target.table).text(" AS ").name(&table(number + 1));
            self.text(" ON ").qualified(&table(number + 1), step.target.key_column().column);
            self.text(" = ").qualified(&table(number), step.column());
        }
        self.text(" WHERE ").qualified(&table(0), first.target.key_column().column);
        self.text(" = ").qualified(first.model.table, first.column()).text(")")
    }
}
