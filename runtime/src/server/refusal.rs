//! HTTP answers to refused requests and handshakes.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::ground::error::Error;
use crate::ground::memory::Excess;
use crate::ground::stats::LimitKind;

/// The number of seconds after which another attempt makes sense.
pub(super) const RETRY_AFTER: &str = "5";

/// Returns the answer when there are too many connections: 503 for all of them (RFC 9110), 429 for those of one address
/// (RFC 6585).
pub(super) fn too_many(limit: LimitKind) -> Response {
    let status = if limit == LimitKind::Connections {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::TOO_MANY_REQUESTS
    };
    (status, [(header::RETRY_AFTER, RETRY_AFTER)], "too many connections").into_response()
}

/// Returns the answer when there is not enough memory for a body.
pub(super) fn no_memory(excess: Excess) -> Response {
    let error = Error::from(excess);
    let status = match excess {
        Excess::Request { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
    };
    (status, [(header::RETRY_AFTER, RETRY_AFTER)], error.detail().to_string()).into_response()
}

/// Returns the answer to a failed handshake.
pub(super) fn refused(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::FORBIDDEN);
    let mut answer = (status, error.detail().to_string()).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    }
    answer
}

/// Returns 426 with the required protocol (RFC 9110, 15.5.22).
pub(super) fn upgrade_required() -> Response {
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
    ];
    (StatusCode::UPGRADE_REQUIRED, headers, "this path speaks WebSocket, version 13").into_response()
}
