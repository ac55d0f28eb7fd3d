//! The places of a token in a handshake.

use std::borrow::Cow;
use std::time::Duration;

use super::super::subprotocol::offered;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

/// The places from which a token is read: always `Authorization`, and by default the query.
///
/// Pages in browsers cannot set headers of a handshake. A token in the query works everywhere, but is written into the
/// logs of proxies. A token in the first frame is not.
#[derive(Debug, Clone)]
pub struct Places {
    schemes: &'static [&'static str],
    query: Option<String>,
    cookie: Option<String>,
    subprotocol: Option<Subprotocol>,
    first_frame: Option<Duration>,
}

impl Places {
    /// Creates the default places: `Authorization` with one of these schemes, and the query parameter `token`.
    pub(super) fn new(schemes: &'static [&'static str]) -> Self {
        Self { schemes, query: Some("token".to_owned()), cookie: None, subprotocol: None, first_frame: None }
    }

    /// Reads the token from the query parameter with this name. The default is `token`.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>) -> Self {
        self.query = Some(name.into());
        self
    }

    /// Does not read the token from the query.
    #[must_use]
    pub fn no_query(mut self) -> Self {
        self.query = None;
        self
    }

    /// Reads the token from a cookie with this name, too.
    #[must_use]
    pub fn cookie(mut self, name: impl Into<String>) -> Self {
        self.cookie = Some(name.into());
        self
    }

    /// Reads the token from the subprotocols that a client offers, too: the one after the subprotocol with this name
    /// (`new WebSocket(url, ['access_token', token])`), or the rest of one that begins with this name and a dot
    /// (`['access_token.' + token]`). The server selects the subprotocol with this name, or else the only one that is
    /// offered. A token in a subprotocol has only letters, digits and ``!#$%&'*+-.^_`|~``, as JSON Web Tokens have.
    #[must_use]
    pub fn subprotocol(mut self, name: impl Into<String>) -> Self {
        self.subprotocol = Some(Subprotocol::Named(name.into()));
        self
    }

    /// Reads the token from the first subprotocol that a client offers, too (`new WebSocket(url, [token])`), and selects
    /// it.
    #[must_use]
    pub fn first_subprotocol(mut self) -> Self {
        self.subprotocol = Some(Subprotocol::First);
        self
    }

    /// Reads the token from the first frame, too: a socket without a token has to send one within this time, and is
    /// closed with 4401 otherwise.
    #[must_use]
    pub fn first_frame(mut self, within: Duration) -> Self {
        self.first_frame = Some(within);
        self
    }

    /// Returns the time within which the first frame has to arrive.
    pub(super) fn waits(&self) -> Option<Duration> {
        self.first_frame
    }

    /// Returns the token of a handshake, from the first place that has one.
    pub(super) fn find<'a>(&self, parts: &'a Parts) -> Option<Cow<'a, str>> {
        let header = || bearer(&parts.headers, self.schemes).map(Cow::Borrowed);
        let query = || self.query.as_ref().and_then(|name| parameter(parts.uri.query()?, name));
        let cookie = || self.cookie.as_ref().and_then(|name| cookies(&parts.headers, name).next());
        let subprotocol =
            || self.subprotocol.as_ref().and_then(|place| place.token(&offered(&parts.headers)));
        let found = header().or_else(query).or_else(|| cookie().map(Cow::Borrowed));
        let found = found.or_else(|| subprotocol().map(Cow::Borrowed));
        found.filter(|token| !token.is_empty())
    }
}

impl Places {
    /// Selects the subprotocol that stands for a token.
    pub(super) fn selects<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        self.subprotocol.as_ref().and_then(|place| place.selected(offered))
    }
}

/// The place of a token among the subprotocols that a client offers.
#[derive(Debug, Clone)]
enum Subprotocol {
    /// After the one with this name, or in one that begins with it and a dot.
    Named(String),
    /// The first one is the token.
    First,
}

impl Subprotocol {
    fn token<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        match self {
            Self::First => offered.first().copied(),
            Self::Named(name) => {
                let after =
                    offered.iter().position(|own| own == name).and_then(|place| offered.get(place + 1));
                let within =
                    || offered.iter().find_map(|own| own.strip_prefix(name.as_str())?.strip_prefix('.'));
                after.copied().or_else(within)
            }
        }
    }

    fn selected<'a>(&self, offered: &[&'a str]) -> Option<&'a str> {
        let named = |name: &String| offered.iter().find(|own| *own == name).copied();
        match self {
            Self::Named(name) if self.token(offered).is_some() => {
                named(name).or_else(|| offered.first().copied().filter(|_| offered.len() == 1))
            }
            Self::Named(_) => None,
            Self::First => offered.first().copied(),
        }
    }
}

/// Returns the credentials of `Authorization` with one of these schemes, which are not case-sensitive (RFC 9110, 11.1).
fn bearer<'a>(headers: &'a HeaderMap, schemes: &[&str]) -> Option<&'a str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme)).then(|| token.trim_start())
}

fn parameter<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Returns the values of a cookie. There may be several, from other paths and from other hosts of the domain.
pub(super) fn cookies<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(move |pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn found(places: &Places, uri: &str, headers: &[(&str, &str)]) -> Option<String> {
        let request =
            headers.iter().fold(Request::builder().uri(uri), |r, (name, value)| r.header(*name, *value));
        let (parts, ()) = request.body(()).expect("a good request").into_parts();
        places.find(&parts).map(Cow::into_owned)
    }

    #[test]
    fn tokens_are_found_where_they_may_stand() {
        let places = Places::new(&["Bearer"]).cookie("jwt");
        let cookie = ("cookie", "a=b; jwt=c; jwt=d");
        for (uri, headers, expected) in [
            ("/", &[][..], None),
            ("/?token=a%2Eb&token=c", &[], Some("a.b")),
            ("/?Token=a", &[], None),
            ("/?token=", &[], None),
            ("/", &[("authorization", "bearer  abc")], Some("abc")),
            ("/", &[("authorization", "Basic abc")], None),
            ("/", &[("authorization", "Bearer")], None),
            ("/?token=q", &[("authorization", "Bearer h"), cookie], Some("h")),
            ("/?token=q", &[cookie], Some("q")),
            ("/", &[cookie], Some("c")),
        ] {
            assert_eq!(found(&places, uri, headers).as_deref(), expected, "{uri} {headers:?}");
        }
        assert_eq!(found(&places.clone().no_query(), "/?token=a", &[]), None);
        assert_eq!(found(&places.query("t"), "/?token=a&t=b", &[]).as_deref(), Some("b"));
    }
}
