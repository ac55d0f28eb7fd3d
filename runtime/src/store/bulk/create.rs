//! Creates many rows.

use super::chunks::CHUNK;
use crate::change::Change;
use crate::db::{Composer, Db, Outcome, Shape, Statement};
use crate::ground::error::{Detail, Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{Isolation, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Object;
use crate::store::attempt::Attempt;
use crate::store::capture;
use crate::store::constraints::is_about_a_check;
use crate::store::naming::Naming;
use crate::store::values::{Values, check, complete, given};
use crate::store::write::{insert, refused};

/// The greatest number of values of one statement: SQLite accepts 32,766, PostgreSQL 65,535.
const MOST_VALUES: usize = 30_000;

/// Stores new rows and returns them as stored.
///
/// # Errors
/// [`Error::Validation`] with a list of the errors of each row, as of DRF's `many=True`; [`Error::Database`].
pub(crate) fn create<'a>(
    db: &'a Db,
    meta: &'static ModelMeta,
    rows: Vec<Object>,
) -> BoxFuture<'a, Result<Vec<Row>>> {
    Box::pin(async move {
        let rows = completed(meta, rows)?;
        let columns = rows.first().map_or(0, Vec::len);
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let most = (MOST_VALUES / columns.max(1)).clamp(1, usize::try_from(CHUNK).unwrap_or(usize::MAX));
        if rows.len() <= most
            && columns > 0
            && let Some(rows) = chunk(db, meta, &rows).await?
        {
            return Ok(rows);
        }
        let step = |db: Db| -> BoxFuture<'_, Result<Vec<Row>>> {
            let rows = rows.clone();
            Box::pin(async move { in_chunks(&db, meta, &rows, most).await })
        };
        db.atomically(Isolation::Database, step).await
    })
}

/// Checks rows, and fills in what is not given.
fn completed(meta: &'static ModelMeta, rows: Vec<Object>) -> Result<Vec<Values>> {
    let (mut all, mut errors) = (Vec::with_capacity(rows.len()), Vec::new());
    let count = rows.len();
    for (position, row) in rows.into_iter().enumerate() {
        let values = given(meta, row);
        match check(meta, &values).and_then(|()| complete(meta, values, Naming::Columns(meta))) {
            Ok(values) => all.push(values),
            Err(Error::Validation(detail)) => errors.push((position, detail)),
            Err(error) => return Err(error),
        }
    }
    if errors.is_empty() { Ok(all) } else { Err(of_rows(count, errors)) }
}

/// Returns the error for rows of which some are wrong.
fn of_rows(count: usize, errors: Vec<(usize, Detail)>) -> Error {
    let mut details = vec![Detail::Map(Vec::new()); count];
    for (position, detail) in errors {
        details[position] = detail;
    }
    Error::Validation(Detail::List(details))
}

/// Stores rows by one statement. Returns `None` if the database refuses it because of other rows, or because one of
/// several rows breaks a check.
async fn chunk(db: &Db, meta: &'static ModelMeta, rows: &[Values]) -> Result<Option<Vec<Row>>> {
    let statement = inserted(db, meta, rows);
    let done = if capture::watches(db, meta) {
        let told = capture::is_noted(db, meta).then_some(meta.table);
        let created = move |outcome: &Outcome| {
            outcome.rows.iter().map(|row| Change::created(meta, row.clone())).collect()
        };
        capture::write(db, meta, statement.told(told), created).await
    } else {
        db.run(statement).await
    };
    if rows.len() > 1 && done.as_ref().is_err_and(is_about_a_check) {
        return Ok(None);
    }
    let none = Values::new();
    // It is not known which row a database objects to.
    let values = if let [only] = rows { only } else { &none };
    let attempt = Attempt { meta, values, current: None, naming: Naming::Columns(meta) };
    Ok(refused(done, Some(&attempt))?.map(|outcome| outcome.rows))
}

fn inserted(db: &Db, meta: &'static ModelMeta, rows: &[Values]) -> Statement {
    let mut sql = Composer::new(db.dialect());
    sql.text("INSERT INTO ").name(meta.table);
    for (index, (column, _)) in rows.first().into_iter().flatten().enumerate() {
        sql.text(if index == 0 { " (" } else { ", " }).name(meta.columns[*column].column);
    }
    sql.text(") VALUES ");
    for (position, row) in rows.iter().enumerate() {
        sql.text(if position == 0 { "(" } else { ", (" });
        for (index, (column, value)) in row.iter().enumerate() {
            sql.text(if index == 0 { "" } else { ", " }).stored(&meta.columns[*column], value.clone());
        }
        sql.text(")");
    }
    sql.returning(meta);
    let (sql, args) = sql.finish();
    Statement::write(sql, args, Shape::Columns(meta.columns))
}

async fn in_chunks(db: &Db, meta: &'static ModelMeta, rows: &[Values], most: usize) -> Result<Vec<Row>> {
    let mut stored = Vec::with_capacity(rows.len());
    for (number, part) in rows.chunks(most).enumerate() {
        let all_at_once = if part[0].is_empty() { None } else { chunk(db, meta, part).await? };
        if let Some(found) = all_at_once {
            stored.extend(found);
            continue;
        }
        for (index, row) in part.iter().enumerate() {
            match insert(db, meta, row.clone(), Naming::Columns(meta)).await {
                Ok(row) => stored.push(row),
                Err(Error::Validation(detail)) => {
                    return Err(of_rows(rows.len(), vec![(number * most + index, detail)]));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(stored)
}
