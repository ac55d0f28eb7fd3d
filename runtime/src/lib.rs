//! The runtime of crates that `dcrf` generates: the socket loop, the erased actions, two databases.
//!
//! A generated crate describes models and consumers as `static` data and typed structs; this crate does the work.
//! Its protocol is that of Django Channels REST Framework (DCRF), without its defects: whatever a client sends, it
//! is answered under its request id, and the socket lives on.
//!
//! An application is a [`Service`] and [`run`]; whoever has an axum application already mounts
//! [`Service::router`].
//!
//! It is a house of floors: each knows only what stands below it.
//!
//! | floor | owns |
//! |---|---|
//! | [`server`], [`auth`], [`run`](fn@run) | routes, handshakes, the start and the end |
//! | `socket` | one socket: reading, writing, timers, close codes, the order of its requests |
//! | [`crud`], `actions` | what the runtime does itself for an action |
//! | [`hub`], [`broker`], [`signal`] (`feed`) | who hears of changes and messages |
//! | [`context`], [`dispatch`], [`identity`], [`permission`], [`projection`] (`app`) | what an application is asked and told |
//! | [`store`] | rows by description, their rules, and that they were changed |
//! | [`db`] | SQLite and PostgreSQL behind one handle: statements, transactions, migrations |
//! | [`observer`] (`change`) | what was changed, and what is told of it: data |
//! | [`condition`] | the predicate on rows |
//! | [`decode`], [`encode`], [`frame`], [`multiplexer`] (`wire`) | JSON |
//! | [`meta`], [`model`], [`value`] (`schema`) | descriptions, values and rows |
//! | [`error`], [`limits`], [`scalar`], [`password`] (`ground`) | what everything stands on |
//!
//! Events are emitted with [`tracing`], one span a request. [`run`](fn@run) writes them to stderr unless the application
//! has set a subscriber of its own; that is the feature `log`, which is on by default.
//! With the feature `test-util` there is `test`: a client for tests that talks over a real socket.

mod actions;
mod app;
mod change;
pub mod codegen;
pub mod condition;
pub mod db;
mod feed;
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
pub use actions::view::{View, ViewFrame};
pub use app::context::Context;
pub use app::dispatch::{Dispatch, Page, Pages, Reply};
pub use app::identity::{Authenticator, Identity};
pub use app::sessions::Sessions;
pub use app::{context, dispatch, identity, permission, projection};
pub use change::{Change, ChangeKind, EventAction, Notice, RowEvent};
pub use db::{Db, Migration, Migrations};
pub use feed::group::Group;
pub use feed::hub::Hub;
pub use feed::signal::{Event, Signal};
pub use feed::{broker, hub, signal};
pub use ground::error::{Detail, Error, Result};
pub use ground::limits::Limits;
pub use ground::outage::{Outage, Reason};
pub use ground::scalar::{Bytes, Date, DateTime, Decimal, Duration, Json, Time, Uuid};
pub use ground::stats::{LimitKind, Stats};
pub use ground::{error, limits, password, scalar};
pub use schema::absent::Absent;
pub use schema::row::{FromRow, Model, Row};
pub use schema::value::{FromObject, FromValue, IntoObject, Object, Value};
pub use schema::write_only::WriteOnly;
pub use schema::{meta, value};
pub use server::auth;
pub use server::run::run;
pub use server::{Service, ServiceError};
pub use store::{ManyToMany, Query, Repository};
pub use wire::frame::Request;
pub use wire::{decode, encode, frame, multiplexer};

/// Typed rows and their repository.
pub mod model {
    pub use crate::schema::row::{FromRow, Model, Repositories, Row};
    pub use crate::store::Repository;
}

/// Observers: what happened to rows, who is told, and the actions that subscribe and unsubscribe.
pub mod observer {
    pub use crate::actions::subscribe::{
        groups, names_any, signal_groups, subscribe, subscribe_instance, subscribe_signal, unsubscribe,
        unsubscribe_instance, unsubscribe_signal,
    };
    pub use crate::change::{Change, ChangeKind, EventAction, Notice, RowEvent};
    pub use crate::feed::groups::Groups;
}
