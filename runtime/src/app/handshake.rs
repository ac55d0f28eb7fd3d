//! The HTTP request that opened a connection, as the application reads it.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use axum::http::HeaderName;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::request::Parts;

use crate::schema::value::Value;

/// Headers that only say how the socket is opened: they are not kept.
const NOT_KEPT: [HeaderName; 5] =
    [CONNECTION, UPGRADE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, SEC_WEBSOCKET_EXTENSIONS];

/// The HTTP request that opened a connection (Channels' `scope`): its path with parameters, its query, its headers, the
/// address of the client, and the subprotocol that was selected. [`Context::handshake`](crate::Context::handshake)
/// returns it, for anonymous connections, too.
///
/// It is kept for as long as the connection exists, in as many bytes as the request has.
///
/// ```
/// use dcrf_runtime::context::Handshake;
///
/// let handshake = Handshake::new("/ws/orders/7/?lang=en%2DGB&lang=de").with_header("User-Agent", "test");
/// assert_eq!((handshake.path(), handshake.query()), ("/ws/orders/7/", Some("lang=en%2DGB&lang=de")));
/// assert_eq!(handshake.query_parameter("lang").as_deref(), Some("en-GB"));
/// assert_eq!(handshake.header("user-agent"), Some("test"));
/// assert_eq!((handshake.client(), handshake.subprotocol()), (None, None));
/// ```
#[derive(Default)]
pub struct Handshake {
    path: Box<str>,
    query: Option<Box<str>>,
    /// Name and value of each header, one after the other, with the length of each text before it.
    headers: Box<[u8]>,
    client: Option<IpAddr>,
    subprotocol: Option<Box<str>>,
    parameters: Box<[(&'static str, Value)]>,
}

impl Handshake {
    /// Creates the request for a path, which may have a query; for tests.
    pub fn new(path_and_query: &str) -> Self {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query.into())),
            None => (path_and_query, None),
        };
        Self { path: path.into(), query, ..Self::default() }
    }

    /// Adds a header; for tests.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let mut headers = std::mem::take(&mut self.headers).into_vec();
        push(&mut headers, name.to_ascii_lowercase().as_bytes());
        push(&mut headers, value.as_ref());
        Self { headers: headers.into(), ..self }
    }

    /// Sets the address of the client; for tests.
    #[must_use]
    pub fn with_client(self, client: IpAddr) -> Self {
        Self { client: Some(client), ..self }
    }

    /// Sets the subprotocol; for tests.
    #[must_use]
    pub fn with_subprotocol(self, subprotocol: &str) -> Self {
        Self { subprotocol: Some(subprotocol.into()), ..self }
    }

    /// Adds the value of a path parameter; for tests.
    #[must_use]
    pub fn with_parameter(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let mut parameters = std::mem::take(&mut self.parameters).into_vec();
        parameters.push((name, value.into()));
        Self { parameters: parameters.into(), ..self }
    }

    /// Copies what is kept of a request.
    pub(crate) fn of(
        parts: &Parts,
        client: Option<IpAddr>,
        subprotocol: Option<&str>,
        parameters: Vec<(&'static str, Value)>,
    ) -> Self {
        let mut headers = Vec::new();
        for (name, value) in parts.headers.iter().filter(|(name, _)| !NOT_KEPT.contains(name)) {
            push(&mut headers, name.as_str().as_bytes());
            push(&mut headers, value.as_bytes());
        }
        Self {
            path: parts.uri.path().into(),
            query: parts.uri.query().map(Into::into),
            headers: headers.into(),
            client,
            subprotocol: subprotocol.map(Into::into),
            parameters: parameters.into(),
        }
    }

    /// Returns the path as it was requested, without the query and with its percent-encoding.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the query as it was requested, without the `?`.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// Returns the first value of a parameter of the query, decoded.
    pub fn query_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let pairs = form_urlencoded::parse(self.query()?.as_bytes());
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Returns the first value of a header, if it is ASCII text. Names are not case-sensitive.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers();
        let (_, value) = headers.find(|(own, _)| own.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok().filter(|value| value.is_ascii())
    }

    /// Returns all headers with names in lower case, in the order of the request, except those that only say how a
    /// WebSocket is opened.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut rest = &*self.headers;
        std::iter::from_fn(move || {
            let name = take(&mut rest)?;
            Some((std::str::from_utf8(name).unwrap_or_default(), take(&mut rest)?))
        })
    }

    /// Returns the address of the client: that of its TCP connection, or that which a proxy gives if the service is
    /// behind one. `None` if the service does not own its TCP connections.
    pub fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// Returns the subprotocol that the server has selected from those that the client offers.
    pub fn subprotocol(&self) -> Option<&str> {
        self.subprotocol.as_deref()
    }

    /// Returns the value of a path parameter. Generated crates have a type for all parameters of a path.
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.parameters.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Returns the bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [Some(&self.path), self.query.as_ref(), self.subprotocol.as_ref()];
        let texts: usize = texts.into_iter().flatten().map(|text| text.len()).sum();
        texts + self.headers.len() + size_of_val(&*self.parameters)
    }
}

impl fmt::Debug for Handshake {
    /// Shows no query and no headers, because they may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Appends a text after its length in 4 bytes.
fn push(texts: &mut Vec<u8>, text: &[u8]) {
    // The head of a request is much shorter.
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    texts.extend(length.to_le_bytes());
    texts.extend(&text[..length as usize]);
}

fn take<'a>(texts: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, rest) = texts.split_first_chunk::<4>()?;
    let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *texts = rest;
    Some(text)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::Handshake;

    #[test]
    fn what_an_application_reads_is_kept() {
        let request = Request::builder()
            .uri("/ws/a%20b/?x=1&x=2&y=%C3%A4")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Key", "k")
            .header("Accept-Language", "de")
            .header("Accept-Language", "en")
            .header("X-Odd", &b"\xff"[..])
            .body(())
            .expect("a good request");
        let (parts, ()) = request.into_parts();
        let handshake = Handshake::of(&parts, Some([127, 0, 0, 1].into()), Some("v1"), Vec::new());
        assert_eq!((handshake.path(), handshake.query()), ("/ws/a%20b/", Some("x=1&x=2&y=%C3%A4")));
        assert_eq!(handshake.query_parameter("x").as_deref(), Some("1"));
        assert_eq!(handshake.query_parameter("y").as_deref(), Some("ä"));
        assert_eq!(handshake.query_parameter("z"), None);
        assert_eq!((handshake.header("ACCEPT-language"), handshake.header("x-odd")), (Some("de"), None));
        let names: Vec<_> = handshake.headers().map(|(name, _)| name).collect();
        assert_eq!(names, ["accept-language", "accept-language", "x-odd"]);
        assert_eq!(handshake.subprotocol(), Some("v1"));
        assert!(handshake.bytes() < 200, "{}", handshake.bytes());
    }
}
