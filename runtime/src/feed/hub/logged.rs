//! Tells subscribers of this node what the log of changes says.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::publish::{Rendered, messages};
use super::registry::Hub;
use super::subscription::Subscription;
use crate::app::mailbox::{Mailbox, SharedEventMemory};
use crate::change::{Body, Change, Mark, MarkKind, Position};
use crate::db::Db;
use crate::db::log::LoggedBy;
use crate::feed::log::{Told, dependencies};
use crate::ground::failure::{caught, cause};
use crate::schema::meta::{Latest, ModelMeta};

impl Hub {
    /// Returns the models whose observers read the log and those on which rights depend, and the longest that one of the
    /// observers asks for.
    pub(crate) fn logged(&self) -> Option<(Vec<&'static ModelMeta>, Latest)> {
        let served = self.served();
        let mut models: Vec<&'static ModelMeta> = Vec::new();
        let mut kept: Option<Latest> = None;
        for meta in served.all() {
            let Some(own) = meta.latest else { continue };
            let read = dependencies(meta).map(|dependency| dependency.model);
            for model in std::iter::once(meta.model).chain(read) {
                if models.iter().all(|other| !std::ptr::eq(*other, model)) {
                    models.push(model);
                }
            }
            let other = kept.unwrap_or(own);
            kept = Some(Latest {
                age: own.age.max(other.age),
                entries: own.entries.max(other.entries),
                max_replay: own.max_replay.max(other.max_replay),
            });
        }
        Some((models, kept?))
    }

    /// Tells what an entry says, and adds the mailboxes that have got it. A failure for one observer is logged, and does
    /// not affect others.
    pub(crate) async fn tell_logged(
        &self,
        db: &Db,
        by: LoggedBy,
        told: Told,
        reached: &mut Vec<Arc<Mailbox>>,
    ) {
        let (position, prior, change) = match told {
            Told::Gap { position, model, reason } => {
                reached.extend(self.gap(model, reason, position, Some(by)));
                return;
            }
            Told::Change { position, prior, change } => (position, prior, Arc::new(change)),
        };
        self.tell_change(db, by, (position, prior), &change, reached).await;
    }

    async fn tell_change(
        &self,
        db: &Db,
        by: LoggedBy,
        (position, prior): (Position, Position),
        change: &Arc<Change>,
        reached: &mut Vec<Arc<Mailbox>>,
    ) {
        let served = self.served();
        let mut rendered = Rendered::default();
        for observed in served.of(change.model).filter(|observed| observed.meta.latest.is_some()) {
            if !self.is_heard_here(observed.topic) {
                continue;
            }
            match caught(messages(db, observed, change, &mut rendered)).await.flatten() {
                Ok(messages) => {
                    // A client whose connection ends between two events of one change is told of the change again.
                    let last = messages.len().saturating_sub(1);
                    for (index, message) in messages.iter().enumerate() {
                        let at = if index == last { position } else { prior };
                        reached.extend(self.put(message, Some((Mark::live(at), by))).await);
                    }
                }
                Err(error) => {
                    let (stream, observer) = (observed.topic.stream, observed.topic.name);
                    tracing::error!(error = %cause(&error), stream, observer, "an event was not sent");
                }
            }
        }
    }

    /// Reports to the subscribers of a model that they may have missed something, which this transaction has done if it
    /// is known. Returns their mailboxes.
    pub(crate) fn gap(
        &self,
        model: &'static ModelMeta,
        reason: &'static str,
        position: Position,
        by: Option<LoggedBy>,
    ) -> Vec<Arc<Mailbox>> {
        let served = self.served();
        let observers = served.of(model).filter(|observed| observed.meta.latest.is_some());
        let topics: Vec<_> = observers.map(|observed| observed.topic).collect();
        let mut subscribers = self.everybody();
        subscribers.retain(|own| topics.contains(&own.topic) && own.is_told_of(by));
        subscribers.iter().for_each(|own| tell_gap(own, reason, position));
        subscribers.iter().map(|own| Arc::clone(&own.mailbox)).collect()
    }

    /// Tells connections that they have got everything up to a position.
    pub(crate) fn position_to(mailboxes: Vec<Arc<Mailbox>>, position: Position) {
        mailboxes.iter().for_each(|mailbox| mailbox.position(position));
    }

    /// Does the same for all connections with subscriptions to the log.
    pub(crate) fn position_to_all(&self, position: Position) {
        let mut subscribers = self.everybody();
        subscribers.retain(|own| own.is_logged());
        subscribers.iter().for_each(|own| own.mailbox.position(position));
    }
}

/// Reports to a subscriber that it may have missed something.
pub(crate) fn tell_gap(subscription: &Subscription, reason: &'static str, position: Position) {
    let body =
        Body::Event { action: Cow::Borrowed("\"resync\""), status: 200, data: Bytes::from_static(b"null") };
    let mark = Mark { position, kind: MarkKind::Gap(reason) };
    let (recipient, same) = (&subscription.recipient, SharedEventMemory::default());
    subscription.mailbox.marked(Some(mark), &Arc::new(body), recipient, Vec::new(), None, &same);
}
