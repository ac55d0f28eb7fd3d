//! Deletes all rows of a selection.

use super::chunks::{Chunks, Kept, check, keys};
use crate::condition::Condition;
use crate::db::{Composer, Db, EVERYTHING, Lock, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{Isolation, ModelMeta};
use crate::schema::row::Row;
use crate::store::capture;
use crate::store::row_selector::RowSelector;
use crate::store::selection::Selection;
use crate::store::write::{refused, remove};

/// Deletes all rows of a selection. Returns how many there were.
pub(crate) fn delete(db: &Db, selection: Selection) -> BoxFuture<'_, Result<u64>> {
    Box::pin(async move {
        check(&selection)?;
        let meta = selection.meta;
        let is_silent = !capture::watches(db, meta) && !capture::goes_along(db, meta);
        if is_silent && let Some(rows) = in_one(db, meta, &selection.condition, None).await? {
            return Ok(rows);
        }
        let step = |db: Db| -> BoxFuture<'_, Result<u64>> {
            let selection = selection.clone();
            Box::pin(async move { in_chunks(&db, selection).await })
        };
        db.atomically(Isolation::Database, step).await
    })
}

/// Deletes rows by one statement. Returns `None` if the database refuses it because of other rows.
async fn in_one(
    db: &Db,
    meta: &'static ModelMeta,
    condition: &Condition,
    told: Option<&'static str>,
) -> Result<Option<u64>> {
    let mut sql = Composer::new(db.dialect());
    sql.text("DELETE FROM ").name(meta.table).narrowed(condition);
    let (sql, args) = sql.finish();
    let done = db.run(Statement::write(sql, args, Shape::Nothing).told(told)).await;
    Ok(refused(done, None)?.map(|outcome| outcome.affected))
}

async fn in_chunks(db: &Db, selection: Selection) -> Result<u64> {
    let meta = selection.meta;
    // The runtime publishes all rows that are deleted along, of all tables.
    let along = capture::goes_along(db, meta) && db.listener().watched().notes();
    let told = if along { Some(EVERYTHING) } else { capture::is_noted(db, meta).then_some(meta.table) };
    let (mut chunks, mut kept, mut count) = (Chunks::new(selection, Lock::Row), Kept::default(), 0);
    while let Some(rows) = chunks.next(db).await? {
        count += rows.len() as u64;
        let own = Condition::one_of(meta, meta.key, keys(meta, &rows));
        let changes = capture::deletions(db, meta, &rows).await?;
        match in_one(db, meta, &own, told).await? {
            Some(_) => kept.keep(db, changes).await?,
            None => one_by_one(db, meta, &rows).await?,
        }
    }
    Ok(count)
}

/// Deletes rows one after the other.
async fn one_by_one(db: &Db, meta: &'static ModelMeta, rows: &[Row]) -> Result<()> {
    for row in rows {
        match remove(db, meta, RowSelector::new(meta.key, row.get(meta.key).clone())).await {
            // It was deleted along with another one.
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
