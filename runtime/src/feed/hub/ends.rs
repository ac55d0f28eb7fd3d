//! Publishes the changes of rows at the ends of many-to-many relations whose pairs are rows of a model (`x-through`).
//! If such a pair is created, deleted, or changed to relate other rows, this is a change of the rows that it relates.

use crate::change::Entry;
use crate::change::Watched;
use crate::change::{Buffer, Change, ChangeKind};
use crate::db::Db;
use crate::ground::error::Result;
use crate::ground::failure::cause;
use crate::schema::meta::Via;
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store::rows_by_key;

/// Adds to the committed changes the changes of rows whose relations have changed. A row that was changed itself is
/// published once.
pub(super) async fn with_ends(db: &Db, entries: Vec<Entry>) -> Vec<Entry> {
    let served = db.listener().watched();
    if !served.has_through() {
        return entries;
    }
    let db = db.outside_of_transaction();
    let mut ends = Vec::new();
    for entry in &entries {
        let Entry::Change(change) = entry else { continue };
        match of_change(&db, &served, change).await {
            Ok(found) => ends.extend(found),
            Err(error) => {
                let model = change.model().name;
                tracing::error!(error = %cause(&error), model, "changes of the related rows were not published");
            }
        }
    }
    let gone = |end: &Change| {
        entries.iter().any(|entry| match entry {
            Entry::Change(change) => change.after.is_none() && change.is_of_same_row(end),
            Entry::Message(_) | Entry::Then(_) => false,
        })
    };
    ends.retain(|end| !gone(end));
    if ends.is_empty() {
        return entries;
    }
    let all = Buffer::default();
    for entry in entries {
        match entry {
            Entry::Change(change) => all.change(*change),
            Entry::Message(message) => all.message(message),
            Entry::Then(done) => all.then(done),
        }
    }
    ends.into_iter().for_each(|end| all.change(end));
    all.take()
}

async fn of_change(db: &Db, served: &Watched, change: &Change) -> Result<Vec<Change>> {
    let mut ends = Vec::new();
    for link in served.links_over(change.model()) {
        let Via::Through { from, to, .. } = link.relation.via else { continue };
        if !db.listener().is_heard(link.topic) {
            continue;
        }
        let pair =
            |row: &Row| [from, to].map(|column| row.values().get(column).cloned().unwrap_or(Value::Null));
        let before = change.before.as_ref().or(change.last()).map(pair);
        let after = change.after.as_ref().map(pair);
        // Without the row before, neither of the two columns was written.
        let is_kept = change.kind() == ChangeKind::Updated && (before.is_none() || before == after);
        if is_kept || change.kind() == ChangeKind::Related {
            continue;
        }
        let keys: Vec<Value> = before.into_iter().chain(after).map(|[key, _]| key).collect();
        let rows = rows_by_key(db, link.model, keys.iter()).await?;
        ends.extend(rows.into_iter().map(|row| Change::related(link.model, row)));
    }
    Ok(ends)
}
