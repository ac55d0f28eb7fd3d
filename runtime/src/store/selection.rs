//! Reads of rows without types: which rows, in which order, from which to which, and what of them.

use std::fmt;
use std::ops::Bound;

use super::parts::{Parts, read, select};
use crate::condition::{Condition, Function, Selected, Sorted};
use crate::db::{Composer, Db, Direction, Shape, Statement, Term};
use crate::ground::error::{Error, Result};
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// A selection of rows of a model.
#[derive(Clone)]
pub(crate) struct Selection {
    pub(crate) meta: &'static ModelMeta,
    pub(crate) condition: Condition,
    order: Vec<Sorted>,
    /// The number of rows to leave out.
    skip: u64,
    /// The greatest number of rows to read after these.
    take: Option<u64>,
    /// What was asked for that cannot be done.
    refused: Option<&'static str>,
}

/// Writes it without the descriptor of the model.
impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selection")
            .field("model", &self.meta.name)
            .field("condition", &self.condition)
            .field("order", &self.order)
            .field("skip", &self.skip)
            .field("take", &self.take)
            .finish_non_exhaustive()
    }
}

const SLICED: &str = "a query is filtered and sorted before it is sliced, not after";

impl Selection {
    /// Creates the selection of the rows that a condition admits.
    pub(crate) fn new(meta: &'static ModelMeta, condition: Condition) -> Self {
        Self { meta, condition, order: Vec::new(), skip: 0, take: None, refused: None }
    }

    /// Narrows it by another condition.
    pub(crate) fn narrowed(mut self, condition: Condition) -> Self {
        self.refuse_if_sliced();
        self.condition = self.condition.and(condition);
        self
    }

    /// Sets the order.
    pub(crate) fn ordered(mut self, order: Vec<Sorted>) -> Self {
        self.refuse_if_sliced();
        self.order = order;
        self
    }

    /// Reverses the order.
    pub(crate) fn reversed(mut self) -> Self {
        self.refuse_if_sliced();
        self.order = self.complete_order().into_iter().map(Sorted::reversed).collect();
        self
    }

    /// Leaves the first rows of those out that it would read.
    pub(crate) fn after(mut self, rows: u64) -> Self {
        self.skip = self.skip.saturating_add(rows);
        self.take = self.take.map(|take| take.saturating_sub(rows));
        self
    }

    /// Reads at most so many of the rows that it would read.
    pub(crate) fn at_most(mut self, rows: u64) -> Self {
        self.take = Some(self.take.map_or(rows, |take| take.min(rows)));
        self
    }

