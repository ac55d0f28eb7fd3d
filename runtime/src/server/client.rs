//! The address of a client.

use std::net::IpAddr;

use axum::http::HeaderMap;

/// The header in which proxies pass the addresses of their clients.
const FORWARDED: &str = "x-forwarded-for";

/// Returns the address of a request's client.
pub(super) fn client(headers: &HeaderMap, peer: Option<IpAddr>, behind_proxy: bool) -> Option<IpAddr> {
    if !behind_proxy {
        return peer;
    }
    // All addresses before the last one were sent by the client, or by proxies that are not the application's.
    let forwarded = headers.get_all(FORWARDED).iter().next_back()?.to_str().ok()?;
    forwarded.rsplit(',').next()?.trim().parse().ok().or(peer)
}
