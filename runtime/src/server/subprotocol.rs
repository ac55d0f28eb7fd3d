//! Subprotocols of WebSockets: those that a client offers, and the one that is selected.

use axum::http::{HeaderMap, header};

use super::shared::Shared;

/// Returns the subprotocols that a client offers, in its order. They may stand in several headers (RFC 6455, 11.3.4).
pub(super) fn offered(headers: &HeaderMap) -> Vec<&str> {
    let lines =
        headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Selects a subprotocol: the first of the service's that the client offers, or else the one that stands beside a token.
pub(super) fn select<'a>(shared: &Shared, headers: &'a HeaderMap) -> Option<&'a str> {
    let offered = offered(headers);
    let known = shared.subprotocols.iter().find_map(|own| offered.iter().find(|name| *name == own));
    known.copied().or_else(|| shared.authenticator.subprotocol(&offered))
}
