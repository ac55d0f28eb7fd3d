//! The messages from other nodes that wait to be delivered. The queue is bounded: when it is full, all its messages are
//! dropped, and the subscribers of this node receive `resync`, because they have missed something.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use super::contract::BrokerMessage;
use crate::feed::codec::{self, CONTROL, Said};
use crate::feed::hub::Hub;
use crate::ground::failure::{caught, cause};

/// The greatest number of names of other nodes whose last sequence numbers are kept.
const NAMES: usize = 65_536;

/// The number of the last message of a node under a name. It is not kept per node alone: brokers of several shards keep
/// the order within a name, and mix messages that were sent under different names.
type Heard = HashMap<(u64, String), u64>;

/// The queue.
struct Inbox {
    limit: usize,
    queue: Mutex<Queue>,
    filled: Notify,
}

#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    closed: bool,
}

/// An item that is handled in order.
enum Item {
    /// A message that was sent to this name.
    Text { name: String, text: String },
    /// These channels, or all, may have missed something.
    Missed(Option<Vec<Arc<str>>>),
    /// All channels that have this name may have missed something.
    MissedBy(String),
}

impl Inbox {
    fn new(limit: usize) -> Self {
        Self { limit, queue: Mutex::default(), filled: Notify::new() }
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

    /// Closes the queue: nothing more is taken from it.
    fn close(&self) {
        self.queue().closed = true;
        self.filled.notify_one();
    }

    /// Takes the oldest item; returns `None` when the queue is closed.
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
        // Every edit leaves the queue consistent.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A function that returns the channels to which a broker gives a name.
type ChannelsOf = dyn Fn(&str) -> Vec<Arc<str>> + Send + Sync;

/// The queue into which a broker puts the messages from other nodes. Clones share one queue, which is closed with the
/// last of them.
#[derive(Clone)]
pub struct Incoming(Arc<Inner>);

struct Inner {
    inbox: Arc<Inbox>,
    hub: Weak<Hub>,
    node: u64,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.inbox.close();
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("waiting", &self.0.inbox.queue().items.len()).finish_non_exhaustive()
    }
}

impl Incoming {
    /// Accepts a message that another node, or this one, has [sent](super::Broker::send) to a channel. The messages of
    /// one node have to be passed in the order in which it sent them. They are delivered in a task of their own.
    pub fn receive(&self, channel: &str, bytes: &[u8]) {
        let name = channel.to_owned();
        self.0.inbox.put(match std::str::from_utf8(bytes) {
            Ok(text) => Item::Text { name, text: text.to_owned() },
            Err(_) => Item::MissedBy(name),
        });
    }

    /// Reports that an unknown message was sent to a channel: the subscribers of the channel on this node receive
    /// `resync`, because they have missed something.
    pub fn missed(&self, channel: &str) {
        self.0.inbox.put(Item::MissedBy(channel.to_owned()));
    }

    /// Reports the same for many channels.
    pub(super) fn missed_all(&self, channels: Vec<Arc<str>>) {
        self.0.inbox.put(Item::Missed(Some(channels)));
    }

    /// Returns a message that makes the subscribers of these channels (or with `None` all subscribers) on other nodes
    /// receive `resync`. A broker sends it if it had to drop messages. Its channel is `control`, which every node
    /// receives.
    pub fn missed_message(&self, channels: Option<&[Arc<str>]>) -> BrokerMessage {
        codec::missed(self.0.node, channels)
    }

    /// Tells whether a channel has a subscriber on this node, or is about to have one. A broker checks this before it
    /// ends its subscription to a channel.
    pub fn wants(&self, channel: &str) -> bool {
        channel == CONTROL || self.0.hub.upgrade().is_some_and(|hub| hub.wants(channel))
    }
}

impl Hub {
    /// Returns a queue into which a broker puts the messages from other nodes. At most `limit` messages wait to be
    /// delivered.
    pub fn incoming(&self, limit: usize) -> Incoming {
        self.inlet_by(limit, Box::new(|channel| vec![channel.into()]))
    }

    /// Creates the same queue for a broker that has names of its own for channels.
    pub(super) fn inlet_by(&self, limit: usize, channels_of: Box<ChannelsOf>) -> Incoming {
        let (inbox, hub) = (Arc::new(Inbox::new(limit)), Weak::clone(&self.own));
        tokio::spawn(read(Arc::clone(&inbox), Weak::clone(&hub), channels_of));
        Incoming(Arc::new(Inner { inbox, hub, node: self.node }))
    }
}

/// Delivers incoming messages until the queue is closed or the hub is dropped.
async fn read(inbox: Arc<Inbox>, hub: Weak<Hub>, channels_of: Box<ChannelsOf>) {
    let mut heard = Heard::new();
    while let Some(item) = inbox.take().await {
        let Some(hub) = hub.upgrade() else { return };
        // The application decides who may see a message: its panic must not affect other messages.
        if let Err(error) = caught(handle(&hub, item, &channels_of, &mut heard)).await {
            tracing::error!(error = %cause(&error), "a message of another node was not delivered");
        }
    }
}

async fn handle(hub: &Hub, item: Item, channels_of: &ChannelsOf, past: &mut Heard) {
    match item {
        Item::Missed(None) => hub.resync(None),
        Item::Missed(Some(channels)) => channels.iter().for_each(|channel| hub.resync(Some(channel))),
        Item::MissedBy(name) => miss(hub, &channels_of(&name)),
        Item::Text { name, text } => match codec::decode(&text, hub.node, hub.served().watched()) {
            Err(error) => {
                metrics::counter!("dcrf_broker_unreadable_total").increment(1);
                tracing::warn!(%error, name, "a message of another node cannot be read");
                miss(hub, &channels_of(&name));
            }
            Ok(heard) => {
                let Some(said) = heard.said else { return };
                // A message may be sent twice, because it was unknown whether it had arrived. It is delivered once.
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

/// Tells whether this number is new; 0 means that there is no number.
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

/// Sends `resync` to all subscribers of these channels.
fn miss(hub: &Hub, channels: &[Arc<str>]) {
    // A subscriber of the control channel cannot know which channels were concerned.
    if channels.iter().any(|channel| &**channel == CONTROL) {
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
        // This message comes from another shard, which was slower.
        assert!(hear("a", 1));
        assert!(!hear("b", 2));
        assert!(hear("b", 3));
        // A message without a number is always delivered.
        assert!(hear("b", 0));
        assert!(is_new(&mut past, 2, "b".to_owned(), 1));
    }
}
