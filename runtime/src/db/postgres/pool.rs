//! Lends PostgreSQL's connections, and gets back every one of them, whatever has become of the server.
//!
//! A server that is stopped, or cut off without a word, answers nothing and ends nothing: a pool would ask for half a
//! minute whether it is there, and a statement would wait for as long as TCP does. So whoever waits looks over a
//! connection of its own whether the server lets anybody in, one at a time for all that wait.

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

/// How long a connection may be idle until it is asked for a sign of life before it is used.
const IDLE: Duration = Duration::from_secs(1);
/// How long it may take for that, and to be given back.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// How long one waits for a connection before one looks for the server.
const SOON: Duration = Duration::from_secs(1);
/// How long a statement waits for its answer before one does.
const SILENCE: Duration = Duration::from_secs(5);
/// How long it may take to close all.
const CLOSED_WITHIN: Duration = Duration::from_secs(10);
/// For how long what was seen counts.
const FRESH: Duration = Duration::from_secs(1);

/// When one looked for the server, and why nobody is let in.
type Look = (Instant, Result<(), Outage>);

/// The pool, and what is known of its server.
#[derive(Debug, Clone)]
pub(super) struct FairPool {
    pool: PgPool,
    last: Arc<Mutex<Option<Look>>>,
    suspicion: ServerDoubt,
}

/// Since when connections are only read from: those that are older are closed. Each keeps the setting with which it was
/// made, and a server that becomes another's standby, or that one's successor, does not end them all.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerDoubt(Arc<Lock<Option<Instant>>>);

impl ServerDoubt {
    /// Whether a connection may be used. Servers and what is between them and us end connections that nobody uses, often
    /// without a word; a write that finds it out only then may have been done.
    pub(super) async fn allows(&self, connection: &mut PgConnection, pooled: PoolConnectionMetadata) -> bool {
        let suspected = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if suspected.is_some_and(|suspected| pooled.age >= suspected.elapsed()) {
            return false;
        }
        pooled.idle_for < IDLE || matches!(timeout(SIGN_OF_LIFE, connection.ping()).await, Ok(Ok(())))
    }

    /// Says that a connection can only read. Not more often than once a second: it may be so for long.
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

    /// A connection; why there is none, soon after that is known.
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

    /// Waits for what is asked of the server, unless that has gone.
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

    /// Closes all, after what is under way. A connection that was cut off would keep the process for as long as TCP does.
    pub(super) async fn close(&self) {
        if timeout(CLOSED_WITHIN, self.pool.close()).await.is_err() {
            tracing::warn!("connections to the database that do not answer are left behind");
        }
    }

    /// Says that a connection can only be read from.
    pub(super) fn suspect(&self) {
        self.suspicion.raise();
    }

    /// Ready when the server lets nobody in.
    async fn away(&self) -> Outage {
        loop {
            if let Err(outage) = self.look().await {
                return outage;
            }
            sleep(FRESH).await;
        }
    }

    /// Ready when nobody has reached the server twice in a row: whoever is in may still be served by one that lets nobody
    /// else in.
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

    /// Looks whether the server lets anybody in.
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

/// A connection that is lent. Dropped, it goes back; if it does not answer then, or whoever had it has gone while a
/// statement was under way, it is closed, which ends the statement.
#[derive(Debug)]
pub(super) struct PooledConnection {
    /// None only while it is dropped.
    connection: Option<PoolConnection<Postgres>>,
    /// Whether a transaction is open.
    pub(super) open: bool,
    /// Whether a statement is under way.
    under_way: bool,
    /// Whether rows of a statement are left that nobody wants.
    unread: bool,
    /// Given back with the connection.
    pub(super) permit: Option<QueuePermit>,
}

impl PooledConnection {
    /// Does something with it.
    pub(super) async fn doing<T>(&mut self, work: impl AsyncFnOnce(&mut PgConnection) -> T) -> T {
        self.under_way = true;
        let done = work(&mut *self).await;
        self.under_way = false;
        done
    }

    /// Notes whether rows are left: whoever had it next would have to read them, so that it is closed when it is dropped.
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

/// The pool alone would wait for as long as TCP does, and count the connection as lent meanwhile.
impl Drop for PooledConnection {
    fn drop(&mut self) {
        let (Some(mut connection), open) = (self.connection.take(), self.open) else { return };
        if self.under_way || self.unread {
            return drop(connection.detach());
        }
        let permit = self.permit.take();
        // Without a runtime everything ends.
        let Ok(runtime) = Handle::try_current() else { return drop(connection.detach()) };
        runtime.spawn(async move {
            let _until_it_is_back = permit;
            if open && !matches!(timeout(SIGN_OF_LIFE, connection.execute("ROLLBACK")).await, Ok(Ok(_))) {
                return drop(connection.detach());
            }
            // What does not come back in time is dropped with the future.
            let _ = timeout(SIGN_OF_LIFE, connection.return_to_pool()).await;
        });
    }
}
