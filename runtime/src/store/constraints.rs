//! The constraints of a model that a write would violate.
//!
//! The row is judged as it would be stored. A value that is not known yet (one that the server or the database fills in)
//! can leave a condition undecided; then the database decides when the row is written.

use super::attempt::{Attempt, is_taken};
use super::naming::{Errors, Naming};
use super::stated;
use crate::condition::{Condition, Truth};
use crate::db::{Db, DbError};
use crate::ground::error::{Detail, Error, Result};
use crate::schema::absent::Absent;
use crate::schema::meta::{Auto, ColumnMeta, ConstraintKind, ConstraintMeta, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::decode::{Fault, Refusal, literal};

/// Adds the errors of the unique sets that concern one column alone, which are errors of its field.
pub(super) async fn explain_fields(db: &Db, attempt: &Attempt<'_>, errors: &mut Errors) -> Result<()> {
    for constraint in attempt.meta.constraints {
        let Some(column) = constraint.only_column() else { continue };
        if is_violated(db, attempt, constraint, &[column]).await? {
            let (name, messages) = attempt.naming.column(column);
            let fault = match constraint.message {
                Some(message) => Fault::new("unique", message),
                None => not_unique(attempt.meta, &attempt.meta.columns[column]),
            };
            errors.add(name, Refusal::from(fault).detail(messages));
        }
    }
    Ok(())
}

/// Adds the errors of the other unique sets and of checks, which are errors of the whole row. The columns must be valid
/// by themselves.
pub(super) async fn explain_rows(db: &Db, attempt: &Attempt<'_>, errors: &mut Errors) -> Result<()> {
    for constraint in attempt.meta.constraints.iter().filter(|each| each.only_column().is_none()) {
        let text = match constraint.kind {
            ConstraintKind::Unique(columns) if is_violated(db, attempt, constraint, columns).await? => {
                taken_together(attempt.naming, constraint, columns)
            }
            ConstraintKind::Check(name) if is_broken(attempt, constraint)? => told(constraint.message, name),
            _ => continue,
        };
        errors.add("non_field_errors", Detail::message(text));
    }
    Ok(())
}

/// Returns DRF's error for a value of a unique column that another row has.
pub(super) fn not_unique(meta: &ModelMeta, column: &ColumnMeta) -> Fault {
    // DRF has the message of the model only for fields that are not relations.
    let text = match column.references {
        Some(_) => "This field must be unique.",
        None => "{model_name} with this {field_label} already exists.",
    };
    Fault::new("unique", text)
        .with("model_name", meta.verbose_name)
        .with("field_label", column.name.replace('_', " "))
}

fn taken_together(naming: Naming, constraint: &ConstraintMeta, columns: &[usize]) -> String {
    let names: Vec<&str> = columns.iter().map(|index| naming.column(*index).0).collect();
    let message = constraint.message.unwrap_or("The fields {field_names} must make a unique set.");
    message.replace("{field_names}", &names.join(", "))
}

/// Tells whether another row has the same values in the columns of a unique set, and the condition of the set holds for
/// both rows.
async fn is_violated(
    db: &Db,
    attempt: &Attempt<'_>,
    constraint: &ConstraintMeta,
    columns: &[usize],
) -> Result<bool> {
    if !attempt.writes_any(columns) && !attempt.writes_any(constraint.condition_columns()) {
        return Ok(false);
    }
    let Some(condition) = concerns(attempt, constraint)? else { return Ok(false) };
    let row = stored(attempt);
    // Null values are never equal to each other.
    let known = |value: &Value| !matches!(value, Value::Null | Value::Absent(_));
    if !columns.iter().all(|index| known(row.get(*index))) {
        return Ok(false);
    }
    let value = |index: &usize| (&attempt.meta.columns[*index], row.get(*index).clone());
    let values: Vec<(&'static ColumnMeta, Value)> = columns.iter().map(value).collect();
    is_taken(db, attempt, &values, &condition).await
}

/// Returns the condition of a unique set, if it holds for the row.
pub(super) fn concerns(attempt: &Attempt<'_>, constraint: &ConstraintMeta) -> Result<Option<Condition>> {
    let Some(stated) = constraint.condition else { return Ok(Some(Condition::all())) };
    let condition = stated::condition(attempt.meta, stated)?;
    Ok((condition.truth(&stored(attempt)) == Truth::True).then_some(condition))
}

/// Tells whether the row makes any check false.
pub(super) fn breaks_a_check(attempt: &Attempt<'_>) -> Result<bool> {
    for constraint in attempt.meta.constraints {
        if matches!(constraint.kind, ConstraintKind::Check(_)) && is_broken(attempt, constraint)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells whether the row makes a check false.
fn is_broken(attempt: &Attempt<'_>, constraint: &ConstraintMeta) -> Result<bool> {
    let Some(stated) = constraint.condition.filter(|stated| attempt.writes_any(stated.columns)) else {
        return Ok(false);
    };
    Ok(stated::condition(attempt.meta, stated)?.truth(&stored(attempt)) == Truth::False)
}

/// Returns the row as it would be stored.
fn stored(attempt: &Attempt<'_>) -> Row {
    let value = |(index, column): (usize, &'static ColumnMeta)| {
        let written = attempt.values.iter().find(|(own, _)| *own == index).map(|(_, value)| value);
        let current = || attempt.current.map(|row| row.get(index));
        written.or_else(current).cloned().unwrap_or_else(|| filled(attempt.meta, column))
    };
    Row::new(attempt.meta.columns.iter().enumerate().map(value).collect())
}

/// Returns the value that a new row gets if the writer does not give one, if that is known before it is written.
fn filled(meta: &ModelMeta, column: &ColumnMeta) -> Value {
    match (&column.default, column.auto) {
        (Some(default), Auto::No) => literal(&column.ty, default),
        (None, Auto::No) if column.ty.nullable => Value::Null,
        _ => Value::Absent(Absent { model: meta.name, column: column.name }),
    }
}

/// Tells whether the database says that a row breaks a check.
pub(super) fn is_about_a_check(error: &DbError) -> bool {
    error.as_database_error().is_some_and(|error| error.is_check_violation())
}

/// Tells whether an error may be about a check of the model, so that other errors of the row may be found, too.
pub(super) fn is_of_a_check(error: &Error, meta: &ModelMeta) -> bool {
    let is_check = |constraint: &ConstraintMeta| matches!(constraint.kind, ConstraintKind::Check(_));
    matches!(error, Error::Validation(_)) && meta.constraints.iter().any(is_check)
}

/// Returns the error for a row that breaks a check of the model, as the database names it.
pub(super) fn broken_check(error: &DbError, meta: &ModelMeta) -> Option<Error> {
    let error = error.as_database_error().filter(|error| error.is_check_violation())?;
    // SQLite has no other place for the name: `CHECK constraint failed: seats_range`.
    let of_sqlite = || error.message().rsplit_once("CHECK constraint failed: ").map(|(_, name)| name);
    let named = error.constraint().or_else(of_sqlite)?;
    let is_it = |each: &&ConstraintMeta| matches!(each.kind, ConstraintKind::Check(name) if name == named);
    let constraint = meta.constraints.iter().find(is_it)?;
    Some(Error::non_field(told(constraint.message, named)))
}

fn told(message: Option<&str>, name: &str) -> String {
    message.map_or_else(|| format!("Constraint “{name}” is violated."), str::to_owned)
}
