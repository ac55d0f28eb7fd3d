//! The log on PostgreSQL. Its entries have the numbers of their transactions, and are numbered afterwards, in batches.
//!
//! A batch is a snapshot: it consists of the entries that are visible in it and were not in the batch before. Inside of a
//! batch, transactions are in the order of their last entries. For one row that is the order of the commits, because
//! the second writer of a row draws its number after the first one has committed. A transaction that commits late is in
//! a late batch, so that nothing is skipped, and no entry is ever rewritten.
//!
//! Two nodes may number at the same time: both would insert the same batch, and one of them inserts nothing. The lock
//! only saves this work. The snapshot of a statement contains the batch on which it builds, whatever the isolation. If
//! the server fails before a batch is on its disk, the entries get another batch with another tag.

use super::entry::{
    FORGOTTEN, Held, LogPage, Logged, MANY, Numbered, PAGE, ask, integer, logged, number as unsigned, write,
};
use super::snapshot::{LogSnapshot, VisibleTransactions};
use crate::change::Position;
use crate::db::fate::{self, DbError};
use crate::db::handle::Db;
use crate::schema::value::Value;

/// `dcrl` in ASCII, and the table, because several schemas of one database may have a log.
const NUMBER: &str = "
WITH last AS (SELECT \"k\", \"snap\", \"upto\" FROM \"_dcrf_batch\" ORDER BY \"k\" DESC LIMIT 1),
new AS (SELECT count(*) AS entries FROM (
    SELECT 1 FROM last JOIN \"_dcrf_log\" l ON l.\"xid\" >= pg_snapshot_xmax(last.\"snap\")
    UNION ALL
    SELECT 1 FROM last CROSS JOIN LATERAL pg_snapshot_xip(last.\"snap\") AS open (xid) JOIN \"_dcrf_log\" l ON l.\"xid\" = open.xid
) AS e),
made AS (
    INSERT INTO \"_dcrf_batch\" (\"k\", \"snap\", \"entries\", \"upto\", \"tag\")
    SELECT last.\"k\" + 1, pg_current_snapshot(), new.entries, last.\"upto\" + new.entries, floor(random() * 4294967296)::BIGINT
    FROM last, new
    WHERE new.entries > 0 AND pg_try_advisory_xact_lock(1684238956, hashoid('\"_dcrf_batch\"'::REGCLASS))
    AND set_config('synchronous_commit', 'off', true) IS NOT NULL
    ON CONFLICT (\"k\") DO NOTHING RETURNING \"k\"
)
SELECT (SELECT \"tag\" FROM \"_dcrf_batch\" WHERE \"k\" = $1),
    (SELECT \"k\" FROM last), (SELECT \"k\" FROM made), (SELECT entries FROM new)";

const HEAD: &str = "SELECT \"k\", \"entries\", \"tag\" FROM \"_dcrf_batch\" ORDER BY \"k\" DESC LIMIT 1";

/// The last position, and which transactions the snapshot contains: those before a number, without those that are open.
const SNAPSHOT: &str = "SELECT b.\"k\", b.\"entries\", b.\"tag\", pg_snapshot_xmax(s)::TEXT::BIGINT, \
                        ARRAY_TO_STRING(ARRAY(SELECT pg_snapshot_xip(s)::TEXT), ' ') FROM pg_current_snapshot() AS s, \
                        \"_dcrf_batch\" b ORDER BY b.\"k\" DESC LIMIT 1";

/// The rest of a batch, or the next one. Of a model with too many changes in one transaction only the last is read.
const AFTER: &str = "
WITH b AS (
    SELECT b.\"k\", b.\"snap\", b.\"tag\", p.\"snap\" AS then FROM \"_dcrf_batch\" b
    JOIN \"_dcrf_batch\" p ON p.\"k\" = b.\"k\" - 1
    WHERE b.\"k\" >= $1 AND (b.\"k\" > $1 OR b.\"entries\" > $2) ORDER BY b.\"k\" LIMIT 1
),
e AS (
    SELECT l.\"seq\", l.\"xid\", l.\"table\" FROM b JOIN \"_dcrf_log\" l
    ON l.\"xid\" >= pg_snapshot_xmax(b.then) AND l.\"xid\" < pg_snapshot_xmax(b.\"snap\")
    WHERE pg_visible_in_snapshot(l.\"xid\", b.\"snap\")
    UNION ALL
    SELECT l.\"seq\", l.\"xid\", l.\"table\" FROM b CROSS JOIN LATERAL pg_snapshot_xip(b.then) AS open (xid)
    JOIN \"_dcrf_log\" l ON l.\"xid\" = open.xid WHERE pg_visible_in_snapshot(l.\"xid\", b.\"snap\")
),
w AS (
    SELECT \"seq\", \"xid\", max(\"seq\") OVER (PARTITION BY \"xid\") AS last,
        count(*) OVER (PARTITION BY \"xid\", \"table\") AS many,
        max(\"seq\") OVER (PARTITION BY \"xid\", \"table\") AS its
    FROM e
),
n AS (SELECT \"seq\", \"xid\", many, its, row_number() OVER (ORDER BY last, \"seq\") AS place FROM w)
SELECT b.\"k\", n.place, b.\"tag\", n.\"xid\"::TEXT::BIGINT, l.\"table\",
    CASE WHEN n.many > $4 THEN 'T' ELSE l.\"op\" END,
    CASE WHEN n.many > $4 THEN NULL ELSE l.\"before\"::TEXT END,
    CASE WHEN n.many > $4 THEN NULL ELSE l.\"after\"::TEXT END
FROM b CROSS JOIN n JOIN \"_dcrf_log\" l ON l.\"seq\" = n.\"seq\"
WHERE (n.many <= $4 OR n.\"seq\" = n.its) AND (b.\"k\" > $1 OR n.place > $2)
ORDER BY n.place LIMIT $3";

const HOLDS: &str = "SELECT (SELECT \"tag\" FROM \"_dcrf_batch\" WHERE \"k\" = $1), (SELECT \"entries\" FROM \
                     \"_dcrf_batch\" WHERE \"k\" = $1), (SELECT min(\"k\") FROM \"_dcrf_batch\")";

/// Deletes the entries of the oldest batches, and all of these batches but the last, which is the floor from then on.
const FORGET: &str = "
WITH last AS (SELECT \"upto\" FROM \"_dcrf_batch\" ORDER BY \"k\" DESC LIMIT 1),
old AS (
    SELECT max(b.\"k\") AS k, count(*) AS count FROM (SELECT * FROM \"_dcrf_batch\" ORDER BY \"k\" LIMIT $3) AS b, last
    WHERE b.\"at\" < now() - make_interval(secs => $1) OR b.\"upto\" <= last.\"upto\" - $2
),
floor AS (SELECT b.\"k\", b.\"snap\", old.count FROM \"_dcrf_batch\" b JOIN old ON b.\"k\" = old.k),
entries AS (
    DELETE FROM \"_dcrf_log\" l USING floor
    WHERE l.\"xid\" < pg_snapshot_xmax(floor.\"snap\") AND pg_visible_in_snapshot(l.\"xid\", floor.\"snap\")
),
batches AS (DELETE FROM \"_dcrf_batch\" b USING floor WHERE b.\"k\" < floor.\"k\")
SELECT count FROM floor";

/// Whether the numbers of transactions have started anew: the log was restored into another cluster.
const ELSEWHERE: &str = "SELECT 1 FROM (SELECT \"snap\" FROM \"_dcrf_batch\" ORDER BY \"k\" DESC LIMIT 1) AS last WHERE \
                         pg_snapshot_xmax(last.\"snap\") > pg_snapshot_xmax(pg_current_snapshot())";
/// Begins the log anew with another tag, so that no earlier position is good.
const ANEW: &str = "
WITH gone AS (DELETE FROM \"_dcrf_log\"),
batches AS (DELETE FROM \"_dcrf_batch\" RETURNING \"k\", \"upto\")
INSERT INTO \"_dcrf_batch\" (\"k\", \"snap\", \"entries\", \"upto\", \"tag\")
SELECT max(\"k\") + 1, pg_current_snapshot(), 0, max(\"upto\"), floor(random() * 4294967296)::BIGINT FROM batches";

/// Says that the rights of a user have changed: the image is the user's key.
pub(super) const RIGHTS: &str = "INSERT INTO \"_dcrf_log\" (\"table\", \"op\", \"after\") VALUES ('', 'I', CAST(CAST($1 \
                                 AS TEXT) AS JSON))";

pub(super) async fn number(db: &Db, head: Position) -> Result<Numbered, DbError> {
    let busy = Numbered { known: true, last: head.batch, busy: true };
    let rows = match ask(db, NUMBER, &[signed(head.batch)]).await {
        Ok(rows) => rows,
        // Beside another node, where the database isolates statements more than by default.
        Err(DbError::Undone(error)) if fate::is_conflict(&error) => return Ok(busy),
        Err(error) => return Err(error),
    };
    let Some(row) = rows.first() else { return Ok(busy) };
    let (made, new) = (integer(row, 2), integer(row, 3).unwrap_or_default());
    Ok(Numbered {
        known: integer(row, 0) == Some(i64::from(head.tag)),
        last: unsigned(row, if made.is_some() { 2 } else { 1 }),
        busy: new > 0 && made.is_none(),
    })
}

pub(super) async fn head(db: &Db) -> Result<Position, DbError> {
    if !ask(db, ELSEWHERE, &[]).await?.is_empty() {
        tracing::warn!("the log of changes is of another server, and begins anew");
        write(db, ANEW, &[]).await?;
    }
    let rows = ask(db, HEAD, &[]).await?;
    let position = |row| Position { batch: unsigned(row, 0), place: unsigned(row, 1), tag: unsigned(row, 2) };
    Ok(rows.first().map(position).unwrap_or_default())
}

pub(super) async fn snapshot(db: &Db) -> Result<LogSnapshot, DbError> {
    let rows = ask(db, SNAPSHOT, &[]).await?;
    let unreadable = || DbError::from(sqlx::Error::Decode("the log of changes has no snapshot".into()));
    let row = rows.first().ok_or_else(unreadable)?;
    let head = Position { batch: unsigned(row, 0), place: unsigned(row, 1), tag: unsigned(row, 2) };
    let before = integer(row, 3).ok_or_else(unreadable)?;
    let Value::Text(open) = row.get(4) else { return Err(unreadable()) };
    let open = open.split_whitespace().map(|number| number.parse().map_err(|_| unreadable()));
    let open = open.collect::<Result<_, _>>()?;
    Ok(LogSnapshot { head, visible: Some(VisibleTransactions { before, open }) })
}

pub(super) async fn after(db: &Db, position: Position) -> Result<LogPage, DbError> {
    let many = i64::try_from(MANY).unwrap_or(i64::MAX);
    let args = [signed(position.batch), i64::from(position.place), PAGE, many];
    let entries: Vec<Logged> = ask(db, AFTER, &args).await?.into_iter().map(logged).collect();
    let full = i64::try_from(entries.len()).is_ok_and(|read| read >= PAGE);
    Ok(LogPage { entries, full })
}

pub(super) async fn holds(db: &Db, position: Position) -> Result<Held, DbError> {
    let rows = ask(db, HOLDS, &[signed(position.batch)]).await?;
    let Some(row) = rows.first() else { return Ok(Held::Foreign) };
    let floor = integer(row, 2).unwrap_or_default();
    let batch = signed(position.batch);
    let entries = integer(row, 1).unwrap_or_default();
    Ok(match integer(row, 0) {
        Some(tag) if tag != i64::from(position.tag) || i64::from(position.place) > entries => Held::Foreign,
        // The entries of the floor are deleted.
        Some(_) if batch == floor && i64::from(position.place) < entries => Held::Forgotten,
        Some(_) => Held::Whole,
        None if batch < floor => Held::Forgotten,
        None => Held::Foreign,
    })
}

pub(super) async fn forget(db: &Db, age: i64, entries: i64) -> Result<bool, DbError> {
    let outcome = write(db, FORGET, &[age, entries, FORGOTTEN]).await?;
    Ok(outcome.rows.first().and_then(|row| integer(row, 0)).is_some_and(|count| count >= FORGOTTEN))
}

fn signed(batch: u64) -> i64 {
    i64::try_from(batch).unwrap_or(i64::MAX)
}
