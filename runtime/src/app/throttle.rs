//! Throttles: how many requests somebody may make in a time.

use std::time::Instant;

use super::context::Context;
use crate::ground::error::{Error, Result};
use crate::schema::meta::{ThrottleBy, ThrottleMeta};

/// Counts a request of a context by throttles, in their order.
///
/// # Errors
/// [`Error::Throttled`] if there were too many.
pub(crate) fn check(ctx: &Context, throttles: &[ThrottleMeta]) -> Result<()> {
    let now = Instant::now();
    for throttle in throttles {
        let wait = ctx.throttles().count(throttle, requester(ctx, throttle.by), now);
        if let Some(wait) = wait {
            let seconds = u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
            return Err(Error::Throttled { wait: Some(seconds.max(1)) });
        }
    }
    Ok(())
}

/// Returns the text that stands for whoever makes a request.
fn requester(ctx: &Context, by: ThrottleBy) -> String {
    let connection = || format!("connection {}", ctx.connection_id());
    let address = || ctx.handshake().client().map_or_else(connection, |address| format!("address {address}"));
    match by {
        ThrottleBy::User => ctx.user().id().map_or_else(address, |id| format!("user {id}")),
        ThrottleBy::Address => address(),
        ThrottleBy::Connection => connection(),
    }
}
