//! The time limit of an action.

use crate::app::context::Context;
use crate::ground::error::{Error, Result};
use crate::ground::stats::LimitKind;

/// Runs work within the time limit of an action. Work that takes too long is dropped, and with it a transaction that it
/// has begun.
pub(super) async fn in_time<T>(context: &Context, work: impl Future<Output = Result<T>>) -> Result<T> {
    let limit = context.bounds().limits.action;
    let done = tokio::time::timeout(limit, work).await;
    done.unwrap_or_else(|_| {
        context.bounds().stats.cross(LimitKind::Action);
        Err(Error::too_slow(limit))
    })
}
