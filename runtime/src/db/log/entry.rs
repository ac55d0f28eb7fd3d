//! Entries of the log, and the statements that read them.

use crate::change::Position;
use crate::db::fate::DbError;
use crate::db::handle::Db;
use crate::db::statement::{Arg, Outcome, Shape, Statement};
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The number of entries that are read at once.
pub(super) const PAGE: i64 = 2_000;
/// The number of changes of one model in one transaction above which readers are only told that there are many.
pub(crate) const MANY: usize = 10_000;
/// The number of entries that are deleted at once.
pub(super) const FORGOTTEN: i64 = 10_000;

/// An entry of the log, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) position: Position,
    /// The transaction: the entries of one are contiguous.
    pub(crate) transaction: i64,
    pub(crate) table: String,
    pub(crate) what: What,
}

/// The content of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// The images of a row, as JSON.
    Row { before: Option<String>, after: Option<String> },
    /// Many rows of the table may have changed.
    Many,
    /// A migration has changed the table.
    Migrated,
}

/// Some entries, in order.
#[derive(Debug, Default)]
pub(crate) struct LogPage {
    pub(crate) entries: Vec<Logged>,
    /// Whether it is as large as a page may be, so that more may follow.
    pub(crate) full: bool,
}

/// The state of the log after what is committed was numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbered {
    /// Whether the log still contains the position that was asked about.
    pub(crate) known: bool,
    /// The last batch.
    pub(crate) last: u64,
    /// Whether another node was numbering, so that entries may be left without a number.
    pub(crate) busy: bool,
}

/// Whether a position is one of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// The log contains everything after it.
    Whole,
    /// Entries after it were deleted.
    Forgotten,
    /// It is of another history.
    Foreign,
}

pub(super) async fn ask(db: &Db, sql: &'static str, args: &[i64]) -> Result<Vec<Row>, DbError> {
    let args = args.iter().map(|arg| Arg::plain(*arg)).collect();
    Ok(db.run(Statement::read(sql, args, Shape::Untyped)).await?.rows)
}

pub(super) async fn write(db: &Db, sql: &'static str, args: &[i64]) -> Result<Outcome, DbError> {
    let args = args.iter().map(|arg| Arg::plain(*arg)).collect();
    db.run(Statement::write(sql, args, Shape::Untyped)).await
}

/// Returns an integer of a row; `None` if it is null.
pub(super) fn integer(row: &Row, index: usize) -> Option<i64> {
    match row.get(index) {
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

pub(super) fn number<T: TryFrom<i64> + Default>(row: &Row, index: usize) -> T {
    integer(row, index).and_then(|number| T::try_from(number).ok()).unwrap_or_default()
}

fn take_text(row: &mut Row, index: usize) -> Option<String> {
    match row.values_mut().get_mut(index).map(|value| std::mem::replace(value, Value::Null)) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// Reads an entry from a row: the position, the transaction, the table, the operation and the images.
pub(super) fn logged(mut row: Row) -> Logged {
    let position = Position { batch: number(&row, 0), place: number(&row, 1), tag: number(&row, 2) };
    let transaction = integer(&row, 3).unwrap_or_default();
    let (table, operation) = (take_text(&mut row, 4), take_text(&mut row, 5));
    let what = match operation.as_deref() {
        Some("T") => What::Many,
        Some("M") => What::Migrated,
        _ => What::Row { before: take_text(&mut row, 6), after: take_text(&mut row, 7) },
    };
    Logged { position, transaction, table: table.unwrap_or_default(), what }
}
