//! Answers: their frames, and the further frames of an answer of many frames.

use axum::extract::ws::Utf8Bytes;
use tracing::{Instrument, Span};

use super::caller::Caller;
use super::deadline::in_time;
use crate::app::context::Context;
use crate::app::dispatch::{Events, MissedEvent, Page, Pages, Reply};
use crate::change::Mark;
use crate::ground::error::Error;
use crate::ground::failure::{self, caught};
use crate::ground::memory::Held;
use crate::ground::stats::LimitKind;
use crate::wire::frame::Envelope;

/// The name of a request in the log.
const REQUEST: &str = "a request";

/// A frame to be sent, and the frames after it.
pub(super) struct Answer {
    /// The frame; `None` if nothing is sent.
    pub(super) frame: Option<Utf8Bytes>,
    /// The memory of the frame.
    pub(super) held: Option<Held>,
    /// The remaining pages; `None` after the last.
    pub(super) rest: Option<RemainingPages>,
}

/// The frames that follow, with everything that is needed to make them.
pub(super) struct RemainingPages {
    pages: Following,
    context: Context,
    status: u16,
    stream: usize,
    /// The action as it was sent: JSON text.
    action: Box<str>,
    span: Span,
}

/// What follows an answer.
enum Following {
    Pages(Box<dyn Pages>),
    Events(Box<dyn Events>),
}

impl Answer {
    /// Creates an answer of one frame.
    pub(super) fn of(frame: Utf8Bytes) -> Self {
        Self { frame: Some(frame), held: None, rest: None }
    }
}

/// Returns the memory of an answer, of which only the frame is left.
pub(super) fn held(context: &Context, frame: &Utf8Bytes) -> Option<Held> {
    context.db().memory().map(|memory| memory.answered(frame.len()))
}

impl RemainingPages {
    /// Returns the frames after the first frame of an answer.
    pub(super) fn of(
        reply: &mut Reply,
        context: Context,
        stream: usize,
        action: &str,
        span: Span,
    ) -> Option<Self> {
        let pages = reply.pages.take().map(Following::Pages);
        let pages = pages.or_else(|| reply.events.take().map(Following::Events))?;
        Some(Self { pages, context, status: reply.status, stream, action: action.into(), span })
    }

    /// Makes the next frame. An error or a panic becomes the last frame.
    pub(super) async fn next(mut self, caller: &Caller) -> Answer {
        let stream = &caller.endpoint.streams[self.stream];
        let pages = match &mut self.pages {
            Following::Events(_) => return self.next_event(caller).await,
            Following::Pages(pages) => pages,
        };
        let page = caught(pages.next(&*stream.dispatch, &self.context));
        let page = async { page.await.flatten() };
        let page = in_time(&self.context, page.instrument(self.span.clone())).await;
        let envelope = Envelope {
            wrapper: caller.wrapper(stream),
            action: &self.action,
            request_id: self.context.request_id(),
        };
        match page {
            Ok(Page { data, last }) => {
                let (frame, whole) = sealed(caller, &envelope, &self.span, (self.status, None), &data);
                let held = held(&self.context, &frame);
                Answer { frame: Some(frame), held, rest: (whole && !last).then_some(self) }
            }
            Err(error) => Answer::of(failed(&envelope, &self.span, &error)),
        }
    }

    /// Makes the next event. After an error, which becomes the last frame, the subscription ends.
    async fn next_event(mut self, caller: &Caller) -> Answer {
        let wrapper = caller.wrapper(&caller.endpoint.streams[self.stream]);
        let Following::Events(events) = &mut self.pages else {
            return Answer { frame: None, held: None, rest: None };
        };
        let event = caught(events.next());
        let event = async { event.await.flatten() };
        let event = in_time(&self.context, event.instrument(self.span.clone())).await;
        let request_id = self.context.request_id();
        match event {
            Ok(None) => Answer { frame: None, held: None, rest: None },
            Ok(Some(MissedEvent { action, status, data, mark })) => {
                let envelope = Envelope { wrapper, action, request_id };
                let (frame, whole) = sealed(caller, &envelope, &self.span, (status, Some(mark)), &data);
                let held = held(&self.context, &frame);
                Answer { frame: Some(frame), held, rest: whole.then_some(self) }
            }
            Err(error) => {
                let envelope = Envelope { wrapper, action: &self.action, request_id };
                Answer::of(failed(&envelope, &self.span, &error))
            }
        }
    }
}

/// Returns the frame of a success, and whether it is one: a frame that is too large, or not UTF-8, becomes a failure.
pub(super) fn sealed(
    caller: &Caller,
    envelope: &Envelope<'_>,
    span: &Span,
    (status, mark): (u16, Option<Mark>),
    data: &[u8],
) -> (Utf8Bytes, bool) {
    if data.len() > caller.limits.reply {
        caller.stats().cross(LimitKind::Reply);
        let error = Error::internal(format!("a reply of {} bytes is too large", data.len()));
        return (failed(envelope, span, &error), false);
    }
    let frame = match mark {
        Some(mark) => envelope.marked(status, data, &mark.to_string()),
        None => envelope.reply(status, data),
    };
    span.in_scope(|| seal(frame, envelope))
}

/// Returns the frame of a failure, which is logged.
pub(super) fn failed(envelope: &Envelope<'_>, span: &Span, error: &Error) -> Utf8Bytes {
    span.in_scope(|| {
        failure::log(error, REQUEST);
        seal(envelope.failure(error), envelope).0
    })
}

/// Logs a failure that the application, or one of its HTTP services, answers itself. The application has to log its
/// reason.
pub(super) fn log_failure_of_application(status: u16) {
    tracing::error!(error = "the application answered with this status", status, "{REQUEST} failed");
}

/// Returns the frame as text, and whether it is a success. A reply of the application that is not UTF-8 becomes a
/// failure.
fn seal(frame: Vec<u8>, envelope: &Envelope<'_>) -> (Utf8Bytes, bool) {
    match Utf8Bytes::try_from(frame) {
        Ok(frame) => (frame, true),
        Err(_) => {
            let error = Error::internal("a reply is not UTF-8");
            failure::log(&error, REQUEST);
            // The frame is made of texts, so that it is UTF-8.
            (Utf8Bytes::try_from(envelope.failure(&error)).unwrap_or_default(), false)
        }
    }
}
