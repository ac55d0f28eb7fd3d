//! What the end-to-end tests stand on: example servers as processes, fresh databases, sockets.
//!
//! The crate knows nothing of the generated code: it starts binaries and speaks to them as any client does.
//! Its functions panic with a sentence when something is not as expected, as assertions do.

mod binaries;
mod broker;
mod database;
mod server;
mod socket;

pub use binaries::{App, generator};
pub use broker::Broker;
pub use database::Database;
pub use server::{Server, files_of, resident_of};
pub use socket::Socket;

use std::time::Duration;

/// How long anything may take before a test gives up. Generous: a machine may be busy, and nothing waits for it
/// unless something is wrong.
pub const LIMIT: Duration = Duration::from_secs(90);
