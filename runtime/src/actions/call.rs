//! Calls an action: built-in actions run here, and custom actions run in the application.

use super::crud::{count, create, delete, key, list, list_input, patch, retrieve, row, update};
use super::crud::{create_input, locked};
use super::subscribe::{subscribe_instance, unsubscribe_instance};
use crate::actions::crud::change_input;
use crate::app::context::Context;
use crate::app::dispatch::{ActionInput, Dispatch, Reply, ReplyFuture};
use crate::app::judged::Judged;
use crate::ground::error::{Error, Result};
use crate::schema::meta::{ActionKind, GroupsMeta, ObserverMeta};
use crate::schema::value::Value;
use crate::wire::decode::Mode;
use crate::wire::frame::Request;

/// Runs an action. An action of the application is left to [`Dispatch::act`], after the row to which it refers has been
/// found.
pub fn call<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
    begin(consumer, ctx, request).unwrap_or_else(|error| Box::pin(std::future::ready(Err(error))))
}

/// Reads the arguments in the request itself, and returns the future of the rest.
fn begin<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    request: &'a Request<'a>,
) -> Result<ReplyFuture<'a>> {
    let meta = consumer.meta();
    let key = || key::<Value>(meta, request);
    Ok(match ctx.description(consumer).map_or(ActionKind::Custom, |action| action.kind) {
        ActionKind::Custom => consumer.act(ctx, request, ActionInput::Nothing)?,
        ActionKind::CustomOnRow => Box::pin(async move {
            let row = row(consumer, ctx, request).await?;
            consumer.act(ctx, request, ActionInput::Row(row))?.await
        }),
        ActionKind::List => list(consumer, ctx, list_input(meta, request)?),
        ActionKind::Retrieve => retrieve(consumer, ctx, request, key()?),
        ActionKind::Create => Box::pin(async move {
            let data = create_input(consumer, ctx, request).await?;
            create(consumer, ctx, data).await
        }),
        ActionKind::Update => Box::pin(change(consumer, ctx, request, key()?, Mode::Update)),
        ActionKind::Patch => Box::pin(change(consumer, ctx, request, key()?, Mode::Patch)),
        ActionKind::Delete => delete(consumer, ctx, request, key()?),
        ActionKind::Count => count(consumer, ctx, list_input(meta, request)?),
        ActionKind::SubscribeInstance => {
            subscribe_instance(consumer, single(consumer)?, ctx, request, key()?)
        }
        ActionKind::UnsubscribeInstance => unsubscribe_instance(consumer, single(consumer)?, ctx, key()?),
    })
}

/// Changes a row. If permissions or validators have checked it, the change is written only to the row that they have
/// seen. If the row has changed since, it is locked, and the checks and the write run again in a transaction.
async fn change(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    key: Value,
    mode: Mode,
) -> Result<Reply> {
    let write = match mode {
        Mode::Patch => patch,
        _ => update,
    };
    let (data, judged) = change_input(consumer, ctx, request, key.clone(), mode).await?;
    let Some(row) = judged.filter(|_| !ctx.db().is_transaction()) else {
        return write(consumer, ctx, key, data).await;
    };
    let judging = ctx.judging(row);
    let reply = write(consumer, &judging, key.clone(), data).await;
    if !judging.judged().is_some_and(Judged::is_stale) {
        return reply;
    }
    locked(ctx, move |ctx| {
        let key = key.clone();
        Box::pin(async move {
            let (data, _) = change_input(consumer, &ctx, request, key.clone(), mode).await?;
            write(consumer, &ctx, key, data).await
        })
    })
    .await
}

/// Returns the observer of single rows.
fn single(consumer: &dyn Dispatch) -> Result<&'static ObserverMeta> {
    let mut observers = consumer.observers().iter().copied();
    let single = observers.find(|observer| matches!(observer.groups, GroupsMeta::Instance));
    single.ok_or_else(|| Error::internal(format!("{} does not observe single rows", consumer.meta().name)))
}
