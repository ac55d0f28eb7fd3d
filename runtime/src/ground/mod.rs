//! The lowest layer: failures, limits and their counters, scalars, and services of the operating system.

pub(crate) mod bounds;
pub(crate) mod database_error;
pub(crate) mod digest;
pub mod error;
pub(crate) mod failure;
pub(crate) mod future;
pub mod limits;
pub(crate) mod memory;
pub mod outage;
pub mod password;
pub(crate) mod reach;
pub mod scalar;
pub mod stats;
pub(crate) mod stop;
pub(crate) mod text;
pub(crate) mod tls;
pub(crate) mod url;
