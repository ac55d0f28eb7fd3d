//! Selects a row.

use crate::condition::Condition;
use crate::db::{Arg, Compare, Composer, has_expressions};
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// A selector of the row that has this value in this column, if a condition admits it.
#[derive(Debug, Clone)]
pub(crate) struct RowSelector {
    column: usize,
    value: Value,
    within: Condition,
    /// The row whose values the selected row must have in all columns.
    being: Option<Row>,
}

impl RowSelector {
    /// Creates a selector of a row by a column, without a condition.
    pub(crate) fn new(column: usize, value: Value) -> Self {
        Self { column, value, within: Condition::all(), being: None }
    }

    /// Sets the condition.
    pub(crate) fn within(mut self, condition: Condition) -> Self {
        self.within = condition;
        self
    }

    /// Adds the condition that the row is unchanged. Returns `None` if columns are read by expressions, because
    /// databases do not compare values of expressions reliably.
    pub(crate) fn being(&self, meta: &'static ModelMeta, row: &Row) -> Option<Self> {
        (!has_expressions(meta)).then(|| Self { being: Some(row.clone()), ..self.clone() })
    }

    /// Returns the condition.
    pub(super) fn condition(&self) -> &Condition {
        &self.within
    }

    /// Returns the argument of the constant statements if these select the same row: the row is selected by a possible
    /// key, and without a condition.
    pub(super) fn constant(&self, meta: &'static ModelMeta) -> Option<Arg> {
        let may_be = !meta.key_column().ty.is_no_address(&self.value);
        let constant = self.column == meta.key
            && self.within.is_all()
            && self.being.is_none()
            && may_be
            && !has_expressions(meta);
        constant.then(|| Arg::column(meta.key_column(), self.value.clone()))
    }

    /// Appends ` WHERE …`.
    pub(crate) fn compose<'a>(&self, meta: &'static ModelMeta, sql: &'a mut Composer) -> &'a mut Composer {
        sql.text(" WHERE ").compare(&meta.columns[self.column], Compare::Equal, self.value.clone());
        sql.also(&self.within);
        if let Some(row) = &self.being {
            for (column, value) in meta.columns.iter().zip(row.values()) {
                sql.text(" AND ").is_still(column, value.clone());
            }
        }
        sql
    }
}
