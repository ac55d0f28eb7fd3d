//! The state that a broker outside of the process, its driver and its connection share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::outbox::Outbox;
use super::wanted::Wanted;
use crate::feed::broker::incoming::Incoming;
use crate::feed::broker::options::BrokerOptions;

/// The state that the broker, its driver and its reader share.
pub(super) struct Shared {
    pub(super) options: BrokerOptions,
    /// The queue of incoming messages.
    pub(super) incoming: Incoming,
    pub(super) state: Mutex<State>,
    /// Wakes the driver.
    pub(super) wake: Notify,
    /// Notifies that the driver has ended.
    pub(super) idle: Notify,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) wanted: Wanted,
    pub(super) outbox: Outbox,
    pub(super) connected: bool,
    pub(super) closing: bool,
    pub(super) closed: bool,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Every edit leaves the state consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
