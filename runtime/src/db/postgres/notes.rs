//! Notes on PostgreSQL: a connection of its own is notified of them (`LISTEN`), and takes them.
//!
//! They are taken inside a transaction that holds an advisory lock, and that ends when they are published: of several
//! nodes only one publishes at a time. The numbers of the notes of one row grow in the order of its changes, because
//! each change waits for the one before; notes of a transaction that commits late are only taken later.

use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use sqlx::{Executor, Row as _};
use tokio::time::timeout;

use crate::db::backend::{Note, Notes};
use crate::db::fate::DbResult;
use crate::db::notes::{BATCH, FORGOTTEN, LONGEST_WAIT, forgotten};
use crate::db::statement::PATIENCE;
use crate::ground::future::BoxFuture;

/// The channel that triggers notify, and the table to which they write.
const CHANNEL: &str = "_dcrf_change";
/// An arbitrary number that no other program uses as an advisory lock: `dcrn` in ASCII.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(1684238958)";
const TAKE: &str = "DELETE FROM \"_dcrf_change\" WHERE \"id\" IN (SELECT \"id\" FROM \"_dcrf_change\" WHERE \"table\" \
                    = ANY($1) ORDER BY \"id\" LIMIT $2) RETURNING \"id\", \"transaction\", \"table\", \
                    \"before\"::TEXT, \"after\"::TEXT";
const FORGET: &str = "DELETE FROM \"_dcrf_change\" WHERE \"table\" <> ALL($1) AND \"at\" < now() - make_interval(secs \
                      => $2)";

/// The notes of some tables.
pub(super) struct ServerNotes {
    listener: PgListener,
    tables: Vec<&'static str>,
    /// Whether a transaction is open.
    open: bool,
}

impl ServerNotes {
    /// Connects, listens, and deletes notes that no node will ever take.
    pub(super) async fn open(pool: &PgPool, tables: Vec<&'static str>) -> DbResult<Self> {
        let own = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_with(pool.connect_options().as_ref().clone())
            .await?;
        let mut listener = PgListener::connect_with(&own).await?;
        listener.listen(CHANNEL).await?;
        let forget = sqlx::query(FORGET).bind(&tables).bind(FORGOTTEN.as_secs_f64());
        forgotten(forget.execute(&mut listener).await?.rows_affected());
        Ok(Self { listener, tables, open: false })
    }

    async fn next(&mut self) -> DbResult<Vec<Note>> {
        self.listener.execute(BEGIN).await?;
        self.open = true;
        let rows = sqlx::query(TAKE).bind(&self.tables).bind(BATCH).fetch_all(&mut self.listener).await?;
        let mut notes = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: i64 = row.try_get(0)?;
            let note = Note {
                transaction: row.try_get(1)?,
                table: row.try_get(2)?,
                before: row.try_get(3)?,
                after: row.try_get(4)?,
            };
            notes.push((id, note));
        }
        if notes.is_empty() {
            self.told().await?;
        }
        notes.sort_by_key(|(id, _)| *id);
        Ok(notes.into_iter().map(|(_, note)| note).collect())
    }

    async fn forget(&mut self) -> DbResult<()> {
        if std::mem::take(&mut self.open) {
            self.listener.execute("COMMIT").await?;
        }
        Ok(())
    }

    /// Waits. A lost connection is not an error here: what was noted meanwhile is taken next.
    async fn pause(&mut self) -> DbResult<()> {
        let heard = timeout(LONGEST_WAIT, self.listener.try_recv()).await;
        if let Ok(heard) = heard {
            heard?;
            // One query finds everything that was noted until now.
            while self.listener.next_buffered().is_some() {}
        }
        Ok(())
    }
}

impl Notes for ServerNotes {
    fn take(&mut self) -> BoxFuture<'_, DbResult<Vec<Note>>> {
        Box::pin(self.next())
    }

    fn told(&mut self) -> BoxFuture<'_, DbResult<()>> {
        Box::pin(self.forget())
    }

    fn wait(&mut self) -> BoxFuture<'_, DbResult<()>> {
        Box::pin(self.pause())
    }
}
