//! What the definition leaves to the application, stream by stream.

mod comments;
mod custom;
mod fields;
mod orders;
mod probes;
mod rooms;
mod things;
mod users;
mod views;

/// The application: it has no state of its own.
#[derive(Debug, Clone, Copy)]
pub struct App;
