//! The parts of the statement of a selection: joins, terms, order and condition.

use crate::condition::{Condition, Function, Reached, Selected, Sorted};
use crate::db::{ColumnRef, Composer, Db, Direction, Joins, Shape, Term};
use crate::ground::error::{Error, Result};
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::step::Step;
use crate::schema::value::Value;

/// The parts of a statement: its joins and its condition.
pub(super) struct Parts<'a> {
    meta: &'static ModelMeta,
    condition: &'a Condition,
    pub(super) joins: Joins,
}

impl<'a> Parts<'a> {
    pub(super) fn of(meta: &'static ModelMeta, condition: &'a Condition) -> Self {
        let mut joins = Joins::default();
        joins.require(condition);
        Self { meta, condition, joins }
    }

    /// Returns a column, and joins its table if it is another one.
    fn place(&mut self, reached: &Reached) -> Result<ColumnRef<'static>> {
        let steps: Option<Vec<Step>> = reached.way.iter().map(|(model, step)| step.of(model)).collect();
        let steps =
            steps.ok_or_else(|| Error::internal(format!("{reached:?} is not at the end of a path")))?;
        Ok(self.joins.place(reached.model, &steps, reached.column))
    }

    fn term(&mut self, selected: &Selected) -> Result<Term> {
        let Selected { reached, function, each, .. } = selected;
        let (function, each) = (*function, each.map(|each| (each, reached.model)));
        if each.is_none() {
            return Ok(Term { place: self.place(reached)?, function, each });
        }
        if !reached.way.is_empty() {
            let text = format!("{reached:?}: only columns of the related rows themselves have aggregates");
            return Err(Error::internal(text));
        }
        Ok(Term { place: reached.meta().into(), function, each })
    }

    pub(super) fn terms(&mut self, items: &[Selected]) -> Result<Vec<Term>> {
        let of = |item: &Selected| {
            if item.function == Function::Value && !item.optional && item.reached.is_nullable() {
                let text = format!("{:?} may be null: select it as `optional()`", item.reached);
                return Err(Error::internal(text));
            }
            self.term(item)
        };
        items.iter().map(of).collect()
    }

    /// Returns the terms of an order. Aggregates are only in the order of groups.
    pub(super) fn order(&mut self, order: &[Sorted], groups: &[&Selected]) -> Result<Vec<(Term, Direction)>> {
        let of = |sorted: &Sorted| {
            if sorted.selected.is_aggregate() && groups.is_empty() {
                return Err(Error::internal(format!(
                    "{}: only groups are sorted by an aggregate",
                    self.meta.name
                )));
            }
            let Sorted { descending, nulls_first, .. } = *sorted;
            Ok((self.term(&sorted.selected)?, Direction { descending, nulls_first }))
        };
        order.iter().map(of).collect()
    }

    /// Appends the joins and the condition.
    pub(super) fn compose(&self, sql: &mut Composer) {
        sql.left_joins(&self.joins, self.joins.len());
        if !self.condition.is_all() {
            sql.text(" WHERE ").condition_of_list(self.condition, &self.joins);
        }
    }
}

/// Appends `SELECT` and terms. Returns the shape of the rows.
pub(super) fn select(sql: &mut Composer, terms: &[Term]) -> Shape {
    let mut shape = Vec::with_capacity(terms.len());
    for (index, term) in terms.iter().enumerate() {
        sql.text(if index == 0 { "SELECT " } else { ", " }).term(*term);
        shape.extend(term.shape(sql.dialect()));
    }
    Shape::Picked(shape)
}

/// Returns the values of terms from a row of their statement.
pub(super) fn read(db: &Db, terms: &[Term], row: Row) -> Result<Row> {
    let mut values = row.into_values().into_iter();
    let values: Result<Vec<Value>> = terms.iter().map(|term| term.take(db.dialect(), &mut values)).collect();
    Ok(Row::new(values?))
}
