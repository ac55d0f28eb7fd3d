//! Migrations: applied once each, in order, under a lock, and refused if one that was applied has changed since.

use std::borrow::Cow;
use std::time::Instant;

use sha2::{Digest, Sha256};
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor, Row as _};

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
        transaction.execute(sqlx::raw_sql(migration.sql)).await.map_err(|error| failed(migration, &error))?;
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
        transaction.execute(sqlx::raw_sql(migration.sql)).await.map_err(|error| failed(migration, &error))?;
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

/// The checksum of a migration's text, whatever the ends of its lines are: a checkout may change these.
fn checksum(migration: &Migration) -> String {
    sha256(&unix(migration.sql))
}

/// Whether a checksum is that of a migration. Those of an earlier version were of the bytes, line ends included.
fn is_checksum(sum: &str, migration: &Migration) -> bool {
    let text = unix(migration.sql);
    sum == sha256(&text) || sum == sha256(&text.replace('\n', "\r\n"))
}

fn unix(text: &str) -> Cow<'_, str> {
    if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) }
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn failed(migration: &Migration, error: &sqlx::Error) -> Error {
    Error::internal(format!("migration {} ({}): {error}", migration.version, migration.name))
}

#[cfg(test)]
mod tests {
    use super::{checksum, is_checksum, sha256};
    use crate::db::Migration;

    #[test]
    fn line_ends_are_no_part_of_a_migration() {
        let migration = |sql| Migration { version: 1, name: "0001_initial", sql };
        let (unix, windows) = (migration("a;\n\nb;\n"), migration("a;\r\n\r\nb;\r\n"));
        assert_eq!(checksum(&unix), sha256(unix.sql), "what was applied before stays applied");
        assert_eq!(checksum(&windows), checksum(&unix));
        for migration in [&unix, &windows] {
            for sum in [sha256(unix.sql), sha256(windows.sql)] {
                assert!(is_checksum(&sum, migration));
            }
            for other in ["a;\n\nb;", "a;\n\nc;\n", "a;\n\r\nb;\n"] {
                assert!(!is_checksum(&sha256(other), migration), "{other:?}");
            }
        }
    }
}
