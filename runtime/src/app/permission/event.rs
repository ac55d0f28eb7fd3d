//! Permissions for events.

use super::handshake::check_connect;
use super::scope::{is_own, of_list, of_write};
use super::tree::{About, Asked};
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;
use crate::schema::meta::{ModelMeta, PermissionMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store::admits;
use crate::wire::encode;
use crate::wire::frame::Request;

/// The decision of a consumer's permissions about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventPermission {
    /// The subscriber may receive it.
    Granted,
    /// The subscriber may not receive events of this row.
    RowRefused,
    /// The subscriber may not receive such events at all, or not any more.
    Refused,
}

/// Tells whether a subscriber may receive an event about a row.
///
/// The permissions of its consumer are checked with the name of the event as the action (`create`, `update` or
/// `delete`, as in DCRF) and the key of the row as `pk`. If the row is one of the consumer's own model, the permissions
/// about the row are checked, too. `ctx` is that of the subscription.
///
/// # Errors
/// Errors of the application, except refusals (401 and 403), which become a refusal of the event.
pub(crate) async fn judge_event(
    consumer: &dyn Dispatch,
    ctx: &Context,
    event: &str,
    model: &'static ModelMeta,
    row: &Row,
) -> Result<EventPermission> {
    judge(consumer, ctx, event, model, row, consumer.meta().access.permissions).await
}

/// Tells whether a subscriber to a list may still list: the permissions of `list`, which are not about rows.
///
/// # Errors
/// The errors of [`judge_event`].
pub(crate) async fn judge_list(consumer: &dyn Dispatch, ctx: &Context) -> Result<EventPermission> {
    let request = Request::parse(r#"{"action":"list"}"#).map_err(|refusal| refusal.error)?;
    let ctx = ctx.asking("list");
    for permissions in of_list(consumer) {
        let asked = Asked { consumer, ctx: &ctx, request: &request };
        if !holds(asked.all(permissions, None).await)? {
            return Ok(EventPermission::Refused);
        }
    }
    Ok(EventPermission::Granted)
}

/// Tells whether another consumer may change or delete a row for the client of `ctx`, as [`judge_elsewhere`] tells for
/// events, except that permissions which `update` or `delete` has in the place of those of the consumer apply.
///
/// # Errors
/// The errors of [`judge_event`].
pub(crate) async fn judge_write(
    consumer: &dyn Dispatch,
    ctx: &Context,
    action: &str,
    model: &'static ModelMeta,
    row: &Row,
) -> Result<EventPermission> {
    if !holds(check_connect(consumer, ctx).await.map(|()| true))? {
        return Ok(EventPermission::Refused);
    }
    judge(consumer, ctx, action, model, row, of_write(consumer, action)).await
}

async fn judge(
    consumer: &dyn Dispatch,
    ctx: &Context,
    event: &str,
    model: &'static ModelMeta,
    row: &Row,
    permissions: &'static [PermissionMeta],
) -> Result<EventPermission> {
    if permissions.is_empty() {
        return Ok(EventPermission::Granted);
    }
    let text = event_frame(event, model, row);
    let request = Request::parse(&text).map_err(|refusal| refusal.error)?;
    let asked = Asked { consumer, ctx: &ctx.asking(event), request: &request };
    let about = is_own(consumer, model).then_some(About { row, holds: false });
    if holds(asked.all(permissions, about).await)? {
        return Ok(EventPermission::Granted);
    }
    let may_ask = about.is_some() && holds(asked.all(permissions, None).await)?;
    Ok(if may_ask { EventPermission::RowRefused } else { EventPermission::Refused })
}

/// Does the same for a connection to another consumer: a client that this consumer would refuse at the handshake has no
/// right here, either. `ctx` is a context of this consumer's stream.
///
/// # Errors
/// The errors of [`judge_event`].
pub(crate) async fn judge_elsewhere(
    consumer: &dyn Dispatch,
    ctx: &Context,
    event: &str,
    model: &'static ModelMeta,
    row: &Row,
) -> Result<EventPermission> {
    if !holds(check_connect(consumer, ctx).await.map(|()| true))? {
        return Ok(EventPermission::Refused);
    }
    judge_event(consumer, ctx, event, model, row).await
}

/// Tells whether a subscriber may receive an event about a row: the permissions of its consumer must grant it, and if
/// the row is one of the consumer's own model, the consumer's queryset must admit it. This needs a query only if the
/// queryset refers to other rows.
///
/// # Errors
/// Errors of the application, except refusals (401 and 403), for which it returns `false`;
/// [`Error::Database`](crate::Error::Database).
pub fn may_see_event<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    event: &'a str,
    model: &'static ModelMeta,
    row: &'a Row,
) -> BoxFuture<'a, Result<bool>> {
    Box::pin(async move {
        if judge_event(consumer, ctx, event, model, row).await? != EventPermission::Granted {
            return Ok(false);
        }
        if !is_own(consumer, model) || !consumer.meta().access.queryset {
            return Ok(true);
        }
        let visible = consumer.queryset(&ctx.asking(event)).await?;
        admits(ctx.db(), &visible, row).await
    })
}

/// Converts a refusal to `false`.
fn holds(asked: Result<bool>) -> Result<bool> {
    match asked {
        Err(error) if matches!(error.status(), 401 | 403) => Ok(false),
        asked => asked,
    }
}

/// Returns an event in the form of a request, for the permissions.
fn event_frame(event: &str, model: &'static ModelMeta, row: &Row) -> String {
    let mut text = b"{\"action\":".to_vec();
    encode::text(&mut text, event);
    text.extend_from_slice(b",\"pk\":");
    let key = row.values().get(model.key).unwrap_or(&Value::Null);
    encode::value(&mut text, &model.key_column().ty, key);
    text.push(b'}');
    String::from_utf8_lossy(&text).into_owned()
}
