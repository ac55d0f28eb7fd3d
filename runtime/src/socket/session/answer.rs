//! Answers: their frames, and what follows the first frame of an answer of many.

use axum::extract::ws::Utf8Bytes;
use tracing::{Instrument, Span};

use super::caller::Caller;
use super::deadline::in_time;
use crate::app::context::Context;
use crate::app::dispatch::{Page, Pages, Reply};
use crate::ground::error::Error;
use crate::ground::failure::{self, caught};
use crate::ground::memory::Held;
use crate::ground::stats::LimitKind;
use crate::wire::frame::Envelope;

/// What the log calls it.
const REQUEST: &str = "a request";

/// A frame to be sent, and what follows it.
pub(super) struct Answer {
    /// The frame; none: nothing is sent.
    pub(super) frame: Option<Utf8Bytes>,
    /// What it makes the process hold.
    pub(super) held: Option<Held>,
    /// None: it was the last.
    pub(super) rest: Option<RemainingPages>,
}

/// The frames that follow, not made yet, with all that making them needs.
pub(super) struct RemainingPages {
    pages: Box<dyn Pages>,
    context: Context,
    status: u16,
    stream: usize,
    /// As it was sent: JSON text.
    action: Box<str>,
    span: Span,
}

impl Answer {
    /// A frame without more.
    pub(super) fn of(frame: Utf8Bytes) -> Self {
        Self { frame: Some(frame), held: None, rest: None }
    }
}

/// What is held for an answer once there is nothing but its frame.
pub(super) fn held(context: &Context, frame: &Utf8Bytes) -> Option<Held> {
    context.db().memory().map(|memory| memory.answered(frame.len()))
}

impl RemainingPages {
    /// What follows the first frame of an answer.
    pub(super) fn of(
        reply: &mut Reply,
        context: Context,
        stream: usize,
        action: &str,
        span: Span,
    ) -> Option<Self> {
        let pages = reply.pages.take()?;
        Some(Self { pages, context, status: reply.status, stream, action: action.into(), span })
    }

    /// Makes the next frame. An error or a panic is answered, and ends it.
    pub(super) async fn next(mut self, caller: &Caller) -> Answer {
        let stream = &caller.endpoint.streams[self.stream];
        let page = caught(self.pages.next(&*stream.dispatch, &self.context));
        let page = async { page.await.flatten() };
        let page = in_time(&self.context, page.instrument(self.span.clone())).await;
        let envelope = Envelope {
            wrapper: caller.wrapper(stream),
            action: &self.action,
            request_id: self.context.request_id(),
        };
        match page {
            Ok(Page { data, last }) => {
                let (frame, whole) = sealed(caller, &envelope, &self.span, self.status, &data);
                let held = held(&self.context, &frame);
                Answer { frame: Some(frame), held, rest: (whole && !last).then_some(self) }
            }
            Err(error) => Answer::of(failed(&envelope, &self.span, &error)),
        }
    }
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
        caller.stats().cross(LimitKind::Reply);
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
pub(super) fn log_failure_of_application(status: u16) {
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
