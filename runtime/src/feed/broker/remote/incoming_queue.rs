//! Where one connection to a broker puts what comes in.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

use super::failure::{CLOSED, Failure};
use super::shared::Shared;

/// Where one connection puts what comes in.
#[derive(Clone)]
pub(crate) struct IncomingQueue {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
}

#[derive(Default)]
struct Connection {
    lost: AtomicBool,
    /// Why, as was said first.
    why: OnceLock<String>,
    changed: Notify,
}

impl IncomingQueue {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), connection: Arc::default() }
    }

    /// What was sent to a name. It is not taken if nobody wants it, nor after the connection was given up: then those
    /// who want it are told that they have missed something.
    pub(crate) fn put(&self, name: &str, text: &[u8]) {
        if self.connection.lost.load(Ordering::Acquire) {
            return;
        }
        if !self.shared.state().wanted.has(name) {
            return;
        }
        self.shared.incoming.receive(name, text);
    }

    /// Something was sent to a name, and it is not known what.
    pub(crate) fn missed(&self, name: &str) {
        self.shared.incoming.missed(name);
    }

    /// The connection is lost, for this reason.
    pub(crate) fn lose(&self, why: impl Display) {
        // What comes of that is not why it was lost.
        let _ = self.connection.why.set(why.to_string());
        self.connection.lost.store(true, Ordering::Release);
        self.connection.changed.notify_one();
    }

    /// Ready when the connection is lost, with the reason. One task waits.
    pub(super) async fn lost(&self) -> Failure {
        while !self.connection.lost.load(Ordering::Acquire) {
            self.connection.changed.notified().await;
        }
        Failure::new(self.connection.why.get().map_or(CLOSED, String::as_str))
    }
}
