//! Failures of the server as its log tells them: each on one line, with its cause, and without values of payloads.
//!
//! Whoever asked is told no more than a status. What a line says beside the cause (connection, stream, action, request
//! id) are the spans that it is in: see [`span`].

mod cause;
mod flood;
mod panic;

use std::borrow::Cow;

use tracing::Span;

use crate::ground::error::Error;

pub(crate) use cause::{cause, line};
pub(crate) use panic::caught;
#[cfg(feature = "log")]
pub(crate) use panic::tell_by_log;

/// Characters of what clients call things that stand in the log at most.
const LONGEST_NAME: usize = 100;

/// The span of a request, or of what is asked of a stream without one. `action` and `request_id` are what the client
/// sent. Its level is that of failures, so that no filter shows a failure without it.
pub(crate) fn span(stream: Option<&str>, action: &str, request_id: Option<&str>) -> Span {
    tracing::error_span!(
        "request",
        stream,
        action = &*short(action),
        request_id = request_id.map(short).as_deref()
    )
}

/// Logs why something was not done: a failure of the server is an error, a refusal is of use to whoever looks closely.
pub(crate) fn log(error: &Error, what: &'static str) {
    let status = error.status();
    if matches!(error, Error::Unavailable(_)) && !flood::has_room() {
        return;
    }
    if status >= 500 {
        tracing::error!(error = %cause(error), status, "{what} failed");
    } else {
        tracing::debug!(error = %cause::refusal(error), status, "{what} was refused");
    }
}

/// As much of a name as stands in the log.
pub(crate) fn short(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
        None => Cow::Borrowed(name),
    }
}
