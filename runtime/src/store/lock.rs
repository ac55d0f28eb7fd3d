//! Locks rows until the transaction ends. On SQLite only one transaction can write, so that rows need no locks.

use super::read::find_within;
use super::row_selector::RowSelector;
use super::select::select;
use crate::condition::Condition;
use crate::db::{Composer, Db, Lock, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;

/// Returns the selected row, locked. If the row has changed while the statement waited for the lock, the condition is
/// checked again; returns `None` if it does not admit the row any more.
pub(crate) async fn find_locked(
    db: &Db,
    meta: &'static ModelMeta,
    which: &RowSelector,
    lock: Lock,
) -> Result<Option<Row>> {
    needs_transaction(db)?;
    let mut sql = Composer::new(db.dialect());
    which.compose(meta, sql.select(meta)).locking(lock);
    let (sql, args) = sql.finish();
    let row = db.run(Statement::read(sql, args, Shape::Columns(meta.columns))).await?.first();
    if row.is_some() && is_seen_late(db, which.condition()) {
        return find_within(db, meta, which).await;
    }
    Ok(row)
}

/// Returns the rows that a condition admits, ordered by key, and locks them in this order: two transactions that lock
/// some of the same rows wait for each other, but do not deadlock.
pub(crate) async fn select_locked(
    db: &Db,
    meta: &'static ModelMeta,
    condition: &Condition,
    lock: Lock,
) -> Result<Vec<Row>> {
    needs_transaction(db)?;
    let mut sql = Composer::new(db.dialect());
    sql.select(meta).narrowed(condition).order_by(&[(meta.key_column(), false)]).locking(lock);
    let (sql, args) = sql.finish();
    let rows = db.run(Statement::read(sql, args, Shape::Columns(meta.columns))).await?.rows;
    if rows.is_empty() || !is_seen_late(db, condition) {
        return Ok(rows);
    }
    let key = |row: &Row| row.values().get(meta.key).cloned();
    let locked: Vec<_> = rows.iter().map(key).collect();
    let own = Condition::one_of(meta, meta.key, locked.into_iter().flatten().collect());
    select(db, meta, &condition.clone().and(own)).await
}

/// Tells whether a condition may have been evaluated with data from before the lock: PostgreSQL reads the locked row
/// again, but rows of other tables as they were when the statement began.
fn is_seen_late(db: &Db, condition: &Condition) -> bool {
    db.dialect().sees_other_tables_late() && condition.leads_elsewhere()
}

fn needs_transaction(db: &Db) -> Result<()> {
    if db.is_transaction() {
        return Ok(());
    }
    Err(Error::internal(
        "a row is locked until a transaction ends, and there is none: make the action `atomic`, or use `Db::begin`",
    ))
}
