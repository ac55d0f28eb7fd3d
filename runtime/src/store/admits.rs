//! Whether a condition admits a row that is at hand, though it may be gone from the database.

use super::{Which, find, find_within};
use crate::condition::{Condition, Truth};
use crate::db::Db;
use crate::dispatch::BoxFuture;
use crate::error::Result;
use crate::meta::ModelMeta;
use crate::model::Row;
use crate::value::Value;

/// Whether a condition admits a row. Mostly memory knows; the rows that it refers to are asked for, each by its key.
///
/// # Errors
/// [`Error::Database`](crate::Error::Database).
pub(crate) async fn admits(db: &Db, condition: &Condition, row: &Row) -> Result<bool> {
    Ok(truth(db, condition, row).await? == Truth::True)
}

/// What a condition is of a row, the database being asked for what memory cannot tell, where that matters.
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
            // Memory tells.
            Condition::Compare { .. } => Ok(Truth::Unknown),
            Condition::Related { model, column, condition } => {
                let Some(other) = referred(model, *column) else { return Ok(Truth::False) };
                let which = Which::new(other.key, value(row, *column)).within((**condition).clone());
                Ok(find_within(db, other, &which).await?.is_some().into())
            }
            Condition::Outer { model, column, condition } => {
                let Some(other) = referred(model, *column) else { return Ok(Truth::False) };
                let found = find(db, other, other.key, value(row, *column)).await?;
                truth(db, condition, found.as_ref().unwrap_or(&Row::empty())).await
            }
        }
    })
}

/// The truth of parts that are joined: the contrary of `neutral` in one of them decides.
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

fn referred(model: &'static ModelMeta, column: usize) -> Option<&'static ModelMeta> {
    model.columns[column].references.map(|other| other())
}

fn value(row: &Row, column: usize) -> Value {
    row.values().get(column).cloned().unwrap_or(Value::Null)
}
