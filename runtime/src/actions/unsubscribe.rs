//! `$unsubscribe`: ends a subscription by the id of its request, whatever it is to (protocol 1).

use super::subscribe::needs_id;
use crate::app::context::Context;
use crate::app::dispatch::Reply;
use crate::app::request_id::RequestId;
use crate::feed::hub::Subscription;
use crate::ground::error::{Error, Result};

/// The action, which no definition can have.
pub(crate) const UNSUBSCRIBE: &str = "$unsubscribe";

/// Ends all subscriptions of the context's stream on this socket that have the id of the request: status 200. Without a
/// log of changes the action does not exist.
///
/// # Errors
/// [`Error::MethodNotAllowed`] without a log; [`Error::Validation`] without an id; [`Error::NotFound`] if there is no
/// such subscription.
pub(crate) fn unsubscribe_by_id(ctx: &Context) -> Result<Reply> {
    let hub = ctx.db().hub();
    if hub.log().is_none() {
        return Err(Error::MethodNotAllowed(ctx.action().to_owned()));
    }
    needs_id(ctx)?;
    let (id, stream) = (RequestId::new(ctx.request_id()), ctx.sender()?.stream);
    let own = |other: &Subscription| other.recipient.stream == stream && *other.request_id() == id;
    match hub.unsubscribe(ctx.connection_id(), own) {
        0 => Err(Error::NotFound),
        _ => Ok(Reply::empty(200)),
    }
}
