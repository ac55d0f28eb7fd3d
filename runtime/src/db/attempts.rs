//! Runs transactions that the runtime opens itself again if they fail because of a deadlock, because others have
//! changed what they had read, or because their connection was lost.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use super::handle::Db;
use super::pause::pause;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::ground::outage::Outage;
use crate::schema::meta::Isolation;

/// How often a transaction is run at most.
const ATTEMPTS: u32 = 10;
/// The time after which no further attempt begins.
const LONGEST: Duration = Duration::from_secs(20);

/// Transactions of this process run again one after the other: transactions that keep conflicting, because they want
/// the same rows in different orders, would otherwise lose most attempts, and PostgreSQL takes a second to detect a
/// deadlock.
static TURN: Semaphore = Semaphore::const_new(1);
/// How long a transaction waits for its turn to run again. After that it runs without one.
const PATIENCE: Duration = Duration::from_secs(2);

/// The result of one attempt.
enum Attempt<T> {
    Ended(Result<T>),
    /// Everything that the attempt did is undone, for this reason, which may pass soon.
    Lost(Outage),
}

impl Db {
    /// Does work in a transaction, and commits it if it succeeds. A transaction that is lost runs again from its start,
    /// for any result of the work; it runs at most ten times. Inside a transaction the work runs in that transaction,
    /// once.
    ///
    /// # Errors
    /// Returns the error of the work; [`Error::Unavailable`] if every attempt was lost; [`Error::Unknown`] if it is
    /// unknown whether the transaction was stored.
    pub(crate) fn atomically<'a, T: Send + 'a>(
        &'a self,
        isolation: Isolation,
        work: impl Fn(Self) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> BoxFuture<'a, Result<T>> {
        self.until_it_ends(isolation, false, work)
    }

    /// Does the same for work of the application, which may take long: see `fair_queue`.
    ///
    /// # Errors
    /// Returns the same errors as [`atomically`](Self::atomically).
    pub(crate) fn atomically_at_length<'a, T: Send + 'a>(
        &'a self,
        isolation: Isolation,
        work: impl Fn(Self) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> BoxFuture<'a, Result<T>> {
        self.until_it_ends(isolation, true, work)
    }

    fn until_it_ends<'a, T: Send + 'a>(
        &'a self,
        isolation: Isolation,
        lasting: bool,
        work: impl Fn(Self) -> BoxFuture<'a, Result<T>> + Send + Sync + 'a,
    ) -> BoxFuture<'a, Result<T>> {
        Box::pin(async move {
            if self.is_transaction() {
                return work(self.clone()).await;
            }
            let end = Instant::now() + LONGEST;
            let mut number = 1;
            loop {
                match self.attempt(number, (isolation, lasting), &work).await {
                    Attempt::Ended(result) => return result,
                    Attempt::Lost(outage) if number >= ATTEMPTS || Instant::now() >= end => {
                        return Err(Error::Unavailable(outage));
                    }
                    Attempt::Lost(cause) => tracing::debug!(%cause, number, "a transaction runs again"),
                }
                sleep(pause(number)).await;
                number += 1;
            }
        })
    }

    async fn attempt<'a, T>(
        &self,
        number: u32,
        (isolation, lasting): (Isolation, bool),
        work: &(impl Fn(Self) -> BoxFuture<'a, Result<T>> + Sync),
    ) -> Attempt<T> {
        let _alone = if number > 1 { timeout(PATIENCE, TURN.acquire()).await.ok() } else { None };
        let transaction = match self.open_transaction(isolation, lasting).await {
            Ok(transaction) => transaction,
            Err(error) => return lost_or_ended(error.into()),
        };
        let result = work(transaction.db().clone()).await;
        if let Some(outage) = transaction.db().lost() {
            return lost_or_ended(Error::Unavailable(outage.clone()));
        }
        let value = match result {
            Ok(value) => value,
            Err(error) => return Attempt::Ended(Err(error)),
        };
        match transaction.commit().await {
            Ok(()) => Attempt::Ended(Ok(value)),
            Err(error) => lost_or_ended(error),
        }
    }
}

/// Tells whether another attempt makes sense.
fn lost_or_ended<T>(error: Error) -> Attempt<T> {
    match error {
        Error::Unavailable(outage) if outage.passes => Attempt::Lost(outage),
        error => Attempt::Ended(Err(error)),
    }
}
