//! How a changed row is shown, and to whom: the two questions that other parts of the runtime answer.

use std::sync::Arc;

use bytes::Bytes;

use super::{Change, ChangeKind};
use crate::context::{Connection, Context};
use crate::db::Db;
use crate::dispatch::Dispatch;
use crate::error::Result;
use crate::hub::Subscription;
use crate::identity::Identity;
use crate::meta::SerializerMeta;
use crate::model::Row;
use crate::sessions::Sessions;
use crate::{encode, permission, projection};

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

/// Whether a subscriber may see a change. Whoever may not is sent nothing: no row, and no refusal.
///
/// As with DCRF, the permissions of the consumer are asked as for the action `create`, `update` or `delete`; unlike
/// with DCRF, their refusal counts.
pub(crate) async fn may_see(subscription: &Subscription, change: &Change) -> bool {
    let event = match change.kind() {
        ChangeKind::Created => "create",
        ChangeKind::Updated | ChangeKind::Related => "update",
        ChangeKind::Deleted => "delete",
    };
    let consumer = &*subscription.seat.dispatch;
    let access = &consumer.meta().access;
    if access.permissions.is_empty() && !access.queryset {
        return true;
    }
    let asked =
        permission::may_see_event(consumer, &subscription.context, event, change.model(), change.row()).await;
    asked.unwrap_or_else(|error| {
        tracing::error!(%error, stream = consumer.meta().stream, "whether an event may be seen cannot be told");
        false
    })
}
