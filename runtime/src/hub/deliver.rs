//! The last step on a node: from a message to the mailboxes of those who hear it.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::{Body, Hub, Message, Subscription};
use crate::observer::{ChangeKind, may_see, through};

impl Hub {
    /// Puts a message into the mailbox of everybody on this node who hears its channel and may see it. Brokers call
    /// it for what other nodes sent.
    pub async fn deliver(&self, message: &Message) {
        for subscription in self.subscribers(&message.channel) {
            if let Some((change, _)) = &message.change
                && !may_see(&subscription, change).await
            {
                continue;
            }
            if let Some(body) = narrowed(message, &subscription) {
                subscription.seat.mailbox.event(&body, &subscription);
            }
        }
    }
}

impl Hub {
    /// Tells the subscribers of a channel, or with none all of this node, that they have missed something.
    pub(crate) fn resync(&self, channel: Option<&str>) {
        let (action, data) = (Cow::Borrowed("\"resync\""), Bytes::from_static(b"null"));
        let body = Arc::new(Body::Event { action, status: 200, data });
        let subscribers = channel.map_or_else(|| self.everybody(), |channel| self.subscribers(channel));
        for subscription in subscribers {
            subscription.seat.mailbox.event(&body, &subscription);
        }
    }
}

/// What a subscriber is sent: mostly the same as all others. None: nothing, as no row that they want is concerned.
fn narrowed(message: &Message, subscription: &Subscription) -> Option<Arc<Body>> {
    let Some((change, kind)) = message.change.as_ref().filter(|_| !subscription.filter.is_empty()) else {
        return Some(Arc::clone(&message.body));
    };
    let seen = through(&subscription.filter, change, *kind)?;
    let (true, Body::Event { status, data, .. }) = (seen != *kind, &*message.body) else {
        return Some(Arc::clone(&message.body));
    };
    let action = if seen == ChangeKind::Created { "\"create\"" } else { "\"delete\"" };
    Some(Arc::new(Body::Event { action: Cow::Borrowed(action), status: *status, data: data.clone() }))
}
