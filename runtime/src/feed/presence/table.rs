//! The tables of the members of all nodes, and of the nodes that are alive.

use crate::db::{Db, Dialect};
use crate::ground::error::Result;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// Makes a pair of statements, for SQLite and for PostgreSQL. They differ in how they read the clock of the database, in
/// milliseconds.
macro_rules! by_clock {
    ($($part:expr),* ; $($rest:expr),*) => {
        [
            concat!($($part,)* "CAST(unixepoch('subsec') * 1000 AS INTEGER)" $(, $rest)*),
            concat!($($part,)* "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)" $(, $rest)*),
        ]
    };
}

const TABLES: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS dcrf_member (node BIGINT NOT NULL, connection BIGINT NOT NULL, \
     channel_hash TEXT NOT NULL, channel TEXT NOT NULL, action TEXT NOT NULL, key TEXT NOT NULL, \
     payload TEXT NOT NULL, joined BIGINT NOT NULL, PRIMARY KEY (channel_hash, node, connection))",
    "CREATE INDEX IF NOT EXISTS dcrf_member_of_node ON dcrf_member (node)",
    "CREATE TABLE IF NOT EXISTS dcrf_member_node (node BIGINT NOT NULL PRIMARY KEY, seen BIGINT NOT NULL)",
];

/// Finds the table that is created last.
const EXISTS: [&str; 2] = [
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'dcrf_member_node'",
    "SELECT 1 WHERE to_regclass('dcrf_member_node') IS NOT NULL",
];

const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
const SHOWN: &str = "SELECT payload FROM dcrf_member WHERE channel_hash = $1 AND key = $2 \
     ORDER BY joined DESC, node, connection LIMIT 1";
const LIST: &str =
    "SELECT key, payload FROM dcrf_member WHERE channel_hash = $1 ORDER BY joined DESC, node, connection";
const REMOVE: &str = "DELETE FROM dcrf_member WHERE channel_hash = $1 AND node = $2 AND connection = $3";
const ADD: [&str; 2] = by_clock!(
    "INSERT INTO dcrf_member (channel_hash, node, connection, channel, action, key, payload, joined) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, "; ")"
);
const SEEN: [&str; 2] = by_clock!("UPDATE dcrf_member_node SET seen = "; " WHERE node = $1");
const ENTER: [&str; 2] = by_clock!("INSERT INTO dcrf_member_node (node, seen) VALUES ($1, "; ")");
const DEAD: [&str; 2] = by_clock!(
    "SELECT node FROM dcrf_member_node WHERE seen < "; " - $1 UNION SELECT node FROM dcrf_member AS member \
     WHERE NOT EXISTS (SELECT 1 FROM dcrf_member_node AS alive WHERE alive.node = member.node)"
);
const OF_NODE: &str = "SELECT connection, channel_hash, channel, action, key, payload FROM dcrf_member WHERE node = $1 LIMIT 500";
const LEAVE_NODE: &str = "DELETE FROM dcrf_member_node WHERE node = $1";

/// A member as it is stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) connection: i64,
    pub(super) channel_hash: String,
    pub(super) channel: String,
    pub(super) action: String,
    pub(super) key: String,
    pub(super) payload: String,
}

/// The tables, by a handle to the database or to a transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a>(pub(super) &'a Db);

impl Table<'_> {
    fn of_dialect(self, both: [&'static str; 2]) -> &'static str {
        match self.0.dialect() {
            Dialect::Sqlite => both[0],
            Dialect::Postgres => both[1],
        }
    }

    /// Creates the tables where they are missing. A role that may not create tables needs no right where they exist.
    pub(super) async fn create(self) -> Result<()> {
        if !self.0.query(self.of_dialect(EXISTS), Vec::new()).await?.is_empty() {
            return Ok(());
        }
        for statement in TABLES {
            self.0.execute(statement, Vec::new()).await?;
        }
        Ok(())
    }

    /// Keeps other nodes from changing a group until the transaction ends. SQLite has one writer anyway.
    pub(super) async fn lock(self, channel_hash: &str) -> Result<()> {
        if self.0.dialect() == Dialect::Postgres {
            self.0.execute(LOCK, vec![channel_hash.into()]).await?;
        }
        Ok(())
    }

    /// Returns the payload with which a member is shown, if it is in a group.
    pub(super) async fn shown(self, channel_hash: &str, key: &str) -> Result<Option<String>> {
        let rows = self.0.query(SHOWN, vec![channel_hash.into(), key.into()]).await?;
        rows.into_iter().next().map(|mut row| row.take(0)).transpose()
    }

    /// Returns the keys and payloads of a group, those who joined last first. A member may be there several times.
    pub(super) async fn list(self, channel_hash: &str) -> Result<Vec<(String, String)>> {
        let rows = self.0.query(LIST, vec![channel_hash.into()]).await?;
        rows.into_iter().map(|mut row| Ok((row.take(0)?, row.take(1)?))).collect()
    }

    /// Adds a connection to a group.
    pub(super) async fn add(self, node: i64, stored: &Stored) -> Result<()> {
        let Stored { connection, channel_hash, channel, action, key, payload } = stored;
        let values: Vec<Value> = vec![
            channel_hash.as_str().into(),
            node.into(),
            (*connection).into(),
            channel.as_str().into(),
            action.as_str().into(),
            key.as_str().into(),
            payload.as_str().into(),
        ];
        self.0.execute(self.of_dialect(ADD), values).await.map(drop)
    }

    /// Removes a connection from a group. Returns whether it was there.
    pub(super) async fn remove(self, node: i64, connection: i64, channel_hash: &str) -> Result<bool> {
        let removed =
            self.0.execute(REMOVE, vec![channel_hash.into(), node.into(), connection.into()]).await?;
        Ok(removed > 0)
    }

    /// Notes that a node is alive. Returns `false` if others have counted it among the dead meanwhile.
    pub(super) async fn seen(self, node: i64) -> Result<bool> {
        if self.0.execute(self.of_dialect(SEEN), vec![node.into()]).await? > 0 {
            return Ok(true);
        }
        self.0.execute(self.of_dialect(ENTER), vec![node.into()]).await?;
        Ok(false)
    }

    /// Returns the nodes that were last seen this many milliseconds ago, or earlier, and those with members that are not
    /// known to be alive.
    pub(super) async fn dead(self, milliseconds: i64) -> Result<Vec<i64>> {
        let rows = self.0.query(self.of_dialect(DEAD), vec![milliseconds.into()]).await?;
        rows.into_iter().map(|mut row: Row| row.take(0)).collect()
    }

    /// Returns some of the members of a node.
    pub(super) async fn of_node(self, node: i64) -> Result<Vec<Stored>> {
        let rows = self.0.query(OF_NODE, vec![node.into()]).await?;
        let stored = |mut row: Row| {
            Ok(Stored {
                connection: row.take(0)?,
                channel_hash: row.take(1)?,
                channel: row.take(2)?,
                action: row.take(3)?,
                key: row.take(4)?,
                payload: row.take(5)?,
            })
        };
        rows.into_iter().map(stored).collect()
    }

    /// Removes a node that has no members any more.
    pub(super) async fn leave_node(self, node: i64) -> Result<()> {
        self.0.execute(LEAVE_NODE, vec![node.into()]).await.map(drop)
    }
}
