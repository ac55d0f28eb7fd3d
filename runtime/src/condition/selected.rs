//! What a query selects and sorts by, without types.

use std::fmt;

use super::tree::By;
use crate::schema::meta::{ColumnMeta, ModelMeta, OrderMeta, PathStep};
use crate::schema::step::Step;

/// A column at the end of a path.
#[derive(Clone)]
pub struct Reached {
    /// The steps, each with its model, in their order.
    pub(crate) way: Vec<(&'static ModelMeta, PathStep)>,
    /// The model of the column.
    pub(crate) model: &'static ModelMeta,
    /// The position of the column in its model's columns.
    pub(crate) column: usize,
}

impl Reached {
    /// Creates a column of the rows themselves.
    pub(crate) fn own(model: &'static ModelMeta, column: usize) -> Self {
        Self { way: Vec::new(), model, column }
    }

    /// Puts a foreign key before the path.
    pub(super) fn from(mut self, model: &'static ModelMeta, foreign_key: usize) -> Self {
        self.way.insert(0, (model, PathStep::ForeignKey(foreign_key)));
        self
    }

    /// Returns the column of a part of the order of a model (`x-ordering`).
    fn of(model: &'static ModelMeta, part: &OrderMeta) -> Self {
        let (mut at, mut way) = (model, Vec::with_capacity(part.path.len()));
        for step in part.path {
            let Some(Step { target, .. }) = step.of(at) else { break };
            way.push((at, *step));
            at = target;
        }
        Self { way, model: at, column: part.column }
    }

    /// Returns the column.
    pub(crate) fn meta(&self) -> &'static ColumnMeta {
        &self.model.columns[self.column]
    }

    /// Tells whether it may be `null`.
    pub(crate) fn is_nullable(&self) -> bool {
        let may_lead_nowhere = |(model, step): &(&'static ModelMeta, PathStep)| match step {
            PathStep::ForeignKey(column) => model.columns[*column].ty.nullable,
            PathStep::Back(_) => true,
        };
        self.meta().ty.nullable || self.way.iter().any(may_lead_nowhere)
    }
}

impl PartialEq for Reached {
    fn eq(&self, other: &Self) -> bool {
        type Part = (&'static ModelMeta, PathStep);
        let same = |(a, b): (&Part, &Part)| std::ptr::eq(a.0, b.0) && a.1 == b.1;
        std::ptr::eq(self.model, other.model)
            && self.column == other.column
            && self.way.len() == other.way.len()
            && self.way.iter().zip(&other.way).all(same)
    }
}

/// Writes it without the descriptors of the models.
impl fmt::Debug for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (model, step) in &self.way {
            write!(f, "{}.{} to ", model.name, step.name(model))?;
        }
        write!(f, "{}.{}", self.model.name, self.meta().name)
    }
}

/// What is selected of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    /// Its value in each row.
    Value,
    /// The number of rows, whatever the column.
    Rows,
    /// The number of rows in which it is not `null`.
    Count,
    /// The number of its distinct values.
    CountDistinct,
    /// The sum of its values.
    Sum,
    /// Their average.
    Average,
    /// The least value.
    Least,
    /// The greatest value.
    Greatest,
}

/// A column or an aggregate that is selected.
#[derive(Debug, Clone, PartialEq)]
pub struct Selected {
    pub(crate) reached: Reached,
    pub(crate) function: Function,
    /// Whether its reader expects `null`.
    pub(crate) optional: bool,
    /// The rows of which it is an aggregate, if these are the rows that are related to each row.
    pub(crate) each: Option<Each>,
}

/// The rows that are related to each row of a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Each {
    /// The way in which they are related.
    pub(crate) by: By,
    /// The model of the rows of the query.
    pub(crate) outer: OuterModel,
}

/// The model of the rows of a query.
#[derive(Clone, Copy)]
pub(crate) struct OuterModel(pub(crate) &'static ModelMeta);

impl PartialEq for OuterModel {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl fmt::Debug for OuterModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl Selected {
    /// Creates a column of the rows themselves, or an aggregate of it.
    pub(crate) fn own(model: &'static ModelMeta, column: usize, function: Function) -> Self {
        Self { reached: Reached::own(model, column), function, optional: false, each: None }
    }

    /// Tells whether it is an aggregate of the rows of the query.
    pub(crate) fn is_aggregate(&self) -> bool {
        self.function != Function::Value && self.each.is_none()
    }

    /// Tells whether both are the same column or aggregate.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.reached == other.reached && self.function == other.function && self.each == other.each
    }
}

/// A part of an order.
#[derive(Debug, Clone)]
pub(crate) struct Sorted {
    pub(crate) selected: Selected,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

impl Sorted {
    /// Sorts by a column in ascending order.
    pub(crate) fn by(reached: Reached) -> Self {
        let selected = Selected { reached, function: Function::Value, optional: false, each: None };
        Self { selected, descending: false, nulls_first: true }
    }

    /// Sorts by a part of the order of a model (`x-ordering`).
    pub(crate) fn of(model: &'static ModelMeta, part: &OrderMeta) -> Self {
        let sorted = Self::by(Reached::of(model, part));
        if part.descending { sorted.reversed() } else { sorted }
    }

    /// Returns the opposite order.
    pub(crate) fn reversed(self) -> Self {
        Self { descending: !self.descending, nulls_first: !self.nulls_first, ..self }
    }
}
