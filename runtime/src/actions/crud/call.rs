//! The call of an action: what it is given is read, and the consumer acts on it.

use super::bound::bound;
use super::input::{change_input, create_input};
use super::locked::locked;
use super::lookup::{lookup_value, row};
use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Given, ReplyFuture};
use crate::app::judged::Judged;
use crate::ground::error::Result;
use crate::schema::meta::Reads;
use crate::schema::row::Row;
use crate::wire::decode::Mode;
use crate::wire::frame::Request;

/// Reads what the action is given, and has the consumer [act](Dispatch::act) on it: the `call` of generated consumers.
///
/// If permissions or validators are asked about the row of an `update` or `patch`, what they allowed is written to that
/// row or not at all: if it is another by then, it is locked, and all is asked and done again in a transaction.
pub fn call<'a>(consumer: &'a dyn Dispatch, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
    Box::pin(async move {
        let (given, judged) = given(consumer, ctx, request).await?;
        let Some(row) = judged.filter(|_| !ctx.db().is_transaction()) else {
            return consumer.act(ctx, request, given)?.await;
        };
        let judging = ctx.judging(row);
        let reply = consumer.act(&judging, request, given)?.await;
        if !judging.judged().is_some_and(Judged::is_stale) {
            return reply;
        }
        locked(ctx, move |ctx| {
            Box::pin(async move {
                let (given, _) = self::given(consumer, &ctx, request).await?;
                consumer.act(&ctx, request, given)?.await
            })
        })
        .await
    })
}

/// What an action is given, and the row that was judged for it, if it is about to be written as it was judged.
async fn given(
    consumer: &dyn Dispatch,
    ctx: &Context,
    request: &Request<'_>,
) -> Result<(Given, Option<Row>)> {
    let meta = consumer.meta();
    let action = meta.actions.iter().find(|action| action.name == request.action());
    let key = || lookup_value(bound(meta)?, request);
    let mode = match action.map_or(Reads::Nothing, |action| action.reads) {
        Reads::Nothing => return Ok((Given::Nothing, None)),
        Reads::Create => return Ok((Given::Payload(create_input(consumer, ctx, request).await?), None)),
        Reads::Row => return Ok((Given::Row(row(consumer, ctx, request).await?), None)),
        Reads::Update => Mode::Update,
        Reads::Patch => Mode::Patch,
    };
    let (payload, judged) = change_input(consumer, ctx, request, key()?, mode).await?;
    Ok((Given::Payload(payload), judged))
}
