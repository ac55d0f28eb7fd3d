//! The steps of paths with the columns that they lead through.

use super::model::{ModelMeta, RelationMeta};
use super::path::PathStep;

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
