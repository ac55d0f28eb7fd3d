//! Applies migrations, in one transaction.

use std::time::Instant;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor, Row as _};

use super::checksum::checksum;
use super::in_rust::{self, InRust, MigrationTransaction};
use super::list::{Applied, Migration, Migrations};
use super::on::On;
use super::progress::{Progress, told};
use super::{ledger, lock, script, work};
use crate::db::dialect::Dialect;
use crate::db::statement::Arg;
use crate::ground::error::{Error, Result};
use crate::ground::scalar::DateTime;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS _dcrf_migrations (version BIGINT NOT NULL PRIMARY KEY, \
                     name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at TEXT NOT NULL)";
const RECORD: &str =
    "INSERT INTO _dcrf_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";

/// The migrations to apply, and the options.
#[derive(Clone, Copy)]
pub(crate) struct Migrator<'a> {
    pub(crate) migrations: Migrations,
    /// The migrations that the application runs itself.
    pub(crate) in_rust: &'a InRust,
    /// The receiver of progress reports.
    pub(crate) progress: &'a dyn Progress,
    /// Whether everything is rolled back at the end.
    pub(crate) dry_run: bool,
}

/// Migrates a SQLite database. Foreign keys are checked at the end instead of by each statement, because tables that
/// are rebuilt do not exist for a moment. Returns the migrations that were applied.
pub(crate) async fn sqlite(
    connection: &mut SqliteConnection,
    migrator: Migrator<'_>,
) -> Result<Vec<Applied>> {
    migrator.in_rust.check(migrator.migrations.sqlite)?;
    connection.execute("PRAGMA foreign_keys = OFF").await?;
    let begun = connection.begin_with("BEGIN IMMEDIATE");
    let mut transaction = lock::sqlite(begun, migrator.progress).await?;
    transaction.execute(TABLE).await?;
    let recorded = ledger::on_sqlite(&mut transaction).await?;
    let pending = ledger::pending(migrator.migrations.sqlite, &recorded, Dialect::Sqlite)?;
    let report = apply(On::Sqlite(&mut transaction), &pending, migrator).await?;
    if !pending.is_empty() {
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *transaction).await?;
        if let Some(row) = broken {
            let table: String = row.try_get(0)?;
            return Err(Error::internal(format!(
                "the migrations leave rows of {table} that refer to nothing"
            )));
        }
    }
    if migrator.dry_run {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    connection.execute("PRAGMA foreign_keys = ON").await?;
    Ok(report)
}

/// Migrates a PostgreSQL database. Servers that start at once wait for each other. Returns the migrations that were
/// applied.
pub(crate) async fn postgres(pool: &PgPool, migrator: Migrator<'_>) -> Result<Vec<Applied>> {
    migrator.in_rust.check(migrator.migrations.postgres)?;
    let mut transaction = lock::postgres(pool, migrator.progress).await?;
    transaction.execute(TABLE).await?;
    let recorded = ledger::on_postgres(&mut transaction).await?;
    let pending = ledger::pending(migrator.migrations.postgres, &recorded, Dialect::Postgres)?;
    let report = apply(On::Postgres(&mut transaction), &pending, migrator).await?;
    if migrator.dry_run {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(report)
}

/// Applies migrations within the transaction, and records each.
async fn apply(
    mut on: On<'_>,
    pending: &[&'static Migration],
    migrator: Migrator<'_>,
) -> Result<Vec<Applied>> {
    let mut report = Vec::new();
    for migration in pending.iter().copied() {
        let begun = Instant::now();
        if migration.is_in_rust() {
            run_in_rust(&mut on, migration, migrator).await?;
        } else {
            run(&mut on, migration, migrator).await?;
        }
        let (version, name) = (Arg::plain(migration.version), Arg::plain(migration.name));
        let (checksum, now) = (Arg::plain(checksum(migration)), Arg::plain(DateTime::now().to_string()));
        on.write(RECORD.to_owned(), vec![version, name, checksum, now]).await?;
        report.push(Applied { migration, took: begun.elapsed() });
    }
    Ok(report)
}

async fn run_in_rust(on: &mut On<'_>, migration: &Migration, migrator: Migrator<'_>) -> Result<()> {
    let begun = begins(migrator, migration, Some(in_rust::WORDS));
    migrator.in_rust.run(migration, MigrationTransaction::of(on.lend())).await?;
    on.forget().await?;
    migrator.progress.ended(begun.elapsed());
    Ok(())
}

/// Runs the steps of a migration's text.
async fn run(on: &mut On<'_>, migration: &Migration, migrator: Migrator<'_>) -> Result<()> {
    let steps = script::read(migration.sql).map_err(|error| failed(migration, None, error))?;
    for step in &steps {
        let told = step.told();
        let begun = begins(migrator, migration, told.as_deref());
        work::run(on, step).await.map_err(|error| failed(migration, told.as_deref(), error))?;
        migrator.progress.ended(begun.elapsed());
    }
    Ok(())
}

fn begins(migrator: Migrator<'_>, migration: &Migration, step: Option<&str>) -> Instant {
    migrator.progress.begins(migration, step);
    Instant::now()
}

fn failed(migration: &Migration, step: Option<&str>, error: Error) -> Error {
    let Migration { version, name, .. } = migration;
    let step = step.map(|step| format!(" (the step: {step})")).unwrap_or_default();
    let reason = match error {
        Error::Internal(text) => text,
        Error::Database(error) => told(error.driver()),
        other => other.to_string(),
    };
    Error::internal(format!("migration {version} ({name}): {reason}{step}"))
}
