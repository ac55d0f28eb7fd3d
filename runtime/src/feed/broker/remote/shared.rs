//! What a broker outside of the process, its driver and its connection share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::outbox::Outbox;
use super::wanted::Wanted;
use crate::feed::broker::incoming::Incoming;
use crate::feed::broker::options::BrokerOptions;

/// What the broker, its driver and its reader share.
pub(super) struct Shared {
    pub(super) options: BrokerOptions,
    /// Where what comes in goes.
    pub(super) incoming: Incoming,
    pub(super) state: Mutex<State>,
    /// There is something to do for the driver.
    pub(super) wake: Notify,
    /// The driver has nothing left to send.
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
        // Every edit leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
