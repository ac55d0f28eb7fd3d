//! Several streams on one socket: `{"stream": …, "payload": …}` (channelsmultiplexer).
//!
//! A frame that cannot be delivered is answered with an error, under its stream and its request id if they can be read;
//! channelsmultiplexer closes the whole socket instead.

use crate::ground::error::{Detail, Error};
use crate::ground::failure;
use crate::wire::frame::{Envelope, Request, Wrapper, read_object, string};

/// The path of the multiplexer, which is served with and without the slash at the end.
pub const PATH: &str = "/ws/";

/// A frame that does not reach a stream, and the reason.
#[derive(Debug)]
pub(crate) struct Undeliverable<'a> {
    stream: &'a str,
    payload: Option<&'a str>,
    error: Error,
}

impl<'a> Undeliverable<'a> {
    /// Creates the refusal of a payload by a stream, whose name is given as JSON text.
    pub(crate) fn new(stream: &'a str, payload: &'a str, error: Error) -> Self {
        Self { stream, payload: Some(payload), error }
    }

    /// Logs the reason.
    pub(crate) fn log(&self) {
        failure::log(&self.error, "a frame");
    }

    /// Returns the answer.
    pub(crate) fn into_frame(self) -> Vec<u8> {
        let mut envelope = Envelope::blank(Wrapper::Stream(self.stream));
        match self.payload.map(Request::parse) {
            Some(Ok(request)) => {
                envelope.action = request.action_json();
                envelope.request_id = request.request_id();
            }
            Some(Err(refusal)) => {
                envelope.action = refusal.action;
                envelope.request_id = refusal.request_id;
            }
            None => {}
        }
        envelope.failure(&self.error)
    }
}

/// Reads a wrapper: returns the position of its stream, and its payload, which is an object.
///
/// # Errors
/// Returns an error with status 400 if the text is not a wrapper, and with 404 if the stream does not exist.
pub(crate) fn unwrap<'a>(
    text: &'a str,
    find: impl FnOnce(&str) -> Option<usize>,
) -> Result<(usize, &'a str), Undeliverable<'a>> {
    let (mut stream, mut payload) = (None, None);
    let read = read_object(text, |key, value| match &*key {
        "stream" => stream = Some(value.get()),
        "payload" => payload = Some(value.get()),
        _ => {}
    });
    let name = stream.and_then(string);
    let refuse = |error| {
        let stream = if name.is_some() { stream.unwrap_or("null") } else { "null" };
        Undeliverable { stream, payload, error }
    };
    read.map_err(refuse)?;
    let Some(name) = &name else {
        return Err(refuse(missing("stream", "the name of a stream", stream)));
    };
    let Some(position) = find(name) else {
        let detail = Detail::Text(format!("Unknown stream \"{name}\"."));
        return Err(refuse(Error::Api { status: 404, detail }));
    };
    match payload {
        Some(object) if object.starts_with('{') => Ok((position, object)),
        other => Err(refuse(missing("payload", "an object", other))),
    }
}

/// Returns the answer to a frame that is not delivered, under its stream and request id if they can be read.
pub(crate) fn refuse(text: &str, error: Error) -> Vec<u8> {
    let (mut stream, mut payload) = (None, None);
    // For a malformed frame, the parts that could be read are repeated.
    let _ = read_object(text, |key, value| match &*key {
        "stream" => stream = Some(value.get()),
        "payload" => payload = Some(value.get()),
        _ => {}
    });
    let stream = stream.filter(|name| string(name).is_some()).unwrap_or("null");
    Undeliverable { stream, payload, error }.into_frame()
}

fn missing(key: &str, expected: &str, found: Option<&str>) -> Error {
    let what = if found.is_none() { "is missing" } else { "is wrong" };
    Error::Parse(format!("Malformed multiplexed frame: \"{key}\" {what}, it has to be {expected}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let refusal = unwrap(text, |name| (name == "users").then_some(3)).expect_err(text);
        String::from_utf8(refusal.into_frame()).expect("invariant: JSON is UTF-8")
    }

    #[test]
    fn finds_stream_and_payload() {
        let text = r#"{"x": 1, "payload": {"action": "list"}, "stream": "us\u0065rs"}"#;
        let unwrapped = unwrap(text, |name| (name == "users").then_some(3)).expect("a good frame");
        assert_eq!(unwrapped, (3, r#"{"action": "list"}"#));
    }

    #[test]
    fn answers_what_cannot_be_delivered() {
        let unknown = refused(r#"{"stream": "nope", "payload": {"action": "list", "request_id": 7}}"#);
        assert_eq!(
            unknown,
            concat!(
                r#"{"stream":"nope","payload":{"errors":["Unknown stream \"nope\"."],"data":null,"#,
                r#""action":"list","response_status":404,"request_id":7}}"#
            )
        );
        for text in [r#"{"stream": "users"}"#, r#"{"stream": "users", "payload": [1]}"#] {
            let answer = refused(text);
            assert!(answer.starts_with(r#"{"stream":"users","payload":{"errors":["Malformed"#), "{answer}");
            assert!(answer.contains(r#""response_status":400"#), "{answer}");
        }
        for text in ["", "[]", "5", "{\"stream\": null, \"payload\": {}}", "{\"action\": \"list\"}"] {
            assert!(refused(text).starts_with(r#"{"stream":null,"payload":{"errors":["#), "{text}");
        }
    }

    #[test]
    fn repeats_the_id_of_a_raw_payload() {
        let answer = refused(r#"{"stream": 5, "payload": {"request_id": "r"}}"#);
        assert!(answer.ends_with(r#""request_id":"r"}}"#), "{answer}");
    }
}
