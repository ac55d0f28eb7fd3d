//! Creates, changes and deletes rows, each with one statement if the database accepts it.

use sqlx::AssertSqlSafe;

use super::attempt::Attempt;
use super::capture;
use super::constraints::{breaks_a_check, concerns, is_about_a_check, is_of_a_check};
use super::lock::find_locked;
use super::naming::Naming;
use super::read::find_within;
use super::refusal::{self, explain};
use super::row_selector::RowSelector;
use super::values::{Values, check, complete, given, with_now};
use crate::change::Change;
use crate::db::{
    Arg, Composer, Db, DbError, EVERYTHING, Insert, Lock, Outcome, Shape, Statement, SuppressTrigger,
    has_expressions, quote,
};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::ground::outage::{Outage, Reason};
use crate::schema::meta::{ConstraintKind, Isolation, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};

/// The number of attempts if the database refuses a write for a reason that has disappeared when it is examined.
pub(super) const ATTEMPTS: usize = 3;

/// Stores a new row and returns it as stored. The slots of `values` are the columns.
///
/// # Errors
/// [`Error::Validation`] if it breaks a rule, is not unique, or refers to a row that does not exist;
/// [`Error::Database`].
pub fn create<'a>(db: &'a Db, meta: &'static ModelMeta, values: Object) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let values = given(meta, values);
        check(meta, &values)?;
        insert(db, meta, values, Naming::Columns(meta)).await
    })
}

/// Changes a row and returns it as stored. The slots of `values` are the columns; a column whose slot is absent keeps
/// its value.
///
/// # Errors
/// The errors of [`create`]; [`Error::NotFound`].
pub fn update<'a>(
    db: &'a Db,
    meta: &'static ModelMeta,
    key: Value,
    values: Object,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let values = given(meta, values);
        check(meta, &values)?;
        change(db, meta, RowSelector::new(meta.key, key), values, Naming::Columns(meta)).await
    })
}

/// Deletes a row, and with it the rows to which the deletion cascades.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Protected`] if another row prevents it; [`Error::Database`].
pub fn delete<'a>(db: &'a Db, meta: &'static ModelMeta, key: Value) -> BoxFuture<'a, Result<()>> {
    Box::pin(remove(db, meta, RowSelector::new(meta.key, key)))
}

/// Stores a new row of values that have passed all checks so far.
pub(crate) async fn insert(db: &Db, meta: &'static ModelMeta, values: Values, naming: Naming) -> Result<Row> {
    let row = complete(meta, values, naming)?;
    let attempt = Attempt { meta, values: &row, current: None, naming };
    if breaks_a_check(&attempt)? {
        explain(db, &attempt).await?.into_result()?;
    }
    for _ in 0..ATTEMPTS {
        let args = row.iter().map(|(index, value)| Arg::column(&meta.columns[*index], value.clone()));
        let statement = inserted(db, &attempt, args.collect())?;
        let saved = saved(db, meta, statement, move |row| vec![Change::created(meta, row)]).await;
        match refused(saved, Some(&attempt))?.and_then(|outcome| outcome.first()) {
            Some(row) => return Ok(row),
            // The write was refused, or the condition of the `INSERT` excluded the row.
            None => explain(db, &attempt).await?.into_result()?,
        }
    }
    Err(conflict())
}

/// Writes a row as it is, so that the triggers of the log of changes see it.
async fn touch(db: &Db, meta: &'static ModelMeta, row: &Row) -> Result<()> {
    let key = meta.key_column();
    let mut sql = Composer::new(db.dialect());
    sql.text("UPDATE ").name(meta.table).text(" SET ").name(key.column).text(" = ").name(key.column);
    sql.text(" WHERE ").is_in(key, vec![row.get(meta.key).clone()]);
    let (sql, args) = sql.finish();
    db.run(Statement::write(sql, args, Shape::Nothing)).await?;
    Ok(())
}

/// Returns the `INSERT` of a row: the constant one of the model, if it can be used.
fn inserted(db: &Db, attempt: &Attempt<'_>, mut args: Vec<Arg>) -> Result<Statement> {
    let meta = attempt.meta;
    let taken = taken_sets(db, attempt, &mut args)?;
    if taken.is_empty() && !has_expressions(meta) {
        return Ok(Statement::write(meta.sql.insert, args, Shape::Columns(meta.columns)));
    }
    let Insert { into, values, returning } =
        Insert::of(db.dialect(), meta, attempt.values.iter().map(|(index, _)| *index));
    let sql = AssertSqlSafe(if taken.is_empty() {
        format!("{into} VALUES ({values}) RETURNING {returning}")
    } else {
        format!(
            "{into} SELECT {values} WHERE NOT EXISTS (SELECT 1 FROM {} WHERE {}) RETURNING {returning}",
            quote(meta.table),
            taken.join(" OR "),
        )
    });
    Ok(Statement::write(sql, args, Shape::Columns(meta.columns)))
}

