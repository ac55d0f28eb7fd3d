//! Hands out PostgreSQL's connections, and takes each of them back, even if the server is gone.
//!
//! A server that is suspended, or cut off, neither answers nor closes connections: the pool would check for half a
//! minute whether it is there, and a statement would wait for as long as TCP does. So a waiting caller checks with a
//! new connection whether the server accepts connections; one check serves all that wait.

use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use sqlx::pool::{PoolConnection, PoolConnectionMetadata};
use sqlx::postgres::{PgConnection, PgPool, Postgres};
use sqlx::{Connection as _, Executor as _};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};

use crate::db::fair_queue::QueuePermit;
use crate::db::fate::{self, DbResult};
use crate::db::reach;
use crate::ground::outage::{Outage, Reason};

/// How long a connection may be idle before it is checked when it is used again.
const IDLE: Duration = Duration::from_secs(1);
/// How long this check may take, and the return of a connection to the pool.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// How long a caller waits for a connection before the server is checked.
const SOON: Duration = Duration::from_secs(1);
/// How long a statement waits for its answer before the server is checked.
const SILENCE: Duration = Duration::from_secs(5);
/// How long closing all connections may take.
const CLOSED_WITHIN: Duration = Duration::from_secs(10);
/// How long the result of a check counts.
const FRESH: Duration = Duration::from_secs(1);

/// The time of a check, and why the server accepts no connection.
type Look = (Instant, Result<(), Outage>);

/// The pool, and what is known about its server.
#[derive(Debug, Clone)]
pub(super) struct FairPool {
    pool: PgPool,
    last: Arc<Mutex<Option<Look>>>,
    suspicion: ServerDoubt,
}

/// The time since when connections are read-only: older ones are closed. Each connection keeps the setting with which
/// it was made, and a server that becomes a standby, or is promoted, does not close all of them.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerDoubt(Arc<Lock<Option<Instant>>>);

impl ServerDoubt {
    /// Tells whether a connection may be used. Servers and the network between close idle connections, often without
    /// notice; a write that notices this only then may have been executed.
    pub(super) async fn allows(&self, connection: &mut PgConnection, pooled: PoolConnectionMetadata) -> bool {
        let suspected = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if suspected.is_some_and(|suspected| pooled.age >= suspected.elapsed()) {
            return false;
        }
        pooled.idle_for < IDLE || matches!(timeout(SIGN_OF_LIFE, connection.ping()).await, Ok(Ok(())))
    }

    /// Records that a connection is read-only, at most once a second, because the state may last.
    fn raise(&self) {
        let mut suspected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if suspected.is_none_or(|suspected| suspected.elapsed() >= FRESH) {
            *suspected = Some(Instant::now());
        }
    }
}

impl Deref for FairPool {
    type Target = PgPool;

    fn deref(&self) -> &PgPool {
        &self.pool
    }
}

impl FairPool {
    pub(super) fn new(pool: PgPool, suspicion: ServerDoubt) -> Self {
        Self { pool, last: Arc::default(), suspicion }
    }

    /// Returns a connection, or the reason why there is none, soon after the reason is known.
    pub(super) async fn lend(&self) -> DbResult<PooledConnection> {
        let mut lent = pin!(self.pool.acquire());
        let lent = match timeout(SOON, &mut lent).await {
            Ok(lent) => lent?,
            Err(_) => tokio::select! {
                biased;
                lent = &mut lent => lent?,
                outage = self.away() => return Err(fate::of_outage(outage)),
            },
        };
        Ok(PooledConnection {
            connection: Some(lent),
            open: false,
            under_way: false,
            unread: false,
            permit: None,
        })
    }

    /// Waits for the answer of the server, unless the server is gone.
    pub(super) async fn listen<T>(&self, answer: impl Future<Output = DbResult<T>>) -> DbResult<T> {
        let mut answer = pin!(answer);
        let answered = match timeout(SILENCE, &mut answer).await {
            Ok(answered) => answered,
            Err(_) => tokio::select! {
                biased;
                answered = &mut answer => answered,
                outage = self.gone() => Err(fate::of_outage(outage)),
            },
        };
        if answered.as_ref().is_err_and(fate::is_read_only) {
            self.suspicion.raise();
        }
        answered
    }

