//! Replays recorded conversations (scenarios) against an application in this process: `tests/conformance/README.md`
//! describes their format.
//!
//! An [`Application`] is the service with its tables; a [`Suite`] is a directory of scenarios for it.

mod compare;
mod http;
mod json;
mod pending;
mod replay;
mod report;
mod scenario;
mod server;
mod socket;
mod suite;
mod tables;

pub use json::{Json, is};
pub use replay::{Difference, replay};
pub use scenario::{Outgoing, Scenario, Step, What};
pub use server::{Application, Server};
pub use suite::{PATIENCE, Suite};
pub use tables::Tables;
