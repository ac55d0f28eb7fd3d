//! The last step on a node: from a message to the mailboxes of those who hear it.

use super::{Hub, Message};
use crate::observer::may_see;

impl Hub {
    /// Puts a message into the mailbox of everybody on this node who hears its channel and may see it. Brokers call
    /// it for what other nodes sent.
    pub async fn deliver(&self, message: &Message) {
        for subscription in self.subscribers(&message.channel) {
            if let Some(change) = &message.change
                && !may_see(&subscription, change).await
            {
                continue;
            }
            subscription.seat.mailbox.event(&message.body, &subscription);
        }
    }
}
