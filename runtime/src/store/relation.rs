//! Reads and writes the table of a many-to-many relation.

use std::collections::HashSet;

use sqlx::error::ErrorKind;

use super::capture;
use super::load::{related_keys, related_rows, rows_by_key};
use super::lock::find_locked;
use super::row_selector::RowSelector;
use super::values::spelled;
use crate::change::Change;
use crate::db::{Arg, Composer, Db, DbError, Lock, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::key::Key;
use crate::schema::meta::{Isolation, ModelMeta, RelationMeta, Via};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::decode::{Fault, Refusal, does_not_exist};

/// Returns an error for the first of these keys that does not have a row.
pub(crate) async fn missing(
    db: &Db,
    relation: &'static RelationMeta,
    keys: &[Value],
) -> Result<Option<Fault>> {
    let target = (relation.target)();
    let found = rows_by_key(db, target, keys.iter()).await?;
    let found: HashSet<Key<'_>> = found.iter().map(|row| Key::of(row.get(target.key))).collect();
    let first = keys.iter().find(|key| !found.contains(&Key::of(key)));
    Ok(first.map(|key| does_not_exist(&spelled(key))))
}

/// Relates a row to exactly these rows. Returns the added and the removed keys.
///
/// # Errors
/// [`Error::Validation`] if one of the rows does not exist; [`Error::Database`].
pub(crate) async fn set(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    key: &Value,
    keys: Vec<Value>,
) -> Result<(Vec<Value>, Vec<Value>)> {
    let current = keys_of(db, model, relation, key).await?;
    let wanted: HashSet<Key<'_>> = keys.iter().map(Key::of).collect();
    let known: HashSet<Key<'_>> = current.iter().map(Key::of).collect();
    let gone: Vec<Value> = current.iter().filter(|key| !wanted.contains(&Key::of(key))).cloned().collect();
    let new: Vec<Value> = keys.iter().filter(|key| !known.contains(&Key::of(key))).cloned().collect();
    remove_pairs(db, model, relation, key, &gone).await?;
    add_pairs(db, model, relation, key, &new).await?;
    if !(new.is_empty() && gone.is_empty()) {
        tell(db, model, relation, key, new.iter().chain(&gone)).await?;
    }
    Ok((new, gone))
}

/// Does the same in a transaction of its own, for which the row is locked.
pub(crate) async fn set_alone(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    key: Value,
    keys: Vec<Value>,
) -> Result<()> {
    let step = |db: Db| -> BoxFuture<'_, Result<()>> {
        let (key, keys) = (key.clone(), keys.clone());
        Box::pin(async move {
            find_locked(&db, model, &RowSelector::new(model.key, key.clone()), Lock::Values).await?;
            set(&db, model, relation, &key, keys).await.map(drop)
        })
    };
    db.atomically(Isolation::Database, step).await
}

/// Publishes changed relations to observers of the models that follow many-to-many relations: for the row itself, and
/// for the rows at the other end.
async fn tell<'a>(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    key: &Value,
    others: impl Iterator<Item = &'a Value>,
) -> Result<()> {
    let target = (relation.target)();
    let mut rows = Vec::new();
    if capture::watches(db, model) {
        rows.extend(rows_by_key(db, model, std::iter::once(key)).await?.into_iter().map(|row| (model, row)));
    }
    if capture::watches(db, target) {
        rows.extend(rows_by_key(db, target, others).await?.into_iter().map(|row| (target, row)));
    }
    if !rows.is_empty() {
        db.changed(rows.into_iter().map(|(model, row)| Change::related(model, row)).collect()).await;
    }
    Ok(())
}

/// Returns the keys of the rows to which a row is related, in the order of their model.
pub(crate) async fn keys_of(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    key: &Value,
) -> Result<Vec<Value>> {
    let row = row_of_key(model, key);
    Ok(related_keys(db, model, relation, std::slice::from_ref(&row)).await?.of(key).to_vec())
}

/// Returns the rows to which a row is related, in the order of their model.
pub(crate) async fn rows_of(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    key: &Value,
) -> Result<Vec<Row>> {
    let row = row_of_key(model, key);
    Ok(related_rows(db, model, relation, std::slice::from_ref(&row)).await?.rows)
}

