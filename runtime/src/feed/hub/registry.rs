//! The subscriptions of a node, by channel, connection and observer.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use tokio::sync::{mpsc, oneshot};

use super::concerned::ConcernedSubscribers;
use super::served::Served;
use super::subscription::Subscription;
use crate::change::{Entry, Topic};
use crate::db::Db;
use crate::feed::broker::Broker;
use crate::feed::log::{ChangeLog, Concerned};
use crate::feed::presence::Members;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::stats::LimitKind;

/// The subscriptions of a node. A hub belongs to a [`Db`], and publishes the changes that are written through it.
pub struct Hub {
    state: Mutex<State>,
    served: RwLock<Arc<Served>>,
    pub(super) queue: mpsc::UnboundedSender<Job>,
    /// The broker to other nodes; `None` if there are no others.
    broker: RwLock<Option<Arc<dyn Broker>>>,
    /// The number of this node, among all.
    pub(crate) node: u64,
    /// The last sequence number of this node's messages.
    pub(super) sequence: AtomicU64,
    /// What is known of the log of changes, if an observer reads it.
    log: RwLock<Option<Arc<ChangeLog>>>,
    /// Whether the broker did not accept a message, and the other nodes have not been notified yet.
    pub(super) owes: AtomicBool,
    /// Whether the broker took too long to accept a message, so that it gets none until it is tried again.
    pub(super) broker_hangs: AtomicBool,
    /// The connections of this node that are present in groups.
    pub(crate) members: Arc<Members>,
    /// The hub itself, for tasks that end with it.
    pub(crate) own: Weak<Self>,
}

#[derive(Default)]
pub(super) struct State {
    /// The subscribers of each channel.
    pub(super) channels: HashMap<Arc<str>, Vec<Arc<Subscription>>>,
    /// The subscriptions of each connection, which are removed with it.
    pub(super) connections: HashMap<u64, Vec<Arc<Subscription>>>,
    /// The number of subscriptions of each observer.
    pub(super) topics: HashMap<Topic, usize>,
    /// The subscriptions whose rights depend on rows.
    concerned: ConcernedSubscribers,
    /// The number of subscriptions of each channel that wait for the broker.
    joining: HashMap<Arc<str>, usize>,
}

/// The entries of one transaction, or of one single write.
pub(super) struct Job {
    pub(super) db: Db,
    pub(super) entries: Vec<Entry>,
    pub(super) done: oneshot::Sender<()>,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("subscriptions", &self.subscriptions()).finish_non_exhaustive()
    }
}

impl Hub {
    /// Creates a hub without subscriptions, which puts jobs into a queue.
    pub(super) fn new(queue: mpsc::UnboundedSender<Job>) -> Arc<Self> {
        Arc::new_cyclic(|own| Self {
            state: Mutex::default(),
            served: RwLock::default(),
            queue,
            broker: RwLock::default(),
            // The hasher is keyed by the operating system's randomness.
            node: RandomState::new().hash_one(std::process::id()),
            sequence: AtomicU64::new(0),
            log: RwLock::default(),
            owes: AtomicBool::new(false),
            broker_hangs: AtomicBool::new(false),
            members: Arc::default(),
            own: Weak::clone(own),
        })
    }

