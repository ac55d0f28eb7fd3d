//! Who listens to what on this node, and the one place where events are given out.
//!
//! Changes and messages are queued and given out one after the other, in the order in which they were committed; an
//! event is encoded once and shared by all who hear it. No lock is held while anything is waited for.

mod deliver;
mod ends;
mod mailbox;
mod publish;
mod request_id;
mod served;
mod subscription;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use tokio::sync::{mpsc, oneshot};

use crate::broker::{Broker, Memory};
use crate::db::Db;
use crate::error::{Detail, Error, Result};
use crate::observer::Change;
use crate::stats::Limit;

pub(crate) use mailbox::{Mail, Mailbox, Seat};
pub use publish::Message;
pub(crate) use publish::{Body, Entry};
pub(crate) use request_id::RequestId;
pub(crate) use served::{Edge, Link, Observed, Served};
pub(crate) use subscription::{Subscription, Topic};

/// The subscriptions of a node. It belongs to a [`Db`]: whoever writes through that is heard here.
pub struct Hub {
    state: Mutex<State>,
    served: RwLock<Arc<Served>>,
    queue: mpsc::UnboundedSender<Job>,
    broker: RwLock<Arc<dyn Broker>>,
    /// Statements of the database, of which tests tell how many something takes.
    #[cfg(feature = "test-util")]
    pub(crate) statements: std::sync::atomic::AtomicUsize,
}

#[derive(Default)]
struct State {
    /// By channel: who hears it.
    channels: HashMap<Arc<str>, Vec<Arc<Subscription>>>,
    /// By connection: what is to be forgotten with it.
    connections: HashMap<u64, Vec<Arc<Subscription>>>,
    /// How many subscriptions an observer has.
    topics: HashMap<Topic, usize>,
    /// How many are about to be added to a channel, and wait for the broker.
    joining: HashMap<Arc<str>, usize>,
}

tokio::task_local! {
    /// Set in the task that gives events out: what is written there must not wait for it.
    static GIVING_OUT: ();
}

/// Whether this is the task that gives events out: the application is asked there who is told.
fn is_giving_out() -> bool {
    GIVING_OUT.try_with(|()| ()).is_ok()
}

/// What one transaction, or one write alone, has to say.
struct Job {
    db: Db,
    entries: Vec<Entry>,
    done: oneshot::Sender<()>,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("subscriptions", &self.subscriptions()).finish_non_exhaustive()
    }
}

impl Hub {
    /// A hub without subscriptions, with its own task.
    pub(crate) fn start() -> Arc<Self> {
        let (queue, mut jobs) = mpsc::unbounded_channel::<Job>();
        let hub = Arc::new(Self {
            state: Mutex::default(),
            served: RwLock::default(),
            queue,
            broker: RwLock::new(Arc::new(Memory)),
            #[cfg(feature = "test-util")]
            statements: std::sync::atomic::AtomicUsize::new(0),
        });
        // Ends with the last handle to the hub, which holds the sender.
        tokio::spawn(async move {
            while let Some(Job { db, entries, done }) = jobs.recv().await {
                GIVING_OUT.scope((), publish::publish(&db, entries)).await;
                // Whoever wrote may have gone meanwhile.
                let _ = done.send(());
            }
        });
        hub
    }

    /// Carries messages by another broker than memory. To be called before anybody is served.
    pub fn set_broker(&self, broker: impl Broker) {
        *self.broker.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(broker);
    }

