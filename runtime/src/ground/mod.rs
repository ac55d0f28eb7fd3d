//! What everything stands on: failures, limits and how they are counted, scalars, and what a process has from its
//! system.

pub(crate) mod bounds;
pub(crate) mod database_error;
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
