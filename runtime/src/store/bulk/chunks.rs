//! The chunks of a write: so many rows at a time, in the order of their keys.

use crate::change::Change;
use crate::condition::{Condition, Lookup};
use crate::db::{Db, Lock};
use crate::ground::error::{Error, Result};
use crate::schema::meta::ModelMeta;
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store::lock::select_locked;
use crate::store::selection::Selection;

/// The number of rows that are written by one statement.
pub(super) const CHUNK: u64 = if cfg!(test) { 7 } else { 500 };

/// The bytes of the rows whose events a write keeps until the commit.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The rows that a write of a selection has still to do.
pub(super) struct Chunks {
    selection: Selection,
    last: Option<Value>,
    lock: Lock,
}

impl Chunks {
    pub(super) fn new(selection: Selection, lock: Lock) -> Self {
        Self { selection, last: None, lock }
    }

    /// Returns the next rows, locked; `None` if all are done. Rows that have changed meanwhile, so that they are not
    /// selected any more, are left out.
    pub(super) async fn next(&mut self, db: &Db) -> Result<Option<Vec<Row>>> {
        let Selection { meta, condition, .. } = &self.selection;
        let mut rest = condition.clone();
        if let Some(last) = self.last.take() {
            rest = rest.and(Condition::compare(meta, meta.key, Lookup::Gt, last));
        }
        let keys = Selection::new(meta, rest).at_most(CHUNK).keys(db).await?;
        let Some(last) = keys.last() else { return Ok(None) };
        self.last = Some(last.clone());
        let own = Condition::one_of(meta, meta.key, keys);
        select_locked(db, meta, &condition.clone().and(own), self.lock).await.map(Some)
    }
}

/// Returns the keys of rows.
pub(super) fn keys(meta: &'static ModelMeta, rows: &[Row]) -> Vec<Value> {
    rows.iter().map(|row| row.get(meta.key).clone()).collect()
}

/// Refuses selections that cannot be written.
pub(super) fn check(selection: &Selection) -> Result<()> {
    selection.check()?;
    if selection.is_sliced() {
        let text = "a slice cannot be written: filter by the keys of its rows";
        return Err(Error::internal(format!("{}: {text}", selection.meta.name)));
    }
    Ok(())
}

/// The events of a write, which are kept until the commit.
#[derive(Default)]
pub(crate) struct Kept {
    bytes: usize,
}

impl Kept {
    /// Keeps the events of a chunk.
    ///
    /// # Errors
    /// [`Error::Internal`] if they are too many.
    pub(crate) async fn keep(&mut self, db: &Db, changes: Vec<Change>) -> Result<()> {
        self.bytes += changes.iter().map(Change::bytes).sum::<usize>();
        if self.bytes > MOST_BYTES {
            return Err(Error::internal(
                "the events of so many rows are too large for one write: write fewer of them at a time",
            ));
        }
        db.changed(changes).await;
        Ok(())
    }
}
