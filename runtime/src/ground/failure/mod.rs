//! Failures of the server in its log: each on one line, with its cause, and without values of payloads.
//!
//! Clients get only a status. Beside the cause, a line is identified by its spans (connection, stream, action, request
//! id): see [`span`].

mod cause;
mod flood;
mod panic;

use std::borrow::Cow;

use tracing::Span;

use crate::ground::error::Error;

pub(crate) use cause::cause;
#[cfg(feature = "log")]
pub(crate) use cause::line;
pub(crate) use panic::caught;
#[cfg(feature = "log")]
pub(crate) use panic::tell_by_log;

/// The maximal characters of a client's names in the log.
const LONGEST_NAME: usize = 100;

/// Returns the span of a request, or of a hook of a stream. `action` and `request_id` are what the client sent. Its
/// level is that of failures, so that no filter shows a failure without it.
pub(crate) fn span(stream: Option<&str>, action: &str, request_id: Option<&str>) -> Span {
    tracing::error_span!(
        "request",
        stream,
        action = &*short(action),
        request_id = request_id.map(short).as_deref()
    )
}

/// Logs why something failed: a failure of the server is an error, and a refusal is logged for debugging.
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

/// Cuts a name for the log.
pub(crate) fn short(name: &str) -> Cow<'_, str> {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => Cow::Owned(format!("{}…", &name[..end])),
        None => Cow::Borrowed(name),
    }
}
