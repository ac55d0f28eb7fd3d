//! The row that permissions and validators have checked.
//!
//! The checks run before any lock is taken: they may be slow, and on SQLite a transaction would block all other writes
//! meanwhile. So the write succeeds only if the row is still the one that was checked. If it is not, the whole action
//! runs once more in a transaction, which locks the row before the checks.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::ground::error::Error;
use crate::ground::outage::{Outage, Reason};
use crate::schema::meta::{NestedOf, SerializerMeta, Source};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// A checked row.
#[derive(Debug)]
pub(crate) struct Judged {
    row: Row,
    stale: AtomicBool,
}

impl Judged {
    pub(crate) fn new(row: Row) -> Self {
        Self { row, stale: AtomicBool::new(false) }
    }

    /// Returns the row.
    pub(crate) fn row(&self) -> &Row {
        &self.row
    }

    /// Tells whether the present row is the checked one.
    pub(crate) fn is(&self, current: &Row) -> bool {
        let same = |(a, b): (&Value, &Value)| match (a, b) {
            (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (a, b) => a == b,
        };
        self.row.values().len() == current.values().len()
            && self.row.values().iter().zip(current.values()).all(same)
    }

    /// Records that the row has changed or was deleted, and returns the error for it.
    pub(crate) fn stale(&self) -> Error {
        self.stale.store(true, Ordering::Relaxed);
        Error::Unavailable(Outage::passing(Reason::Busy, "the row is another than the one that was judged"))
    }

    /// Tells whether the row was found to have changed.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Relaxed)
    }
}

/// Tells whether the application receives the row when it validates a payload.
pub(crate) fn shows_row(serializer: &'static SerializerMeta) -> bool {
    let of_same_row = |source: &Source| match source {
        Source::Nested(nested) => matches!(nested.of, NestedOf::Row) && shows_row(nested.serializer),
        _ => false,
    };
    serializer.validate || serializer.fields.iter().any(|field| of_same_row(&field.source))
}
