//! Health probes: `/healthz` and `/readyz`, in the sense of Kubernetes' probes.

use std::fmt;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::db::{Db, Requester};
use crate::ground::error::Error;
use crate::ground::failure::cause;
use crate::ground::stop::{Phase, Stop};

/// The time within which the database has to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The time for which an answer of the database is repeated, because anyone may send probes.
const FRESH: Duration = Duration::from_secs(1);

/// The answer to a probe.
type Answer = (StatusCode, &'static str);

/// The health of a server, and the routes that report it.
#[derive(Clone)]
pub struct Health {
    db: Db,
    stop: Arc<Stop>,
    last: Arc<Mutex<Option<(Instant, Answer)>>>,
    /// The last reason that was logged since the server was ready.
    told: Arc<Lock<Option<&'static str>>>,
}

impl Health {
    pub(super) fn new(db: Db, stop: Arc<Stop>) -> Self {
        Self { db: db.requested_by(Requester::Handshake), stop, last: Arc::default(), told: Arc::default() }
    }

    /// Returns the routes for probes. `/healthz` answers 200 for as long as the process serves requests. `/readyz`
    /// answers 200 if requests can be answered now, and 503 with a message while the database cannot be read or
    /// written, while the broker is not connected, and from the beginning of a shutdown on.
    pub fn routes(self) -> Router {
        let ready = move || {
            let health = self.clone();
            async move { health.ready().await }
        };
        Router::new().route("/healthz", get(|| async { "ok" })).route("/readyz", get(ready))
    }

    async fn ready(&self) -> Answer {
        if self.stop.has_begun(Phase::Draining) {
            return (StatusCode::SERVICE_UNAVAILABLE, "shutting down");
        }
        let mut last = self.last.lock().await;
        if let Some((asked, answer)) = *last
            && asked.elapsed() < FRESH
        {
            return answer;
        }
        let answer = self.ask().await;
        if answer.0 == StatusCode::OK
            && self.told.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
        {
            tracing::info!("ready again");
        }
        *last = Some((Instant::now(), answer));
        answer
    }

    async fn ask(&self) -> Answer {
        let why = match timeout(PATIENCE, self.db.ready()).await {
            Ok(Ok(())) if self.db.hub().is_connected() => return (StatusCode::OK, "ok"),
            Ok(Ok(())) => Ok("The broker is not connected."),
            Ok(Err(error)) => Err((sentence(&error), cause(&error))),
            Err(_) => Ok("The database does not answer in time."),
        };
        let (why, error) = why.map_or_else(|(why, cause)| (why, Some(cause)), |why| (why, None));
        // Probes come every few seconds: only a change is logged.
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).replace(why) != Some(why) {
            tracing::warn!(error, "not ready: {why}");
        }
        (StatusCode::SERVICE_UNAVAILABLE, why)
    }
}

/// Returns the message for probes, which does not tell more than clients learn.
fn sentence(error: &Error) -> &'static str {
    match error {
        Error::Unavailable(outage) => outage.reason.sentence(),
        _ => "The database does not answer.",
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").finish_non_exhaustive()
    }
}
