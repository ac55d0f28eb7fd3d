//! Which row is meant.

use crate::condition::Condition;
use crate::db::{Arg, Compare, Composer, has_expressions};
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The row that has this value in this column, if a condition admits it.
#[derive(Debug, Clone)]
pub(crate) struct RowSelector {
    column: usize,
    value: Value,
    within: Condition,
    /// The values that it has in all columns.
    being: Option<Row>,
}

impl RowSelector {
    /// Whatever else it has.
    pub(crate) fn new(column: usize, value: Value) -> Self {
        Self { column, value, within: Condition::all(), being: None }
    }

    /// Only if it has this.
    pub(crate) fn within(mut self, condition: Condition) -> Self {
        self.within = condition;
        self
    }

    /// Only if it is as it was: none where columns are read by expressions, whose values no database compares for sure.
    pub(crate) fn being(&self, meta: &'static ModelMeta, row: &Row) -> Option<Self> {
        (!has_expressions(meta)).then(|| Self { being: Some(row.clone()), ..self.clone() })
    }

    /// What a condition has to admit.
    pub(super) fn condition(&self) -> &Condition {
        &self.within
    }

    /// The argument of the constant statements, if they mean the same row: by a key that there may be, and without a
    /// condition.
    pub(super) fn constant(&self, meta: &'static ModelMeta) -> Option<Arg> {
        let may_be = !meta.key_column().ty.is_no_address(&self.value);
        let constant = self.column == meta.key
            && self.within.is_all()
            && self.being.is_none()
            && may_be
            && !has_expressions(meta);
        constant.then(|| Arg::column(meta.key_column(), self.value.clone()))
    }

    /// ` WHERE …`
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
