//! Evaluates a condition for a given row, which may be deleted from the database already.

use super::read::{find, find_within};
use super::row_selector::RowSelector;
use crate::condition::{By, Condition, Truth};
use crate::db::{Composer, Db, Shape, Statement};
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::step::Step;
use crate::schema::value::Value;

/// Tells whether a condition admits a row. The condition is evaluated in memory as far as possible; the rows to which
/// it refers are read by their keys.
///
/// # Errors
/// [`Error::Database`](crate::Error::Database).
pub(crate) async fn admits(db: &Db, condition: &Condition, row: &Row) -> Result<bool> {
    Ok(truth(db, condition, row).await? == Truth::True)
}

/// Evaluates a condition for a row. Queries the database for parts that cannot be evaluated in memory, if they matter.
fn truth<'a>(db: &'a Db, condition: &'a Condition, row: &'a Row) -> BoxFuture<'a, Result<Truth>> {
    Box::pin(async move {
        let known = condition.truth(row);
        if known != Truth::Elsewhere {
            return Ok(known);
        }
        match condition {
            Condition::All(parts) => joined(db, parts, row, Truth::True).await,
            Condition::Any(parts) => joined(db, parts, row, Truth::False).await,
            Condition::Not(part) => Ok(truth(db, part, row).await?.negated()),
            Condition::Compare { model, column, .. } => {
                is_true_of(db, condition, model, row, &[*column]).await
            }
            Condition::CompareColumns { model, column, other, .. } => {
                is_true_of(db, condition, model, row, &[*column, *other]).await
            }
            Condition::Related { model, step, condition } => {
                let Some(Step { from, target, to, .. }) = step.of(model) else { return Ok(Truth::False) };
                let which = RowSelector::new(to, value(row, from)?).within((**condition).clone());
                Ok(find_within(db, target, &which).await?.is_some().into())
            }
            Condition::Outer { model, step, condition } => {
                let Some(Step { from, target, to, .. }) = step.of(model) else { return Ok(Truth::False) };
                let found = find(db, target, to, value(row, from)?).await?;
                truth(db, condition, found.as_ref().unwrap_or(&Row::empty())).await
            }
            Condition::ToMany { model, target, by, condition } => {
                is_related(db, model, target, *by, condition, value(row, model.key)?).await
            }
            Condition::Untrue(part) => Ok(truth(db, part, row).await?.is_not_true()),
        }
    })
}

/// Evaluates joined parts: a part whose truth is the opposite of `neutral` determines the result.
async fn joined(db: &Db, parts: &[Condition], row: &Row, neutral: Truth) -> Result<Truth> {
    let mut outcome = neutral;
    for part in parts {
        match truth(db, part, row).await? {
            decided if decided == neutral.negated() => return Ok(decided),
            Truth::Unknown => outcome = Truth::Unknown,
            _ => {}
        }
    }
    Ok(outcome)
}

/// Tells whether a comparison of columns is true for values of a row that are not `null`: the columns only determine
/// the order of values here.
async fn is_true_of(
    db: &Db,
    comparison: &Condition,
    model: &'static ModelMeta,
    row: &Row,
    columns: &[usize],
) -> Result<Truth> {
    let mut sql = Composer::new(db.dialect());
    let mut between = "SELECT 1 FROM (SELECT ";
    for column in columns {
        sql.text(between).name(model.columns[*column].column);
        between = ", ";
    }
    sql.text(" FROM ").name(model.table);
    between = " WHERE 1 = 0 UNION ALL SELECT ";
    for column in columns {
        sql.text(between).of(&model.columns[*column], value(row, *column)?);
        between = ", ";
    }
    sql.text(") AS ").name("dcrf.value");
    sql.narrowed(comparison);
    let (sql, args) = sql.finish();
    let found = db.run(Statement::read(sql, args, Shape::Untyped)).await?;
    Ok((!found.rows.is_empty()).into())
}

/// Tells whether a row that is related to the row with this key satisfies a condition now.
async fn is_related(
    db: &Db,
    model: &'static ModelMeta,
    target: &'static ModelMeta,
    by: By,
    condition: &Condition,
    key: Value,
) -> Result<Truth> {
    let (table, from, to) = match by {
        By::Column(column) => {
            let which = RowSelector::new(column, key).within(condition.clone());
            return Ok(find_within(db, target, &which).await?.is_some().into());
        }
        By::Table { table, from, to } => (table, from, to),
    };
    let mut sql = Composer::new(db.dialect());
    sql.text("SELECT 1 FROM ").name(table).text(" WHERE ").name(from).text(" = ").of(model.key_column(), key);
    sql.text(" AND ").other_end(target, to, condition).text(" LIMIT 1");
    let (sql, args) = sql.finish();
    let found = db.run(Statement::read(sql, args, Shape::Untyped)).await?;
    Ok((!found.rows.is_empty()).into())
}

/// Returns the value of a column, or an error if an event does not carry it.
fn value(row: &Row, column: usize) -> Result<Value> {
    match row.values().get(column) {
        Some(Value::Absent(absent)) => Err((*absent).into()),
        value => Ok(value.cloned().unwrap_or(Value::Null)),
    }
}
