//! What clients are told over HTTP who get no answer, or no socket.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::ground::error::Error;
use crate::ground::memory::Excess;
use crate::ground::stats::LimitKind;

/// After how many seconds it is worth to try again what cannot be done now.
const RETRY_AFTER: &str = "5";

/// What a client is told when there are too many: 503 in all (RFC 9110), 429 of one address (RFC 6585).
pub(super) fn too_many(limit: LimitKind) -> Response {
    let status = if limit == LimitKind::Connections {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::TOO_MANY_REQUESTS
    };
    (status, [(header::RETRY_AFTER, RETRY_AFTER)], "too many connections").into_response()
}

/// What a client is told whose body there is no memory for.
pub(super) fn no_memory(excess: Excess) -> Response {
    let error = Error::from(excess);
    let status = match excess {
        Excess::Request { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
    };
    (status, [(header::RETRY_AFTER, RETRY_AFTER)], error.detail().to_string()).into_response()
}

/// What a client is told whose handshake has failed.
pub(super) fn refused(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::FORBIDDEN);
    let mut answer = (status, error.detail().to_string()).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    }
    answer
}

/// RFC 9110, 15.5.22: says to what.
pub(super) fn upgrade_required() -> Response {
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
    ];
    (StatusCode::UPGRADE_REQUIRED, headers, "this path speaks WebSocket, version 13").into_response()
}
