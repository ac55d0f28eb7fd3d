//! Where requests come from.

use std::net::IpAddr;

use axum::http::HeaderMap;

/// What proxies say of whom they speak for.
const FORWARDED: &str = "x-forwarded-for";

/// Where a request comes from.
pub(super) fn client(headers: &HeaderMap, peer: Option<IpAddr>, behind_proxy: bool) -> Option<IpAddr> {
    if !behind_proxy {
        return peer;
    }
    // What stands before the last one was sent by the client, or by proxies that are not the application's.
    let forwarded = headers.get_all(FORWARDED).iter().next_back()?.to_str().ok()?;
    forwarded.rsplit(',').next()?.trim().parse().ok().or(peer)
}
