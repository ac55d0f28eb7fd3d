//! The visibility of a changed row: its representation, and the subscribers that may see it.

use std::sync::Arc;

use bytes::Bytes;

use crate::app::context::{ConnectionInfo, Context};
use crate::app::dispatch::Dispatch;
use crate::app::identity::Identity;
use crate::app::permission::{self, EventPermission, Guard};
use crate::app::sessions::Sessions;
use crate::change::{Change, ChangeKind, EventAction};
use crate::condition::Condition;
use crate::db::Db;
use crate::feed::hub::Subscription;
use crate::ground::error::{Error, Result};
use crate::ground::failure::{caught, cause, short};
use crate::schema::meta::{ObservedRows, SerializerMeta};
use crate::schema::row::Row;
use crate::{encode, projection, store};

/// Renders a row as a serializer shows it, as JSON text.
///
/// It is rendered once for all subscribers, so that method fields of `consumer` get an anonymous context whose
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
    let nobody = ConnectionInfo::among(0, Identity::Anonymous, Sessions::default());
    let context =
        Context::new(db.outside_of_transaction(), Arc::new(nobody), consumer.meta().stream, "event", "null");
    let rows = std::slice::from_ref(row);
    let mut shown = projection::render(consumer, &context, serializer, rows).await?;
    Ok(shown.pop().map(Bytes::from).unwrap_or_default())
}

/// The meaning of a change for one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    /// The subscriber receives this event.
    Seen(ChangeKind),
    /// The subscriber cannot see the row any more: it receives a deletion with the key, without the new values.
    Left,
    /// The subscriber does not receive an event.
    Hidden,
    /// The subscriber has lost the right to the subscription: it receives an error, and then no more events.
    Refused,
}

/// The check of which subscribers may see a change. Permissions are evaluated for each subscriber, and each distinct
/// queryset is evaluated once.
pub(crate) struct VisibilityCheck<'a> {
    change: &'a Change,
    /// The meaning of the change for the group.
    kind: ChangeKind,
    /// Querysets, and whether they admit the row before and after the change.
    querysets: Vec<(Condition, Admitted)>,
}

/// Whether a subscriber could see the row before the change, and can see it after the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Admitted {
    was: bool,
    is: bool,
}

impl<'a> VisibilityCheck<'a> {
    /// Creates the check of a change for one group.
    pub(crate) fn new(change: &'a Change, kind: ChangeKind) -> Self {
        Self { change, kind, querysets: Vec::new() }
    }

