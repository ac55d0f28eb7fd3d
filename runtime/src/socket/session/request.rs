//! One request from its text to the text of its answer: whatever happens, it is answered, unless its success is to be silent.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::Utf8Bytes;
use tracing::{Instrument, Span};

use super::rest::{Answer, Rest, held};
use super::{Caller, Stream};
use crate::app::context::Context;
use crate::app::dispatch::Reply;
use crate::app::mailbox::Mailbox;
use crate::app::permission;
use crate::ground::error::{Error, Result};
use crate::ground::failure::{self, caught};
use crate::ground::future::BoxFuture;
use crate::ground::stats::Limit;
use crate::schema::meta::ActionMeta;
use crate::wire::frame::{Envelope, Request};

/// What the log calls it.
const REQUEST: &str = "a request";

/// Answers a frame of a stream. Errors and panics of the action are answered, too, and concern nobody else.
pub(super) async fn answer(
    caller: &Caller,
    mailbox: Arc<Mailbox>,
    stream_index: usize,
    text: &str,
) -> Answer {
    let stream = &caller.endpoint.streams[stream_index];
    let wrapper = caller.wrapper(stream);
    let request = match Request::parse(text) {
        Ok(request) => request,
        Err(refusal) => {
            let envelope = Envelope { wrapper, action: refusal.action, request_id: refusal.request_id };
            let span = failure::span(Some(stream.meta.stream), refusal.action, Some(refusal.request_id));
            return Answer::of(failed(&envelope, &span, &refusal.error));
        }
    };
    let seat = caller.seat(mailbox, stream_index);
    let envelope = Envelope { wrapper, action: request.action_json(), request_id: request.request_id() };
    let span = failure::span(Some(stream.meta.stream), request.action(), Some(request.request_id()));
    let context = Context::new(
        caller.db_of_request(),
        Arc::clone(&caller.connection),
        stream.meta.stream,
        request.action(),
        request.request_id(),
    )
    .seated(seat, &stream.dispatch);
    let (running, start) = (stream.meter.begin(), Instant::now());
    let result = caught(call(stream, &context, &request)).instrument(span.clone()).await.flatten();
    let status = result.as_ref().map_or_else(Error::status, |reply| reply.status);
    running.finish(status, start.elapsed());
    match result {
        Ok(reply) if reply.silent => Answer { frame: None, held: None, rest: None },
        Ok(mut reply) => {
            if reply.status >= 500 {
                span.in_scope(|| told_so(reply.status));
            }
            let (frame, whole) = sealed(caller, &envelope, &span, reply.status, &reply.data);
            let held = held(&context, &frame);
            let rest = Rest::of(&mut reply, context, stream_index, request.action_json(), span);
            Answer { frame: Some(frame), held, rest: rest.filter(|_| whole) }
        }
        Err(error) => Answer::of(failed(&envelope, &span, &error)),
    }
}

/// The answer to a frame of a stream that is not looked at any further.
pub(super) fn refuse(caller: &Caller, stream: usize, text: &str, error: &Error) -> Vec<u8> {
    let wrapper = caller.wrapper(&caller.endpoint.streams[stream]);
    let (action, request_id) = match Request::parse(text) {
        Ok(request) => (request.action_json(), request.request_id()),
        Err(refusal) => (refusal.action, refusal.request_id),
    };
    Envelope { wrapper, action, request_id }.failure(error)
}

async fn call(stream: &Stream, context: &Context, request: &Request<'_>) -> Result<Reply> {
    let Some(action) = stream.action(request) else {
        // Who may not call a consumer is not told what it has.
        in_time(context, permission::check(&*stream.dispatch, context, request)).await?;
        return Err(Error::MethodNotAllowed(request.action().to_owned()));
    };
    if action.detached {
        perform(stream, context, request, action).await
    } else {
        in_time(context, perform(stream, context, request, action)).await
    }
}

/// Gives up what takes too long: it is dropped, and with it a transaction that it has begun.
pub(super) async fn in_time<T>(context: &Context, work: impl Future<Output = Result<T>>) -> Result<T> {
    let limit = context.bounds().limits.action;
    let done = tokio::time::timeout(limit, work).await;
    done.unwrap_or_else(|_| {
        context.bounds().stats.cross(Limit::Action);
        Err(Error::too_slow(limit))
    })
}

async fn perform(
    stream: &Stream,
    context: &Context,
    request: &Request<'_>,
    action: &'static ActionMeta,
) -> Result<Reply> {
    permission::check(&*stream.dispatch, context, request).await?;
    permission::check_action(&*stream.dispatch, context, request, action).await?;
    if !action.atomic {
        return stream.dispatch.call(context, request).await;
    }
    // Run again if it is lost: what it said to others went with it.
    let run = |db| -> BoxFuture<'_, Result<Reply>> {
        let context = context.within(db);
        Box::pin(async move { stream.dispatch.call(&context, request).await })
    };
    context.db().atomically_at_length(action.isolation, run).await
}

/// The frame of a success, and whether it is one: too much, or what is no text, becomes a failure.
pub(super) fn sealed(
    caller: &Caller,
    envelope: &Envelope<'_>,
    span: &Span,
    status: u16,
    data: &[u8],
) -> (Utf8Bytes, bool) {
    if data.len() > caller.limits.reply {
        caller.stats().cross(Limit::Reply);
        let error = Error::internal(format!("a reply of {} bytes is too large", data.len()));
        return (failed(envelope, span, &error), false);
    }
    span.in_scope(|| seal(envelope.reply(status, data), envelope))
}

/// The frame of a failure, which is logged.
pub(super) fn failed(envelope: &Envelope<'_>, span: &Span, error: &Error) -> Utf8Bytes {
    span.in_scope(|| {
        failure::log(error, REQUEST);
        seal(envelope.failure(error), envelope).0
    })
}

/// The application answers with a failure of its own, or one of its HTTP services does. Why is for it to say.
fn told_so(status: u16) {
    tracing::error!(error = "the application answers so", status, "{REQUEST} failed");
}

/// The frame as text, and whether it could be. A reply of the application's that is not UTF-8 becomes a failure.
fn seal(frame: Vec<u8>, envelope: &Envelope<'_>) -> (Utf8Bytes, bool) {
    match Utf8Bytes::try_from(frame) {
        Ok(frame) => (frame, true),
        Err(_) => {
            let error = Error::internal("a reply is not UTF-8");
            failure::log(&error, REQUEST);
            // Made of texts: it is UTF-8.
            (Utf8Bytes::try_from(envelope.failure(&error)).unwrap_or_default(), false)
        }
    }
}
