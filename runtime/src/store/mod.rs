//! Rows by description: read, made, changed and deleted, on their own or in a transaction.
//!
//! The database is asked first. Only when it refuses is it asked why, so that a good write is one statement and a
//! bad one is answered with all that is wrong, as DRF does; and what changes in between is never an error 500.

mod add;
mod admits;
mod capture;
mod key;
mod load;
mod lock;
mod many_to_many;
mod naming;
mod query;
mod refusal;
pub(crate) mod relation;
mod repository;
mod select;
mod which;

use std::borrow::Cow;

use sqlx::AssertSqlSafe;

use crate::change::Change;
use crate::db::{
    Arg, Compare, Composer, Db, DbError, Dialect, EVERYTHING, Insert, Outcome, Shape, Statement, Told,
    has_expressions, quote,
};
use crate::ground::error::{Detail, Error, Result};
use crate::ground::future::BoxFuture;
use crate::ground::outage::{Outage, Reason};
use crate::ground::scalar::{DateTime, Uuid};
use crate::schema::meta::{Auto, ColumnMeta, Isolation, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};
use crate::wire::decode::{check_deep, literal};

pub(crate) use add::{Assigned, assign};
pub(crate) use admits::admits;
pub(crate) use key::Key;
pub(crate) use load::{Related, RelatedKeys, related_keys, related_rows, rows_by_key};
pub(crate) use lock::{Lock, find_locked, select_locked};
pub use many_to_many::ManyToMany;
pub(crate) use naming::{Errors, Naming};
pub use query::Query;
pub(crate) use refusal::{Attempt, explain, taken};
pub use repository::Repository;
pub(crate) use select::{count, select};
pub(crate) use which::Which;

/// How often a write is tried that the database refuses for a reason which is gone when it is asked.
const ATTEMPTS: usize = 3;

/// The row with this key.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Database`].
pub fn get<'a>(db: &'a Db, meta: &'static ModelMeta, key: Value) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move { find(db, meta, meta.key, key).await?.ok_or(Error::NotFound) })
}

/// Every row, by key.
///
/// # Errors
/// [`Error::Database`].
pub fn list<'a>(db: &'a Db, meta: &'static ModelMeta) -> BoxFuture<'a, Result<Vec<Row>>> {
    Box::pin(async move {
        let mut sql = Composer::new(db.dialect());
        sql.select(meta).order_by(&[(meta.key_column(), false)]);
        let (sql, args) = sql.finish();
        Ok(db.run(Statement::read(sql, args, Shape::Columns(meta.columns)).long()).await?.rows)
    })
}

/// Stores a new row: slots by column. Gives it as stored.
///
/// # Errors
/// [`Error::Validation`] if it breaks a rule, is not unique, or refers to a row that is not there;
/// [`Error::Database`].
pub fn create<'a>(db: &'a Db, meta: &'static ModelMeta, values: Object) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let values = given(meta, values);
        check(meta, &values)?;
        insert(db, meta, values, Naming::Columns(meta)).await
    })
}

/// Changes a row: slots by column, absent ones keep their value. Gives it as stored.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`].
pub fn update<'a>(
    db: &'a Db,
    meta: &'static ModelMeta,
    key: Value,
    values: Object,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let values = given(meta, values);
        check(meta, &values)?;
        change(db, meta, Which::new(meta.key, key), values, Naming::Columns(meta)).await
    })
}

/// Deletes a row, and with it what cascades.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Protected`] if another row forbids it; [`Error::Database`].
pub fn delete<'a>(db: &'a Db, meta: &'static ModelMeta, key: Value) -> BoxFuture<'a, Result<()>> {
    Box::pin(remove(db, meta, Which::new(meta.key, key)))
}

/// Values by column, in the order of the columns.
pub(crate) type Values = Vec<(usize, Value)>;

/// What an object gives; the database's own key is not for the writer to give.
fn given(meta: &'static ModelMeta, mut values: Object) -> Values {
    let columns = meta.columns.iter().enumerate().filter(|(_, column)| column.auto != Auto::Key);
    columns.filter_map(|(index, _)| Some((index, values.take_value(index)?))).collect()
}

/// Judges values by the rules of their columns.
fn check(meta: &'static ModelMeta, values: &Values) -> Result<()> {
    let mut errors = Errors::default();
    for (index, value) in values {
        let column = &meta.columns[*index];
        let automatic = matches!(column.auto, Auto::Now | Auto::NowAdd);
        if let (false, Err(refusal)) = (automatic, check_deep(&column.ty, value)) {
            errors.add(column.name, refusal.detail(&[]));
        }
    }
    errors.into_result()
}

