//! The runtime of crates that [`dcrf`](https://docs.rs/dcrf) generates: realtime APIs over WebSockets, on SQLite or PostgreSQL.
//!
//! A generated crate describes models and consumers as `static` data and typed structs; this crate executes them. Its
//! protocol is that of Django Channels REST Framework (DCRF) without its defects: every frame that a client sends is
//! answered under its request id, and the socket stays open.
//!
//! # An application
//!
//! **A definition** uses the terms of JSON Schema, Django REST Framework and DCRF. This is the definition of `users`,
//! without its descriptions:
//!
//! ```json
//! {
//!   "name": "users",
//!   "models": {
//!     "User": {
//!       "type": "object",
//!       "properties": {
//!         "id": { "type": "integer", "x-primary-key": true },
//!         "username": { "type": "string", "maxLength": 150, "pattern": "^[\\w.@+-]+$", "x-unique": true },
//!         "email": { "type": "string", "format": "email", "maxLength": 254, "default": "" },
//!         "password": { "type": "string", "maxLength": 128, "writeOnly": true },
//!         "date_joined": { "type": "string", "format": "date-time", "x-auto-now-add": true }
//!       },
//!       "required": ["username", "password"]
//!     }
//!   },
//!   "serializers": {
//!     "UserSerializer": {
//!       "model": "User",
//!       "fields": ["id", "username", "email", "password"],
//!       "extra_kwargs": { "password": { "write_only": true } },
//!       "validators": ["validate_password"]
//!     }
//!   },
//!   "consumers": {
//!     "UserConsumer": {
//!       "stream": "users",
//!       "serializer": "UserSerializer",
//!       "mixins": ["list", "retrieve", "create", "update", "patch", "delete", "observer_instance"]
//!     }
//!   }
//! }
//! ```
//!
//! **`dcrf generate`** generates a crate from it, which is not edited by hand:
//!
//! | in the crate | what it is |
//! |---|---|
//! | `models::User`, `NewUser`, `UserChanges` | typed rows, with a constant for each column: `User::USERNAME` |
//! | `serializers::UserCreate`, `UserUpdate` | the data of the actions `create` and `update` |
//! | `consumers::UserConsumer` | the stream, with the descriptions of the actions that this crate executes |
//! | `UserHandler` | a trait with the methods that the definition leaves to the application |
//! | `MIGRATIONS`, `migrations/` | the migrations of the tables, for both databases |
//! | `service(handler)` | all of these as a [`Service`] |
//!
//! **The application** is a crate of its own, with an implementation of the trait and a `main`. [`run`](fn@run) reads
//! the command line and the environment (`DATABASE_URL`, `LISTEN`), migrates the database and serves until a signal
//! stops it. An existing axum application mounts [`Service::router`] instead.
//!
//! ```no_run
//! use dcrf_runtime::{Context, Result, password};
//! use users::UserHandler;
//!
//! struct App;
//!
//! impl UserHandler for App {
//!     async fn validate_password(&self, _ctx: &Context, value: String) -> Result<String> {
//!         password::hash(value).await
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::process::ExitCode {
//!     dcrf_runtime::run(users::service(App)).await
//! }
//! ```
//!
//! **A client** sends JSON frames; this one is in a test (feature `test-util`). Each frame is answered under its
//! `request_id`. All streams of a service share a socket at `/ws/`, where each frame has the form
//! `{"stream": "users", "payload": {…}}`.
//!
//! ```
//! # use dcrf_runtime::{Context, Result};
//! # struct App;
//! # impl users::UserHandler for App {
//! #     async fn validate_password(&self, _ctx: &Context, value: String) -> Result<String> {
//! #         Ok(value)
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
//! # let service = users::service(App);
//! # let db = service.connect("sqlite::memory:").await?;
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let address = listener.local_addr()?;
//! # tokio::spawn(service.serve(listener, db, std::future::pending()));
//! use dcrf_runtime::test::TestClient;
//! use serde_json::json;
//!
//! let mut client = TestClient::connect(format!("ws://{address}/ws/users/")).await;
//!
//! let data = json!({"username": "ada", "password": "correct horse"});
//! let answer = client.request(&json!({"action": "create", "request_id": 1, "data": data})).await;
//! assert_eq!(answer["response_status"], 201);
//! assert_eq!(answer["data"], json!({"id": 1, "username": "ada", "email": ""}));
//!
//! let data = json!({"email": "nowhere"});
//! let answer = client.request(&json!({"action": "patch", "request_id": 2, "pk": 1, "data": data})).await;
//! assert_eq!(answer["response_status"], 400);
//! assert_eq!(answer["errors"], json!([{"email": ["Enter a valid email address."]}]));
//!
//! client.request(&json!({"action": "subscribe_instance", "request_id": "live", "pk": 1})).await;
//! client.request(&json!({"action": "delete", "request_id": 3, "pk": 1})).await;
//! let event = client.expect_reply(&json!("live")).await;
//! assert_eq!(event["action"], "delete");
//! # Ok(())
//! # }
//! ```
//!
//! # Interfaces for applications
//!
//! | purpose | items |
//! |---|---|
//! | the request and the connection of an action | [`Context`], [`Request`] |
//! | rows | [`Model`] and its [`Repository`], [`Query`], [`ValuesQuery`], [`ManyToMany`], [`OneToOne`] |
//! | conditions on rows, orders and aggregates | [`condition::Column`], [`condition::Filter`], [`condition::Aggregate`] |
//! | SQL and transactions | [`Db`], [`db::Transaction`], [`Migrations`] |
//! | refusals and failures | [`Error`], [`Detail`] |
//! | messages to other connections | [`Group`], [`Event`], [`Signal`], [`RowEvent`] and [`Notice`] of observers |
//! | authentication and the end of sessions | [`Identity`], [`auth`], [`Authenticator`], [`Sessions`], [`password`] |
//! | permissions | [`meta::PermissionMeta`], [`Dispatch::has_permission`] |
//! | HTTP routes beside the sockets, and HTTP views behind them | [`Service::merge`], [`Service::routes`], [`View`] |
//! | several servers of one application | [`broker`], [`broker::BrokerOptions`] |
//! | the limits, the counters and the health of a server | [`Limits`], [`Stats`], [`server::Health`] |
//! | values on the wire | [`Date`], [`DateTime`], [`Decimal`], [`Duration`], [`Uuid`], [`Bytes`], [`Json`] |
//! | tests | `test::TestClient` (feature `test-util`) |
//!
//! The crates `chat`, `things` and `users` in the examples are generated, each from the definition of the same name in
//! `examples/` of the project. The programs in `runtime/examples` do not use the generator: each shows one thing,
//! written by hand.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `log` (default) | [`run`](fn@run) writes a log to stderr, unless the application has set its own subscriber |
//! | `jwt` | `auth::Jwt`: JSON Web Tokens |
//! | `redis`, `redis-cluster`, `nats` | these servers as [`broker`]s |
//! | `tls` | TLS to PostgreSQL, Redis and NATS, and for the server's own sockets |
//! | `prometheus` | `--metrics`: the metrics of the server |
//! | `s3`, `gcs`, `azure` | files of columns in buckets of these clouds |
//! | `test-util` | `test`: a client for tests, which connects to a server over a real socket |
//!
//! The runtime emits events with [`tracing`], in one span per request, and counts with the crate `metrics`.
//!
//! # Types of other crates
//!
//! Signatures contain only types of crates that an application uses anyway: `axum` 0.8 (its routers, and the parts of a
//! request, for routes and authenticators), `tower-service` 0.3 (the service that a [`View`] calls), `tokio` 1 (a
//! listener), `serde` 1 and `serde_json` 1 (JSON text), and `bytes` 1 (messages of brokers). They do not contain types
//! of the drivers of databases and brokers, nor of the WebSocket library, except in `test`, whose documentation gives
//! the reason.
//!
//! # Modules
//!
//! The modules are layers: each uses only the layers below it.
//!
//! | layer | what it owns |
//! |---|---|
//! | [`server`], [`auth`], [`run`](fn@run) | routes, handshakes, start and shutdown |
//! | `socket` | one socket: reading, writing, timers, close codes, the order of its requests |
//! | [`crud`], `actions` | the actions that the runtime executes itself |
//! | [`hub`], [`broker`], [`signal`] (`feed`) | the delivery of changes and messages to subscribers |
//! | [`context`], [`dispatch`], [`identity`], [`permission`], [`projection`] (`app`) | the interface to applications |
//! | [`store`] | rows by their descriptions, their rules, and the capture of their changes |
//! | [`db`] | SQLite and PostgreSQL behind one handle: statements, transactions, migrations |
//! | [`observer`] (`change`) | the changes and the messages about them, as data |
//! | [`condition`] | the predicate on rows |
//! | [`decode`], [`encode`], [`frame`], [`multiplexer`] (`wire`) | JSON |
//! | [`files`] | the place where files of columns are stored |
//! | [`meta`], [`model`], [`value`] (`schema`) | descriptions, values and rows |
//! | [`error`], [`limits`], [`scalar`], [`password`] (`ground`) | the items that all other layers use |

#![warn(clippy::print_stdout, clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod actions;
mod app;
mod change;
pub mod codegen;
pub mod condition;
pub mod db;
mod feed;
pub mod files;
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod ground;
mod schema;
pub mod server;
mod socket;
pub mod store;
#[cfg(feature = "test-util")]
pub mod test;
mod wire;

pub use actions::crud;
pub use actions::mixins;
pub use actions::view::{View, ViewFrame};
pub use app::context::Context;
pub use app::dispatch::{Dispatch, Page, Pages, Reply, Returned};
pub use app::identity::{Authenticator, Identity};
pub use app::path::PathParameters;
pub use app::sessions::Sessions;
pub use app::{context, dispatch, identity, permission, projection};
pub use change::{Change, ChangeKind, EventAction, Notice, RowEvent};
pub use db::{Db, Migration, Migrations};
pub use feed::group::{Group, Recipients};
pub use feed::hub::Hub;
pub use feed::presence::{Member, Presence};
pub use feed::signal::{Event, Signal};
pub use feed::{broker, hub, presence, signal};
pub use ground::error::{Detail, Error, Result};
pub use ground::limits::Limits;
pub use ground::outage::{Outage, Reason};
pub use ground::scalar::{BigInteger, Bytes, Date, DateTime, Decimal, Duration, Json, Time, Uuid};
pub use ground::stats::{LimitKind, Stats};
pub use ground::{error, limits, password, scalar};
pub use schema::absent::Absent;
pub use schema::payload::Payload;
pub use schema::row::{FromRow, Model, Row};
pub use schema::shown::{RowSerializer, ShownRow};
pub use schema::value::{FromObject, FromValue, IntoObject, Object, Value};
pub use schema::write_only::WriteOnly;
pub use schema::{meta, value};
pub use server::auth;
pub use server::run::run;
pub use server::{Service, ServiceError};
pub use store::{Columns, ManyToMany, OneToOne, Query, Repository, ValuesQuery};
pub use wire::frame::Request;
pub use wire::{decode, encode, frame, multiplexer};

/// Typed rows and their repository.
pub mod model {
    pub use crate::schema::row::{FromRow, Model, Repositories, Row};
    pub use crate::store::Repository;
}

/// Observers: the changes of rows, the groups of subscribers that get an event for them, and the actions that subscribe
/// and unsubscribe.
pub mod observer {
    pub use crate::actions::named::named;
    pub use crate::actions::subscribe::{
        groups, names_any, signal_groups, subscribe, subscribe_instance, subscribe_presence,
        subscribe_signal, unsubscribe, unsubscribe_instance, unsubscribe_signal,
    };
    pub use crate::change::{Change, ChangeKind, EventAction, Notice, RowEvent};
    pub use crate::feed::groups::Groups;
}
