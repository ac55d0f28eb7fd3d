//! The last step on a node: a message is put into the mailboxes of its subscribers.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use metrics::counter;

use super::registry::Hub;
use super::subscription::Subscription;
use crate::app::mailbox::{Mailbox, Recipient, SharedEventMemory};
use crate::change::{Body, Entry, MemberChange, Message, Watched};
use crate::change::{Change, ChangeKind, EventAction, Mark};
use crate::db::log::LoggedBy;
use crate::feed::codec;
use crate::feed::filter::through;
use crate::feed::visibility::{Visibility, VisibilityCheck};

use crate::schema::meta::ModelMeta;

impl Hub {
    /// Puts a message into the mailboxes of all subscribers of its channel on this node that may see it. Brokers call
    /// this for the messages of other nodes.
    pub async fn deliver(&self, message: &Message) {
        self.put(message, None).await;
    }

    /// Does the same for an event of the log at a position, which a transaction has caused, and returns the mailboxes
    /// that have got it.
    pub(super) async fn put(&self, message: &Message, logged: Option<(Mark, LoggedBy)>) -> Vec<Arc<Mailbox>> {
        let (mark, by) = logged.unzip();
        let mut subscribers = self.subscribers(&message.channel);
        if let Body::Member(change) = &*message.body {
            if !subscribers.is_empty() && !self.members.look(&message.channel, change) {
                // Nothing is read on this node: the event says what the other node knows.
                self.deliver_member(&message.channel, change).await;
            }
            return Vec::new();
        }
        counter!("dcrf_messages_total").increment(1);
        let (told, same) = (counter!("dcrf_deliveries_total"), SharedEventMemory::default());
        let Some((change, kind)) = &message.change else {
            told.increment(subscribers.len() as u64);
            for Shared { first, others } in
                shared(&message.body, subscribers.into_iter().map(|own| (own, ())))
            {
                first.0.mailbox.event(&message.body, &first.0.recipient, others, None, &same);
            }
            return Vec::new();
        };
        subscribers.retain(|own| own.is_told_of(by));
        let mut reached: Vec<Arc<Mailbox>> = Vec::new();
        let mut reach = |own: &Subscription| {
            if mark.is_some() && reached.last().is_none_or(|last| !Arc::ptr_eq(last, &own.mailbox)) {
                reached.push(Arc::clone(&own.mailbox));
            }
        };
        let mut judge = VisibilityCheck::new(change, *kind);
        let mut seen_by = Vec::new();
        for subscription in subscribers {
            match judge.visibility(&subscription).await {
                Visibility::Seen(seen) => {
                    told.increment(1);
                    // Without a result, the change does not concern a row that matches the filter.
                    let seen = through(&subscription.filter, change, seen);
                    seen_by.extend(seen.map(|seen| (subscription, seen)));
                }
                Visibility::Left => {
                    told.increment(1);
                    reach(&subscription);
                    leave(message, &subscription, change, mark, &same);
                }
                Visibility::Hidden => {}
                Visibility::Refused => self.refuse(&subscription, change),
            }
        }
        for Shared { first: (subscription, seen), others } in shared(&message.body, seen_by) {
            reach(&subscription);
            tell(message, &subscription, (others, mark), change, *kind, seen, &same);
        }
        reached
    }

    /// Sends an event about a member to the subscribers of a group on this node.
    pub(crate) async fn deliver_member(&self, channel: &Arc<str>, change: &MemberChange) {
        let body = Arc::new(change.event());
        Box::pin(self.deliver(&Message { channel: Arc::clone(channel), body, change: None })).await;
    }

    /// Ends a subscription whose owner has lost the right to it. The owner receives an error, and then no more events.
    fn refuse(&self, subscription: &Arc<Subscription>, change: &Change) {
        self.unsubscribe(subscription.connection(), |own| std::ptr::eq(own, &**subscription));
        subscription.mailbox.refusal(&subscription.recipient, EventAction::from(change.kind()));
    }
}

impl Hub {
    /// Sends `resync` to the subscribers of a channel, or with `None` to all subscribers of this node, because they
    /// have missed something. The [name of a topic](Topic::name) stands for all of its channels.
    pub(crate) fn resync(&self, name: Option<&str>) {
        let (action, data) = (Cow::Borrowed("\"resync\""), Bytes::from_static(b"null"));
        let body = Arc::new(Body::Event { action, status: 200, data });
        let mut subscribers = name.map_or_else(|| self.everybody(), |name| self.subscribers(name));
        if let Some(name) = name.filter(|_| subscribers.is_empty()) {
            subscribers = self.everybody();
            subscribers.retain(|own| own.topic.is_named(name));
        }
        // No broker carries what is told from the log.
        subscribers.retain(|own| !own.is_logged());
        let same = SharedEventMemory::default();
        for subscription in subscribers {
            subscription.mailbox.event(&body, &subscription.recipient, Vec::new(), None, &same);
        }
    }

