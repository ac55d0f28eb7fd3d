//! Whether the server is well: `/healthz` and `/readyz`, in the sense of Kubernetes' probes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::db::{Asker, Db};
use crate::failure::cause;
use crate::stop::{Phase, Stop};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// For how long an answer of the database is repeated: everybody may ask.
const FRESH: Duration = Duration::from_secs(1);

/// What a probe is told.
type Answer = (StatusCode, &'static str);

/// Knows whether the server is well.
#[derive(Clone)]
pub struct Health {
    db: Db,
    stop: Arc<Stop>,
    last: Arc<Mutex<Option<(Instant, Answer)>>>,
}

impl Health {
    pub(super) fn new(db: Db, stop: Arc<Stop>) -> Self {
        Self { db: db.asked_by(Asker::Door), stop, last: Arc::default() }
    }

    /// `/healthz`: 200 for as long as the process serves at all. `/readyz`: 200 if requests can be answered now; 503,
    /// with a sentence, while the database or the broker does not answer and from the beginning of a shutdown on.
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
        *last = Some((Instant::now(), answer));
        answer
    }

    async fn ask(&self) -> Answer {
        match timeout(PATIENCE, self.db.query("SELECT 1", Vec::new())).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(error = %cause(&error), "not ready: the database does not answer");
                return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer");
            }
            Err(_) => {
                tracing::warn!(within = ?PATIENCE, "not ready: the database does not answer in time");
                return (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer in time");
            }
        }
        if self.db.hub().broker().is_connected() {
            (StatusCode::OK, "ok")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "the broker is not connected")
        }
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").finish_non_exhaustive()
    }
}
