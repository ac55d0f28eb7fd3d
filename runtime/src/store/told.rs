//! Tells observers of rows that the application has written by its own SQL.

use std::collections::{HashMap, HashSet};

use super::bulk::Kept;
use super::capture;
use super::load::rows_by_key;
use super::lock::select_locked;
use super::select::select;
use crate::change::Change;
use crate::condition::Condition;
use crate::db::{Db, Lock};
use crate::ground::error::Result;
use crate::schema::key::Key;
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The number of rows that are read at once.
const CHUNK: usize = 1000;

/// Tells observers that the rows with these keys have changed. Returns the keys of those that do not exist.
pub(crate) async fn changed(db: &Db, meta: &'static ModelMeta, keys: Vec<Value>) -> Result<Vec<Value>> {
    let mut missing = Vec::new();
    let mut kept = Kept::default();
    for keys in keys.chunks(CHUNK) {
        let rows = rows_by_key(db, meta, keys.iter()).await?;
        let found: HashSet<Key<'_>> = rows.iter().map(|row| Key::of(row.get(meta.key))).collect();
        missing.extend(keys.iter().filter(|key| !found.contains(&Key::of(key))).cloned());
        drop(found);
        if is_told_here(db, meta) {
            let changes = rows.into_iter().map(|row| Change::updated(meta, None, row)).collect();
            kept.keep(db, changes).await?;
        }
    }
    Ok(missing)
}

/// Tells whether observers hear only from here of what other SQL does: if triggers note it, they hear of it anyway.
fn is_told_here(db: &Db, meta: &'static ModelMeta) -> bool {
    capture::watches(db, meta) && !capture::is_noted(db, meta)
}

/// The rows that satisfy a condition before the application changes them.
pub(crate) struct Before {
    condition: Condition,
    /// The rows; `None` if nobody has to be told of changes.
    rows: Option<Vec<Row>>,
}

/// Reads and locks the rows that satisfy a condition.
pub(crate) async fn before(db: &Db, meta: &'static ModelMeta, condition: Condition) -> Result<Before> {
    let rows = if is_told_here(db, meta) {
        Some(select_locked(db, meta, &condition, Lock::Row).await?)
    } else {
        None
    };
    Ok(Before { condition, rows })
}

/// Tells observers what has become of the rows, and of rows that satisfy the condition now.
pub(crate) async fn compare(db: &Db, meta: &'static ModelMeta, before: Before) -> Result<()> {
    let Before { condition, rows: Some(rows) } = before else { return Ok(()) };
    let key = |row: &Row| Key::of(row.get(meta.key)).into_owned();
    let now = rows_by_key(db, meta, rows.iter().map(|row| row.get(meta.key))).await?;
    let mut now: HashMap<Key<'static>, Row> = now.into_iter().map(|row| (key(&row), row)).collect();
    let known: HashSet<Key<'static>> = rows.iter().map(key).collect();
    let mut changes = Vec::new();
    for row in rows {
        match now.remove(&key(&row)) {
            None => changes.push(Change::deleted(meta, row)),
            Some(after) if after != row => changes.push(Change::updated(meta, Some(row), after)),
            Some(_) => {}
        }
    }
    let new = select(db, meta, &condition).await?.into_iter().filter(|row| !known.contains(&key(row)));
    changes.extend(new.map(|row| Change::created(meta, row)));
    Kept::default().keep(db, changes).await
}
