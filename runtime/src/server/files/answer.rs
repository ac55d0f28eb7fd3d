//! The form of answers over HTTP, and what pages of other origins may read of them.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::ground::error::{Detail, Error};
use crate::server::refusal::RETRY_AFTER;

/// Returns the answer to a failed request, in the form that Django REST Framework gives it over HTTP: the errors of
/// fields, or `{"detail": …}`.
pub(super) fn failure(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let detail = match error.detail() {
        detail @ Detail::Map(_) => detail,
        detail => Detail::Map(vec![("detail".to_owned(), detail)]),
    };
    let mut answer = json(status, detail.to_string());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    }
    answer
}

/// Returns an answer of JSON.
pub(super) fn json(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

/// Lets the page that has sent a request read the answer, if its origin is an allowed one.
pub(super) fn shared_with(allowed: &[String], request: &HeaderMap, mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = request.get(header::ORIGIN) else { return answer };
    let listed = |origin: &str| allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin));
    if origin.to_str().is_ok_and(listed) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    } else if allowed.iter().any(|allowed| allowed == "*") {
        // A page of any origin must not use the cookies of its visitors.
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    answer
}

/// Returns the answer to a browser that asks whether a page may send an upload.
pub(super) fn preflight(allowed: &[String], request: &HeaderMap) -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, content-disposition"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    shared_with(allowed, request, (StatusCode::NO_CONTENT, headers).into_response())
}
