//! What is still to come of an answer of many frames.

use axum::extract::ws::Utf8Bytes;
use tracing::{Instrument, Span};

use super::answer::{failed, sealed};
use super::caller::Caller;
use super::deadline::in_time;
use crate::app::context::Context;
use crate::app::dispatch::{Page, Pages, Reply};
use crate::ground::failure::caught;
use crate::ground::memory::Held;
use crate::wire::frame::Envelope;

/// A frame to be sent, and what follows it.
pub(super) struct Answer {
    /// The frame; none: nothing is sent.
    pub(super) frame: Option<Utf8Bytes>,
    /// What it makes the process hold.
    pub(super) held: Option<Held>,
    /// None: it was the last.
    pub(super) rest: Option<Rest>,
}

/// The frames that follow, not made yet, with all that making them needs.
pub(super) struct Rest {
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

impl Rest {
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
