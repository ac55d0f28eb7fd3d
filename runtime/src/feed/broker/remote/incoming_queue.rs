//! The queue for the incoming messages of one connection to a broker.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

use super::failure::{CLOSED, Failure};
use super::shared::Shared;

/// The queue for the incoming messages of one connection.
#[derive(Clone)]
pub(crate) struct IncomingQueue {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
}

#[derive(Default)]
struct Connection {
    lost: AtomicBool,
    /// The first reason why the connection was lost.
    why: OnceLock<String>,
    changed: Notify,
}

impl IncomingQueue {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), connection: Arc::default() }
    }

    /// Puts a message that was sent to a name into the queue. The message is dropped if the name does not have a
    /// subscriber. It is also dropped after the connection was given up, because its subscribers then receive `resync`.
    pub(crate) fn put(&self, name: &str, text: &[u8]) {
        if self.connection.lost.load(Ordering::Acquire) {
            return;
        }
        if !self.shared.state().wanted.has(name) {
            return;
        }
        self.shared.incoming.receive(name, text);
    }

    /// Reports that an unknown message was sent to a name.
    pub(crate) fn missed(&self, name: &str) {
        self.shared.incoming.missed(name);
    }

    /// Reports that the connection is lost, with the reason.
    pub(crate) fn lose(&self, why: impl Display) {
        // Later reasons are consequences of the first.
        let _ = self.connection.why.set(why.to_string());
        self.connection.lost.store(true, Ordering::Release);
        self.connection.changed.notify_one();
    }

    /// Resolves when the connection is lost, with the reason. Only one task waits.
    pub(super) async fn lost(&self) -> Failure {
        while !self.connection.lost.load(Ordering::Acquire) {
            self.connection.changed.notified().await;
        }
        Failure::new(self.connection.why.get().map_or(CLOSED, String::as_str))
    }
}
