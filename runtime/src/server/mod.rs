//! A service: consumers, authentication, and the routes to them.

mod accept;
mod admission;
pub mod auth;
mod body;
mod client;
#[cfg(feature = "tls")]
mod encryption;
mod error;
mod files;
mod gate;
mod handshake;
mod health;
mod origin;
mod path;
mod refusal;
mod routes;
pub(crate) mod run;
mod serve;
mod service;
mod shared;
mod subprotocol;
mod unmanaged;

pub use error::ServiceError;
pub use health::Health;
pub use service::Service;