    /// What carries messages.
    pub(crate) fn broker(&self) -> Arc<dyn Broker> {
        Arc::clone(&self.broker.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Subscriptions of this node.
    pub fn subscriptions(&self) -> usize {
        self.state().connections.values().map(Vec::len).sum()
    }

    /// Whether nothing is left of any connection: no subscription, no group, no channel.
    pub fn is_empty(&self) -> bool {
        let state = self.state();
        state.channels.is_empty() && state.connections.is_empty() && state.topics.is_empty()
    }

    /// Gives out what was committed. Ready when all of this node's subscribers have it in their mailboxes; at once if
    /// it is written while events are given out, as it comes after them.
    pub(crate) fn publish(&self, db: &Db, entries: Vec<Entry>) -> impl Future<Output = ()> + Send + use<> {
        let (done, given_out) = oneshot::channel();
        // The task runs for as long as there is a hub. The place in the queue is taken now, not when it is awaited.
        let _ = self.queue.send(Job { db: db.clone().uncounted(), entries, done });
        async move {
            if !is_giving_out() {
                let _ = given_out.await;
            }
        }
    }

    /// Does a write and gives it out, in a task of its own, so that it goes on when nobody waits for it any more.
    pub(crate) async fn detached<T, F>(write: F) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let task =
            if is_giving_out() { tokio::spawn(GIVING_OUT.scope((), write)) } else { tokio::spawn(write) };
        // None: it panicked.
        task.await.ok()
    }

    /// What is served, so that changes of its models are heard.
    pub(crate) fn served(&self) -> Arc<Served> {
        Arc::clone(&self.served.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves more.
    pub(crate) fn serve(&self, change: impl FnOnce(&mut Served)) {
        let mut served = self.served.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Served::clone(&served);
        change(&mut next);
        *served = Arc::new(next);
    }

    /// Whether anybody on this node has subscribed to an observer.
    pub(crate) fn is_heard(&self, topic: Topic) -> bool {
        self.state().topics.get(&topic).is_some_and(|count| *count > 0)
    }

    /// Adds a subscription, once the broker has it.
    ///
    /// # Errors
    /// 429 if its connection has as many as may be; what the broker says.
    pub(crate) async fn join(&self, subscription: Subscription) -> Result<()> {
        if self.is_full(&subscription) {
            subscription.context.bounds().stats.cross(Limit::Subscriptions);
            let most = subscription.context.bounds().limits.subscriptions;
            let detail = Detail::Text(format!("A connection may have {most} subscriptions."));
            return Err(Error::Api { status: 429, detail });
        }
        let subscription = subscription.counted()?;
        let channel = Arc::clone(&subscription.channel);
        // From here to the end somebody wants the channel, so that nobody who leaves it makes the broker forget it.
        let _joining = Joining::begin(self, channel);
        self.broker().subscribe(&subscription.channel).await?;
        self.subscribe(subscription);
        Ok(())
    }

    /// Whether a connection may have no further subscription than it has. Of requests of several streams at once each
    /// may add one more.
    fn is_full(&self, subscription: &Subscription) -> bool {
        let state = self.state();
        let own = state.connections.get(&subscription.connection()).map_or(&[][..], Vec::as_slice);
        own.len() >= subscription.context.bounds().limits.subscriptions
            && !own.iter().any(|other| other.is_same(subscription))
    }

    /// Whether anybody on this node hears a channel or is about to: brokers ask before they forget it.
    pub fn wants(&self, channel: &str) -> bool {
        let state = self.state();
        state.channels.contains_key(channel) || state.joining.contains_key(channel)
    }

    /// Adds a subscription; it takes the place of one that is the same but for its filter.
    fn subscribe(&self, subscription: Subscription) {
        self.unsubscribe(subscription.connection(), |other| {
            other.is_same(&subscription) && other.filter != subscription.filter
        });
        let mut state = self.state();
        if subscription.seat.mailbox.is_shut() {
            return;
        }
        let subscribers = state.channels.entry(Arc::clone(&subscription.channel)).or_default();
        if subscribers.iter().any(|other| other.is_same(&subscription)) {
            return;
        }
        let subscription = Arc::new(subscription);
        subscribers.push(Arc::clone(&subscription));
        *state.topics.entry(subscription.topic).or_default() += 1;
        state.connections.entry(subscription.connection()).or_default().push(subscription);
    }

    /// Ends those subscriptions of a connection that are meant; gives their number.
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
        let broker = self.broker();
        silent.iter().for_each(|each| broker.unsubscribe(&each.channel));
        ended.len()
    }

    /// Whether a connection has such a subscription.
    pub(crate) fn has(&self, connection: u64, meant: impl Fn(&Subscription) -> bool) -> bool {
        let state = self.state();
        state.connections.get(&connection).is_some_and(|own| own.iter().any(|each| meant(each)))
    }

    /// The groups that a connection hears, each once.
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

    /// Forgets a connection.
    pub(crate) fn disconnect(&self, connection: u64) {
        self.unsubscribe(connection, |_| true);
    }

    /// Who hears a channel now.
    fn subscribers(&self, channel: &str) -> Vec<Arc<Subscription>> {
        self.state().channels.get(channel).cloned().unwrap_or_default()
    }

    /// Who hears anything now.
    fn everybody(&self) -> Vec<Arc<Subscription>> {
        self.state().connections.values().flatten().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every edit of the maps leaves them whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscription that waits for the broker. However the waiting ends, a channel that nobody came to is forgotten.
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
        if !self.hub.wants(&self.channel) {
            self.hub.broker().unsubscribe(&self.channel);
        }
    }
}

impl State {
    /// Forgets one; tells whether nobody is left on its channel.
    fn forget(&mut self, subscription: &Arc<Subscription>) -> bool {
        subscription.end();
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

/// Tells every observer of a change: for what changes rows beside the store.
pub(crate) fn entries(changes: Vec<Change>) -> Vec<Entry> {
    changes.into_iter().map(|change| Entry::Change(Box::new(change))).collect()
}

#[cfg(test)]
mod tests;
