//! Whether a condition admits a row that is at hand, though it may be gone from the database.

use std::borrow::Cow;

use super::{Which, find_within};
use crate::condition::Condition;
use crate::db::Db;
use crate::dispatch::BoxFuture;
use crate::error::Result;
use crate::meta::ModelMeta;
use crate::model::Row;
use crate::value::Value;

/// Whether a condition admits a row. Mostly memory knows; the rows that it refers to are asked for, each by its key.
/// A row that only the database can compare, and that is gone, is not admitted.
///
/// # Errors
/// [`Error::Database`](crate::Error::Database).
pub(crate) async fn admits(
    db: &Db,
    model: &'static ModelMeta,
    condition: &Condition,
    row: &Row,
) -> Result<bool> {
    if let Some(admits) = condition.matches(row) {
        return Ok(admits);
    }
    let settled = settled(db, condition, row).await?;
    if let Some(admits) = settled.matches(row) {
        return Ok(admits);
    }
    let key = row.values().get(model.key).cloned().unwrap_or(Value::Null);
    let which = Which::new(model.key, key).within(settled.into_owned());
    Ok(find_within(db, model, &which).await?.is_some())
}

/// The condition with what it says of other rows replaced by the answer, where that matters.
fn settled<'a>(
    db: &'a Db,
    condition: &'a Condition,
    row: &'a Row,
) -> BoxFuture<'a, Result<Cow<'a, Condition>>> {
    Box::pin(async move {
        if condition.matches(row).is_some() {
            return Ok(Cow::Borrowed(condition));
        }
        Ok(match condition {
            Condition::All(parts) => Cow::Owned(Condition::All(all_settled(db, parts, row).await?)),
            Condition::Any(parts) => Cow::Owned(Condition::Any(all_settled(db, parts, row).await?)),
            Condition::Not(part) => Cow::Owned(settled(db, part, row).await?.into_owned().negated()),
            Condition::Compare { .. } => Cow::Borrowed(condition),
            Condition::Related { model, column, condition } => {
                let Some(other) = model.columns[*column].references else {
                    return Ok(Cow::Owned(Condition::none()));
                };
                let key = row.values().get(*column).cloned().unwrap_or(Value::Null);
                let which = Which::new(other().key, key).within((**condition).clone());
                let found = find_within(db, other(), &which).await?.is_some();
                Cow::Owned(if found { Condition::all() } else { Condition::none() })
            }
        })
    })
}

async fn all_settled(db: &Db, parts: &[Condition], row: &Row) -> Result<Vec<Condition>> {
    let mut settled_parts = Vec::with_capacity(parts.len());
    for part in parts {
        settled_parts.push(settled(db, part, row).await?.into_owned());
    }
    Ok(settled_parts)
}
