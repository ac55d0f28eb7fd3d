//! Which streams a handshake opens: what permissions say of the connection.

use std::sync::Arc;

use tracing::Instrument;

use crate::app::context::{ConnectionInfo, Context};
use crate::app::permission;
use crate::db::Db;
use crate::ground::error::Result;
use crate::ground::failure::{self, caught};
use crate::socket::session::{Endpoint, Stream};

/// The streams of an endpoint that are closed to a connection, by their position.
///
/// # Errors
/// Why the handshake is refused: the only stream is closed, or all of them; or whether one is cannot be said now (503), as
/// a stream that is closed stays so for as long as the connection is there. It is logged already, as is whatever closes one
/// of several.
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