/// Returns, on PostgreSQL, a condition for each unique set, which is true if another row has the same values: the
/// `INSERT` then inserts nothing. The unique index would refuse the row as well, but only after the row has taken the
/// next automatic key, so that a gap in the keys would remain where Django leaves none.
fn taken_sets(db: &Db, attempt: &Attempt<'_>, args: &mut Vec<Arg>) -> Result<Vec<String>> {
    let (meta, row) = (attempt.meta, attempt.values);
    if !db.dialect().numbers_what_it_refuses() {
        return Ok(Vec::new());
    }
    let parameter = |column: &usize| row.iter().position(|(own, _)| own == column).map(|at| at + 1);
    let equal = |column: &usize| {
        let name = quote(meta.columns[*column].column);
        Some(format!("{name} = ${}", parameter(column)?))
    };
    let mut sets = Vec::new();
    for constraint in meta.constraints {
        let ConstraintKind::Unique(set) = constraint.kind else { continue };
        let equals: Option<Vec<String>> = set.iter().map(equal).collect();
        let (Some(mut equals), Some(condition)) = (equals, concerns(attempt, constraint)?) else { continue };
        if !condition.is_all() {
            let mut sql = Composer::after(db.dialect(), std::mem::take(args));
            sql.condition(&condition);
            let (sql, more) = sql.finish();
            equals.push(sql.as_str().to_owned());
            *args = more;
        }
        sets.push(format!("({})", equals.join(" AND ")));
    }
    Ok(sets)
}

/// Runs a write of one row, and publishes the change if the model is observed.
pub(super) async fn saved(
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

/// Changes the selected row; if there is none, returns [`Error::NotFound`].
pub(crate) async fn change(
    db: &Db,
    meta: &'static ModelMeta,
    which: RowSelector,
    values: Values,
    naming: Naming,
) -> Result<Row> {
    let values = with_now(meta, values);
    let changed: Vec<usize> = values.iter().map(|(index, _)| *index).collect();
    if !capture::needs_before(db, meta, &changed) {
        return change_in(db, meta, &which, &values, naming, false).await;
    }
    // Reading the row before and changing it are one step.
    let step = |db: Db| -> BoxFuture<'_, Result<Row>> {
        let (which, values) = (which.clone(), values.clone());
        Box::pin(async move { change_in(&db, meta, &which, &values, naming, true).await })
    };
    db.atomically(Isolation::Database, step).await
}

async fn change_in(
    db: &Db,
    meta: &'static ModelMeta,
    which: &RowSelector,
    values: &Values,
    naming: Naming,
    needs_before: bool,
) -> Result<Row> {
    if values.is_empty() {
        let row = find_within(db, meta, which).await?.ok_or(Error::NotFound)?;
        if capture::watches(db, meta) {
            // A save that changes no value is a change, too (Django's `post_save`).
            if db.listener().watched().is_logged(meta) {
                touch(db, meta, &row).await?;
            }
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
        let refused = refused(saved(db, meta, statement, changes).await, Some(&attempt));
        match refused {
            Ok(Some(outcome)) => return outcome.first().ok_or(Error::NotFound),
            Err(error) if !is_of_a_check(&error, meta) => return Err(error),
            of_other_rows_or_check => {
                let current = find_within(db, meta, which).await?.ok_or(Error::NotFound)?;
                explain(db, &Attempt { current: Some(&current), ..attempt }).await?.into_result()?;
                of_other_rows_or_check?;
            }
        }
    }
    Err(conflict())
}

fn update_statement(db: &Db, meta: &'static ModelMeta, which: &RowSelector, values: &Values) -> Statement {
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

/// Deletes the selected row; if there is none, returns [`Error::NotFound`].
pub(crate) async fn remove(db: &Db, meta: &'static ModelMeta, which: RowSelector) -> Result<()> {
    if !capture::goes_along(db, meta) {
        return remove_alone(db, meta, &which, capture::watches(db, meta), None).await;
    }
    // Rows that are deleted along are read in the same transaction.
    let step = |db: Db| -> BoxFuture<'_, Result<()>> {
        let which = which.clone();
        Box::pin(async move {
            // The runtime publishes all rows that are deleted along, of all tables.
            let told = db.listener().watched().notes().then_some(EVERYTHING);
            capture::remove(&db, meta, &which, || remove_alone(&db, meta, &which, false, told)).await
        })
    };
    db.atomically(Isolation::Database, step).await
}

/// Deletes a row without reading the rows that are deleted along. Publishes the deletion if the row is `watched`.
/// `told` is the table whose changes the caller publishes.
async fn remove_alone(
    db: &Db,
    meta: &'static ModelMeta,
    which: &RowSelector,
    watched: bool,
    told: SuppressTrigger,
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

fn delete_statement(db: &Db, meta: &'static ModelMeta, which: &RowSelector, returning: bool) -> Statement {
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

/// Returns `None` if the database refused because of other rows. Every other failure is an error, including one about
/// the written values.
pub(super) fn refused(
    result: Result<Outcome, DbError>,
    attempt: Option<&Attempt<'_>>,
) -> Result<Option<Outcome>> {
    match result {
        Ok(outcome) => Ok(Some(outcome)),
        Err(error) if refusal::is_about_other_rows(&error) => Ok(None),
        Err(error) if attempt.is_some_and(|attempt| refusal::is_about_a_key(&error, attempt)) => Ok(None),
        Err(error) => {
            let about_values = match attempt {
                Some(attempt) => refusal::unfit(&error, attempt),
                // A deletion that sets a foreign key of another row may break a check of its table.
                None => is_about_a_check(&error).then(|| Error::non_field(refusal::BROKEN)),
            };
            Err(about_values.unwrap_or_else(|| error.into()))
        }
    }
}

/// Returns the error for a write that the database still refuses although each reason has disappeared.
pub(super) fn conflict() -> Error {
    Error::Unavailable(Outage::new(Reason::Busy, "others change the same rows whenever it is tried"))
}
