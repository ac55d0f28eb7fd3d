//! One request, from its text to the text of its answer. Every request is answered, unless its action does not return
//! an answer.

use std::sync::Arc;
use std::time::Instant;

use tracing::Instrument;

use super::answer::{Answer, RemainingPages, failed, held, log_failure_of_application, sealed};
use super::caller::Caller;
use super::deadline::in_time;
use super::endpoint::Stream;
use crate::actions::crud::call;
use crate::actions::hello::{HELLO, hello};
use crate::actions::unsubscribe::{UNSUBSCRIBE, unsubscribe_by_id};
use crate::app::context::Context;
use crate::app::dispatch::Reply;
use crate::app::mailbox::Mailbox;
use crate::app::{permission, throttle};
use crate::ground::error::{Error, Result};
use crate::ground::failure::{self, caught};
use crate::ground::future::BoxFuture;
use crate::schema::meta::ActionMeta;
use crate::wire::frame::{Envelope, Request};

/// Answers a frame of a stream. Errors and panics of the action are answered, too, and do not affect other requests.
pub(super) async fn answer(
    caller: &Caller,
    mailbox: Arc<Mailbox>,
    stream_index: usize,
    text: &Arc<str>,
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
    let (sender, action) = (caller.sender(mailbox, stream_index), stream.action(&request));
    let envelope = Envelope { wrapper, action: request.action_json(), request_id: request.request_id() };
    let span = failure::span(Some(stream.meta.stream), request.action(), Some(request.request_id()));
    let context = Context::new(
        caller.db_of_request(),
        Arc::clone(&caller.connection),
        stream.meta.stream,
        request.action(),
        request.request_id(),
    )
    .with_sender(sender, &stream.dispatch)
    .described(action)
    .with_frame(Arc::clone(text));
    let (running, start) = (stream.meter.begin(), Instant::now());
    let result =
        caught(permitted(stream, &context, &request, action)).instrument(span.clone()).await.flatten();
    let status = result.as_ref().map_or_else(Error::status, |reply| reply.status);
    running.finish(status, start.elapsed());
    match result {
        Ok(reply) if reply.silent => Answer { frame: None, held: None, rest: None },
        Ok(mut reply) => {
            if reply.status >= 500 {
                span.in_scope(|| log_failure_of_application(reply.status));
            }
            if let (Some(mark), Ok(sender)) = (reply.mark, context.sender()) {
                sender.mailbox.pass(mark);
            }
            let (frame, whole) = sealed(caller, &envelope, &span, (reply.status, reply.mark), &reply.data);
            let held = held(&context, &frame);
            let rest = RemainingPages::of(&mut reply, context, stream_index, request.action_json(), span);
            Answer { frame: Some(frame), held, rest: rest.filter(|_| whole) }
        }
        Err(error) => Answer::of(failed(&envelope, &span, &error)),
    }
}

/// Returns the answer to a frame of a stream that is refused.
pub(super) fn refuse(caller: &Caller, stream: usize, text: &str, error: &Error) -> Vec<u8> {
    let wrapper = caller.wrapper(&caller.endpoint.streams[stream]);
    let (action, request_id) = match Request::parse(text) {
        Ok(request) => (request.action_json(), request.request_id()),
        Err(refusal) => (refusal.action, refusal.request_id),
    };
    Envelope { wrapper, action, request_id }.failure(error)
}

async fn permitted(
    stream: &Stream,
    context: &Context,
    request: &Request<'_>,
    action: Option<&'static ActionMeta>,
) -> Result<Reply> {
    let Some(action) = action else {
        // A client that may not call a consumer must not learn which actions it has.
        in_time(context, permission::check(&*stream.dispatch, context, request)).await?;
        return match request.action() {
            HELLO if request.is_named() => in_time(context, hello(context, request)).await,
            UNSUBSCRIBE if request.is_named() => unsubscribe_by_id(context),
            other => Err(Error::MethodNotAllowed(other.to_owned())),
        };
    };
    if action.detached {
        perform(stream, context, request, action).await
    } else {
        in_time(context, perform(stream, context, request, action)).await
    }
}

async fn perform(
    stream: &Stream,
    context: &Context,
    request: &Request<'_>,
    action: &'static ActionMeta,
) -> Result<Reply> {
    permission::check_action(&*stream.dispatch, context, request, action).await?;
    throttle::check(context, stream.meta.access.throttles)?;
    throttle::check(context, action.throttles)?;
    if !action.atomic {
        return call(&*stream.dispatch, context, request).await;
    }
    // The action runs again if its transaction is lost: messages to other connections are lost with it.
    let run = |db| -> BoxFuture<'_, Result<Reply>> {
        let context = context.within(db);
        Box::pin(async move { call(&*stream.dispatch, &context, request).await })
    };
    context.db().atomically_at_length(action.isolation, run).await
}
