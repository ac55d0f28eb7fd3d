//! The row that permissions and validators were asked about, and that what they allowed is written to.
//!
//! They are asked before anything is locked: they may take their time, and on SQLite nobody else could write meanwhile.
//! So what is written is written only if the row is still the one that was judged; if not, all is done once more in a
//! transaction, which locks the row before anybody is asked about it.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::ground::error::Error;
use crate::ground::outage::{Outage, Reason};
use crate::schema::meta::{NestedOf, SerializerMeta, Source};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// A row as it was judged.
#[derive(Debug)]
pub(crate) struct Judged {
    row: Row,
    stale: AtomicBool,
}

impl Judged {
    pub(crate) fn new(row: Row) -> Self {
        Self { row, stale: AtomicBool::new(false) }
    }

    /// The row.
    pub(crate) fn row(&self) -> &Row {
        &self.row
    }

    /// Whether the row that is there now was judged.
    pub(crate) fn is(&self, current: &Row) -> bool {
        let same = |(a, b): (&Value, &Value)| match (a, b) {
            (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
            (a, b) => a == b,
        };
        self.row.values().len() == current.values().len()
            && self.row.values().iter().zip(current.values()).all(same)
    }

    /// It is another row by now, or none.
    pub(crate) fn stale(&self) -> Error {
        self.stale.store(true, Ordering::Relaxed);
        Error::Unavailable(Outage::passing(Reason::Busy, "the row is another than the one that was judged"))
    }

    /// Whether it was found to be another row.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Relaxed)
    }
}

/// Whether the application is given the row itself when it checks a payload.
pub(crate) fn shows_row(serializer: &'static SerializerMeta) -> bool {
    let of_same_row = |source: &Source| match source {
        Source::Nested(nested) => matches!(nested.of, NestedOf::Row) && shows_row(nested.serializer),
        _ => false,
    };
    serializer.validate || serializer.fields.iter().any(|field| of_same_row(&field.source))
}
