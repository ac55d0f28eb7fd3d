//! HTTP routes of the application, beside its sockets and with the same database.
//!
//! Run `cargo run -p dcrf-runtime --example own_routes`, and send to `ws://127.0.0.1:8000/ws/visits/`:
//!
//! ```json
//! {"action": "visit", "request_id": 1, "page": "/about"}
//! ```
//!
//! `curl http://127.0.0.1:8000/visits` shows the number of visits; `curl http://127.0.0.1:8000/` shows a page that does
//! not use the database.
//!
//! An application that already has an axum router mounts the service in it instead, by `Service::router`.

use std::process::ExitCode;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Router, response};
use dcrf_runtime::db::{Migration, Migrations};
use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta};
use dcrf_runtime::{Context, Db, Dispatch, Error, Reply, Request, Result, Service};

static VISITS: ConsumerMeta = ConsumerMeta {
    name: "Visits",
    stream: "visits",
    path: "/ws/visits/",
    actions: &[ActionMeta::new("visit")],
    model: None,
    access: AccessMeta::OPEN,
};

const TABLE: &[Migration] =
    &[Migration { version: 1, name: "0001_initial", sql: "CREATE TABLE visit (page TEXT NOT NULL)" }];

struct Visits;

impl Dispatch for Visits {
    fn meta(&self) -> &'static ConsumerMeta {
        &VISITS
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async {
            let page = request.argument("page").map_or("", |raw| raw.get());
            let page: String =
                serde_json::from_str(page).map_err(|_| Error::field("page", "Not a valid string."))?;
            ctx.db().execute("INSERT INTO visit (page) VALUES ($1)", vec![page.into()]).await?;
            Ok(Reply::empty(201))
        })
    }
}

/// Returns the number of visits.
async fn count(db: &Db) -> Result<i64> {
    let mut rows = db.query("SELECT COUNT(*) FROM visit", vec![]).await?;
    rows.first_mut().map_or(Ok(0), |row| row.take(0))
}

async fn visits(State(db): State<Db>) -> response::Response {
    match count(&db).await {
        Ok(visits) => format!("{visits} visits\n").into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Returns the service, for `main` and for its test.
pub fn service() -> Service {
    Service::new("own_routes", Migrations { sqlite: TABLE, postgres: TABLE })
        .consumer(Visits)
        .merge(Router::new().route("/", get(async || "Count visits at /visits.\n")))
        .routes(|db| Router::new().route("/visits", get(visits)).with_state(db))
}

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(service()).await
}
