//! How a changed row is shown, and to whom: the two questions that other parts of the runtime answer.

use std::sync::Arc;

use bytes::Bytes;

use super::{Change, ChangeKind, EventAction};
use crate::condition::Condition;
use crate::context::{Connection, Context};
use crate::db::Db;
use crate::dispatch::Dispatch;
use crate::error::Result;
use crate::failure::{caught, cause, short};
use crate::hub::Subscription;
use crate::identity::Identity;
use crate::meta::SerializerMeta;
use crate::model::Row;
use crate::permission::{self, EventPermission};
use crate::sessions::Sessions;
use crate::{encode, projection, store};

/// A row as a serializer shows it: JSON text.
///
/// It is shown once for all who hear of it, so that method fields of `consumer` see nobody: an anonymous context whose
/// connection has the number 0.
pub(crate) async fn render(
    db: &Db,
    consumer: &dyn Dispatch,
    serializer: &'static SerializerMeta,
    row: &Row,
) -> Result<Bytes> {
    if projection::is_flat(serializer) {
        let mut data = Vec::with_capacity(256);
        encode::row(&mut data, serializer, row);
        return Ok(Bytes::from(data));
    }
    let nobody = Connection::among(0, Identity::Anonymous, Sessions::default());
    let context =
        Context::new(db.outside_of_transaction(), Arc::new(nobody), consumer.meta().stream, "event", "null");
    let rows = std::slice::from_ref(row);
    let mut shown = projection::render(consumer, &context, serializer, rows).await?;
    Ok(shown.pop().map(Bytes::from).unwrap_or_default())
}

/// What a change is to one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It is told as this.
    Seen(ChangeKind),
    /// The row has left their sight: its key is told as gone, and nothing of what it is now.
    Left,
    /// Nothing is told.
    Hidden,
    /// They have no right any more to what they subscribed to: that is told, and then nothing.
    Refused,
}

/// Asks who may see a change: the permissions of each subscriber, and each queryset once, whoever has it.
pub(crate) struct Judge<'a> {
    change: &'a Change,
    /// What the change means to the group.
    kind: ChangeKind,
    /// Querysets, and whether they admit the row as it was and as it is.
    querysets: Vec<(Condition, Admitted)>,
}

/// Whether a row was, and is, in somebody's sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Admitted {
    was: bool,
    is: bool,
}

impl<'a> Judge<'a> {
    /// About what is told to one group.
    pub(crate) fn new(change: &'a Change, kind: ChangeKind) -> Self {
        Self { change, kind, querysets: Vec::new() }
    }

    /// What the change is to a subscriber.
    ///
    /// As with DCRF, the permissions of the consumer are asked as for the action `create`, `update` or `delete`; unlike
    /// with DCRF, their refusal counts. What cannot be told is not told, and concerns nobody else.
    pub(crate) async fn sight(&mut self, subscription: &Subscription) -> Sight {
        let access = &subscription.seat.dispatch.meta().access;
        if access.permissions.is_empty() && !access.queryset {
            return Sight::Seen(self.kind);
        }
        caught(self.judge(subscription)).await.flatten().unwrap_or_else(|error| {
            let (stream, observer) = (subscription.topic.stream, subscription.topic.name);
            let connection = subscription.connection();
            let request_id = &*short(subscription.context.request_id());
            let error = tracing::field::display(cause(&error));
            tracing::error!(
                error,
                connection,
                stream,
                observer,
                request_id,
                "an event was not told: whether it may be seen is not known"
            );
            Sight::Hidden
        })
    }

    async fn judge(&mut self, subscription: &Subscription) -> Result<Sight> {
        let consumer = &*subscription.seat.dispatch;
        let single = subscription.is_of_single_row();
        let (mut was, mut is) = (true, true);
        let now = self.permission(subscription, self.change.row()).await?;
        match now {
            EventPermission::Refused => return Ok(Sight::Refused),
            EventPermission::RowRefused if single => return Ok(Sight::Refused),
            EventPermission::RowRefused => is = false,
            EventPermission::Granted => {}
        }
        let before = self.change.before.as_ref().filter(|_| self.change.after.is_some());
        match before.filter(|_| permission::depends_on_rows(consumer)) {
            Some(row) => was = self.permission(subscription, row).await? == EventPermission::Granted,
            None => was &= is,
        }
        if permission::is_own(consumer, self.change.model()) && consumer.meta().access.queryset {
            let admitted = self.admitted(subscription).await?;
            (was, is) = (was && admitted.was, is && admitted.is);
        }
        Ok(sight(self.kind, self.change.after.is_some(), was, is))
    }

    async fn permission(&self, subscription: &Subscription, row: &Row) -> Result<EventPermission> {
        let event = EventAction::from(self.change.kind()).as_str();
        let consumer = &*subscription.seat.dispatch;
        permission::judge_event(consumer, &subscription.context, event, self.change.model(), row).await
    }

    /// What the subscriber's queryset says: once for all who have the same.
    async fn admitted(&mut self, subscription: &Subscription) -> Result<Admitted> {
        let context = subscription.context.asking(EventAction::from(self.change.kind()).as_str());
        let queryset = subscription.seat.dispatch.queryset(&context).await?;
        if let Some((_, known)) = self.querysets.iter().find(|(other, _)| *other == queryset) {
            return Ok(*known);
        }
        let (db, change) = (context.db(), self.change);
        let is = store::admits(db, &queryset, change.row()).await?;
        let was = match change.before.as_ref().filter(|_| change.after.is_some()) {
            Some(row) => store::admits(db, &queryset, row).await?,
            None => is,
        };
        let admitted = Admitted { was, is };
        self.querysets.push((queryset, admitted));
        Ok(admitted)
    }
}

/// What a change that is told to a group as `kind` is to somebody who could see the row or not, and can or not.
fn sight(kind: ChangeKind, exists: bool, was: bool, is: bool) -> Sight {
    use ChangeKind::{Created, Deleted, Related, Updated};
    match (kind, was, is) {
        (Created, _, true) => Sight::Seen(Created),
        (Updated | Related, true, true) => Sight::Seen(kind),
        (Updated | Related, false, true) => Sight::Seen(Created),
        (Updated | Related, true, false) => Sight::Left,
        // The row has left the group, and is what they may not see.
        (Deleted, true, false) if exists => Sight::Left,
        (Deleted, true, _) => Sight::Seen(Deleted),
        _ => Sight::Hidden,
    }
}

#[cfg(test)]
mod tests {
    use super::{Sight, sight};
    use crate::observer::ChangeKind::{Created, Deleted, Updated};

    #[test]
    fn rows_come_into_sight_and_leave_it() {
        assert_eq!(sight(Updated, true, true, true), Sight::Seen(Updated));
        assert_eq!(sight(Updated, true, false, true), Sight::Seen(Created));
        assert_eq!(sight(Updated, true, true, false), Sight::Left);
        assert_eq!(sight(Updated, true, false, false), Sight::Hidden);
        assert_eq!(sight(Created, true, false, true), Sight::Seen(Created));
        assert_eq!(sight(Created, true, true, false), Sight::Hidden);
        assert_eq!(sight(Deleted, false, true, true), Sight::Seen(Deleted));
        assert_eq!(sight(Deleted, true, true, false), Sight::Left);
        assert_eq!(sight(Deleted, false, false, false), Sight::Hidden);
    }
}
