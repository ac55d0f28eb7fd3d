//! One program migrates a database at a time. Who waits for that says so, and for whom.

use std::future::Future;
use std::pin::pin;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{Executor, Postgres, Row as _, Transaction};
use tokio::time::{sleep, timeout};

use super::progress::Progress;
use crate::ground::error::Result;

/// How long is waited in silence.
const SOON: Duration = Duration::from_secs(1);
/// Between two attempts. PostgreSQL tells nobody that a lock is free but who waits for it inside of a statement.
const PAUSE: Duration = Duration::from_millis(100);

/// Any number that no other program uses as an advisory lock: `dcrf` in ASCII. It is held until the transaction ends.
const TRY: &str = "SELECT pg_try_advisory_xact_lock(1684238950)";
/// Who holds it.
const HOLDER: &str = "SELECT l.pid, a.application_name FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
                      WHERE l.locktype = 'advisory' AND l.classid = 0 AND l.objid = 1684238950 AND l.granted \
                      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";
/// By what others know who migrates, unless the URL of the database says a name.
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

/// Begins the transaction of migrations on PostgreSQL. The lock is not waited for inside of a statement: whoever waits
/// there is in the way of what builds indexes beside others.
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
