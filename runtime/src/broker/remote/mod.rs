//! What all brokers outside of the process have in common: who wants what, what waits to be sent, and what is done
//! about gaps.
//!
//! A node delivers its own messages at once, and skips them when they come back: its subscribers lose nothing while
//! the broker is away, and writers do not wait for it. So nodes that change one row at the same moment may be heard in
//! another order on each of them; what one node says is heard in its order everywhere.
//!
//! One task, in `driver`, holds the connection. A connection that fails, or is silent for too long, is given up for
//! another; then all channels are subscribed to anew, and subscribers are told that they may have missed something.

mod driver;
mod inbox;
mod outbox;
mod wanted;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use super::{Broker, BrokerError, BrokerOptions, codec};
use crate::db::Db;
use crate::dispatch::BoxFuture;
use crate::error::{Detail, Error, Result};
use crate::hub::{Hub, Message};

use inbox::Inbox;
pub(super) use inbox::Inlet;
pub(super) use outbox::Letter;
use outbox::Outbox;
use wanted::Wanted;

/// Why a connection is given up. Nothing but the text is of use.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failure(String);

impl Failure {
    pub(super) fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Why most connections are lost.
pub(super) const CLOSED: &str = "it was closed";

/// A kind of broker, and where it is.
pub(super) trait Server: Send + Sync + 'static {
    /// A connection to it.
    type Link: Link;

    /// The name under which a channel is known there. Several may have the same.
    fn name(&self, channel: &str) -> String;

    /// Connects once. What comes in goes to the inlet, which is also told when the connection is lost.
    fn open(&self, inlet: Inlet) -> impl Future<Output = Result<Self::Link, Failure>> + Send;
}

/// A connection. Every method is ready when the broker has confirmed; the connection is given up after a failure.
pub(super) trait Link: Send {
    /// Subscribes to these.
    fn subscribe(&mut self, names: &[String]) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Ends subscriptions.
    fn unsubscribe(&mut self, names: &[String]) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Sends these, in this order.
    fn publish(&mut self, letters: &[Letter]) -> impl Future<Output = Result<(), Failure>> + Send;
    /// Whether the broker answers.
    fn ping(&mut self) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// What the broker, its driver and its reader share.
struct Shared {
    /// This node, among all.
    node: u64,
    options: BrokerOptions,
    hub: Weak<Hub>,
    inbox: Inbox,
    state: Mutex<State>,
    /// There is something to do for the driver.
    wake: Notify,
    /// The driver has nothing left to send.
    idle: Notify,
}

#[derive(Default)]
struct State {
    wanted: Wanted,
    outbox: Outbox,
    /// The last number given to what this node says.
    sequence: u64,
    connected: bool,
    closing: bool,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every edit leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A broker outside of the process.
pub(super) struct Remote<S: Server> {
    server: Arc<S>,
    shared: Arc<Shared>,
}

/// The channel on which nodes tell each other what could not be sent. Its name is none of an observer's, which have
/// slashes.
const CONTROL: &str = "control";

/// Connects, and keeps connected for as long as there is a hub.
pub(super) async fn start<S: Server>(
    db: &Db,
    server: S,
    options: BrokerOptions,
) -> Result<Remote<S>, BrokerError> {
    // Keyed by the operating system's randomness.
    let node = RandomState::new().hash_one(std::process::id());
    let mut state = State::default();
    let control = server.name(CONTROL);
    state.wanted.want(&control, CONTROL, None);
    let shared = Arc::new(Shared {
        node,
        inbox: Inbox::new(options.inbox),
        options,
        hub: db.weak_hub(),
        state: Mutex::new(state),
        wake: Notify::new(),
        idle: Notify::new(),
    });
    let server = Arc::new(server);
    driver::start(Arc::clone(&server), Arc::clone(&shared), control).await?;
    tokio::spawn(inbox::read(Arc::clone(&shared)));
    Ok(Remote { server, shared })
}

impl<S: Server> Remote<S> {
    fn name(&self, channel: &str) -> String {
        self.server.name(channel)
    }

    /// Puts a message into the outbox.
    fn post(&self, message: &Message) {
        let name = self.name(&message.channel);
        let mut state = self.shared.state();
        state.sequence += 1;
        let sequence = state.sequence;
        match codec::encode(self.shared.node, sequence, message) {
            Ok(text) => {
                let letter = Letter { name, channel: Arc::clone(&message.channel), text };
                state.outbox.put(letter, self.shared.options.outbox);
            }
            Err(error) => {
                tracing::error!(%error, channel = &*message.channel, "an event for other nodes is no JSON");
                state.outbox.miss(&message.channel);
            }
        }
    }
}

impl<S: Server> Broker for Remote<S> {
    fn publish<'a>(&'a self, hub: &'a Hub, messages: Vec<Message>) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for message in &messages {
                self.post(message);
            }
            self.shared.wake.notify_one();
            for message in &messages {
                hub.deliver(message).await;
            }
            Ok(())
        })
    }

    fn subscribe<'a>(&'a self, channel: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let name = self.name(channel);
            let (live, waits) = tokio::sync::oneshot::channel();
            if self.shared.state().wanted.want(&name, channel, Some(live)) {
                return Ok(());
            }
            self.shared.wake.notify_one();
            match tokio::time::timeout(self.shared.options.timeout, waits).await {
                Ok(Ok(())) => Ok(()),
                _ => Err(Error::Api { status: 503, detail: Detail::text("The broker does not answer.") }),
            }
        })
    }

    fn unsubscribe(&self, channel: &str) {
        let name = self.name(channel);
        self.shared.state().wanted.doubt(name, channel);
        self.shared.wake.notify_one();
    }

    fn missed(&self, hub: &Hub, channels: &[Arc<str>]) {
        {
            let mut state = self.shared.state();
            channels.iter().for_each(|channel| state.outbox.miss(channel));
        }
        self.shared.wake.notify_one();
        channels.iter().for_each(|channel| hub.resync(Some(channel)));
    }

    fn is_connected(&self) -> bool {
        self.shared.state().connected
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let ended = async {
                loop {
                    let idle = self.shared.idle.notified();
                    if self.shared.state().closed {
                        return;
                    }
                    idle.await;
                }
            };
            self.shared.state().closing = true;
            self.shared.wake.notify_one();
            let _ = tokio::time::timeout(self.shared.options.timeout, ended).await;
        })
    }
}

impl<S: Server> Drop for Remote<S> {
    fn drop(&mut self) {
        self.shared.state().closing = true;
        self.shared.wake.notify_one();
    }
}
