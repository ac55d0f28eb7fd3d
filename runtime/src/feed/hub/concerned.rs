//! The subscribers whose rights depend on rows, by those whom a row concerns: a change of a row costs nothing for others.

use std::collections::HashMap;
use std::sync::Arc;

use super::subscription::Subscription;
use crate::feed::log::Concerned;

/// The subscribers.
#[derive(Default)]
pub(super) struct ConcernedSubscribers(HashMap<Concerned, Vec<Arc<Subscription>>>);

impl ConcernedSubscribers {
    /// Adds a subscription.
    pub(super) fn add(&mut self, subscription: &Arc<Subscription>) {
        for concerned in subscription.concerned() {
            self.0.entry(concerned.clone()).or_default().push(Arc::clone(subscription));
        }
    }

    /// Removes a subscription.
    pub(super) fn remove(&mut self, subscription: &Arc<Subscription>) {
        for concerned in subscription.concerned() {
            let Some(own) = self.0.get_mut(concerned) else { continue };
            own.retain(|other| !Arc::ptr_eq(other, subscription));
            if own.is_empty() {
                self.0.remove(concerned);
            }
        }
    }

    /// Returns the subscriptions that an entry concerns, some of them several times.
    pub(super) fn of(&self, concerned: &[Concerned]) -> Vec<Arc<Subscription>> {
        concerned.iter().filter_map(|concerned| self.0.get(concerned)).flatten().cloned().collect()
    }

    /// Tells whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
