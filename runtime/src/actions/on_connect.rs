//! Subscriptions that a connection has from its beginning, because an observer declares them.

use crate::actions::named::named;
use crate::actions::subscribe::join_on_connect;
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::permission;
use crate::feed::groups::{ALL, Groups, by};
use crate::ground::error::{Error, Result};
use crate::schema::meta::{ConnectSource, GroupsMeta, ObserverMeta, OnConnect, TypeMeta};
use crate::schema::value::Value;
use crate::wire::decode::parameter;
use crate::wire::encode;
use crate::wire::frame::Request;

/// Tells whether a consumer subscribes connections from their beginning.
pub(crate) fn is_declared(consumer: &dyn Dispatch) -> bool {
    consumer.observers().iter().any(|observer| observer.on_connect.is_some())
}

/// Subscribes a new connection to each observer of its consumer that declares it, without a request id. An observer
/// whose subscribing action the connection may not call is left out, which is logged.
///
/// # Errors
/// [`Error::Validation`] for a parameter of the query that is not a value of its column, and the errors of permissions
/// and of the broker.
pub(crate) async fn subscribe(consumer: &dyn Dispatch, ctx: &Context) -> Result<()> {
    for observer in consumer.observers().iter().copied() {
        let Some(declared) = observer.on_connect else { continue };
        match subscribe_to(consumer, ctx, observer, declared).await {
            Err(Error::PermissionDenied | Error::NotAuthenticated) => {
                tracing::info!(
                    observer = observer.name,
                    "a connection was not subscribed: a permission refuses {}",
                    declared.action
                );
            }
            other => other?,
        }
    }
    Ok(())
}

async fn subscribe_to(
    consumer: &dyn Dispatch,
    ctx: &Context,
    observer: &'static ObserverMeta,
    declared: OnConnect,
) -> Result<()> {
    let ctx = &ctx.asking(declared.action);
    let mut frame = br#"{"action":"#.to_vec();
    encode::text(&mut frame, declared.action);
    frame.push(b'}');
    let frame = String::from_utf8_lossy(&frame);
    let request =
        Request::parse(&frame).map_err(|_| Error::internal("the name of an action is not a text"))?;
    match ctx.description(consumer) {
        Some(action) => permission::check_action(consumer, ctx, &request, action).await?,
        None => permission::check(consumer, ctx, &request).await?,
    }
    let groups = match observer.groups {
        GroupsMeta::All | GroupsMeta::Instance => Groups::custom([ALL]),
        GroupsMeta::Custom => named(ctx, consumer.connect_groups(observer, ctx)).await?,
        GroupsMeta::By(sets) => {
            let mut groups = Vec::new();
            for (index, set) in sets.iter().enumerate() {
                let Some(values) = values(ctx, observer, set, declared.values)? else { continue };
                groups.push(by(index, values.iter().map(|(ty, value)| (*ty, value))));
            }
            Groups::custom(groups)
        }
    };
    join_on_connect(observer, ctx, groups).await
}

/// Returns the values of the columns of a group; `None` if the connection does not have one of them.
fn values(
    ctx: &Context,
    observer: &'static ObserverMeta,
    set: &[usize],
    sources: &[(usize, ConnectSource)],
) -> Result<Option<Vec<(&'static TypeMeta, Value)>>> {
    let mut values = Vec::with_capacity(set.len());
    for column in set {
        let ty = &observer.model.columns[*column].ty;
        let Some((_, source)) = sources.iter().find(|(own, _)| own == column) else { return Ok(None) };
        let value = match source {
            ConnectSource::Path(name) => ctx.handshake().parameter(name).cloned(),
            ConnectSource::User => ctx.user().id().and_then(|id| parameter(ty, id)),
            ConnectSource::Query(name) => match ctx.handshake().query_parameter(name) {
                Some(text) => {
                    let value = parameter(ty, &text);
                    Some(value.ok_or_else(|| Error::field(*name, "This is not a valid value."))?)
                }
                None => None,
            },
        };
        let Some(value) = value else { return Ok(None) };
        values.push((ty, value));
    }
    Ok(Some(values))
}
