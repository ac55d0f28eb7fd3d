//! Migrations that the application runs itself.

use std::fmt;

use super::list::Migration;
use super::on::On;
use crate::db::{Dialect, Outcome, Shape, Statement};
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::row::Row;
use crate::schema::value::Value;

/// The description of such a migration.
pub(super) const WORDS: &str = "done by the application";

/// The function of such a migration.
pub(crate) type Run =
    Box<dyn for<'a, 'c> Fn(&'a mut MigrationTransaction<'c>) -> BoxFuture<'a, Result<()>> + Send + Sync>;

/// The registered migrations of an application, by name.
#[derive(Default)]
pub(crate) struct InRust {
    registered: Vec<(&'static str, Run)>,
}

impl InRust {
    /// Registers a migration.
    pub(crate) fn register(&mut self, name: &'static str, run: Run) {
        self.registered.push((name, run));
    }

    /// Checks that exactly the listed migrations are registered.
    pub(crate) fn check(&self, migrations: &[Migration]) -> Result<()> {
        let listed = |name: &str| migrations.iter().any(|each| each.is_in_rust() && each.name == name);
        if let Some((name, _)) = self.registered.iter().find(|(name, _)| !listed(name)) {
            return Err(Error::internal(format!(
                "the application registers the migration {name}, and the generated crate does not list it as one in \
                 Rust: `dcrf migrate new NAME DEFINITION --out DIR --rust` does"
            )));
        }
        for migration in migrations.iter().filter(|migration| migration.is_in_rust()) {
            let name = migration.name;
            match self.registered.iter().filter(|(registered, _)| *registered == name).count() {
                1 => {}
                0 => {
                    return Err(Error::internal(format!(
                        "the migration {name} is done in Rust, and the application does not register it: \
                         `Service::migration({name:?}, …)`, and `Service::connect` in the place of `Db::connect`"
                    )));
                }
                _ => {
                    return Err(Error::internal(format!(
                        "the application registers the migration {name} twice"
                    )));
                }
            }
        }
        Ok(())
    }

    /// Runs a migration.
    pub(super) async fn run(
        &self,
        migration: &Migration,
        mut tables: MigrationTransaction<'_>,
    ) -> Result<()> {
        let Migration { version, name, .. } = migration;
        let Some((_, run)) = self.registered.iter().find(|(registered, _)| registered == name) else {
            return Err(Error::internal(format!("migration {version} ({name}) is not registered")));
        };
        let done = run(&mut tables).await;
        let done = done.and_then(|()| {
            // On PostgreSQL nothing of the transaction is kept after an error, so the error must not be ignored.
            if tables.failed { Err(Error::internal("a statement of it has failed")) } else { Ok(()) }
        });
        done.map_err(|error| Error::internal(format!("migration {version} ({name}): {error}")))
    }
}

/// The transaction of the migrations, for a migration that is written in Rust: SQL with bound values, on either
/// database. It is committed together with all pending migrations, or not at all.
///
/// The tables are those of this point in the history, which the models of the generated crate may not describe any
/// more, so that models cannot be used here. A statement that fails also fails the migration, even if its error is
/// ignored: on PostgreSQL the transaction cannot continue after an error.
pub struct MigrationTransaction<'c> {
    on: On<'c>,
    /// Whether a statement has failed.
    failed: bool,
}

impl<'c> MigrationTransaction<'c> {
    pub(super) fn of(on: On<'c>) -> Self {
        Self { on, failed: false }
    }

    /// Returns the SQL dialect of the database.
    pub fn dialect(&self) -> Dialect {
        self.on.dialect()
    }

    /// Runs a query and returns its rows. Parameters are `$1`, `$2`, … on both databases; values have the same form as
    /// in [`Db::query`](crate::Db::query).
    ///
    /// # Errors
    /// Returns [`Error::Database`]; [`Error::Internal`] for statements that begin or end transactions, and after an
    /// error.
    pub fn query(&mut self, sql: &'static str, args: Vec<Value>) -> BoxFuture<'_, Result<Vec<Row>>> {
        Box::pin(async move {
            let statement = Statement::of_application(sql, args, Shape::Untyped)?;
            Ok(self.run(&statement).await?.rows)
        })
    }

    /// Runs a statement and returns the number of rows that it changed.
    ///
    /// # Errors
    /// Returns the same errors as [`query`](Self::query).
    pub fn execute(&mut self, sql: &'static str, args: Vec<Value>) -> BoxFuture<'_, Result<u64>> {
        Box::pin(async move {
            let statement = Statement::of_application(sql, args, Shape::Nothing)?;
            Ok(self.run(&statement).await?.affected)
        })
    }

    async fn run(&mut self, statement: &Statement) -> Result<Outcome> {
        if self.failed {
            return Err(Error::internal("a statement of it has failed"));
        }
        // A statement that is cancelled halfway leaves an unknown state.
        self.failed = true;
        let outcome = self.on.run(statement).await;
        self.failed = outcome.is_err();
        Ok(outcome?)
    }
}

impl fmt::Debug for MigrationTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MigrationTransaction").field("dialect", &self.dialect()).finish_non_exhaustive()
    }
}