/// Returns a row of which only the key is known.
fn row_of_key(model: &'static ModelMeta, key: &Value) -> Row {
    let mut values = vec![Value::Null; model.columns.len()];
    values[model.key] = key.clone();
    Row::new(values)
}

/// Relates a row to these rows, too; existing relations stay.
///
/// As in Django, this is a change of the row even if they were related already.
///
/// # Errors
/// [`Error::Validation`] if one of the rows does not exist; [`Error::Database`].
pub(crate) async fn add(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    key: &Value,
    keys: &[Value],
) -> Result<()> {
    add_pairs(db, model, relation, key, keys).await?;
    tell(db, model, relation, key, keys.iter()).await
}

async fn add_pairs(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    key: &Value,
    keys: &[Value],
) -> Result<()> {
    let Via::Table { table, from, to } = relation.via else { return Err(not_a_table(relation)) };
    let target = (relation.target)();
    let told = is_noted(db, model, target).then_some(table);
    for other in in_order(keys) {
        let mut sql = Composer::new(db.dialect());
        sql.text("INSERT INTO ").name(table).text(" (").name(from).text(", ").name(to).text(") VALUES (");
        sql.of(model.key_column(), key.clone()).text(", ").of(target.key_column(), other.clone());
        sql.text(") ON CONFLICT DO NOTHING");
        let (sql, args) = sql.finish();
        match run(db, model, target, Statement::write(sql, args, Shape::Nothing).told(told)).await {
            Ok(_) => {}
            Err(error) if is_foreign_key(&error) => {
                let fault = missing(db, relation, keys).await?;
                return Err(fault
                    .map_or(Error::NotFound, |fault| Error::Validation(Refusal::from(fault).detail(&[]))));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Removes the relation of a row to these rows.
///
/// # Errors
/// [`Error::Database`].
pub(crate) async fn remove(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    key: &Value,
    keys: &[Value],
) -> Result<()> {
    remove_pairs(db, model, relation, key, keys).await?;
    tell(db, model, relation, key, keys.iter()).await
}

async fn remove_pairs(
    db: &Db,
    model: &'static ModelMeta,
    relation: &'static RelationMeta,
    key: &Value,
    keys: &[Value],
) -> Result<()> {
    let Via::Table { table, from, to } = relation.via else { return Err(not_a_table(relation)) };
    if keys.is_empty() {
        return Ok(());
    }
    let mut sql = Composer::new(db.dialect());
    sql.text("DELETE FROM ").name(table).text(" WHERE ").name(from).text(" = ");
    sql.of(model.key_column(), key.clone()).text(" AND ").name(to).text(" IN ");
    let target = (relation.target)();
    sql.among(target.key_column(), in_order(keys).into_iter().cloned().collect());
    let told = is_noted(db, model, target).then_some(table);
    let (sql, args): (_, Vec<Arg>) = sql.finish();
    run(db, model, target, Statement::write(sql, args, Shape::Nothing).told(told)).await?;
    Ok(())
}

/// Sorts keys, so that two transactions that write pairs of the same rows, and so lock these rows, do not deadlock.
fn in_order(keys: &[Value]) -> Vec<&Value> {
    let mut keys: Vec<&Value> = keys.iter().collect();
    keys.sort_by(|a, b| Key::of(a).cmp(&Key::of(b)));
    keys
}

/// Runs a write of pairs. If it is unknown whether the write is stored, this is reported to the observers of both
/// models.
async fn run(
    db: &Db,
    model: &'static ModelMeta,
    target: &'static ModelMeta,
    statement: Statement,
) -> Result<(), DbError> {
    let done = db.run(statement).await;
    if let Err(DbError::Unknown(_)) = done {
        db.listener().unsure_of(model).await;
        db.listener().unsure_of(target).await;
    }
    done.map(drop)
}

/// Tells whether triggers note changes of a many-to-many table.
fn is_noted(db: &Db, model: &'static ModelMeta, target: &'static ModelMeta) -> bool {
    capture::is_noted(db, model) || capture::is_noted(db, target)
}

fn is_foreign_key(error: &DbError) -> bool {
    error.as_database_error().is_some_and(|error| error.kind() == ErrorKind::ForeignKeyViolation)
}

fn not_a_table(relation: &RelationMeta) -> Error {
    Error::internal(format!("{} is not a many-to-many relation", relation.name))
}
