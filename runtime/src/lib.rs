//! The runtime of crates that `dcrf` generates: the socket loop, the erased actions, two databases.

pub mod context;
pub mod crud;
pub mod db;
pub mod decode;
pub mod dispatch;
pub mod encode;
pub mod error;
pub mod frame;
pub mod identity;
pub mod meta;
pub mod model;
pub mod password;
pub mod scalar;
pub mod store;
pub mod value;

pub use context::Context;
pub use db::Db;
pub use dispatch::{Dispatch, Reply};
pub use error::{Detail, Error, Result};
pub use frame::Request;
pub use identity::Identity;
pub use model::{FromRow, Model, Repository, Row};
pub use scalar::{Bytes, Date, DateTime, Decimal, Duration, Json, Time, Uuid};
pub use value::{FromObject, FromValue, IntoObject, Object, Value};
