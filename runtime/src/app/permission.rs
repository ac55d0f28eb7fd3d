//! Who may do what: permissions are asked before an action, about a row, at the handshake and before an event.
//!
//! A permission is a tree of names (`permission_classes` of the definition). What a name of the application's own
//! says is asked of the consumer; the rest is decided here, by the rules of Django REST Framework 3.15 and of DCRF,
//! without the latter's defects:
//!
//! - A frame is refused with 403 before anything else is looked at but that it is JSON with an action. An error that
//!   a permission gives is the answer instead.
//! - A name holds for a row if it holds for the request and for the row; `and`, `or` and `not` join that.
//!   Lists are not asked about, as in DRF: to narrow them is what a queryset is for.
//! - At the handshake `not` says nothing, so that the negation of something is no reason to refuse one.

mod guard;

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{ActionMeta, ModelMeta, PermissionMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::frame::Request;

pub(crate) use guard::Guard;

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

/// Whether anything is to be asked about the rows of the action.
pub(crate) fn asks_rows(consumer: &dyn Dispatch, ctx: &Context) -> bool {
    let (of_consumer, of_action) = lists(consumer, ctx.action());
    of_consumer.iter().chain(of_action).any(names_any)
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
    let (of_consumer, of_action) = lists(consumer, ctx.action());
    let asked = Asked { consumer, ctx, request };
    let row = Some(About { row, holds: true });
    if asked.all(of_consumer, row).await? {
        return asked.all(of_action, row).await.and_then(granted);
    }
    Err(Error::PermissionDenied)
}

/// Whether a connection may be made to the consumer.
///
/// # Errors
/// [`Error::PermissionDenied`] if not; what a permission of the application's own raises.
pub(crate) async fn check_connect(consumer: &dyn Dispatch, ctx: &Context) -> Result<()> {
    for permission in consumer.meta().access.permissions {
        if !can_connect(consumer, ctx, permission).await? {
            return Err(Error::PermissionDenied);
        }
    }
    Ok(())
}

/// What the permissions of a consumer say of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventPermission {
    /// It may be told.
    Granted,
    /// Not of this row.
    RowRefused,
    /// Of no row: the right to hear such events is not there, or no more.
    Refused,
}

/// Whether a subscriber may be told of an event about a row.
///
/// The permissions of its consumer are asked with the name of the event as the action (`create`, `update` or
/// `delete`, as DCRF asks them) and the key of the row as `pk`. If the row is one of the consumer's own model, they
/// are asked about the row, too. `ctx` is that of the subscription.
///
/// # Errors
/// What the application raises, but for refusals (401 and 403), which are a no.
pub(crate) async fn judge_event(
    consumer: &dyn Dispatch,
    ctx: &Context,
    event: &str,
    model: &'static ModelMeta,
    row: &Row,
) -> Result<EventPermission> {
    let permissions = consumer.meta().access.permissions;
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

/// As [`judge_event`], of a connection that was made to another consumer: whoever this one would refuse at the handshake
/// has no right here either. `ctx` is of this consumer's stream.
///
/// # Errors
/// As [`judge_event`].
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

/// Whether a subscriber may be told of an event about a row: [`judge_event`] grants it, and the consumer's queryset, if
/// the row is one of its own, admits it. That costs a query only where the queryset is about other rows.
///
/// # Errors
/// As [`judge_event`]; [`Error::Database`].
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
        crate::store::admits(ctx.db(), &visible, row).await
    })
}

/// Whether rows of a model are those of a consumer.
pub(crate) fn is_own(consumer: &dyn Dispatch, model: &'static ModelMeta) -> bool {
    consumer.meta().model.as_ref().is_some_and(|bound| std::ptr::eq(bound.serializer.model, model))
}

/// Whether what a consumer shows of its own rows depends on who looks at which row.
pub(crate) fn depends_on_rows(consumer: &dyn Dispatch) -> bool {
    let access = &consumer.meta().access;
    access.queryset || access.permissions.iter().any(names_any)
}

