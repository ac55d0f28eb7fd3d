//! Frames of answers.

use axum::extract::ws::Utf8Bytes;
use tracing::Span;

use super::caller::Caller;
use crate::ground::error::Error;
use crate::ground::failure;
use crate::ground::stats::Limit;
use crate::wire::frame::Envelope;

/// What the log calls it.
const REQUEST: &str = "a request";

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
pub(super) fn told_so(status: u16) {
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
