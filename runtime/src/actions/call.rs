//! Calls an action: built-in actions run here, and custom actions run in the application.

use super::crud::{
    change_input, count, create, create_input, delete, key, list, list_input, locked, patch, payload_input,
    reply, retrieve, row, row_input, serializer, update,
};
use super::live::{live_list, not_live};
use super::resume::Begin;
use super::subscribe::{instance_observer, subscribe_instance, unsubscribe_instance};
use crate::app::context::Context;
use crate::app::dispatch::{ActionInput, Dispatch, Reply, ReplyFuture, Returned};
use crate::app::judged::Judged;
use crate::ground::error::Result;
use crate::schema::meta::ActionKind;
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
    let action = ctx.description(consumer);
    let kind = action.map_or(ActionKind::Custom, |action| action.kind);
    let live = if kind == ActionKind::List { Some(Begin::of(ctx)?).filter(Begin::is_live) } else { None };
    if action.is_some_and(|action| action.overridden) {
        if live.is_some() {
            return Err(not_live());
        }
        return Ok(Box::pin(overridden(consumer, ctx, request, kind)));
    }
    Ok(match kind {
        ActionKind::Custom => match action.and_then(|action| action.payload) {
            None => consumer.act(ctx, request, ActionInput::Nothing)?,
            Some(payload) => Box::pin(async move {
                let data = payload_input(consumer, ctx, request, payload).await?;
                consumer.act(ctx, request, ActionInput::Data(data))?.await
            }),
        },
        ActionKind::CustomOnRow => Box::pin(async move {
            let row = row(consumer, ctx, request).await?;
            let given = match action.and_then(|action| action.payload) {
                None => ActionInput::Row(row),
                Some(payload) => {
                    ActionInput::RowAndData(row, payload_input(consumer, ctx, request, payload).await?)
                }
            };
            consumer.act(ctx, request, given)?.await
        }),
        ActionKind::List => match (live, list_input(meta, request)?) {
            (Some(begin), input) => live_list(consumer, ctx, request, input, begin),
            (None, input) => list(consumer, ctx, input),
        },
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
            subscribe_instance(consumer, instance_observer(consumer)?, ctx, request, key()?)
        }
        ActionKind::UnsubscribeInstance => {
            unsubscribe_instance(consumer, instance_observer(consumer)?, ctx, key()?)
        }
    })
}

/// Runs the application's method in the place of a built-in action, after the permissions and validators of the action.
async fn overridden(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
    kind: ActionKind,
) -> Result<Reply> {
    let input = match kind {
        ActionKind::Create => ActionInput::Data(create_input(consumer, ctx, request).await?),
        ActionKind::Update | ActionKind::Patch => {
            let mode = if kind == ActionKind::Patch { Mode::Patch } else { Mode::Update };
            let (row, data) = row_input(consumer, ctx, request, mode).await?;
            ActionInput::RowAndData(row, data)
        }
        ActionKind::Retrieve | ActionKind::Delete => ActionInput::Row(row(consumer, ctx, request).await?),
        _ => ActionInput::Nothing,
    };
    match consumer.overridden(ctx, request, kind, input).await? {
        Returned::Row(row) => {
            let status = if kind == ActionKind::Create { 201 } else { 200 };
            reply(consumer, ctx, status, serializer(consumer, ctx)?, row).await
        }
        Returned::Nothing => Ok(Reply::empty(204)),
        Returned::Reply(reply) => Ok(reply),
    }
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