/// The row that has this value in this column.
pub(crate) async fn find(
    db: &Db,
    meta: &'static ModelMeta,
    column: usize,
    value: Value,
) -> Result<Option<Row>> {
    find_within(db, meta, &Which::new(column, value)).await
}

/// This row, if it is there.
pub(crate) async fn find_within(db: &Db, meta: &'static ModelMeta, which: &Which) -> Result<Option<Row>> {
    let statement = match which.constant(meta) {
        Some(key) => Statement::read(meta.sql.get, vec![key], Shape::Columns(meta.columns)),
        None => {
            let mut sql = Composer::new(db.dialect());
            which.compose(meta, sql.select(meta)).text(" LIMIT 1");
            let (sql, args) = sql.finish();
            Statement::read(sql, args, Shape::Columns(meta.columns))
        }
    };
    Ok(db.run(statement).await?.first())
}

/// The keys of the rows that have this value in this column.
pub(crate) async fn keys_where(
    db: &Db,
    meta: &'static ModelMeta,
    column: usize,
    value: Value,
) -> Result<Vec<Value>> {
    let mut sql = Composer::new(db.dialect());
    sql.select(meta).text(" WHERE ").compare(&meta.columns[column], Compare::Equal, value);
    sql.order_by(&[(meta.key_column(), false)]);
    let (sql, args) = sql.finish();
    let rows = db.run(Statement::read(sql, args, Shape::Columns(meta.columns))).await?.rows;
    Ok(rows.iter().filter_map(|row| row.values().get(meta.key).cloned()).collect())
}

/// Stores a new row of values that are good as far as is known.
pub(crate) async fn insert(db: &Db, meta: &'static ModelMeta, values: Values, naming: Naming) -> Result<Row> {
    let row = complete(meta, values, naming)?;
    let args =
        || row.iter().map(|(index, value)| Arg::column(&meta.columns[*index], value.clone())).collect();
    for _ in 0..ATTEMPTS {
        let statement = match inserted(db, meta, &row) {
            Some(sql) => Statement::write(sql, args(), Shape::Columns(meta.columns)),
            None => Statement::write(meta.sql.insert, args(), Shape::Columns(meta.columns)),
        };
        let attempt = Attempt { meta, values: &row, current: None, naming };
        let saved = saved(db, meta, statement, move |row| vec![Change::created(meta, row)]).await;
        match refused(saved, Some(&attempt))?.and_then(|outcome| outcome.first()) {
            Some(row) => return Ok(row),
            // It was refused, or the guard let nothing in.
            None => explain(db, &attempt).await?.into_result()?,
        }
    }
    Err(conflict())
}

/// The `INSERT` of a model whose constant one does not do.
fn inserted(db: &Db, meta: &'static ModelMeta, row: &Values) -> Option<AssertSqlSafe<String>> {
    let taken = taken_sets(db, meta, row);
    if taken.is_empty() && !has_expressions(meta) {
        return None;
    }
    let Insert { into, values, returning } =
        Insert::of(db.dialect(), meta, row.iter().map(|(index, _)| *index));
    Some(AssertSqlSafe(if taken.is_empty() {
        format!("{into} VALUES ({values}) RETURNING {returning}")
    } else {
        format!(
            "{into} SELECT {values} WHERE NOT EXISTS (SELECT 1 FROM {} WHERE {}) RETURNING {returning}",
            quote(meta.table),
            taken.join(" OR "),
        )
    }))
}

/// On PostgreSQL, that another row has what must be unique together, a condition for each such set: the `INSERT` inserts
/// nothing then. The unique index would refuse it as well, but only after the row has taken the next number of the
/// key, so that numbers would be missing where Django asks first.
fn taken_sets(db: &Db, meta: &'static ModelMeta, row: &Values) -> Vec<String> {
    if db.dialect() != Dialect::Postgres {
        return Vec::new();
    }
    let parameter = |column: &usize| row.iter().position(|(own, _)| own == column).map(|at| at + 1);
    let set = |set: &&[usize]| {
        let equal = |column: &usize| {
            let name = quote(meta.columns[*column].column);
            Some(format!("{name} = ${}", parameter(column)?))
        };
        let equals: Option<Vec<String>> = set.iter().map(equal).collect();
        equals.map(|equals| format!("({})", equals.join(" AND ")))
    };
    meta.unique_together.iter().filter_map(set).collect()
}

