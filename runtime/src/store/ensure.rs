//! Finds the row that satisfies a condition, or creates it. Of several requests that do so at once, one creates the row,
//! and the others find it.

use super::lock::select_locked;
use super::naming::Naming;
use super::row_selector::RowSelector;
use super::selection::Selection;
use super::values::{check, given};
use super::write::{ATTEMPTS, change, conflict, create};
use crate::condition::Condition;
use crate::db::{Db, Lock};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{Isolation, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Object;

/// Returns the row that satisfies a condition, or creates one. The second value tells whether it is new.
pub(crate) fn get_or_create<'a>(
    db: &'a Db,
    meta: &'static ModelMeta,
    condition: Condition,
    new: Object,
) -> BoxFuture<'a, Result<(Row, bool)>> {
    Box::pin(async move {
        let selection = Selection::new(meta, condition).at_most(2);
        for _ in 0..ATTEMPTS {
            if let Some(row) = only(meta, selection.rows(db).await?)? {
                return Ok((row, false));
            }
            match create(db, meta, new.clone()).await {
                Ok(row) => return Ok((row, true)),
                // Another request may have created it.
                Err(Error::Validation(detail)) => {
                    if !selection.exists(db).await? {
                        return Err(Error::Validation(detail));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(conflict())
    })
}

/// Changes the row that satisfies a condition, or creates one. The second value tells whether it is new.
pub(crate) fn update_or_create<'a>(
    db: &'a Db,
    meta: &'static ModelMeta,
    condition: Condition,
    values: Object,
    new: Object,
) -> BoxFuture<'a, Result<(Row, bool)>> {
    let step = move |db: Db| -> BoxFuture<'a, Result<(Row, bool)>> {
        let (condition, values, new) = (condition.clone(), values.clone(), new.clone());
        Box::pin(async move {
            let values = given(meta, values);
            check(meta, &values)?;
            for _ in 0..ATTEMPTS {
                let row = match only(meta, select_locked(&db, meta, &condition, Lock::Values).await?)? {
                    Some(row) => row,
                    None => {
                        let (row, is_new) = get_or_create(&db, meta, condition.clone(), new.clone()).await?;
                        if is_new {
                            return Ok((row, true));
                        }
                        // It is locked in the next attempt.
                        continue;
                    }
                };
                let which = RowSelector::new(meta.key, row.get(meta.key).clone());
                return Ok((change(&db, meta, which, values, Naming::Columns(meta)).await?, false));
            }
            Err(conflict())
        })
    };
    db.atomically(Isolation::Database, step)
}

fn only(meta: &'static ModelMeta, mut rows: Vec<Row>) -> Result<Option<Row>> {
    if rows.len() > 1 {
        return Err(Error::internal(format!("more than one {} satisfies the filter", meta.name)));
    }
    Ok(rows.pop())
}
