//! The last step on a node: from a message to the mailboxes of those who hear it.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use metrics::counter;

use super::{Body, Hub, Message, Subscription};
use crate::observer::{Change, ChangeKind, EventAction, Judge, Sight, through};

impl Hub {
    /// Puts a message into the mailbox of everybody on this node who hears its channel and may see it. Brokers call
    /// it for what other nodes sent.
    pub async fn deliver(&self, message: &Message) {
        let subscribers = self.subscribers(&message.channel);
        counter!("dcrf_messages_total").increment(1);
        let told = counter!("dcrf_deliveries_total");
        let Some((change, kind)) = &message.change else {
            told.increment(subscribers.len() as u64);
            for subscription in subscribers {
                subscription.seat.mailbox.event(&message.body, &subscription, None);
            }
            return;
        };
        let mut judge = Judge::new(change, *kind);
        for subscription in subscribers {
            match judge.sight(&subscription).await {
                Sight::Seen(seen) => {
                    told.increment(1);
                    tell(message, &subscription, change, *kind, seen);
                }
                Sight::Left => {
                    told.increment(1);
                    leave(message, &subscription, change);
                }
                Sight::Hidden => {}
                Sight::Refused => self.refuse(&subscription, change),
            }
        }
    }

    /// The right to a subscription is gone: its owner is told so, and then nothing.
    fn refuse(&self, subscription: &Arc<Subscription>, change: &Change) {
        self.unsubscribe(subscription.connection(), |own| std::ptr::eq(own, &**subscription));
        subscription.seat.mailbox.refusal(subscription, EventAction::from(change.kind()));
    }
}

impl Hub {
    /// Tells the subscribers of a channel, or with none all of this node, that they have missed something.
    pub(crate) fn resync(&self, channel: Option<&str>) {
        let (action, data) = (Cow::Borrowed("\"resync\""), Bytes::from_static(b"null"));
        let body = Arc::new(Body::Event { action, status: 200, data });
        let subscribers = channel.map_or_else(|| self.everybody(), |channel| self.subscribers(channel));
        for subscription in subscribers {
            subscription.seat.mailbox.event(&body, &subscription, None);
        }
    }
}

/// Tells a subscriber: mostly what all others are told. `kind` is what the change is to the group, `seen` to them.
fn tell(
    message: &Message,
    subscription: &Arc<Subscription>,
    change: &Arc<Change>,
    kind: ChangeKind,
    seen: ChangeKind,
) {
    // No row that they want is concerned.
    let Some(seen) = through(&subscription.filter, change, seen) else { return };
    let told = (Arc::clone(change), seen);
    // Who subscribed to one row is told that it was changed, not that it is there.
    if seen == kind || subscription.is_of_single_row() {
        subscription.seat.mailbox.event(&message.body, subscription, Some(told));
    } else {
        let body = message.body.with_action(seen.into());
        subscription.seat.mailbox.event(&body, subscription, Some(told));
    }
}

/// Tells a subscriber that a row is gone, by its key: what it is now is not for them.
fn leave(message: &Message, subscription: &Arc<Subscription>, change: &Arc<Change>) {
    // A frame of the application's own cannot be told without what is in it.
    let Body::Event { .. } = &*message.body else { return };
    // Of a row that they did not want before, they do not hear that it is gone either.
    if through(&subscription.filter, change, ChangeKind::Deleted).is_none() {
        return;
    }
    let status = if subscription.is_of_single_row() { 204 } else { 200 };
    let body = Body::Event { action: Cow::Borrowed("\"delete\""), status, data: change.key_as_data() };
    let told = (Arc::clone(change), ChangeKind::Deleted);
    subscription.seat.mailbox.event(&Arc::new(body), subscription, Some(told));
}
