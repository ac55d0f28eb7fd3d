//! The runtime of crates that `dcrf` generates: the socket loop, the erased actions, two databases.
//!
//! A generated crate describes models and consumers as `static` data and typed structs; this crate does the work.
//! Its protocol is that of Django Channels REST Framework (DCRF), without its defects: whatever a client sends, it
//! is answered under its request id, and the socket lives on.
//!
//! An application is a [`Service`] and [`run`]; whoever has an axum application already mounts
//! [`Service::router`].
//!
//! From the wire inwards, each knowing only what comes after it:
//!
//! | module | owns |
//! |---|---|
//! | [`server`], [`run`](fn@run) | routes, handshakes, the start and the end |
//! | `connection` | one socket: reading, writing, timers, close codes |
//! | `session`, [`multiplexer`] | one connection's requests: order, back pressure, detached actions |
//! | [`dispatch`], [`context`], [`identity`] | what an action is and what it knows |
//! | [`permission`], [`condition`] | who may do what, and which rows they see |
//! | [`auth`], [`Sessions`] | who is asking, and for how long |
//! | [`observer`], [`signal`], [`hub`], [`broker`] | who hears of changes and messages |
//! | [`store`], [`db`] | rows, transactions, migrations |
//! | [`projection`] | rows as serializers show them, with what belongs to them |
//! | [`encode`], [`decode`], [`frame`] | JSON |
//! | [`meta`], [`model`], [`value`], [`scalar`], [`error`] | descriptions, values and failures |
//! | `memory` | what clients make the process hold |
//! | `failure` | failures as the log tells them |
//!
//! Events are emitted with [`tracing`], one span a request. [`run`](fn@run) writes them to stderr unless the application
//! has set a subscriber of its own; that is the feature `log`, which is on by default.
//! With the feature `test-util` there is `test`: a client for tests that talks over a real socket.

pub mod auth;
mod bounds;
pub mod broker;
pub mod codegen;
pub mod condition;
mod connection;
pub mod context;
pub mod crud;
pub mod db;
pub mod decode;
pub mod dispatch;
pub mod encode;
pub mod error;
mod failure;
pub mod frame;
#[cfg(any(test, feature = "fuzz"))]
#[doc(hidden)]
pub mod fuzz;
mod group;
pub mod hub;
pub mod identity;
pub mod limits;
mod memory;
pub mod meta;
pub mod model;
pub mod multiplexer;
pub mod observer;
mod outage;
pub mod password;
pub mod permission;
pub mod projection;
mod query;
mod reach;
mod relation;
mod run;
pub mod scalar;
pub mod server;
mod session;
mod sessions;
pub mod signal;
mod stats;
mod stop;
pub mod store;
#[cfg(feature = "test-util")]
pub mod test;
mod tls;
mod url;
pub mod value;
mod view;
mod write_only;

pub use context::Context;
pub use db::{Db, Migration, Migrations};
pub use dispatch::{Dispatch, Page, Pages, Reply};
pub use error::{Detail, Error, Result};
pub use frame::Request;
pub use group::Group;
pub use hub::Hub;
pub use identity::{Authenticator, Identity};
pub use limits::Limits;
pub use model::{FromRow, Model, Repository, Row};
pub use observer::{Change, ChangeKind, EventAction, Notice, RowEvent};
pub use outage::{Outage, Reason};
pub use query::Query;
pub use relation::ManyToMany;
pub use run::run;
pub use scalar::{Bytes, Date, DateTime, Decimal, Duration, Json, Time, Uuid};
pub use server::{Service, ServiceError};
pub use sessions::Sessions;
pub use signal::{Event, Signal};
pub use stats::{Limit, Stats};
pub use value::{FromObject, FromValue, IntoObject, Object, Value};
pub use view::{View, ViewFrame};
pub use write_only::{Absent, WriteOnly};
