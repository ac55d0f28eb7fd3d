//! Ensures that one program migrates a database at a time. A program that waits reports this, and for which program it
//! waits.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Executor, Postgres, Row as _, Transaction};
use tokio::time::{sleep, timeout};

use super::progress::Progress;
use crate::ground::error::Result;

/// How long it waits before it reports this.
const SOON: Duration = Duration::from_secs(1);
/// The pause between two attempts. PostgreSQL reports a free lock only to statements that wait for it.
const PAUSE: Duration = Duration::from_millis(100);

/// An arbitrary number that no other program uses as an advisory lock: `dcrf` in ASCII. The lock is held until the
/// transaction ends.
const TRY: &str = "SELECT pg_try_advisory_xact_lock(1684238950)";
/// Queries the holder of the lock.
const HOLDER: &str = "SELECT l.pid, a.application_name FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
                      WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = 1684238950 AND l.granted \
                      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";
/// Sets the name under which others see this program, unless the URL of the database sets one.
const NAME: &str = "SELECT set_config('application_name', 'dcrf migrations', true) \
                    WHERE current_setting('application_name') = ''";

/// Waits for SQLite to begin a transaction.
pub(super) async fn sqlite<T>(
    begun: impl Future<Output = std::result::Result<T, sqlx::Error>>,
    progress: &dyn Progress,
) -> Result<T> {
    let mut begun = pin!(begun);
    if let Ok(done) = timeout(SOON, &mut begun).await {
        return Ok(done?);
    }
    progress.waits("another program has locked the file");
    Ok(begun.await?)
}

/// Begins the transaction of migrations on PostgreSQL. It polls for the lock, because a statement that waited for it
/// would block the concurrent creation of indexes.
pub(super) async fn postgres(
    pool: &PgPool,
    progress: &dyn Progress,
) -> Result<Transaction<'static, Postgres>> {
    let (begun, mut told) = (Instant::now(), false);
    loop {
        let mut transaction = pool.begin().await?;
        if sqlx::query_scalar(TRY).fetch_one(&mut *transaction).await? {
            transaction.execute(NAME).await?;
            return Ok(transaction);
        }
        if !told && begun.elapsed() >= SOON {
            told = true;
            progress.waits(&holder(&mut transaction).await?);
        }
        transaction.rollback().await?;
        sleep(PAUSE).await;
    }
}

async fn holder(connection: &mut PgConnection) -> Result<String> {
    let Some(row) = sqlx::query(HOLDER).fetch_optional(connection).await? else {
        return Ok("another program migrates the database".to_owned());
    };
    let (pid, name): (Option<i32>, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
    let name = name.filter(|name| !name.is_empty()).map(|name| format!(", {name}")).unwrap_or_default();
    let pid = pid.map(|pid| format!(" (process {pid} of the server{name})")).unwrap_or_default();
    Ok(format!("another program migrates the database{pid}"))
}
