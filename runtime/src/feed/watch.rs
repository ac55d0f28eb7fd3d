//! Publishes the changes of other programs to tables whose models require it (`x-observe-database`).
//!
//! A task takes the notes of triggers and passes them to the hub, as if the runtime had written the rows. If it loses
//! the connection to the database, it continues later with the notes that are there, and misses nothing. If the process
//! ends after a change was published and before this is stored, the change is published once more.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::TryFutureExt as _;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::{sleep, timeout};

use crate::change::{Buffer, Change, Watched};
use crate::db::{Db, Note, Noted};
use crate::ground::error::{Error, Result};
use crate::ground::failure::cause;
use crate::ground::outage::{Outage, Reason};
use crate::schema::meta::{Between, ColumnMeta, ModelMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store::rows_by_key;

/// The first pause before another attempt after an error; each pause is twice the one before.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The time within which the database has to answer. If another node is publishing, it has to finish within this time,
/// too.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// The time within which the publication in progress has to end when the watcher is stopped.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// The task, which ends at once when this is dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    stop: Arc<Notify>,
    abort: AbortHandle,
    /// The handle of the task; `None` if another caller already waits for its end.
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Watcher {
    /// Starts the task, if a model that is served requires it.
    pub(crate) fn start(db: &Db, poll: Duration) -> Option<Arc<Self>> {
        let sources = sources(&db.listener().watched());
        if sources.is_empty() {
            return None;
        }
        let stop = Arc::new(Notify::new());
        let task = tokio::spawn(watch(db.clone(), sources, poll, Arc::clone(&stop)));
        Some(Arc::new(Self { stop, abort: task.abort_handle(), task: Mutex::new(Some(task)) }))
    }

    /// Ends the task after the notes that it has taken are published.
    pub(crate) async fn stop(&self) {
        self.stop.notify_one();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && timeout(STOP_WITHIN, task).await.is_err()
        {
            self.abort.abort();
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

/// A table with notes, and the meaning of its changes.
#[derive(Debug, Clone)]
struct Source {
    table: &'static str,
    of: Of,
}

#[derive(Debug, Clone)]
enum Of {
    /// The table belongs to the model.
    Model(&'static ModelMeta),
    /// The table belongs to a many-to-many relation; the column holds the keys of the model.
    Relation(&'static ModelMeta, &'static str),
}

fn sources(watched: &Watched) -> Vec<Source> {
    let models = watched.noted();
    let mut sources: Vec<Source> =
        models.iter().map(|model| Source { table: model.table, of: Of::Model(model) }).collect();
    for model in &models {
        for relation in model.relations {
            let Some(Between { table, from, .. }) = relation.via.between() else { continue };
            // The table may also be that of a model, whose rows are published as such.
            if models.iter().all(|other| other.table != table) {
                sources.push(Source { table, of: Of::Relation(model, from) });
            }
        }
    }
    sources
}

async fn watch(db: Db, sources: Vec<Source>, poll: Duration, stop: Arc<Notify>) {
    let (mut pause, mut told) = (PAUSE, String::new());
    loop {
        let watched = tokio::select! {
            () = db.closing() => return,
            watched = run(&db, &sources, poll, &stop, &mut pause) => watched,
        };
        let Err(error) = watched else { return };
        let cause = cause(&error);
        // Each reason is logged once, until the watcher works again.
        if pause == PAUSE || cause != told {
            tracing::warn!(error = cause, "changes by other programs cannot be read at the moment");
            told = cause;
        } else {
            tracing::debug!(error = cause, "changes by other programs still cannot be read");
        }
        tokio::select! {
            () = stop.notified() => return,
            () = db.closing() => return,
            () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

/// Publishes all present notes, and later ones. Resolves without an error when the task is stopped.
async fn run(db: &Db, sources: &[Source], poll: Duration, stop: &Notify, pause: &mut Duration) -> Result<()> {
    let mut tables: Vec<&'static str> = sources.iter().map(|source| source.table).collect();
    tables.sort_unstable();
    tables.dedup();
    let mut notes = in_time(db.notes(tables, poll)).await?;
    loop {
        loop {
            let taken = in_time(notes.take().map_err(Error::from)).await?;
            *pause = PAUSE;
            if taken.is_empty() {
                break;
            }
            tell(db, sources, taken).await?;
            in_time(notes.told().map_err(Error::from)).await?;
        }
        tokio::select! {
            () = stop.notified() => return Ok(()),
            waited = notes.wait() => waited?,
        }
    }
}

/// Limits the time of an answer: its connection may be cut off without notice, and is then replaced.
async fn in_time<T>(asked: impl Future<Output = Result<T>>) -> Result<T> {
    let answered = timeout(ANSWER_WITHIN, asked).await;
    answered.unwrap_or_else(|_| {
        Err(Error::Unavailable(Outage::new(Reason::Unreachable, "the database does not answer")))
    })
}

/// Publishes changes: those of one transaction together, transactions in the order of their last changes. For one row
/// that is the order of its changes, because the later transaction has waited for the earlier one.
async fn tell(db: &Db, sources: &[Source], notes: Vec<Note>) -> Result<()> {
    let mut changes: Vec<Vec<Change>> = vec![Vec::new(); notes.len()];
    let mut unread: Vec<&'static ModelMeta> = Vec::new();
    for source in sources {
        let own = notes.iter().enumerate().filter(|(_, note)| note.table == source.table).collect::<Vec<_>>();
        let (model, read) = match source.of {
            Of::Model(model) => (model, model_changes(db, model, &own, &mut changes).await?),
            Of::Relation(model, column) => {
                (model, relation_changes(db, source.table, model, column, &own, &mut changes).await?)
            }
        };
        if !read && !unread.iter().any(|other| std::ptr::eq(*other, model)) {
            unread.push(model);
        }
    }
    let mut transactions: Vec<(i64, Buffer)> = Vec::new();
    let mut order: Vec<i64> = notes.iter().map(|note| note.transaction).collect();
    order.reverse();
    for transaction in order {
        if transactions.iter().all(|(known, _)| *known != transaction) {
            transactions.push((transaction, Buffer::default()));
        }
    }
    transactions.reverse();
    for (note, changes) in notes.iter().zip(changes) {
        let own = transactions.iter().find(|(transaction, _)| *transaction == note.transaction);
        if let Some((_, buffer)) = own {
            changes.into_iter().for_each(|change| buffer.change(change));
        }
    }
    for (_, buffer) in transactions {
        db.listener().publish(db, buffer.take()).await;
    }
    // Subscribers read again what they show, because a change of it is not known.
    for model in unread {
        db.listener().unsure_of(model).await;
    }
    Ok(())
}

type Own<'a> = [(usize, &'a Note)];

/// Reads the rows before or after the changes of notes, each at the position of its note.
async fn side(
    db: &Db,
    table: &'static str,
    columns: &[Noted],
    own: &Own<'_>,
    of: impl Fn(&Note) -> Option<&str>,
) -> Result<Vec<Option<Row>>> {
    let texts: Vec<&str> = own.iter().filter_map(|(_, note)| of(note)).collect();
    let mut read = db.noted_rows(table, columns, &texts).await?.into_iter();
    Ok(own.iter().map(|(_, note)| of(note).and_then(|_| read.next().flatten())).collect())
}

/// Tells whether a side of a note is there, and could not be read. A column may have another name or type meanwhile.
fn is_unread(note: &Note, before: Option<&Row>, after: Option<&Row>) -> bool {
    (note.before.is_some() && before.is_none()) || (note.after.is_some() && after.is_none())
}

/// Adds the changes of a model. Returns whether every note could be read.
async fn model_changes(
    db: &Db,
    model: &'static ModelMeta,
    own: &Own<'_>,
    changes: &mut [Vec<Change>],
) -> Result<bool> {
    let columns: Vec<Noted> = model.columns.iter().map(|column| (column.column, column)).collect();
    let before = side(db, model.table, &columns, own, |note| note.before.as_deref()).await?;
    let after = side(db, model.table, &columns, own, |note| note.after.as_deref()).await?;
    let mut all = true;
    for (((place, note), before), after) in own.iter().zip(before).zip(after) {
        all &= !is_unread(note, before.as_ref(), after.as_ref());
        let told = &mut changes[*place];
        match (before, after) {
            (Some(before), Some(after)) => told.extend(Change::saved(model, Some(before), after)),
            (None, Some(after)) if note.before.is_some() => told.push(Change::updated(model, None, after)),
            // One side of an update cannot be read: the new values of the row are unknown.
            (Some(_), None) if note.after.is_some() => {}
            (before, after) => {
                told.extend(before.map(|row| Change::deleted(model, row)));
                told.extend(after.map(|row| Change::created(model, row)));
            }
        }
    }
    Ok(all)
}

/// Adds the changes of a relation. Returns whether every note could be read.
async fn relation_changes(
    db: &Db,
    table: &'static str,
    model: &'static ModelMeta,
    column: &'static str,
    own: &Own<'_>,
    changes: &mut [Vec<Change>],
) -> Result<bool> {
    let key: &'static ColumnMeta = model.key_column();
    let columns: [Noted; 1] = [(column, key)];
    let before = side(db, table, &columns, own, |note| note.before.as_deref()).await?;
    let after = side(db, table, &columns, own, |note| note.after.as_deref()).await?;
    let sides = own.iter().zip(before.iter().zip(&after));
    let all = sides.fold(true, |all, ((_, note), (before, after))| {
        all & !is_unread(note, before.as_ref(), after.as_ref())
    });
    let key_of = |row: &Option<Row>| row.as_ref().and_then(|row| row.values().first().cloned());
    let keys: Vec<[Option<Value>; 2]> =
        before.iter().zip(&after).map(|(before, after)| [key_of(before), key_of(after)]).collect();
    let rows = rows_by_key(db, model, keys.iter().flatten().flatten()).await?;
    for ((place, _), keys) in own.iter().zip(keys) {
        for wanted in keys.into_iter().flatten() {
            // A row that was deleted meanwhile is published as deleted.
            let row = rows.iter().find(|row| row.values().get(model.key) == Some(&wanted));
            changes[*place].extend(row.map(|row| Change::related(model, row.clone())));
        }
    }
    Ok(all)
}
