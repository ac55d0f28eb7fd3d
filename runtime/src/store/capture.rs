//! Captures changes around the statements of the store.
//!
//! Inside a transaction a change is kept until the commit; outside, it is published as soon as the database has stored
//! it. An observed write continues when its caller is dropped, so that no write is stored without being published.

use tokio::sync::oneshot;

use super::lock::find_locked;
use super::row_selector::RowSelector;
use crate::change::{Change, Edge, Link, Topic, Watched, entries};
use crate::db::listener::detached;
use crate::db::{Composer, Db, DbError, Lock, Outcome, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::schema::meta::{Between, ModelMeta, OnDelete};
use crate::schema::row::Row;
use crate::schema::value::Value;

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

/// Tells whether other observed rows may be deleted, or lose a relation, together with a row of this model.
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
    let mut changes = Vec::new();
    dependents(db, model, vec![row.clone()], &mut changes).await?;
    delete().await?;
    changes.push(Change::deleted(model, row));
    let served = db.listener().watched();
    changes.retain(|change| served.watches(change.model()));
    db.changed(changes).await;
    Ok(())
}

/// Adds what the database itself does when rows are deleted to `changes`: rows that are deleted with them, dependents
/// first, as in Django's signals, and rows that lose a reference or, through a many-to-many relation, one of the rows
/// that they show.
async fn dependents(
    db: &Db,
    model: &'static ModelMeta,
    rows: Vec<Row>,
    changes: &mut Vec<Change>,
) -> Result<()> {
    let served = db.listener().watched();
    // The search proceeds by levels: each level finds the rows that are deleted because of those of the level before.
    let roots = rows.clone();
    let is_root = |child: &'static ModelMeta, row: &Row| {
        std::ptr::eq(child, model) && roots.iter().any(|root| key_of(model, root) == key_of(model, row))
    };
    let mut gone: Vec<(&'static ModelMeta, Vec<Row>)> = vec![(model, rows)];
    let mut found: Vec<Change> = Vec::new();
    let mut related: Vec<Change> = Vec::new();
    while let Some((parent, rows)) = gone.pop() {
        let keys: Vec<Value> = rows.iter().filter_map(|row| row.values().get(parent.key).cloned()).collect();
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
                    if is_root(edge.child, &row) {
                        continue;
                    }
                    if add(&mut found, edge, &row) {
                        next.push(row);
                    }
                }
            }
            if !next.is_empty() {
                gone.push((edge.child, next));
            }
        }
    }
    // A deleted row is not reported as changed.
    let goes = |change: &Change| {
        let same = |other: &Change| other.after.is_none() && other.is_of_same_row(change);
        is_root(change.model(), change.row()) || found.iter().any(same)
    };
    related.retain(|change| !goes(change));
    // These rows are unchanged: later changes of them follow.
    changes.append(&mut related);
    found.reverse();
    changes.append(&mut found);
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

fn key_of(model: &'static ModelMeta, row: &Row) -> Option<Value> {
    row.values().get(model.key).cloned()
}

/// Adds the effect of a reference on a row to the changes found so far. Tells whether the row is deleted and was not
/// found before.
fn add(found: &mut Vec<Change>, edge: Edge, row: &Row) -> bool {
    let cascades = edge.on_delete == OnDelete::Cascade;
    let change = match cascades {
        true => Change::deleted(edge.child, row.clone()),
        false => Change::updated(edge.child, Some(row.clone()), row.with(edge.column, Value::Null)),
    };
    let same = |other: &&mut Change| std::ptr::eq(other.model(), edge.child) && other.key() == change.key();
    let Some(known) = found.iter_mut().find(same) else {
        found.push(change);
        return cascades;
    };
    match &known.after {
        // The row is already deleted.
        None => false,
        Some(_) if cascades => {
            *known = change;
            true
        }
        // The row loses a second reference.
        Some(after) => {
            known.after = Some(after.with(edge.column, Value::Null));
            false
        }
    }
}
