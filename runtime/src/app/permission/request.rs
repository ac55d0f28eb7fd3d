//! Permissions before an action, and about its row.

use super::scope::lists;
use super::tree::{About, Asked};
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::{Error, Result};
use crate::schema::meta::ActionMeta;
use crate::schema::row::Row;
use crate::wire::frame::Request;

/// Checks whether the permissions of the consumer, which apply to all its actions, grant a request.
///
/// # Errors
/// [`Error::PermissionDenied`] if they do not; the error of a permission of the application.
pub(crate) async fn check(consumer: &dyn Dispatch, ctx: &Context, request: &Request<'_>) -> Result<()> {
    let asked = Asked { consumer, ctx, request };
    asked.all(consumer.meta().access.permissions, None).await.and_then(granted)
}

/// Checks the permissions of an action: [`check`], unless it replaces those of the consumer, and its own.
///
/// # Errors
/// The errors of [`check`].
pub(crate) async fn check_action(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    action: &ActionMeta,
) -> Result<()> {
    if !action.replaces {
        check(consumer, ctx, request).await?;
    }
    let asked = Asked { consumer, ctx, request };
    asked.all(action.permissions, None).await.and_then(granted)
}

/// Checks the permissions about the row, after [`check_action`].
///
/// # Errors
/// The errors of [`check`].
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
