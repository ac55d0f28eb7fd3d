//! Captures changes around the statements of the store.
//!
//! Inside a transaction a change is kept until the commit; outside, it is published as soon as the database has stored
//! it. An observed write continues when its caller is dropped, so that no write is stored without being published.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use tokio::sync::oneshot;

use super::lock::find_locked;
use super::row_selector::RowSelector;
use crate::change::{Change, Edge, Link, Topic, Watched, entries};
use crate::db::listener::detached;
use crate::db::{Composer, Db, DbError, Lock, Outcome, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::schema::key::Key;
use crate::schema::meta::{Between, ModelMeta, OnDelete};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::decode::literal;

/// Tells whether changes of a model are captured.
pub(crate) fn watches(db: &Db, model: &'static ModelMeta) -> bool {
    db.listener().watched().watches(model)
}

/// Tells whether triggers note changes by other programs in a model's table. These triggers must not note the changes
/// that the runtime publishes.
pub(crate) fn is_noted(db: &Db, model: &'static ModelMeta) -> bool {
    db.listener().watched().is_noted(model)
}

/// Tells whether a change of these columns needs the row as it was before. Inside a transaction it is needed even
/// without a subscriber, because a subscription may begin before the transaction ends.
pub(crate) fn needs_before(db: &Db, model: &'static ModelMeta, columns: &[usize]) -> bool {
    db.listener().watched().needs_before(model, columns, |topic| counts(db, topic))
}

fn counts(db: &Db, topic: Topic) -> bool {
    db.is_transaction() || db.listener().is_heard(topic)
}

/// Tells whether other observed rows, or rows with files, may be deleted, or lose a relation, together with a row of
/// this model.
pub(crate) fn goes_along(db: &Db, model: &'static ModelMeta) -> bool {
    fn reaches(
        db: &Db,
        served: &Watched,
        model: &'static ModelMeta,
        seen: &mut Vec<&'static ModelMeta>,
    ) -> bool {
        if served.links_to(model).any(|link| counts(db, link.topic)) {
            return true;
        }
        served.edges_to(model).any(|edge| {
            if seen.iter().any(|other| std::ptr::eq(*other, edge.child)) {
                return false;
            }
            seen.push(edge.child);
            served.topics_of(edge.child).any(|topic| counts(db, topic))
                || served.has_files(edge.child)
                || served.links_over(edge.child).any(|link| counts(db, link.topic))
                || reaches(db, served, edge.child, seen)
        })
    }
    reaches(db, &db.listener().watched(), model, &mut Vec::new())
}

/// Runs a write that changes observed rows of a model, and publishes the change.
pub(crate) async fn write(
    db: &Db,
    model: &'static ModelMeta,
    statement: Statement,
    changes: impl FnOnce(&Outcome) -> Vec<Change> + Send + Sync + 'static,
) -> Result<Outcome, DbError> {
    if db.is_transaction() {
        let outcome = db.run(statement).await?;
        changes(&outcome).into_iter().for_each(|change| db.remember(change));
        return Ok(outcome);
    }
    let db = db.clone();
    let told = detached(async move {
        let ((queued, queue), teller) = (oneshot::channel(), db.clone());
        let committed = Box::new(move |outcome: &Outcome| {
            // Only this task waits for the publication.
            let _ = queued.send(teller.listener().publish(&teller, entries(changes(outcome))));
        });
        let outcome = db.run_then(statement, committed).await;
        if let Err(DbError::Unknown(_)) = outcome {
            db.listener().unsure_of(model).await;
        }
        let outcome = outcome?;
        if let Ok(given_out) = queue.await {
            given_out.await;
        }
        Ok(outcome)
    });
    told.await.unwrap_or(Err(DbError::Unknown(sqlx::Error::WorkerCrashed)))
}

async fn locked(db: &Db, model: &'static ModelMeta, column: usize, values: Vec<Value>) -> Result<Vec<Row>> {
    let by = &model.columns[column];
    let mut sql = Composer::new(db.dialect());
    sql.select(model).text(" WHERE ").is_in(by, values);
    sql.order_by(&[(model.key_column(), false)]).locking(Lock::Row);
    let (sql, args) = sql.finish();
    Ok(db.run(Statement::read(sql, args, Shape::Columns(model.columns))).await?.rows)
}

/// The greatest number of values of one `IN`.
const CHUNK: usize = 500;

/// Deletes a row inside a transaction, and records it with all rows that are deleted or changed with it. `delete` runs
/// the statement itself.
pub(crate) async fn remove<F>(
    db: &Db,
    model: &'static ModelMeta,
    which: &RowSelector,
    delete: impl FnOnce() -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let row = find_locked(db, model, which, Lock::Row).await?.ok_or(Error::NotFound)?;
    let changes = deletions(db, model, std::slice::from_ref(&row)).await?;
    delete().await?;
    db.changed(changes).await;
    Ok(())
}

/// Returns the changes of observed rows when locked rows are deleted: of these rows, and of all rows that are deleted or
/// changed with them.
pub(crate) async fn deletions(db: &Db, model: &'static ModelMeta, rows: &[Row]) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    dependents(db, model, rows, &mut changes).await?;
    changes.extend(rows.iter().map(|row| Change::deleted(model, row.clone())));
    let served = db.listener().watched();
    changes.retain(|change| served.watches(change.model()));
    Ok(changes)
}

/// Adds what the database itself does when rows are deleted to `changes`: rows that are deleted with them, dependents
/// first, as in Django's signals, and rows that lose a reference or, through a many-to-many relation, one of the rows
/// that they show.
async fn dependents(
    db: &Db,
    model: &'static ModelMeta,
    rows: &[Row],
    changes: &mut Vec<Change>,
) -> Result<()> {
    let served = db.listener().watched();
    // The search proceeds by levels: each level finds the rows that are deleted because of those of the level before.
    let mut found = Found::of(model, rows);
    let mut gone: Vec<(&'static ModelMeta, Vec<Value>)> = vec![(model, keys(model, rows))];
    let mut related: Vec<Change> = Vec::new();
    while let Some((parent, keys)) = gone.pop() {
        for link in served.links_to(parent).filter(|link| counts(db, link.topic)) {
            for chunk in keys.chunks(CHUNK) {
                let rows = linked(db, link, chunk.to_vec()).await?;
                related.extend(rows.into_iter().map(|row| Change::related(link.model, row)));
            }
        }
        let edges: Vec<Edge> = served.edges_to(parent).collect();
        for edge in edges {
            let mut next = Vec::new();
            for chunk in keys.chunks(CHUNK) {
                for row in locked(db, edge.child, edge.column, chunk.to_vec()).await? {
                    if found.add(edge, &row) {
                        next.push(row.get(edge.child.key).clone());
                    }
                }
            }
            if !next.is_empty() {
                gone.push((edge.child, next));
            }
        }
    }
    // A deleted row is not reported as changed.
    related.retain(|change| !found.is_deleted(change.model(), change.key()));
    // These rows are unchanged: later changes of them follow.
    changes.append(&mut related);
    changes.extend(found.changes.into_iter().rev());
    Ok(())
}

/// Returns the rows that are related to rows with these keys.
async fn linked(db: &Db, link: Link, keys: Vec<Value>) -> Result<Vec<Row>> {
    let Some(Between { table, from, to }) = link.relation.via.between() else { return Ok(Vec::new()) };
    let (model, target) = (link.model, (link.relation.target)());
    let mut sql = Composer::new(db.dialect());
    sql.select(model).text(" WHERE ").name(model.key_column().column).text(" IN (SELECT ").name(from);
    sql.text(" FROM ").name(table).text(" WHERE ").name(to).text(" IN ").among(target.key_column(), keys);
    sql.text(")").order_by(&[(model.key_column(), false)]);
    let (sql, args) = sql.finish();
    Ok(db.run(Statement::read(sql, args, Shape::Columns(model.columns))).await?.rows)
}

fn keys(model: &'static ModelMeta, rows: &[Row]) -> Vec<Value> {
    rows.iter().filter_map(|row| row.values().get(model.key).cloned()).collect()
}

/// The effects of a deletion on other rows, as far as they have been found.
struct Found {
    changes: Vec<Change>,
    /// The positions of the changes by the rows; `None` for the rows that are deleted themselves.
    positions: HashMap<(usize, Key<'static>), Option<usize>>,
}

impl Found {
    fn of(model: &'static ModelMeta, roots: &[Row]) -> Self {
        let roots = roots.iter().map(|row| (named(model, row.get(model.key)), None));
        Self { changes: Vec::new(), positions: roots.collect() }
    }

    /// Tells whether a row is deleted, too.
    fn is_deleted(&self, model: &'static ModelMeta, key: &Value) -> bool {
        match self.positions.get(&named(model, key)) {
            None => false,
            Some(None) => true,
            Some(Some(position)) => self.changes[*position].after.is_none(),
        }
    }

    /// Adds the effect of a reference on a row. Tells whether the row is deleted and was not found before.
    fn add(&mut self, edge: Edge, row: &Row) -> bool {
        let cascades = edge.on_delete == OnDelete::Cascade;
        let column = &edge.child.columns[edge.column];
        let left = match &column.default {
            Some(default) if edge.on_delete == OnDelete::SetDefault => literal(&column.ty, default),
            _ => Value::Null,
        };
        let change = || match cascades {
            true => Change::deleted(edge.child, row.clone()),
            false => Change::updated(edge.child, Some(row.clone()), row.with(edge.column, left.clone())),
        };
        let position = match self.positions.entry(named(edge.child, row.get(edge.child.key))) {
            Entry::Vacant(entry) => {
                entry.insert(Some(self.changes.len()));
                self.changes.push(change());
                return cascades;
            }
            Entry::Occupied(entry) => *entry.get(),
        };
        let Some(known) = position.and_then(|position| self.changes.get_mut(position)) else { return false };
        match &known.after {
            // The row is already deleted.
            None => false,
            Some(_) if cascades => {
                *known = change();
                true
            }
            // The row loses a second reference.
            Some(after) => {
                known.after = Some(after.with(edge.column, left));
                false
            }
        }
    }
}

/// Returns what tells a row from all others.
fn named(model: &'static ModelMeta, key: &Value) -> (usize, Key<'static>) {
    (model.number(), Key::of(key).into_owned())
}
