//! The log on SQLite: one writer numbers the entries as it writes them, and each has a tag of its own.
//!
//! SQLite has no number of transactions. The runtime stores one for its own (see `db/sqlite/borrowed_writer`); a
//! statement of another program counts as a transaction.

use super::entry::{FORGOTTEN, Held, LogPage, Logged, Numbered, PAGE, ask, integer, logged, number, write};
use crate::change::Position;
use crate::db::fate::DbError;
use crate::db::handle::Db;

/// The tag of an entry, or that of the last one that was deleted; and the last entry.
const LOOK: &str = "SELECT (SELECT \"tag\" FROM \"_dcrf_log\" WHERE \"seq\" = $1 UNION ALL SELECT \"tag\" FROM \
                    \"_dcrf_floor\" WHERE \"seq\" = $1 LIMIT 1), (SELECT max(\"seq\") FROM \"_dcrf_log\"), (SELECT \
                    \"seq\" FROM \"_dcrf_floor\")";
const HEAD: &str = "SELECT \"seq\", 0, \"tag\" FROM \"_dcrf_log\" UNION ALL SELECT \"seq\", 0, \"tag\" FROM \
                    \"_dcrf_floor\" ORDER BY 1 DESC LIMIT 1";
const AFTER: &str = "SELECT \"seq\", 0, \"tag\", coalesce(\"transaction\", \"seq\"), \"table\", \"op\", \"before\", \
                     \"after\" FROM \"_dcrf_log\" WHERE \"seq\" > $1 ORDER BY \"seq\" LIMIT $2";
/// The last entry to delete.
const OLD: &str = "SELECT max(\"seq\"), count(*) FROM (SELECT \"seq\", \"at\" FROM \"_dcrf_log\" ORDER BY \"seq\" LIMIT \
                   $3) WHERE \"at\" < CAST(strftime('%s', 'now') AS INTEGER) - $1 OR \"seq\" <= (SELECT max(\"seq\") \
                   FROM \"_dcrf_log\") - $2";
const RAISE: &str = "UPDATE \"_dcrf_floor\" SET \"seq\" = $1, \"tag\" = (SELECT \"tag\" FROM \"_dcrf_log\" WHERE \
                     \"seq\" = $1) WHERE \"seq\" < $1 AND EXISTS (SELECT 1 FROM \"_dcrf_log\" WHERE \"seq\" = $1)";
const FORGET: &str = "DELETE FROM \"_dcrf_log\" WHERE \"seq\" <= (SELECT \"seq\" FROM \"_dcrf_floor\")";

/// Says that the rights of a user have changed: the image is the user's key.
pub(super) const RIGHTS: &str =
    "INSERT INTO \"_dcrf_log\" (\"table\", \"op\", \"after\") VALUES ('', 'I', CAST($1 AS TEXT))";

pub(super) async fn look(db: &Db, head: Position) -> Result<Numbered, DbError> {
    let rows = ask(db, LOOK, &[signed(head.batch)]).await?;
    let Some(row) = rows.first() else { return Ok(Numbered { known: false, last: 0, busy: false }) };
    let last: u64 = if integer(row, 1).is_some() { number(row, 1) } else { number(row, 2) };
    let known = integer(row, 0) == Some(i64::from(head.tag));
    Ok(Numbered { known, last, busy: false })
}

pub(super) async fn head(db: &Db) -> Result<Position, DbError> {
    let rows = ask(db, HEAD, &[]).await?;
    let position = |row| Position { batch: number(row, 0), place: 0, tag: number(row, 2) };
    Ok(rows.first().map(position).unwrap_or_default())
}

pub(super) async fn after(db: &Db, position: Position) -> Result<LogPage, DbError> {
    let rows = ask(db, AFTER, &[signed(position.batch), PAGE]).await?;
    let entries: Vec<Logged> = rows.into_iter().map(logged).collect();
    let full = i64::try_from(entries.len()).is_ok_and(|read| read >= PAGE);
    Ok(LogPage { entries, full })
}

pub(super) async fn holds(db: &Db, position: Position) -> Result<Held, DbError> {
    let rows = ask(db, LOOK, &[signed(position.batch)]).await?;
    let Some(row) = rows.first() else { return Ok(Held::Foreign) };
    let floor = integer(row, 2).unwrap_or_default();
    Ok(match integer(row, 0) {
        Some(tag) if tag == i64::from(position.tag) && position.place == 0 => Held::Whole,
        Some(_) => Held::Foreign,
        None if signed(position.batch) < floor => Held::Forgotten,
        None => Held::Foreign,
    })
}

/// The floor is raised before entries are deleted: a node that ends in between leaves more entries than it says.
pub(super) async fn forget(db: &Db, age: i64, entries: i64) -> Result<bool, DbError> {
    let rows = ask(db, OLD, &[age, entries, FORGOTTEN]).await?;
    let Some(row) = rows.first() else { return Ok(false) };
    let Some(last) = integer(row, 0) else { return Ok(false) };
    write(db, RAISE, &[last]).await?;
    write(db, FORGET, &[]).await?;
    Ok(integer(row, 1).is_some_and(|count| count >= FORGOTTEN))
}

fn signed(batch: u64) -> i64 {
    i64::try_from(batch).unwrap_or(i64::MAX)
}
