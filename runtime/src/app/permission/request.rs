//! Permissions before an action, and about its row.

use super::scope::lists;
use super::tree::{About, Asked};
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::{Error, Result};
use crate::schema::meta::ActionMeta;
use crate::schema::row::Row;
use crate::wire::frame::Request;

/// Whether a request may be made of the consumer, whatever its action.
///
/// # Errors
/// [`Error::PermissionDenied`] if not; what a permission of the application's own raises.
pub(crate) async fn check(consumer: &dyn Dispatch, ctx: &Context, request: &Request<'_>) -> Result<()> {
    let asked = Asked { consumer, ctx, request };
    asked.all(consumer.meta().access.permissions, None).await.and_then(granted)
}

/// Whether a request may be made of one of its actions; beside [`check`].
///
/// # Errors
/// As [`check`].
pub(crate) async fn check_action(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    action: &ActionMeta,
) -> Result<()> {
    let asked = Asked { consumer, ctx, request };
    asked.all(action.permissions, None).await.and_then(granted)
}

/// Whether the row may be the request's; to be asked once [`check`] and [`check_action`] let it pass.
///
/// # Errors
/// As [`check`].
pub(crate) async fn check_row(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    row: &Row,
) -> Result<()> {
    let (of_consumer, of_action) = lists(consumer, ctx);
    let asked = Asked { consumer, ctx, request };
    let row = Some(About { row, holds: true });
    if asked.all(of_consumer, row).await? {
        return asked.all(of_action, row).await.and_then(granted);
    }
    Err(Error::PermissionDenied)
}

fn granted(holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::PermissionDenied) }
}