    /// Reports entries of which it is unknown whether they were stored: on every node, the subscribers to which their
    /// events would have been sent receive `resync`.
    pub(super) async fn tell_unsure(&self, entries: &[Entry]) {
        let served = self.served();
        let mut names: Vec<Arc<str>> = Vec::new();
        for entry in entries {
            match entry {
                Entry::Change(change) => names.extend(names_of(served.watched(), change.model())),
                Entry::Message(message) => names.push(Arc::clone(&message.channel)),
                Entry::Then(_) => {}
            }
        }
        self.miss(names).await;
    }

    /// Reports the same for changes of rows of a model.
    pub(super) async fn tell_unsure_of(&self, model: &'static ModelMeta) {
        self.miss(names_of(self.served().watched(), model).collect()).await;
    }

    async fn miss(&self, mut names: Vec<Arc<str>>) {
        names.sort();
        names.dedup();
        if names.is_empty() {
            return;
        }
        names.iter().for_each(|name| self.resync(Some(name)));
        self.carry(vec![codec::missed(self.node, Some(&names))]).await;
    }
}

/// Returns the names of the observers of a model.
fn names_of(watched: &Watched, model: &'static ModelMeta) -> impl Iterator<Item = Arc<str>> {
    watched.topics_of(model).map(|topic| topic.name().into())
}

/// Sends an event to a subscriber, usually the same as to all others. `kind` is the meaning of the change for the
/// group, `seen` is its meaning for the subscriber.
fn tell(
    message: &Message,
    subscription: &Arc<Subscription>,
    (others, mark): (Vec<Arc<Recipient>>, Option<Mark>),
    change: &Arc<Change>,
    kind: ChangeKind,
    seen: ChangeKind,
    same: &SharedEventMemory,
) {
    if seen == ChangeKind::Deleted && kind != seen && subscription.is_of_list() {
        return tell_key(message, subscription, change, mark, same);
    }
    let told = (Arc::clone(change), seen);
    // A subscriber of a single row receives an update, not a creation.
    if seen == kind || subscription.is_of_single_row() {
        subscription.mailbox.marked(mark, &message.body, &subscription.recipient, others, Some(told), same);
    } else {
        let body = message.body.with_action(seen.into());
        subscription.mailbox.marked(mark, &body, &subscription.recipient, others, Some(told), same);
    }
}

/// The subscriptions of one connection that get one frame.
struct Shared<T> {
    first: (Arc<Subscription>, T),
    others: Vec<Arc<Recipient>>,
}

/// Groups the subscribers of a message by their frames. A frame of the application's own has no id of a subscription: a
/// connection gets it once, whatever number of subscriptions it has to the group, as in DCRF. An event is a frame for
/// each subscription.
fn shared<T>(
    body: &Body,
    subscribers: impl IntoIterator<Item = (Arc<Subscription>, T)>,
) -> impl Iterator<Item = Shared<T>> {
    let is_event = matches!(body, Body::Event { .. });
    let mut frames: Vec<Shared<T>> = Vec::new();
    let mut places: HashMap<(u64, usize), usize> = HashMap::new();
    for (subscription, seen) in subscribers {
        let place = frames.len();
        if !is_event {
            let stream = (subscription.connection(), subscription.recipient.stream);
            let first = *places.entry(stream).or_insert(place);
            if let Some(frame) = frames.get_mut(first) {
                frame.others.push(Arc::clone(&subscription.recipient));
                continue;
            }
        }
        frames.push(Shared { first: (subscription, seen), others: Vec::new() });
    }
    frames.into_iter()
}

/// Sends the deletion of a row to a subscriber, with the key only: the subscriber must not see the new values.
fn leave(
    message: &Message,
    subscription: &Arc<Subscription>,
    change: &Arc<Change>,
    mark: Option<Mark>,
    same: &SharedEventMemory,
) {
    // If the row did not match the filter before, the subscriber does not receive its deletion, either.
    if through(&subscription.filter, change, ChangeKind::Deleted).is_some() {
        tell_key(message, subscription, change, mark, same);
    }
}

/// Sends the deletion of a row with its key.
fn tell_key(
    message: &Message,
    subscription: &Arc<Subscription>,
    change: &Arc<Change>,
    mark: Option<Mark>,
    same: &SharedEventMemory,
) {
    // A frame of the application cannot be sent without its content.
    let Body::Event { .. } = &*message.body else { return };
    let status = if subscription.is_of_single_row() { 204 } else { 200 };
    let body = Body::Event { action: Cow::Borrowed("\"delete\""), status, data: change.key_as_data() };
    let told = (Arc::clone(change), ChangeKind::Deleted);
    subscription.mailbox.marked(mark, &Arc::new(body), &subscription.recipient, Vec::new(), Some(told), same);
}
