//! Deletes the files of rows that were deleted, and those that were replaced, after the commit.

use std::sync::Arc;

use crate::change::{Change, ChangeKind};
use crate::db::Db;
use crate::ground::error::Result;
use crate::schema::meta::{ColumnMeta, Literal};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store;

/// Deletes the files that a change has left without a row. Events do not wait for it.
pub(super) fn delete_files(db: &Db, change: &Arc<Change>) {
    if change.kind == ChangeKind::Created || db.files().place().is_none() {
        return;
    }
    let left = left(change);
    if !left.is_empty() {
        let (db, change) = (db.outside_of_transaction().uncounted(), Arc::clone(change));
        tokio::spawn(async move {
            for (column, name) in left {
                match is_named(&db, &change, column, &name).await {
                    Ok(true) => {}
                    Ok(false) => delete(&db, &name).await,
                    Err(error) => tracing::warn!(%error, name, "a file without a row was not deleted"),
                }
            }
        });
    }
}

/// Returns the files that a row had before a change and does not have any more, with the positions of their columns.
fn left(change: &Change) -> Vec<(usize, String)> {
    let mut left = Vec::new();
    for (index, _) in change.model.files() {
        let column = &change.model.columns[index];
        let after = change.after.as_ref().and_then(|row| name(row, index));
        for row in [change.before.as_ref(), change.last()].into_iter().flatten() {
            let Some(name) = name(row, index) else { continue };
            if Some(name) != after && !is_default(column, name) {
                left.push((index, name.to_owned()));
            }
        }
    }
    left.sort();
    left.dedup();
    left
}

/// Returns the name of a row's file, if it has one.
fn name(row: &Row, column: usize) -> Option<&str> {
    match row.values().get(column) {
        Some(Value::Text(name)) if !name.is_empty() => Some(name),
        _ => None,
    }
}

/// Tells whether a name is the default of its column: such a file belongs to no row.
fn is_default(column: &ColumnMeta, name: &str) -> bool {
    matches!(column.default, Some(Literal::Text(default)) if default == name)
}

/// Tells whether another row names the file, too: the application may have copied a row.
async fn is_named(db: &Db, change: &Change, column: usize, name: &str) -> Result<bool> {
    let found = store::find(db, change.model, column, Value::Text(name.to_owned())).await?;
    Ok(found.is_some())
}

async fn delete(db: &Db, name: &str) {
    if let Some(store) = db.files().place() {
        store.delete(name).await;
    }
}
