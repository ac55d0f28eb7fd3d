//! The streams that a handshake opens: the result of the permissions for the connection.

use std::sync::Arc;

use tracing::Instrument;

use crate::app::context::{ConnectionInfo, Context};
use crate::app::permission;
use crate::db::Db;
use crate::ground::error::Result;
use crate::ground::failure::{self, caught};
use crate::socket::session::{Endpoint, Stream};

/// Returns the streams of an endpoint that are closed to a connection, by their position.
///
/// # Errors
/// The handshake is refused if the only stream, or every stream, is closed, or if this cannot be determined now (503),
/// because a closed stream stays closed for as long as the connection exists. The error is logged already, and so is
/// the reason why one of several streams is closed.
pub(super) async fn closed(
    db: &Db,
    connection: &Arc<ConnectionInfo>,
    endpoint: &Endpoint,
) -> Result<Vec<usize>> {
    let mut closed = Vec::new();
    let mut first = None;
    for (index, stream) in endpoint.streams.iter().enumerate() {
        let Err(error) = ask(db, connection, stream).await else { continue };
        if error.status() == 503 {
            return Err(error);
        }
        first.get_or_insert(error);
        closed.push(index);
    }
    match first {
        Some(error) if closed.len() == endpoint.streams.len() => Err(error),
        _ => Ok(closed),
    }
}

async fn ask(db: &Db, connection: &Arc<ConnectionInfo>, stream: &Stream) -> Result<()> {
    if stream.meta.access.permissions.is_empty() {
        return Ok(());
    }
    let context = Context::new(db.clone(), Arc::clone(connection), stream.meta.stream, "connect", "null");
    let span = failure::span(Some(context.stream()), context.action(), None);
    async {
        let asked = caught(permission::check_connect(&*stream.dispatch, &context)).await.flatten();
        asked.inspect_err(|error| failure::log(error, "a permission at the handshake"))
    }
    .instrument(span)
    .await
}
