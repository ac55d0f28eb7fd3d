//! What has come from the broker and waits to be delivered. Bounded: when it is full all of it is dropped, and the
//! subscribers of this node are told that they have missed something.

use std::collections::{HashMap, VecDeque};
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;

use super::{CLOSED, Failure, Shared};
use crate::broker::codec::{self, Said};
use crate::failure::{caught, cause};
use crate::hub::Hub;

/// Of how many names of other nodes it is remembered what was said there already.
const NAMES: usize = 65_536;

/// The number of the last message of a node under a name. Not of the node alone: brokers of several shards keep the
/// order within a name, and mix what was sent under different ones.
type Heard = HashMap<(u64, String), u64>;

/// What waits.
pub(super) struct Inbox {
    limit: usize,
    queue: Mutex<Queue>,
    filled: Notify,
}

#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    closed: bool,
}

/// Something to be done in order.
enum Item {
    /// What was sent to this name.
    Text { name: String, text: String },
    /// These channels, or all, may have missed something.
    Missed(Option<Vec<Arc<str>>>),
    /// As many as have this name.
    MissedBy(String),
}

impl Inbox {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, queue: Mutex::default(), filled: Notify::new() }
    }

    /// Channels may have missed something.
    pub(super) fn missed(&self, channels: Vec<Arc<str>>) {
        self.put(Item::Missed(Some(channels)));
    }

    fn put(&self, item: Item) {
        let mut queue = self.queue();
        if queue.items.len() >= self.limit {
            tracing::warn!(dropped = queue.items.len(), "messages came faster than they could be delivered");
            queue.items.clear();
            queue.items.push_back(Item::Missed(None));
        } else {
            queue.items.push_back(item);
        }
        drop(queue);
        self.filled.notify_one();
    }

    /// Nothing comes any more.
    pub(super) fn close(&self) {
        self.queue().closed = true;
        self.filled.notify_one();
    }

    /// The oldest; none when it is closed.
    async fn take(&self) -> Option<Item> {
        loop {
            {
                let mut queue = self.queue();
                if queue.closed {
                    return None;
                }
                if let Some(item) = queue.items.pop_front() {
                    return Some(item);
                }
            }
            self.filled.notified().await;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Every edit leaves it whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where one connection puts what comes in.
#[derive(Clone)]
pub(in crate::broker) struct Inlet {
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

impl Inlet {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), connection: Arc::default() }
    }

    /// What was sent to a name. It is not taken if nobody wants it, nor after the connection was given up: then those
    /// who want it are told that they have missed something.
    pub(in crate::broker) fn put(&self, name: &str, text: &[u8]) {
        if self.connection.lost.load(Ordering::Acquire) {
            return;
        }
        if !self.shared.state().wanted.has(name) {
            return;
        }
        let name = name.to_owned();
        self.shared.inbox.put(match std::str::from_utf8(text) {
            Ok(text) => Item::Text { name, text: text.to_owned() },
            Err(_) => Item::MissedBy(name),
        });
    }

    /// Something was sent to a name, and it is not known what.
    pub(in crate::broker) fn missed(&self, name: &str) {
        self.shared.inbox.put(Item::MissedBy(name.to_owned()));
    }

    /// The connection is lost, for this reason.
    pub(in crate::broker) fn lose(&self, why: impl Display) {
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

/// Delivers what comes in, until the inbox is closed or the hub is gone.
pub(super) async fn read(shared: Arc<Shared>) {
    let mut heard = Heard::new();
    while let Some(item) = shared.inbox.take().await {
        let Some(hub) = shared.hub.upgrade() else { return };
        // Who may see a message is asked of the application: what it does there concerns no other message.
        if let Err(error) = caught(handle(&shared, &hub, item, &mut heard)).await {
            tracing::error!(error = %cause(&error), "a message of another node was not delivered");
        }
    }
}

async fn handle(shared: &Shared, hub: &Hub, item: Item, past: &mut Heard) {
    match item {
        Item::Missed(None) => hub.resync(None),
        Item::Missed(Some(channels)) => channels.iter().for_each(|channel| hub.resync(Some(channel))),
        Item::MissedBy(name) => miss(shared, hub, &name),
        Item::Text { name, text } => match codec::decode(&text, shared.node, &hub.served()) {
            Err(error) => {
                metrics::counter!("dcrf_broker_unreadable_total").increment(1);
                tracing::warn!(%error, name, "a message of another node cannot be read");
                miss(shared, hub, &name);
            }
            Ok(heard) => {
                let Some(said) = heard.said else { return };
                // What was sent twice, as it was not known whether it had arrived, is heard once.
                if !is_new(past, heard.node, name, heard.sequence) {
                    return;
                }
                match said {
                    Said::Message(message) => hub.deliver(&message).await,
                    Said::Missed(None) => hub.resync(None),
                    Said::Missed(Some(own)) => own.iter().for_each(|channel| hub.resync(Some(channel))),
                }
            }
        },
    }
}

/// Whether this number was not heard yet; 0 is no number.
fn is_new(past: &mut Heard, node: u64, name: String, sequence: u64) -> bool {
    if sequence == 0 {
        return true;
    }
    if past.len() >= NAMES {
        past.clear();
    }
    let last = past.entry((node, name)).or_default();
    let new = sequence > *last;
    *last = sequence.max(*last);
    new
}

/// Everybody on the channels of a name has missed something.
fn miss(shared: &Shared, hub: &Hub, name: &str) {
    let channels = shared.state().wanted.channels(name);
    // Whoever hears the control channel cannot know whom it was about.
    let everybody = channels.iter().any(|channel| &**channel == super::CONTROL);
    if everybody {
        hub.resync(None);
    } else {
        channels.iter().for_each(|channel| hub.resync(Some(channel)));
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard, is_new};

    #[test]
    fn numbers_are_compared_within_a_name() {
        let mut past = Heard::new();
        let mut hear = |name: &str, sequence| is_new(&mut past, 1, name.to_owned(), sequence);
        assert!(hear("b", 2));
        // Of another shard, which was slower.
        assert!(hear("a", 1));
        assert!(!hear("b", 2));
        assert!(hear("b", 3));
        // What has no number is always heard.
        assert!(hear("b", 0));
        assert!(is_new(&mut past, 2, "b".to_owned(), 1));
    }
}