    /// Reads the rows in a range of positions of those that it would read.
    pub(crate) fn sliced(self, from: Bound<&u64>, to: Bound<&u64>) -> Self {
        let first = match from {
            Bound::Included(first) => *first,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match to {
            Bound::Included(last) => Some(last.saturating_add(1)),
            Bound::Excluded(end) => Some(*end),
            Bound::Unbounded => None,
        };
        let this = self.after(first);
        match end {
            Some(end) => this.at_most(end.saturating_sub(first)),
            None => this,
        }
    }

    /// Tells whether it leaves rows out that the condition admits.
    pub(crate) fn is_sliced(&self) -> bool {
        self.skip > 0 || self.take.is_some()
    }

    /// Tells whether it has all rows that the condition admits, in the order of their model.
    pub(crate) fn is_whole(&self) -> bool {
        !self.is_sliced() && self.order.is_empty()
    }

    fn refuse_if_sliced(&mut self) {
        if self.is_sliced() {
            self.refused.get_or_insert(SLICED);
        }
    }

    /// Returns an error if something was asked for that cannot be done.
    pub(crate) fn check(&self) -> Result<()> {
        self.refused.map_or(Ok(()), |text| Err(Error::internal(format!("{}: {text}", self.meta.name))))
    }

    /// Returns the order, or else that of the model, with the key at its end, so that the order of two rows never depends
    /// on the database.
    fn complete_order(&self) -> Vec<Sorted> {
        let key = Selected::own(self.meta, self.meta.key, Function::Value);
        let mut order = self.order.clone();
        if order.is_empty() {
            order = self.meta.ordering.iter().map(|part| Sorted::of(self.meta, part)).collect();
        }
        match order.iter().position(|sorted| sorted.selected.is_same(&key)) {
            // The key is unique: later parts have no effect.
            Some(position) => order.truncate(position + 1),
            None => order.push(Sorted::by(key.reached)),
        }
        order
    }

    /// Returns the rows.
    pub(crate) async fn rows(&self, db: &Db) -> Result<Vec<Row>> {
        self.check()?;
        let order = self.complete_order();
        let mut parts = Parts::of(self.meta, &self.condition);
        let order = parts.order(&order, &[])?;
        let mut sql = Composer::new(db.dialect());
        sql.select(self.meta);
        self.compose(&mut sql, &parts, &order)?;
        let (sql, args) = sql.finish();
        Ok(db.run(Statement::read(sql, args, Shape::Columns(self.meta.columns)).long()).await?.rows)
    }

    /// Returns the keys of the rows.
    pub(crate) async fn keys(&self, db: &Db) -> Result<Vec<Value>> {
        let key = Selected::own(self.meta, self.meta.key, Function::Value);
        let rows = self.values(db, &[key], false).await?;
        Ok(rows.into_iter().filter_map(|row| row.into_values().pop()).collect())
    }

    /// Returns the number of rows.
    pub(crate) async fn count(&self, db: &Db) -> Result<u64> {
        let key = Selected::own(self.meta, self.meta.key, Function::Rows);
        self.aggregate(db, &[key]).await?.take(0)
    }

    /// Tells whether there are rows.
    pub(crate) async fn exists(&self, db: &Db) -> Result<bool> {
        self.check()?;
        let mut sql = Composer::new(db.dialect());
        sql.text("SELECT 1 FROM ").name(self.meta.table).narrowed(&self.condition);
        sql.window(self.skip, Some(self.take.unwrap_or(1).min(1)));
        let (sql, args) = sql.finish();
        Ok(!db.run(Statement::read(sql, args, Shape::Untyped).long()).await?.rows.is_empty())
    }

    /// Returns aggregates of all rows.
    pub(crate) async fn aggregate(&self, db: &Db, items: &[Selected]) -> Result<Row> {
        self.check()?;
        if let Some(item) = items.iter().find(|item| !item.is_aggregate()) {
            return Err(Error::internal(format!("{:?} is not an aggregate", item.reached)));
        }
        let mut parts = Parts::of(self.meta, &self.condition);
        let terms = parts.terms(items)?;
        let mut sql = Composer::new(db.dialect());
        let shape = select(&mut sql, &terms);
        sql.text(" FROM ").name(self.meta.table);
        if self.is_sliced() {
            sql.left_joins(&parts.joins, parts.joins.len());
            sql.text(" WHERE ").column(self.meta.key_column()).text(" IN (");
            self.compose_keys(&mut sql)?;
            sql.text(")");
        } else {
            parts.compose(&mut sql);
        }
        let (sql, args) = sql.finish();
        let found = db.run(Statement::read(sql, args, shape).long()).await?.first();
        read(db, &terms, found.ok_or_else(|| Error::internal("an aggregate gave no row"))?)
    }

    /// Returns columns of the rows. With aggregates among them there is one row for each group of rows with the same
    /// columns; without, and if they are distinct, no two rows are the same.
    pub(crate) async fn values(&self, db: &Db, items: &[Selected], distinct: bool) -> Result<Vec<Row>> {
        self.check()?;
        let grouped = distinct || items.iter().any(Selected::is_aggregate);
        let by: Vec<&Selected> = items.iter().filter(|item| !item.is_aggregate()).collect();
        if grouped && by.iter().any(|item| item.each.is_some()) {
            return Err(Error::internal("rows are not grouped by aggregates of related rows"));
        }
        let order = match (grouped, self.order.is_empty()) {
            (false, _) => self.complete_order(),
            (true, true) => by.iter().map(|item| Sorted::by(item.reached.clone())).collect(),
            (true, false) => self.group_order(&by)?,
        };
        let mut parts = Parts::of(self.meta, &self.condition);
        let terms = parts.terms(items)?;
        let order = parts.order(&order, if grouped { &by } else { &[] })?;
        let mut sql = Composer::new(db.dialect());
        let shape = select(&mut sql, &terms);
        sql.text(" FROM ").name(self.meta.table);
        parts.compose(&mut sql);
        if grouped {
            let groups = terms.iter().filter(|term| term.function == Function::Value);
            for (index, term) in groups.enumerate() {
                if term.place.column.ty.kind.is_json() {
                    let name = term.place.column.name;
                    return Err(Error::internal(format!("{name} is JSON, by which rows cannot be grouped")));
                }
                sql.text(if index == 0 { " GROUP BY " } else { ", " }).place(term.place);
            }
        }
        sql.sorted_by(&order)?.window(self.skip, self.take);
        let (sql, args) = sql.finish();
        let rows = db.run(Statement::read(sql, args, shape).long()).await?.rows;
        rows.into_iter().map(|row| read(db, &terms, row)).collect()
    }

    /// Returns the order of groups, with all that they are grouped by at its end.
    fn group_order(&self, by: &[&Selected]) -> Result<Vec<Sorted>> {
        let mut order = self.order.clone();
        let is_of_group = |sorted: &&Sorted| {
            sorted.selected.is_aggregate() || by.iter().any(|item| item.is_same(&sorted.selected))
        };
        if let Some(other) = order.iter().find(|sorted| !is_of_group(sorted)) {
            return Err(Error::internal(format!(
                "groups cannot be sorted by {:?}, by which they are not grouped",
                other.selected.reached
            )));
        }
        for item in by {
            if !order.iter().any(|sorted| sorted.selected.is_same(item)) {
                order.push(Sorted::by(item.reached.clone()));
            }
        }
        Ok(order)
    }

    /// Appends the joins, the condition, the order and the window.
    fn compose(&self, sql: &mut Composer, parts: &Parts<'_>, order: &[(Term, Direction)]) -> Result<()> {
        parts.compose(sql);
        sql.sorted_by(order)?.window(self.skip, self.take);
        Ok(())
    }

    /// Appends the `SELECT` of the keys of the rows.
    fn compose_keys(&self, sql: &mut Composer) -> Result<()> {
        let order = self.complete_order();
        let mut parts = Parts::of(self.meta, &self.condition);
        let order = parts.order(&order, &[])?;
        sql.text("SELECT ").column(self.meta.key_column()).text(" FROM ").name(self.meta.table);
        self.compose(sql, &parts, &order)
    }
}
