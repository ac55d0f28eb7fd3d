//! The runtime of crates that `dcrf` generates: the socket loop, the erased actions, two databases.

pub mod codegen;
mod connection;
pub mod context;
pub mod db;
pub mod decode;
pub mod dispatch;
pub mod encode;
pub mod error;
pub mod frame;
pub mod identity;
pub mod limits;
pub mod meta;
pub mod model;
pub mod multiplexer;
mod run;
pub mod scalar;
pub mod server;
mod session;
pub mod store;
#[cfg(feature = "test-util")]
pub mod test;
pub mod value;

pub use context::Context;
pub use db::Db;
pub use dispatch::{Dispatch, Reply};
pub use error::{Detail, Error, Result};
pub use frame::Request;
pub use identity::{Authenticator, Identity};
pub use limits::{Limits, Overflow};
pub use model::{FromRow, Model, Repository, Row};
pub use run::run;
pub use scalar::{Bytes, Date, DateTime, Decimal, Duration, Json, Time, Uuid};
pub use server::{Service, ServiceError, Stats};
pub use value::{FromObject, FromValue, IntoObject, Object, Value};
