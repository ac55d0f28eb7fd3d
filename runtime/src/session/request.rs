//! One request from its text to the text of its answer: whatever happens, it is answered.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use futures_util::FutureExt;
use tracing::Instrument;

use super::{Caller, Stream};
use crate::context::Context;
use crate::dispatch::Reply;
use crate::error::{Error, Result};
use crate::frame::{Envelope, Request, Wrapper};
use crate::hub::{Mailbox, Seat};

/// Answers a frame of a stream. Errors and panics of the action are answered, too, and concern nobody else.
pub(super) async fn answer(caller: &Caller, mailbox: Arc<Mailbox>, position: usize, text: &str) -> Utf8Bytes {
    let endpoint = &caller.endpoint;
    let stream = &endpoint.streams[position];
    let wrapper = if endpoint.multiplexed { Wrapper::Stream(&stream.name_json) } else { Wrapper::Raw };
    let request = match Request::parse(text) {
        Ok(request) => request,
        Err(refusal) => {
            let envelope = Envelope { wrapper, action: refusal.action, request_id: refusal.request_id };
            return seal(envelope.failure(&refusal.error), &envelope);
        }
    };
    let name = endpoint.multiplexed.then(|| Arc::clone(&stream.name_json));
    let seat = Seat { mailbox, stream: position, wrapper: name, dispatch: Arc::clone(&stream.dispatch) };
    let envelope = Envelope { wrapper, action: request.action_json(), request_id: request.request_id() };
    let span = tracing::info_span!(
        "request",
        stream = stream.meta.stream,
        action = request.action(),
        request_id = request.request_id(),
    );
    let result =
        AssertUnwindSafe(call(caller, stream, seat, &request)).catch_unwind().instrument(span.clone()).await;
    let result = result.unwrap_or_else(|panic| Err(Error::internal(format!("panic: {}", message(&*panic)))));
    let frame = match &result {
        Ok(reply) if reply.data.len() > caller.limits.reply => {
            let error = Error::internal(format!("a reply of {} bytes is too large", reply.data.len()));
            span.in_scope(|| log(&error));
            envelope.failure(&error)
        }
        Ok(reply) => envelope.reply(reply.status, &reply.data),
        Err(error) => {
            span.in_scope(|| log(error));
            envelope.failure(error)
        }
    };
    seal(frame, &envelope)
}

async fn call(caller: &Caller, stream: &Stream, seat: Seat, request: &Request<'_>) -> Result<Reply> {
    let Some(action) = stream.action(request) else {
        return Err(Error::MethodNotAllowed(request.action().to_owned()));
    };
    let context = Context::new(
        caller.db.clone(),
        Arc::clone(&caller.connection),
        stream.meta.stream,
        request.action(),
        request.request_id(),
    )
    .seated(seat);
    if !action.atomic {
        return stream.dispatch.call(&context, request).await;
    }
    let transaction = context.begin().await?;
    let reply = stream.dispatch.call(&transaction, request).await?;
    transaction.commit().await?;
    Ok(reply)
}

fn log(error: &Error) {
    if error.status() >= 500 {
        tracing::error!(%error, status = error.status(), "a request failed");
    } else {
        tracing::debug!(%error, status = error.status(), "a request was refused");
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no message)")
}

/// The frame as text. A reply of the application's that is not UTF-8 becomes a failure.
fn seal(frame: Vec<u8>, envelope: &Envelope<'_>) -> Utf8Bytes {
    Utf8Bytes::try_from(frame).unwrap_or_else(|_| {
        let error = Error::internal("a reply is not UTF-8");
        log(&error);
        // Made of texts: it is UTF-8.
        Utf8Bytes::try_from(envelope.failure(&error)).unwrap_or_default()
    })
}