/// A refusal is a no.
fn holds(asked: Result<bool>) -> Result<bool> {
    match asked {
        Err(error) if matches!(error.status(), 401 | 403) => Ok(false),
        asked => asked,
    }
}

/// An event as the request that would ask for it.
fn event_frame(event: &str, model: &'static ModelMeta, row: &Row) -> String {
    let mut text = b"{\"action\":".to_vec();
    crate::wire::encode::text(&mut text, event);
    text.extend_from_slice(b",\"pk\":");
    let key = row.values().get(model.key).unwrap_or(&Value::Null);
    crate::wire::encode::value(&mut text, &model.key_column().ty, key);
    text.push(b'}');
    String::from_utf8_lossy(&text).into_owned()
}

fn granted(holds: bool) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::PermissionDenied) }
}

/// The permissions of the consumer, and those of one of its actions.
fn lists(consumer: &dyn Dispatch, action: &str) -> (&'static [PermissionMeta], &'static [PermissionMeta]) {
    let meta = consumer.meta();
    let of_action = meta.actions.iter().find(|known| known.name == action);
    (meta.access.permissions, of_action.map_or(&[], |action| action.permissions))
}

fn names_any(permission: &PermissionMeta) -> bool {
    match permission {
        PermissionMeta::AllowAny | PermissionMeta::IsAuthenticated => false,
        PermissionMeta::Named(_) => true,
        PermissionMeta::All(parts) | PermissionMeta::Any(parts) => parts.iter().any(names_any),
        PermissionMeta::Not(part) => names_any(part),
    }
}

/// The row that is asked about.
#[derive(Clone, Copy)]
struct About<'a> {
    row: &'a Row,
    /// Whether what is asked is known to hold for the request: it is not asked again.
    holds: bool,
}

/// Who asks what of whom.
#[derive(Clone, Copy)]
struct Asked<'a> {
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
}

impl<'a> Asked<'a> {
    /// Whether all of these hold.
    async fn all(self, permissions: &'static [PermissionMeta], about: Option<About<'a>>) -> Result<bool> {
        for permission in permissions {
            if !self.holds(permission, about).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether this holds. Boxed only where it has parts.
    async fn holds(self, permission: &'static PermissionMeta, about: Option<About<'a>>) -> Result<bool> {
        // Of what an `or` or a `not` holds is not known which part of it did.
        let parts = about.map(|about| About { holds: false, ..about });
        match permission {
            PermissionMeta::AllowAny => Ok(true),
            PermissionMeta::IsAuthenticated => Ok(self.ctx.user().is_authenticated()),
            PermissionMeta::Named(name) => self.named(name, about).await,
            PermissionMeta::All(all) => Box::pin(self.all(all, about)).await,
            PermissionMeta::Any(any) => {
                for part in *any {
                    if Box::pin(self.holds(part, parts)).await? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            PermissionMeta::Not(part) => Ok(!Box::pin(self.holds(part, parts)).await?),
        }
    }

    async fn named(self, name: &'static str, about: Option<About<'a>>) -> Result<bool> {
        let known = about.is_some_and(|about| about.holds);
        if !known && !self.consumer.has_permission(self.ctx, name, self.request).await? {
            return Ok(false);
        }
        match about {
            Some(about) => self.consumer.has_row_permission(self.ctx, name, about.row).await,
            None => Ok(true),
        }
    }
}

async fn can_connect(
    consumer: &dyn Dispatch,
    ctx: &Context,
    permission: &'static PermissionMeta,
) -> Result<bool> {
    match permission {
        // DCRF's IsAuthenticated lets everybody connect, and refuses every action.
        PermissionMeta::AllowAny | PermissionMeta::IsAuthenticated | PermissionMeta::Not(_) => Ok(true),
        PermissionMeta::Named(name) => consumer.can_connect(ctx, name).await,
        PermissionMeta::All(parts) => {
            for part in *parts {
                if !Box::pin(can_connect(consumer, ctx, part)).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        PermissionMeta::Any(parts) => {
            for part in *parts {
                if Box::pin(can_connect(consumer, ctx, part)).await? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}

#[cfg(test)]
mod tests;
