//! Where a column is that a statement names.

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

    pub(super) fn column(self) -> &'static str {
        self.model.columns[self.foreign_key].column
    }
}

/// A column in a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnRef<'a> {
    pub(crate) column: &'static ColumnMeta,
    pub(super) at: At<'a>,
}

/// Whose column it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum At<'a> {
    /// The statement's own table's.
    Own,
    /// A joined table's: which join, and the position of the column in its model.
    Joined(usize, usize),
    /// That of the row that these steps lead to.
    Across(&'a [Step]),
}

impl ColumnRef<'_> {
    /// Whether there may be `null` in it. A reference that names no row gives `null`.
    pub(crate) fn is_nullable(self) -> bool {
        self.column.ty.nullable || !matches!(self.at, At::Own)
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

/// The row of another table that a foreign key names.
#[derive(Debug)]
pub(super) struct Join {
    /// Where the foreign key is: another join, or the model itself.
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
    pub(crate) fn place(
        &mut self,
        model: &'static ModelMeta,
        way: &[Step],
        column: usize,
    ) -> ColumnRef<'static> {
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
        ColumnRef { column: meta, at: At::Joined(join, column) }
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
pub(crate) struct Scope<'a> {
    joins: Option<&'a Joins>,
    way: Vec<Step>,
}

impl<'a> Scope<'a> {
    /// The statement's own row, where it has these joins.
    pub(crate) fn of_list(joins: &'a Joins) -> Self {
        Self { joins: Some(joins), way: Vec::new() }
    }

    /// The row that a foreign key leads to from here; none if it leads nowhere.
    pub(crate) fn across(&self, model: &'static ModelMeta, foreign_key: usize) -> Option<Self> {
        let mut way = self.way.clone();
        way.push(Step::new(model, foreign_key)?);
        Some(Self { joins: self.joins, way })
    }

    /// A column of the row.
    pub(crate) fn place(&self, model: &'static ModelMeta, column: usize) -> ColumnRef<'_> {
        let joined = || self.joins.and_then(|joins| joins.find(&self.way, column));
        let at = match self.way.as_slice() {
            [] => At::Own,
            way => joined().unwrap_or(At::Across(way)),
        };
        ColumnRef { column: &model.columns[column], at }
    }
}