    /// Closes all connections after the statements in progress. A connection that was cut off would otherwise keep the
    /// process alive for as long as TCP does.
    pub(super) async fn close(&self) {
        if timeout(CLOSED_WITHIN, self.pool.close()).await.is_err() {
            tracing::warn!("connections to the database that do not answer are dropped");
        }
    }

    /// Records that a connection is read-only.
    pub(super) fn suspect(&self) {
        self.suspicion.raise();
    }

    /// Resolves when the server accepts no connection.
    async fn away(&self) -> Outage {
        loop {
            if let Err(outage) = self.look().await {
                return outage;
            }
            sleep(FRESH).await;
        }
    }

    /// Resolves when two checks in a row have failed: a server that accepts no new connections may still serve the
    /// existing ones.
    async fn gone(&self) -> Outage {
        loop {
            if self.away().await.reason == Reason::Unreachable {
                sleep(FRESH).await;
                if let Err(outage) = self.look().await
                    && outage.reason == Reason::Unreachable
                {
                    return outage;
                }
            }
            sleep(FRESH).await;
        }
    }

    /// Checks whether the server accepts connections.
    async fn look(&self) -> Result<(), Outage> {
        let mut last = self.last.lock().await;
        if let Some((at, seen)) = &*last
            && at.elapsed() < FRESH
        {
            return seen.clone();
        }
        let seen = reach::is_there(&self.pool.connect_options()).await;
        *last = Some((Instant::now(), seen.clone()));
        seen
    }
}

/// A connection that is in use. When dropped, it returns to the pool; if it does not answer then, or if its user went
/// away during a statement, it is closed, which ends the statement.
#[derive(Debug)]
pub(super) struct PooledConnection {
    /// `None` only while it is dropped.
    connection: Option<PoolConnection<Postgres>>,
    /// Whether a transaction is open.
    pub(super) open: bool,
    /// Whether a statement is in progress.
    under_way: bool,
    /// Whether unread rows of a statement are left.
    unread: bool,
    /// The permit, which is given back with the connection.
    pub(super) permit: Option<QueuePermit>,
}

impl PooledConnection {
    /// Uses the connection.
    pub(super) async fn doing<T>(&mut self, work: impl AsyncFnOnce(&mut PgConnection) -> T) -> T {
        self.under_way = true;
        let done = work(&mut *self).await;
        self.under_way = false;
        done
    }

    /// Records whether rows are left: the next user would have to read them, so that the connection is closed when it
    /// is dropped.
    pub(super) fn leaves_rows(&mut self, unread: bool) {
        self.unread = unread;
    }
}

const LENT: &str = "invariant: it is lent until it is dropped";

impl Deref for PooledConnection {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        self.connection.as_deref().expect(LENT)
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_deref_mut().expect(LENT)
    }
}

/// The pool alone would wait for as long as TCP does, and count the connection as in use meanwhile.
impl Drop for PooledConnection {
    fn drop(&mut self) {
        let (Some(mut connection), open) = (self.connection.take(), self.open) else { return };
        if self.under_way || self.unread {
            return drop(connection.detach());
        }
        let permit = self.permit.take();
        // Without a runtime the connection is just dropped.
        let Ok(runtime) = Handle::try_current() else { return drop(connection.detach()) };
        runtime.spawn(async move {
            let _until_it_is_back = permit;
            if open && !matches!(timeout(SIGN_OF_LIFE, connection.execute("ROLLBACK")).await, Ok(Ok(_))) {
                return drop(connection.detach());
            }
            // A connection that is not returned in time is dropped with the future.
            let _ = timeout(SIGN_OF_LIFE, connection.return_to_pool()).await;
        });
    }
}
