//! Migrations: applied once each, in order, under a lock, and refused if one that was applied has changed since.

mod aside;
mod checksum;
mod convert;
mod rows;
mod script;
mod work;

use std::time::Instant;

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor, Row as _};

use self::checksum::{checksum, is_checksum};
use self::rows::On;
use super::{Applied, Migration};
use crate::error::{Error, Result};
use crate::scalar::DateTime;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS _dcrf_migrations (version BIGINT NOT NULL PRIMARY KEY, \
                     name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at TEXT NOT NULL)";
const APPLIED: &str = "SELECT version, checksum FROM _dcrf_migrations ORDER BY version";
const RECORD: &str =
    "INSERT INTO _dcrf_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
/// Any number that no other program uses as an advisory lock: `dcrf` in ASCII.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1684238950)";

/// Migrates a SQLite database. Foreign keys are checked at the end instead of all along, as tables that are rebuilt
/// are gone for a moment. Gives what was applied.
pub(super) async fn sqlite(
    connection: &mut SqliteConnection,
    migrations: &'static [Migration],
) -> Result<Vec<Applied>> {
    connection.execute("PRAGMA foreign_keys = OFF").await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    transaction.execute(TABLE).await?;
    let applied = sqlx::query(APPLIED).fetch_all(&mut *transaction).await?;
    let applied =
        applied.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<Vec<_>>>()?;
    let (pending, mut report) = (pending(migrations, &applied)?, Vec::new());
    for migration in &pending {
        let begun = Instant::now();
        run_on_sqlite(&mut transaction, migration).await?;
        sqlx::query(RECORD)
            .bind(migration.version)
            .bind(migration.name)
            .bind(checksum(migration))
            .bind(DateTime::now().to_string())
            .execute(&mut *transaction)
            .await?;
        report.push(Applied { migration, took: begun.elapsed() });
    }
    if !pending.is_empty() {
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut *transaction).await?;
        if let Some(row) = broken {
            let table: String = row.try_get(0)?;
            return Err(Error::internal(format!(
                "the migrations leave rows of {table} that refer to nothing"
            )));
        }
    }
    transaction.commit().await?;
    connection.execute("PRAGMA foreign_keys = ON").await?;
    Ok(report)
}

/// Migrates a PostgreSQL database. Servers that start at once wait for each other. Gives what was applied.
pub(super) async fn postgres(pool: &PgPool, migrations: &'static [Migration]) -> Result<Vec<Applied>> {
    let mut report = Vec::new();
    let mut transaction = pool.begin().await?;
    transaction.execute(LOCK).await?;
    transaction.execute(TABLE).await?;
    let applied = sqlx::query(APPLIED).fetch_all(&mut *transaction).await?;
    let applied =
        applied.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<Vec<_>>>()?;
    for migration in pending(migrations, &applied)? {
        let begun = Instant::now();
        run_on_postgres(&mut transaction, migration).await?;
        sqlx::query(RECORD)
            .bind(migration.version)
            .bind(migration.name)
            .bind(checksum(migration))
            .bind(DateTime::now().to_string())
            .execute(&mut *transaction)
            .await?;
        report.push(Applied { migration, took: begun.elapsed() });
    }
    transaction.commit().await?;
    Ok(report)
}

/// What is left to apply. A database that is ahead of this program is let be: the newer server has migrated it.
fn pending(migrations: &'static [Migration], applied: &[(i64, String)]) -> Result<Vec<&'static Migration>> {
    let mut pending = Vec::new();
    for migration in migrations {
        match applied.iter().find(|(version, _)| *version == migration.version) {
            Some((_, sum)) if is_checksum(sum, migration) => {}
            Some(_) => {
                let Migration { version, name, .. } = migration;
                return Err(Error::internal(format!(
                    "migration {version} ({name}) has changed since it was applied"
                )));
            }
            None => pending.push(migration),
        }
    }
    for (version, _) in applied {
        if !migrations.iter().any(|migration| migration.version == *version) {
            tracing::warn!(version, "the database has a migration that this program does not know");
        }
    }
    Ok(pending)
}

/// Does what a migration says, within the transaction.
async fn run_on_sqlite(connection: &mut SqliteConnection, migration: &Migration) -> Result<()> {
    run(&mut On::Sqlite(connection), migration).await
}

/// Does what a migration says, within the transaction.
async fn run_on_postgres(connection: &mut PgConnection, migration: &Migration) -> Result<()> {
    run(&mut On::Postgres(connection), migration).await
}

async fn run(on: &mut On<'_>, migration: &Migration) -> Result<()> {
    let steps = script::read(migration.sql).map_err(|error| failed(migration, error))?;
    for step in &steps {
        work::run(on, step).await.map_err(|error| failed(migration, error))?;
    }
    Ok(())
}

fn failed(migration: &Migration, error: Error) -> Error {
    let reason = match error {
        Error::Internal(text) => text,
        Error::Database(error) => error.to_string(),
        other => other.to_string(),
    };
    Error::internal(format!("migration {} ({}): {reason}", migration.version, migration.name))
}
