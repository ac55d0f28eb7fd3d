//! The files whose names statements write: they are kept if the names are committed.

use std::sync::{Arc, Mutex, PoisonError};

use super::fate::DbError;
use super::statement::{Outcome, Statement};
use crate::files::{Files, StagedFile};
use crate::schema::value::Value;

/// Files that no committed row names yet. They exist at least as long as this value, so that a statement never stores
/// the name of a file that was deleted meanwhile.
#[derive(Default)]
pub(super) struct NamedFiles(Mutex<Vec<Arc<StagedFile>>>);

impl NamedFiles {
    /// Returns the files whose names a statement writes.
    pub(super) fn of(files: &Files, statement: &Statement) -> Self {
        if !statement.writes {
            return Self::default();
        }
        let texts = statement.args.iter().filter_map(|arg| match &arg.value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        });
        Self(Mutex::new(files.among(texts)))
    }

    /// Adds the files of a statement that has succeeded.
    pub(super) fn extend(&self, others: Self) {
        let others = others.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(others);
    }

    /// Keeps the files if the statement has written a row, or if that is unknown: a file without a row is better than a
    /// row without its file.
    pub(super) fn settle(&self, outcome: &Result<Outcome, DbError>) {
        match outcome {
            Ok(outcome) if outcome.is_write() => self.keep(),
            Err(DbError::Unknown(_)) => self.keep(),
            _ => {}
        }
    }

    /// Keeps the files if the transaction is committed, or if that is unknown.
    pub(super) fn settle_commit(&self, committed: &Result<(), DbError>) {
        if matches!(committed, Ok(()) | Err(DbError::Unknown(_))) {
            self.keep();
        }
    }

    fn keep(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|file| file.keep());
    }
}