/// Runs a write of one row, and tells of it if somebody observes the model.
async fn saved(
    db: &Db,
    meta: &'static ModelMeta,
    statement: Statement,
    changes: impl FnOnce(Row) -> Vec<Change> + Send + Sync + 'static,
) -> Result<Outcome, DbError> {
    if !capture::watches(db, meta) {
        return db.run(statement).await;
    }
    let changes =
        move |outcome: &Outcome| outcome.rows.first().map_or_else(Vec::new, |row| changes(row.clone()));
    capture::write(db, meta, statement.told(capture::is_noted(db, meta).then_some(meta.table)), changes).await
}

/// Changes this row; none is [`Error::NotFound`].
pub(crate) async fn change(
    db: &Db,
    meta: &'static ModelMeta,
    which: Which,
    values: Values,
    naming: Naming,
) -> Result<Row> {
    let values = with_now(meta, values);
    let changed: Vec<usize> = values.iter().map(|(index, _)| *index).collect();
    if !capture::needs_before(db, meta, &changed) {
        return change_in(db, meta, &which, &values, naming, false).await;
    }
    // The row before and the change are one step.
    let step = |db: Db| -> BoxFuture<'_, Result<Row>> {
        let (which, values) = (which.clone(), values.clone());
        Box::pin(async move { change_in(&db, meta, &which, &values, naming, true).await })
    };
    db.atomically(Isolation::Database, step).await
}

/// The values of a change, with those that the server gives.
fn with_now(meta: &'static ModelMeta, mut values: Values) -> Values {
    let now = DateTime::now();
    values.retain(|(index, _)| !matches!(meta.columns[*index].auto, Auto::Now | Auto::NowAdd));
    for (index, column) in meta.columns.iter().enumerate() {
        if column.auto == Auto::Now {
            values.push((index, Value::of_moment(now, &column.ty.kind)));
        }
    }
    values
}

async fn change_in(
    db: &Db,
    meta: &'static ModelMeta,
    which: &Which,
    values: &Values,
    naming: Naming,
    needs_before: bool,
) -> Result<Row> {
    if values.is_empty() {
        let row = find_within(db, meta, which).await?.ok_or(Error::NotFound)?;
        if capture::watches(db, meta) {
            // A save that changes nothing is one, too (Django's `post_save`).
            db.changed(vec![Change::updated(meta, None, row.clone())]).await;
        }
        return Ok(row);
    }
    for _ in 0..ATTEMPTS {
        let before = match needs_before {
            true => find_locked(db, meta, which, Lock::Values).await?,
            false => None,
        };
        let statement = update_statement(db, meta, which, values);
        let changes = move |after: Row| Change::saved(meta, before, after);
        let attempt = Attempt { meta, values, current: None, naming };
        match refused(saved(db, meta, statement, changes).await, Some(&attempt))? {
            Some(outcome) => return outcome.first().ok_or(Error::NotFound),
            None => {
                let current = find_within(db, meta, which).await?.ok_or(Error::NotFound)?;
                explain(db, &Attempt { current: Some(&current), ..attempt }).await?.into_result()?;
            }
        }
    }
    Err(conflict())
}

fn update_statement(db: &Db, meta: &'static ModelMeta, which: &Which, values: &Values) -> Statement {
    let mut sql = Composer::new(db.dialect());
    sql.text("UPDATE ").name(meta.table);
    for (position, (index, value)) in values.iter().enumerate() {
        let column = &meta.columns[*index];
        sql.text(if position == 0 { " SET " } else { ", " });
        sql.assigned(column, value.clone());
    }
    which.compose(meta, &mut sql).returning(meta);
    let (sql, args) = sql.finish();
    Statement::write(sql, args, Shape::Columns(meta.columns))
}

/// Deletes this row; none is [`Error::NotFound`].
pub(crate) async fn remove(db: &Db, meta: &'static ModelMeta, which: Which) -> Result<()> {
    if !capture::goes_along(db, meta) {
        return remove_alone(db, meta, &which, capture::watches(db, meta), None).await;
    }
    // What goes along is read in the same step.
    let step = |db: Db| -> BoxFuture<'_, Result<()>> {
        let which = which.clone();
        Box::pin(async move {
            // What goes along is told of, whosever it is.
            let told = db.listener().watched().notes().then_some(EVERYTHING);
            capture::remove(&db, meta, &which, || remove_alone(&db, meta, &which, false, told)).await
        })
    };
    db.atomically(Isolation::Database, step).await
}

