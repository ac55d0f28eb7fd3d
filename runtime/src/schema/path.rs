//! Steps from a row to one other row, which paths of columns consist of.

use super::model::{ModelMeta, RelationMeta};

/// A step from a row to one other row, or to none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStep {
    /// To the row that a foreign key refers to: a position in the model's columns.
    ForeignKey(usize),
    /// Back to the row whose one-to-one relation refers to this row: a position in the model's relations.
    Back(usize),
}

/// A part of the order of rows: a column of the row itself, or of a row to which steps lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderMeta {
    /// The steps to the row of the column, each of the model that the previous ones lead to.
    pub path: &'static [PathStep],
    /// The position of the column in the columns of the model at the end of the path.
    pub column: usize,
    /// Whether the order is descending.
    pub descending: bool,
}

impl OrderMeta {
    /// Orders by a column of the row itself.
    pub const fn ascending(column: usize) -> Self {
        Self { path: &[], column, descending: false }
    }

    /// Orders by a column of the row itself, in descending order.
    pub const fn descending(column: usize) -> Self {
        Self { path: &[], column, descending: true }
    }

    /// Orders by the column of the row to which these steps lead.
    pub const fn through(mut self, path: &'static [PathStep]) -> Self {
        self.path = path;
        self
    }
}

/// A step of a model, with its columns: a row leads to the row in which `to` has the value that `from` has here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) model: &'static ModelMeta,
    /// The position of the column of `model`.
    pub(crate) from: usize,
    /// The model of the row that the step leads to.
    pub(crate) target: &'static ModelMeta,
    /// The position of the column of `target`. Its values are unique.
    pub(crate) to: usize,
}

impl PathStep {
    /// Returns the step with its columns; `None` if the model does not have it.
    pub(crate) fn of(self, model: &'static ModelMeta) -> Option<Step> {
        match self {
            Self::ForeignKey(from) => {
                let target = model.columns.get(from)?.references?();
                Some(Step { model, from, target, to: target.key })
            }
            Self::Back(relation) => {
                let relation: &RelationMeta = model.relations.get(relation)?;
                let to = relation.via.column().filter(|_| relation.via.is_one())?;
                Some(Step { model, from: model.key, target: (relation.target)(), to })
            }
        }
    }

    /// Returns the position of the column whose value leads to the other row. If it is `null`, there is no other row.
    pub(crate) const fn from(self, model: &'static ModelMeta) -> usize {
        match self {
            Self::ForeignKey(column) => column,
            Self::Back(_) => model.key,
        }
    }

    /// Returns the name of the foreign key or the relation in the definition.
    pub(crate) fn name(self, model: &'static ModelMeta) -> &'static str {
        match self {
            Self::ForeignKey(column) => model.columns[column].name,
            Self::Back(relation) => model.relations[relation].name,
        }
    }
}

impl Step {
    /// Returns the name of the column of `model`, not quoted.
    pub(crate) fn column_from(&self) -> &'static str {
        self.model.columns[self.from].column
    }

    /// Returns the name of the column of `target`, not quoted.
    pub(crate) fn column_to(&self) -> &'static str {
        self.target.columns[self.to].column
    }

    /// Tells whether both are the same step.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.target, other.target) && (self.from, self.to) == (other.from, other.to)
    }
}
