//! Tells subscribers of this node that their rights may have changed.

use std::collections::HashSet;
use std::sync::Arc;

use super::logged::tell_gap;
use super::registry::Hub;
use super::subscription::Subscription;
use crate::app::mailbox::Mailbox;
use crate::change::Position;
use crate::feed::log::{Concerned, RIGHTS, Told};
use crate::schema::meta::GroupsMeta;

/// The close code after which a client comes back and subscribes again.
pub(crate) const COME_BACK: u16 = 1012;

/// The subscriptions that were told of their rights in the present transaction, which are told once.
#[derive(Debug, Default)]
pub(crate) struct Warned(HashSet<usize>);

impl Hub {
    /// Tells those whose rights a transaction may have changed, and adds their mailboxes.
    pub(crate) fn tell_rights(&self, told: &Told, warned: &mut Warned, reached: &mut Vec<Arc<Mailbox>>) {
        let (position, model) = match told {
            Told::Change { position, change, .. } => (*position, change.model),
            Told::Gap { position, model, .. } => (*position, *model),
        };
        let columns = self.served().columns_of_users(model);
        if columns.is_empty() {
            return;
        }
        let concerned = match told {
            Told::Change { change, .. } => {
                let rows = [&change.before, &change.after].into_iter().flatten();
                Concerned::of_rows(model, &columns, rows)
            }
            Told::Gap { .. } => Concerned::everybody(model, &columns),
        };
        for subscription in self.concerned(&concerned) {
            let is_new = warned.0.insert(Arc::as_ptr(&subscription).addr());
            if is_new && !subscription.is_resuming() {
                self.warn(&subscription, position);
                reached.push(Arc::clone(&subscription.mailbox));
            }
        }
    }

    /// Tells a subscriber that its rights may have changed. If the application names the groups of subscriptions, only a
    /// new subscription is in the groups to which the user has a right now: the client has to come back for it.
    pub(crate) fn warn(&self, subscription: &Arc<Subscription>, position: Position) {
        if subscription.observer().is_some_and(|observer| observer.groups == GroupsMeta::Custom) {
            self.unsubscribe(subscription.connection(), |own| std::ptr::eq(own, &**subscription));
            subscription.mailbox.close(COME_BACK);
        } else {
            tell_gap(subscription, RIGHTS, position);
        }
    }
}
