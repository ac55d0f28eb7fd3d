//! The task of a hub, and the database to which it listens.

use std::any::Any;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::publish;
use super::registry::{Hub, Job};
use crate::change::{Entry, Topic, Watched};
use crate::db::listener::{giving_out, is_giving_out};
use crate::db::{Applied, Db, InRust, Listener, Migrations, Migrator, Quiet};
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;
use crate::schema::meta::ModelMeta;

/// The time within which it has to be stored who has left, when the database is closed.
const SETTLED_WITHIN: Duration = Duration::from_secs(2);

impl Hub {
    /// Starts a hub without subscriptions, with its own task.
    pub(crate) fn start() -> Arc<Self> {
        let (queue, mut jobs) = mpsc::unbounded_channel::<Job>();
        // The task ends with the last handle to the hub, which holds the sender.
        tokio::spawn(async move {
            while let Some(Job { db, entries, done }) = jobs.recv().await {
                giving_out(publish::publish(&db, entries)).await;
                // The writer may have stopped waiting.
                let _ = done.send(());
            }
        });
        Self::new(queue)
    }
}

impl Listener for Hub {
    fn watched(&self) -> Arc<Watched> {
        Arc::clone(self.served().watched())
    }

    fn is_heard(&self, topic: Topic) -> bool {
        // The subscribers on other nodes are not known here.
        self.broker().is_some() || self.is_heard_here(topic)
    }

    /// Publishes entries. Does not wait if the write happens while events are published, because its events follow
    /// them.
    fn publish(&self, db: &Db, entries: Vec<Entry>) -> BoxFuture<'static, ()> {
        let (done, given_out) = oneshot::channel();
        let watched = self.watched();
        let is_logged = |entry: &Entry| match entry {
            Entry::Change(change) => watched.is_logged(change.model()),
            Entry::Message(_) | Entry::Then(_) => false,
        };
        let log = self.log().filter(|_| entries.iter().any(is_logged));
        // The task runs for as long as the hub exists. The place in the queue is taken now, not when the future is
        // awaited.
        let _ = self.queue.send(Job { db: db.clone().uncounted(), entries, done });
        Box::pin(async move {
            if !is_giving_out() {
                let _ = given_out.await;
                if let Some(log) = log {
                    log.catch_up().await;
                }
            }
        })
    }

    fn unsure(&self, entries: Vec<Entry>) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.tell_unsure(&entries).await })
    }

    fn unsure_of(&self, model: &'static ModelMeta) -> BoxFuture<'_, ()> {
        Box::pin(self.tell_unsure_of(model))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // Whoever has left is not to be counted as present until others notice that this node has ended.
            let _ = timeout(SETTLED_WITHIN, self.members.settled()).await;
            if let Some(broker) = self.broker() {
                broker.close().await;
            }
        })
    }
}

impl Db {
    /// Connects to a database and applies its migrations. `url` is `sqlite:path`, `sqlite::memory:` or
    /// `postgres://user@host/name`. An application with migrations in Rust calls
    /// [`Service::connect`](crate::Service::connect) instead.
    ///
    /// For PostgreSQL, `pool=20` in the query of the URL is the number of connections: at least 4, and 10 by default.
    ///
    /// A database in memory is read and written in turn: reads outside of a transaction wait for the end of the
    /// transaction. Each migration that is applied is logged.
    ///
    /// # Errors
    /// [`Error::Unreachable`](crate::Error::Unreachable) if the database cannot be reached or used. This is known
    /// within seconds, except for a PostgreSQL server that reports that it is starting, for which the runtime waits up
    /// to half a minute. [`Error::Internal`](crate::Error::Internal) if the URL is of another database, if a migration
    /// that was applied has changed since, or if a migration is in Rust.
    pub fn connect<'a>(url: &'a str, migrations: &'a Migrations) -> BoxFuture<'a, Result<Db>> {
        Box::pin(async move { Db::connect_with(url, *migrations, &InRust::default()).await })
    }

    /// Does the same, with the application's migrations in Rust.
    pub(crate) async fn connect_with(url: &str, migrations: Migrations, in_rust: &InRust) -> Result<Db> {
        let migrator = Migrator { migrations, in_rust, progress: &Quiet, dry_run: false };
        let (db, applied) = Db::open(url, migrator).await?;
        for Applied { migration, took } in applied {
            tracing::info!(target: "dcrf_runtime::db", %migration, ?took, "a migration was applied");
        }
        Ok(db.heard_by(Hub::start()))
    }

    /// Returns the hub of this database, which has the subscriptions to its changes.
    pub fn hub(&self) -> &Hub {
        static UNHEARD: OnceLock<Arc<Hub>> = OnceLock::new();
        let listener: &dyn Any = &**self.listener();
        // A database that is only migrated has no subscribers.
        let unheard = || &**UNHEARD.get_or_init(|| Hub::new(mpsc::unbounded_channel().0));
        listener.downcast_ref::<Hub>().unwrap_or_else(unheard)
    }
}
