//! Columns whose values a row does not have.

use crate::ground::error::Error;

/// A column whose value a row does not have: it is write-only, and events do not contain it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absent {
    pub(crate) model: &'static str,
    pub(crate) column: &'static str,
}

impl From<Absent> for Error {
    fn from(Absent { model, column }: Absent) -> Self {
        Self::internal(format!(
            "{column} of {model} is write-only: events do not carry it, and it was asked for"
        ))
    }
}
