//! Chooses the database by its URL.

use std::sync::Arc;

use super::backend::Backend;
use super::dialect::Dialect;
use super::fair_queue::Requester;
use super::handle::Db;
use super::listener::NoListener;
use super::migrate::{self, Applied, Migrations, Migrator, View};
use super::url::dialect_of;
use super::{postgres, sqlite};
use crate::ground::error::Result;

impl Db {
    /// Connects and migrates; returns the migrations that were applied. The handle has no listener yet.
    pub(crate) async fn open(url: &str, migrator: Migrator<'_>) -> Result<(Self, Vec<Applied>)> {
        let (backend, applied): (Arc<dyn Backend>, _) = match dialect_of(url)? {
            Dialect::Sqlite => {
                let (sqlite, applied) = sqlite::database::Sqlite::connect(url, migrator).await?;
                (Arc::new(sqlite), applied)
            }
            Dialect::Postgres => {
                let (connections, applied) = postgres::database::connect(url, migrator).await?;
                (Arc::new(connections), applied)
            }
        };
        Ok((Self::over(backend), applied))
    }

    /// Creates a handle to a database without a listener of its commits.
    pub(crate) fn over(backend: Arc<dyn Backend>) -> Self {
        let (listener, standing, requester) = (Arc::new(NoListener), Arc::default(), Requester::default());
        Self {
            backend,
            transaction: None,
            listener,
            standing,
            files: Arc::default(),
            requester,
            memory: None,
        }
    }

    /// Applies pending migrations and undoes all of them. A file that does not exist is not created: the migrations are
    /// tried in memory.
    pub(crate) async fn rehearse(url: &str, migrator: Migrator<'_>) -> Result<Vec<Applied>> {
        let migrator = Migrator { dry_run: true, ..migrator };
        match dialect_of(url)? {
            Dialect::Sqlite => sqlite::database::rehearse(url, migrator).await,
            Dialect::Postgres => {
                let (connections, applied) = postgres::database::connect(url, migrator).await?;
                connections.close().await;
                Ok(applied)
            }
        }
    }

    /// Compares a database with migrations, and changes nothing.
    pub(crate) async fn look(url: &str, migrations: Migrations) -> Result<View> {
        migrate::look(url, migrations).await
    }
}
