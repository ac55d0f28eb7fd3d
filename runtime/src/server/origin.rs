//! The origins of pages that may open sockets.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};

/// Tells whether a page of this origin may open a socket. The origin has to be checked, because browsers send cookies
/// regardless of the page that opens the socket. Other clients do not send an origin.
pub(super) fn is_allowed(parts: &Parts, allowed: &[String]) -> bool {
    let Some(origin) = parts.headers.get(header::ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    allowed.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
        || is_same(origin, host(&parts.headers, &parts.uri))
}

fn host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let header = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| uri.authority().map(|authority| authority.as_str()))
}

/// Tells whether the origin's host and port are those of the request. The scheme is not compared, because a proxy may
/// have terminated TLS.
fn is_same(origin: &str, host: Option<&str>) -> bool {
    let (Some((scheme, authority)), Some(host)) = (origin.split_once("://"), host) else { return false };
    let default = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |text: &str| text.strip_suffix(default).unwrap_or(text).to_ascii_lowercase();
    bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn same_origin_is_the_same_host_and_port() {
        for (origin, host, same) in [
            ("http://localhost:8000", "localhost:8000", true),
            ("https://Example.com", "example.com", true),
            ("https://example.com", "example.com:443", true),
            ("http://example.com:80", "example.com", true),
            ("https://example.com:8443", "example.com", false),
            ("https://evil.com", "example.com", false),
            ("https://example.com.evil.com", "example.com", false),
            ("null", "example.com", false),
            ("file://example.com", "example.com", false),
        ] {
            assert_eq!(is_same(origin, Some(host)), same, "{origin} at {host}");
        }
        assert!(!is_same("http://example.com", None));
    }
}
