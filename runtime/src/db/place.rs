//! The position of a column that a statement names.

use crate::condition::Condition;
use crate::schema::meta::{ColumnMeta, ModelMeta, PathStep};
use crate::schema::step::Step;

/// A column in a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnRef<'a> {
    pub(crate) column: &'static ColumnMeta,
    pub(super) at: At<'a>,
}

/// The owner of a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'a> {
    /// The statement's own table.
    Own,
    /// The statement's own table, by its name, because another one has columns with the same names.
    Named(&'a str),
    /// A joined table: the number of the join, and the position of the column in its model.
    Joined(usize, usize),
    /// The row at the end of these steps.
    Across(&'a [Step]),
}

impl ColumnRef<'_> {
    /// Tells whether the column may be `null`. A reference that names no row gives `null`.
    pub(crate) fn is_nullable(self) -> bool {
        self.column.ty.nullable || !matches!(self.at, At::Own | At::Named(_))
    }
}

impl From<&'static ColumnMeta> for ColumnRef<'static> {
    fn from(column: &'static ColumnMeta) -> Self {
        Self { column, at: At::Own }
    }
}

/// The joins of a statement.
#[derive(Debug, Default)]
pub(crate) struct Joins(pub(super) Vec<Join>);

/// A join with the row of another table that a step leads to.
#[derive(Debug)]
pub(super) struct Join {
    /// The table that the step begins at: another join, or `None` for the model itself.
    pub(super) parent: Option<usize>,
    pub(super) step: Step,
    /// The columns that the statement uses.
    pub(super) columns: Vec<usize>,
}

impl Join {
    fn use_column(&mut self, column: usize) {
        if !self.columns.contains(&column) {
            self.columns.push(column);
        }
    }
}

impl Joins {
    /// Returns the number of joins.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds the joins that a condition needs.
    pub(crate) fn require(&mut self, condition: &Condition) {
        self.require_behind(&mut Vec::new(), condition);
    }

    fn require_behind(&mut self, way: &mut Vec<Step>, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| self.require_behind(way, part));
            }
            Condition::Not(part) | Condition::Untrue(part) => self.require_behind(way, part),
            // A condition on the related row is a subquery.
            Condition::Compare { model, column, .. } => {
                self.place(model, way, *column);
            }
            Condition::CompareColumns { model, column, other, .. } => {
                self.place(model, way, *column);
                self.place(model, way, *other);
            }
            Condition::ToMany { model, .. } => {
                self.place(model, way, model.key);
            }
            Condition::Related { model, step, .. } => {
                self.place(model, way, step.from(model));
            }
            Condition::Outer { model, step, condition } => {
                if let Some(step) = step.of(model) {
                    way.push(step);
                    self.require_behind(way, condition);
                    way.pop();
                }
            }
        }
    }

    /// Returns a column of the row at the end of a path, and joins its table if it is another one.
    pub(crate) fn place(
        &mut self,
        model: &'static ModelMeta,
        way: &[Step],
        column: usize,
    ) -> ColumnRef<'static> {
        let mut parent: Option<usize> = None;
        for step in way {
            if let Some(parent) = parent {
                self.0[parent].use_column(step.from);
            }
            let join = self.behind(parent, step).unwrap_or_else(|| {
                self.0.push(Join { parent, step: *step, columns: vec![step.to] });
                self.0.len() - 1
            });
            parent = Some(join);
        }
        let meta = &model.columns[column];
        let Some(join) = parent else { return meta.into() };
        self.0[join].use_column(column);
        ColumnRef { column: meta, at: At::Joined(join, column) }
    }

    /// Returns the same column, if its table was joined.
    fn find(&self, way: &[Step], column: usize) -> Option<At<'static>> {
        let mut parent = None;
        for step in way {
            parent = Some(self.behind(parent, step)?);
        }
        let join = parent?;
        self.0[join].columns.contains(&column).then_some(At::Joined(join, column))
    }

    fn behind(&self, parent: Option<usize>, step: &Step) -> Option<usize> {
        self.0.iter().position(|join| join.parent == parent && join.step.is(step))
    }
}

/// The row whose columns a part of a condition compares: the row at the end of a path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope<'a> {
    joins: Option<&'a Joins>,
    way: Vec<Step>,
}

impl<'a> Scope<'a> {
    /// Creates the scope of the statement's own row, in a statement with these joins.
    pub(crate) fn of_list(joins: &'a Joins) -> Self {
        Self { joins: Some(joins), way: Vec::new() }
    }

    /// Returns the scope of the row that a step leads to; `None` if the model does not have it.
    pub(crate) fn across(&self, model: &'static ModelMeta, step: PathStep) -> Option<Self> {
        let mut way = self.way.clone();
        way.push(step.of(model)?);
        Some(Self { joins: self.joins, way })
    }

    /// Returns a column of the row.
    pub(crate) fn place(&self, model: &'static ModelMeta, column: usize) -> ColumnRef<'_> {
        let joined = || self.joins.and_then(|joins| joins.find(&self.way, column));
        let at = match self.way.as_slice() {
            [] => At::Own,
            way => joined().unwrap_or(At::Across(way)),
        };
        ColumnRef { column: &model.columns[column], at }
    }
}
