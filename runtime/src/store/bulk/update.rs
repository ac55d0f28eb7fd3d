//! Changes all rows of a selection.

use std::collections::HashMap;

use super::chunks::{Chunks, Kept, check, keys};
use crate::change::Change;
use crate::condition::{Assigned, Condition};
use crate::db::{Composer, Db, Lock, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::key::Key;
use crate::schema::meta::{Isolation, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Object;
use crate::store::add::{Increment, added, split};
use crate::store::attempt::Attempt;
use crate::store::capture;
use crate::store::naming::Naming;
use crate::store::row_selector::RowSelector;
use crate::store::selection::Selection;
use crate::store::values::{Values, check as check_values, given, with_now};
use crate::store::write::{change, refused};

/// What is changed in each row.
#[derive(Clone)]
struct Changes {
    values: Values,
    sums: Vec<Increment>,
}

/// Gives all rows of a selection the same values. Returns how many there were.
pub(crate) fn update(db: &Db, selection: Selection, values: Object) -> BoxFuture<'_, Result<u64>> {
    let values = given(selection.meta, values);
    Box::pin(write(db, selection, Changes { values, sums: Vec::new() }))
}

/// Changes columns of all rows of a selection, some relative to their values. Returns how many there were.
pub(crate) fn patch(
    db: &Db,
    selection: Selection,
    assigned: Vec<(usize, Assigned)>,
) -> BoxFuture<'_, Result<u64>> {
    Box::pin(async move {
        let (values, sums) = split(selection.meta, assigned)?;
        write(db, selection, Changes { values, sums }).await
    })
}

async fn write(db: &Db, selection: Selection, mut changes: Changes) -> Result<u64> {
    check(&selection)?;
    let meta = selection.meta;
    check_values(meta, &changes.values)?;
    if changes.values.iter().any(|(index, _)| *index == meta.key) {
        return Err(Error::internal(format!("{}: keys are changed row by row", meta.name)));
    }
    changes.values = with_now(meta, changes.values);
    let is_plain = changes.sums.is_empty() && !changes.values.is_empty() && !capture::watches(db, meta);
    if is_plain && let Some(rows) = in_one(db, &selection, &changes.values).await? {
        return Ok(rows);
    }
    let step = |db: Db| -> BoxFuture<'_, Result<u64>> {
        let (selection, changes) = (selection.clone(), changes.clone());
        Box::pin(async move { in_chunks(&db, selection, &changes).await })
    };
    db.atomically(Isolation::Database, step).await
}

/// Changes all rows by one statement. Returns `None` if the database refuses it because of other rows.
async fn in_one(db: &Db, selection: &Selection, values: &Values) -> Result<Option<u64>> {
    let mut sql = Composer::new(db.dialect());
    set(&mut sql, selection.meta, values, &[]);
    sql.narrowed(&selection.condition);
    let (sql, args) = sql.finish();
    let done = db.run(Statement::write(sql, args, Shape::Nothing)).await;
    let attempt = attempt(selection.meta, values);
    Ok(refused(done, Some(&attempt))?.map(|outcome| outcome.affected))
}

fn attempt<'a>(meta: &'static ModelMeta, values: &'a Values) -> Attempt<'a> {
    Attempt { meta, values, current: None, naming: Naming::Columns(meta) }
}

/// Appends `UPDATE … SET …`.
fn set(sql: &mut Composer, meta: &'static ModelMeta, values: &Values, sums: &[Increment]) {
    sql.text("UPDATE ").name(meta.table);
    let mut between = " SET ";
    for (index, value) in values {
        sql.text(between).assigned(&meta.columns[*index], value.clone());
        between = ", ";
    }
    for sum in sums {
        sum.compose(sql.text(between));
        between = ", ";
    }
}

async fn in_chunks(db: &Db, selection: Selection, changes: &Changes) -> Result<u64> {
    let meta = selection.meta;
    let (mut chunks, mut kept, mut count) = (Chunks::new(selection, Lock::Values), Kept::default(), 0);
    while let Some(rows) = chunks.next(db).await? {
        count += rows.len() as u64;
        if rows.is_empty() {
            continue;
        }
        for row in &rows {
            added(Values::new(), &changes.sums, row)?;
        }
        let in_database = changes.sums.iter().all(|sum| sum.is_exact(db.dialect()));
        if changes.values.is_empty() && changes.sums.is_empty() {
            // A save that changes no value is a change, too (Django's `post_save`).
            kept.keep(db, unchanged(db, meta, rows)).await?;
        } else if !in_database || !chunk(db, meta, &rows, changes, &mut kept).await? {
            one_by_one(db, meta, &rows, changes).await?;
        }
    }
    Ok(count)
}

fn unchanged(db: &Db, meta: &'static ModelMeta, rows: Vec<Row>) -> Vec<Change> {
    if !capture::watches(db, meta) {
        return Vec::new();
    }
    rows.into_iter().map(|row| Change::updated(meta, None, row)).collect()
}

/// Changes locked rows by one statement. Returns `false` if the database refuses it because of other rows.
async fn chunk(
    db: &Db,
    meta: &'static ModelMeta,
    rows: &[Row],
    changes: &Changes,
    kept: &mut Kept,
) -> Result<bool> {
    let watched = capture::watches(db, meta);
    let mut sql = Composer::new(db.dialect());
    set(&mut sql, meta, &changes.values, &changes.sums);
    sql.narrowed(&Condition::one_of(meta, meta.key, keys(meta, rows)));
    if watched {
        sql.returning(meta);
    }
    let shape = if watched { Shape::Columns(meta.columns) } else { Shape::Nothing };
    let (sql, args) = sql.finish();
    let told = capture::is_noted(db, meta).then_some(meta.table);
    let done = db.run(Statement::write(sql, args, shape).told(told)).await;
    let Some(outcome) = refused(done, Some(&attempt(meta, &changes.values)))? else { return Ok(false) };
    if watched {
        kept.keep(db, changed(db, meta, rows, outcome.rows, changes)).await?;
    }
    Ok(true)
}

/// Returns the changes of rows, in the order in which they were locked.
fn changed(
    db: &Db,
    meta: &'static ModelMeta,
    before: &[Row],
    after: Vec<Row>,
    changes: &Changes,
) -> Vec<Change> {
    let columns: Vec<usize> = changes.columns().collect();
    let needs_before = capture::needs_before(db, meta, &columns);
    let key = |row: &Row| Key::of(row.get(meta.key)).into_owned();
    let mut after: HashMap<Key<'static>, Row> = after.into_iter().map(|row| (key(&row), row)).collect();
    let change = |row: &Row| {
        let after = after.remove(&key(row))?;
        Some(Change::updated(meta, needs_before.then(|| row.clone()), after))
    };
    before.iter().filter_map(change).collect()
}

impl Changes {
    fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.values.iter().map(|(index, _)| *index).chain(self.sums.iter().map(Increment::index))
    }
}

/// Changes locked rows one after the other.
async fn one_by_one(db: &Db, meta: &'static ModelMeta, rows: &[Row], changes: &Changes) -> Result<()> {
    for row in rows {
        let values = added(changes.values.clone(), &changes.sums, row)?;
        let which = RowSelector::new(meta.key, row.get(meta.key).clone());
        change(db, meta, which, values, Naming::Columns(meta)).await?;
    }
    Ok(())
}