    /// Returns the meaning of the change for a subscriber.
    ///
    /// As in DCRF, the permissions of the consumer are checked as for the action `create`, `update` or `delete`; unlike
    /// in DCRF, their refusal counts. An event whose check fails is not sent, and other subscribers are not affected.
    pub(crate) async fn visibility(&mut self, subscription: &Subscription) -> Visibility {
        let access = &subscription.consumer.meta().access;
        let rows = rows_of(subscription);
        let of_list = subscription.is_of_list();
        if access.permissions.is_empty() && !access.queryset && rows == Some(ObservedRows::All) && !of_list {
            return Visibility::Seen(self.kind);
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
                "an event was not sent: its visibility could not be checked"
            );
            Visibility::Hidden
        })
    }

    async fn judge(&mut self, subscription: &Subscription) -> Result<Visibility> {
        let own = Guard { consumer: Arc::clone(&subscription.consumer), context: self.asking(subscription) };
        let single = subscription.is_of_single_row();
        let mut seen = Admitted { was: true, is: true };
        if subscription.is_of_list() {
            // A list does not ask about rows.
            return Ok(match permission::judge_list(&*own.consumer, &own.context).await? {
                EventPermission::Granted => visibility(self.kind, self.change.after.is_some(), true, true),
                _ => Visibility::Refused,
            });
        }
        let now = self.permission(&own, self.change.row()).await?;
        match now {
            EventPermission::Refused => return Ok(Visibility::Refused),
            EventPermission::RowRefused if single => return Ok(Visibility::Refused),
            EventPermission::RowRefused => seen.is = false,
            EventPermission::Granted => {}
        }
        match self.before().filter(|_| permission::depends_on_rows(&*own.consumer)) {
            Some(row) => seen.was = self.permission(&own, row).await? == EventPermission::Granted,
            None => seen.was &= seen.is,
        }
        if own.narrows(self.change.model()) {
            seen = seen.and(self.admitted(own.consumer.queryset(&own.context).await?, &own.context).await?);
        }
        match rows_of(subscription) {
            Some(ObservedRows::All) => {}
            Some(ObservedRows::Custom) => {
                let observer = subscription.observer().ok_or_else(unknown)?;
                let queryset = own.consumer.observer_queryset(observer, &own.context).await?;
                seen = seen.and(self.admitted(queryset, &own.context).await?);
            }
            Some(ObservedRows::Within(stream)) => {
                let elsewhere = Guard::of(&own.context, stream, own.context.action())?;
                let Some(elsewhere) = self.let_see(&elsewhere).await? else {
                    return Ok(Visibility::Refused);
                };
                seen = seen.and(elsewhere);
            }
            None => return Err(unknown()),
        }
        Ok(visibility(self.kind, self.change.after.is_some(), seen.was, seen.is))
    }

    /// Evaluates the rules of the model's consumer that another consumer's observer applies. Returns `None` if the
    /// subscriber does not have a right there.
    async fn let_see(&mut self, guard: &Guard) -> Result<Option<Admitted>> {
        let (consumer, context) = (&*guard.consumer, &guard.context);
        let (event, model) = (context.action(), self.change.model());
        let now = permission::judge_elsewhere(consumer, context, event, model, self.change.row()).await?;
        if now == EventPermission::Refused {
            return Ok(None);
        }
        let is = now == EventPermission::Granted;
        let was = match self.before() {
            Some(row) => self.permission(guard, row).await? == EventPermission::Granted,
            None => is,
        };
        let mut seen = Admitted { was, is };
        if guard.narrows(model) {
            seen = seen.and(self.admitted(consumer.queryset(context).await?, context).await?);
        }
        Ok(Some(seen))
    }

    /// Returns the row before the change, if it existed.
    fn before(&self) -> Option<&'a Row> {
        self.change.before.as_ref().filter(|_| self.change.after.is_some())
    }

    /// Returns the context in which the subscriber would request the row of the event.
    fn asking(&self, subscription: &Subscription) -> Context {
        subscription.context.asking(EventAction::from(self.change.kind()).as_str())
    }

    async fn permission(&self, guard: &Guard, row: &Row) -> Result<EventPermission> {
        let event = guard.context.action();
        permission::judge_event(&*guard.consumer, &guard.context, event, self.change.model(), row).await
    }

    /// Evaluates a queryset once for all subscribers that have the same one.
    async fn admitted(&mut self, queryset: Condition, context: &Context) -> Result<Admitted> {
        if let Some((_, known)) = self.querysets.iter().find(|(other, _)| *other == queryset) {
            return Ok(*known);
        }
        let db = context.db();
        let is_lost = queryset.needs_related_rows() && queryset.matches(self.change.row()).is_none();
        if is_lost && self.change.after.is_none() {
            let model = self.change.model().name;
            return Err(Error::internal(format!(
                "the queryset depends on rows that were related to a deleted {model}, and are lost with it"
            )));
        }
        let is = store::admits(db, &queryset, self.change.row()).await?;
        let was = match self.before() {
            Some(row) => store::admits(db, &queryset, row).await?,
            None => is,
        };
        let admitted = Admitted { was, is };
        self.querysets.push((queryset, admitted));
        Ok(admitted)
    }
}

impl Admitted {
    fn and(self, other: Self) -> Self {
        Self { was: self.was && other.was, is: self.is && other.is }
    }
}

/// Returns the rows that a subscription's observer may show; `None` if the observer is unknown.
fn rows_of(subscription: &Subscription) -> Option<ObservedRows> {
    subscription.observer().map(|observer| observer.rows)
}

fn unknown() -> Error {
    Error::internal("the observer is not known, and neither are the rows that it may show")
}

/// Returns the meaning of a change, which has the meaning `kind` for a group, for a subscriber that could or could not
/// see the row before, and can or cannot see it now.
fn visibility(kind: ChangeKind, exists: bool, was: bool, is: bool) -> Visibility {
    use ChangeKind::{Created, Deleted, Related, Updated};
    match (kind, was, is) {
        (Created, _, true) => Visibility::Seen(Created),
        (Updated | Related, true, true) => Visibility::Seen(kind),
        (Updated | Related, false, true) => Visibility::Seen(Created),
        (Updated | Related, true, false) => Visibility::Left,
        // The row has left the group, and the subscriber cannot see its new values.
        (Deleted, true, false) if exists => Visibility::Left,
        (Deleted, true, _) => Visibility::Seen(Deleted),
        _ => Visibility::Hidden,
    }
}

#[cfg(test)]
mod tests {
    use super::{Visibility, visibility};
    use crate::change::ChangeKind::{Created, Deleted, Updated};

    #[test]
    fn rows_come_into_sight_and_leave_it() {
        assert_eq!(visibility(Updated, true, true, true), Visibility::Seen(Updated));
        assert_eq!(visibility(Updated, true, false, true), Visibility::Seen(Created));
        assert_eq!(visibility(Updated, true, true, false), Visibility::Left);
        assert_eq!(visibility(Updated, true, false, false), Visibility::Hidden);
        assert_eq!(visibility(Created, true, false, true), Visibility::Seen(Created));
        assert_eq!(visibility(Created, true, true, false), Visibility::Hidden);
        assert_eq!(visibility(Deleted, false, true, true), Visibility::Seen(Deleted));
        assert_eq!(visibility(Deleted, true, true, false), Visibility::Left);
        assert_eq!(visibility(Deleted, false, false, false), Visibility::Hidden);
    }
}
