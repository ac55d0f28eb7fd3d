//! The text of frames that are not answers.

use axum::extract::ws::Utf8Bytes;

use crate::app::request_id::RequestId;
use crate::wire::encode;

/// Adds the member `request_ids` to an object. A subscription without an id adds none.
pub(super) fn addressed<'a>(object: &[u8], ids: impl Iterator<Item = &'a RequestId>) -> Vec<u8> {
    let ids: Vec<&str> = ids.filter(|id| !id.is_null()).map(RequestId::text).collect();
    encode::with_members(object, &[br#""request_ids":["#, ids.join(",").as_bytes(), b"]"].concat())
}

/// Converts a frame to text. JSON is UTF-8; anything else would be a bug of its encoder, and is sent as an empty frame.
pub(super) fn sealed(frame: Vec<u8>) -> Utf8Bytes {
    Utf8Bytes::try_from(frame).unwrap_or_default()
}

/// Returns a frame of any form, for the stream of this name if the socket is multiplexed. The name and `json` are JSON
/// text.
pub(super) fn framed(stream: Option<&str>, json: &[u8]) -> Utf8Bytes {
    let Some(stream) = stream else { return sealed(json.to_vec()) };
    let parts: [&[u8]; 5] = [br#"{"stream":"#, stream.as_bytes(), br#","payload":"#, json, b"}"];
    sealed(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::addressed;
    use crate::app::request_id::RequestId;

    #[test]
    fn request_ids_are_added_to_any_object() {
        let ids = [RequestId::new("7"), RequestId::new("null"), RequestId::new("\"a\"")];
        for (object, expected) in [
            ("{}", r#"{"request_ids":[7,"a"]}"#),
            ("{ }\n", r#"{"request_ids":[7,"a"]}"#),
            (r#"{"b": {} }"#, r#"{"b": {},"request_ids":[7,"a"]}"#),
        ] {
            let frame = addressed(object.as_bytes(), ids.iter());
            // Space is of no meaning.
            assert_eq!(String::from_utf8_lossy(&frame).replace("{ ", "{"), expected, "{object}");
        }
    }
}