/// Deletes a row, without asking what goes along; tells of it if that is `watched`. `told`: what the caller tells of.
async fn remove_alone(
    db: &Db,
    meta: &'static ModelMeta,
    which: &Which,
    watched: bool,
    told: Told,
) -> Result<()> {
    for _ in 0..ATTEMPTS {
        let statement = delete_statement(db, meta, which, watched).told(told);
        let outcome = match watched {
            true => saved(db, meta, statement, move |row| vec![Change::deleted(meta, row)]).await,
            false => db.run(statement).await,
        };
        match refused(outcome, None)? {
            Some(Outcome { affected: 0, .. }) => return Err(Error::NotFound),
            Some(_) => return Ok(()),
            None => {
                let row = find_within(db, meta, which).await?.ok_or(Error::NotFound)?;
                refusal::protected(db, meta, &row).await?;
            }
        }
    }
    Err(Error::Protected(refusal::protected_text(meta, &[])))
}

fn delete_statement(db: &Db, meta: &'static ModelMeta, which: &Which, returning: bool) -> Statement {
    if let Some(key) = which.constant(meta).filter(|_| !returning) {
        return Statement::write(meta.sql.delete, vec![key], Shape::Nothing);
    }
    let mut sql = Composer::new(db.dialect());
    which.compose(meta, sql.text("DELETE FROM ").name(meta.table));
    if returning {
        sql.returning(meta);
    }
    let (sql, args) = sql.finish();
    Statement::write(sql, args, if returning { Shape::Columns(meta.columns) } else { Shape::Nothing })
}

/// None: the database refused because of other rows. Any other failure is an error; if it is about the values that are
/// written, it is one of them.
fn refused(result: Result<Outcome, DbError>, attempt: Option<&Attempt<'_>>) -> Result<Option<Outcome>> {
    match result {
        Ok(outcome) => Ok(Some(outcome)),
        Err(error) if refusal::is_about_other_rows(&error) => Ok(None),
        Err(error) => {
            let about_values = attempt.and_then(|attempt| refusal::unfit(&error, attempt));
            Err(about_values.unwrap_or_else(|| error.into()))
        }
    }
}

/// The database refuses, and whenever it is asked why, the reason is gone.
fn conflict() -> Error {
    Error::Unavailable(Outage::new(Reason::Busy, "others change the same rows whenever it is tried"))
}

/// A value for every column but an automatic key.
fn complete(meta: &'static ModelMeta, values: Values, naming: Naming) -> Result<Values> {
    let now = DateTime::now();
    let mut given: Vec<Option<Value>> = vec![None; meta.columns.len()];
    for (index, value) in values {
        given[index] = Some(value);
    }
    let mut errors = Errors::default();
    let mut row = Vec::with_capacity(meta.columns.len());
    for (index, (column, given)) in meta.columns.iter().zip(given).enumerate() {
        if column.auto == Auto::Key {
            continue;
        }
        match given
            .filter(|_| !matches!(column.auto, Auto::Now | Auto::NowAdd))
            .or_else(|| filled(column, now))
        {
            Some(value) => row.push((index, value)),
            None => errors.add(naming.column(index).0, Detail::message("This field is required.")),
        }
    }
    errors.into_result().map(|()| row)
}

/// What a column has that the writer does not give.
fn filled(column: &ColumnMeta, now: DateTime) -> Option<Value> {
    match column.auto {
        Auto::Uuid => return Some(Value::Uuid(Uuid::random())),
        Auto::Now | Auto::NowAdd => return Some(Value::of_moment(now, &column.ty.kind)),
        Auto::No | Auto::Key => {}
    }
    let empty_text = column.ty.drf && column.ty.blank && column.ty.kind.is_text();
    match &column.default {
        Some(default) => Some(literal(&column.ty, default)),
        None if column.ty.nullable => Some(Value::Null),
        // Django's default of a text that may be blank.
        None if empty_text => Some(Value::Text(String::new())),
        None => None,
    }
}

/// How a value looks in a message.
pub(crate) fn spelled(value: &Value) -> Cow<'static, str> {
    match value {
        Value::Text(text) => Cow::Owned(text.clone()),
        Value::Integer(number) => Cow::Owned(number.to_string()),
        Value::Uuid(uuid) => Cow::Owned(uuid.to_string()),
        _ => Cow::Borrowed("?"),
    }
}