    /// Sets the broker that carries messages to other nodes. The application calls this before it serves clients.
    pub fn set_broker(&self, broker: impl Broker) {
        *self.broker.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(broker));
    }

    /// Removes the broker, because there are no other nodes any more.
    pub(crate) fn remove_broker(&self) {
        *self.broker.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns the broker to other nodes, if there are any.
    pub(crate) fn broker(&self) -> Option<Arc<dyn Broker>> {
        self.broker.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Tells whether the broker can be reached, as far as is known. Returns `true` if there is no broker.
    pub(crate) fn is_connected(&self) -> bool {
        self.broker().is_none_or(|broker| broker.is_connected())
    }

    /// Sets the log of changes whose reader tells its changes from now on, in the place of an earlier one.
    pub(crate) fn set_log(&self, log: &Arc<ChangeLog>) {
        let earlier = self.log.write().unwrap_or_else(PoisonError::into_inner).replace(Arc::clone(log));
        if let Some(earlier) = earlier {
            earlier.stop.notify_one();
        }
    }

    /// Returns the log of changes, if an observer reads it.
    pub(crate) fn log(&self) -> Option<Arc<ChangeLog>> {
        self.log.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the number of subscriptions of this node.
    pub fn subscriptions(&self) -> usize {
        self.state().connections.values().map(Vec::len).sum()
    }

    /// Tells whether there is no subscription, group or channel of any connection.
    pub fn is_empty(&self) -> bool {
        let state = self.state();
        let is_empty = state.channels.is_empty() && state.connections.is_empty() && state.topics.is_empty();
        is_empty && state.concerned.is_empty()
    }

    /// Returns the served observers, whose changes are published.
    pub(crate) fn served(&self) -> Arc<Served> {
        Arc::clone(&self.served.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the served observers.
    pub(crate) fn serve(&self, change: impl FnOnce(&mut Served)) {
        let mut served = self.served.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Served::clone(&served);
        change(&mut next);
        *served = Arc::new(next);
    }

    /// Tells whether an observer has a subscriber on this node.
    pub(crate) fn is_heard_here(&self, topic: Topic) -> bool {
        self.state().topics.get(&topic).is_some_and(|count| *count > 0)
    }

    /// Adds a subscription after the broker has confirmed it. Returns it, unless there is one that is equal, or the
    /// connection has ended.
    ///
    /// # Errors
    /// 429 if its connection has the greatest allowed number of subscriptions; the error of the broker.
    pub(crate) async fn join(&self, subscription: Subscription) -> Result<Option<Arc<Subscription>>> {
        if self.is_full(&subscription) {
            subscription.context.bounds().stats.cross(LimitKind::Subscriptions);
            let most = subscription.context.bounds().limits.subscriptions;
            let detail = Detail::Text(format!("A connection may have {most} subscriptions."));
            return Err(Error::Api { status: 429, detail });
        }
        let subscription = subscription.counted()?;
        let channel = Arc::clone(&subscription.channel);
        // From here on `wants` is true for the channel, so that the broker keeps it even if all other subscribers
        // leave.
        let _joining = Joining::begin(self, channel);
        // What is told from the log comes from no broker.
        if let Some(broker) = self.broker().filter(|_| !subscription.is_logged()) {
            broker.subscribe(&subscription.channel).await?;
        }
        Ok(self.subscribe(subscription))
    }

    /// Tells whether a connection may not have a further subscription. Concurrent requests of several streams may each
    /// add one more.
    fn is_full(&self, subscription: &Subscription) -> bool {
        let state = self.state();
        let own = state.connections.get(&subscription.connection()).map_or(&[][..], Vec::as_slice);
        own.len() >= subscription.context.bounds().limits.subscriptions
            && !own.iter().any(|other| other.is_same(subscription))
    }

    /// Tells whether a channel has a subscriber on this node, or is about to have one. Brokers check this before they
    /// end their subscription to a channel.
    pub fn wants(&self, channel: &str) -> bool {
        let state = self.state();
        state.channels.contains_key(channel) || state.joining.contains_key(channel)
    }

    /// Adds a subscription; it replaces one that is equal except for its filter, and one that begins at a position
    /// replaces any that is equal.
    fn subscribe(&self, subscription: Subscription) -> Option<Arc<Subscription>> {
        self.unsubscribe(subscription.connection(), |other| {
            other.is_same(&subscription)
                && (other.filter != subscription.filter || subscription.is_resuming())
        });
        let mut state = self.state();
        if subscription.mailbox.is_shut() {
            return None;
        }
        let subscribers = state.channels.entry(Arc::clone(&subscription.channel)).or_default();
        if subscribers.iter().any(|other| other.is_same(&subscription)) {
            return None;
        }
        let subscription = Arc::new(subscription);
        subscribers.push(Arc::clone(&subscription));
        *state.topics.entry(subscription.topic).or_default() += 1;
        state.concerned.add(&subscription);
        let own = state.connections.entry(subscription.connection()).or_default();
        own.push(Arc::clone(&subscription));
        Some(subscription)
    }

    /// Ends the matching subscriptions of a connection, and returns their number.
    pub(crate) fn unsubscribe(&self, connection: u64, meant: impl Fn(&Subscription) -> bool) -> usize {
        let mut state = self.state();
        let Some(own) = state.connections.get_mut(&connection) else { return 0 };
        let mut ended = Vec::new();
        own.retain(|subscription| {
            let ends = meant(subscription);
            if ends {
                ended.push(Arc::clone(subscription));
            }
            !ends
        });
        if own.is_empty() {
            state.connections.remove(&connection);
        }
        let silent: Vec<&Arc<Subscription>> = ended.iter().filter(|each| state.forget(each)).collect();
        drop(state);
        if let Some(broker) = self.broker() {
            let carried = silent.iter().filter(|each| !each.is_logged());
            carried.for_each(|each| broker.unsubscribe(&each.channel));
        }
        ended.len()
    }

    /// Tells whether a connection has a matching subscription.
    pub(crate) fn has(&self, connection: u64, meant: impl Fn(&Subscription) -> bool) -> bool {
        let state = self.state();
        state.connections.get(&connection).is_some_and(|own| own.iter().any(|each| meant(each)))
    }

    /// Returns the groups to which a connection is subscribed, each once.
    pub(crate) fn heard(
        &self,
        connection: u64,
        meant: impl Fn(&Subscription) -> bool,
    ) -> Vec<(Topic, String)> {
        let state = self.state();
        let mut heard: Vec<(Topic, String)> = Vec::new();
        for own in state.connections.get(&connection).into_iter().flatten().filter(|own| meant(own)) {
            let group = own.group();
            if !heard.iter().any(|(topic, name)| *topic == own.topic && name == group) {
                heard.push((own.topic, group.to_owned()));
            }
        }
        heard
    }

    /// Removes a connection.
    pub(crate) fn disconnect(&self, connection: u64) {
        self.unsubscribe(connection, |_| true);
        self.members.end(connection);
    }

    /// Returns the subscribers of a channel.
    pub(super) fn subscribers(&self, channel: &str) -> Vec<Arc<Subscription>> {
        self.state().channels.get(channel).cloned().unwrap_or_default()
    }

    /// Returns all subscribers.
    pub(super) fn everybody(&self) -> Vec<Arc<Subscription>> {
        self.state().connections.values().flatten().cloned().collect()
    }

    /// Returns the subscribers whose rights an entry of the log may have changed, some of them several times.
    pub(super) fn concerned(&self, concerned: &[Concerned]) -> Vec<Arc<Subscription>> {
        self.state().concerned.of(concerned)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Every edit leaves the maps consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.members.close();
    }
}

/// A subscription that waits for the broker. When the wait ends for any reason, a channel without subscribers is
/// removed.
struct Joining<'a> {
    hub: &'a Hub,
    channel: Arc<str>,
}

impl<'a> Joining<'a> {
    fn begin(hub: &'a Hub, channel: Arc<str>) -> Self {
        *hub.state().joining.entry(Arc::clone(&channel)).or_default() += 1;
        Self { hub, channel }
    }
}

impl Drop for Joining<'_> {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        if let Some(count) = state.joining.get_mut(&self.channel) {
            *count -= 1;
            if *count == 0 {
                state.joining.remove(&self.channel);
            }
        }
        drop(state);
        if !self.hub.wants(&self.channel)
            && let Some(broker) = self.hub.broker()
        {
            broker.unsubscribe(&self.channel);
        }
    }
}

impl State {
    /// Removes a subscription. Tells whether its channel does not have a subscriber any more.
    fn forget(&mut self, subscription: &Arc<Subscription>) -> bool {
        subscription.recipient.end();
        self.concerned.remove(subscription);
        let mut silent = false;
        if let Some(subscribers) = self.channels.get_mut(&subscription.channel) {
            subscribers.retain(|other| !Arc::ptr_eq(other, subscription));
            silent = subscribers.is_empty();
            if silent {
                self.channels.remove(&subscription.channel);
            }
        }
        if let Some(count) = self.topics.get_mut(&subscription.topic) {
            *count -= 1;
            if *count == 0 {
                self.topics.remove(&subscription.topic);
            }
        }
        silent
    }
}
