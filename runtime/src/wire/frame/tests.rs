//! Tests the forms of frames, case by case.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::*;
use crate::ground::error::Error;

fn refusal(text: &str) -> (String, String, u16, String) {
    let refusal = Request::parse(text).expect_err(text);
    let mut errors = Vec::new();
    refusal.error.detail().write_errors(&mut errors);
    let errors = String::from_utf8(errors).expect("invariant: JSON is UTF-8");
    (refusal.action.to_owned(), refusal.request_id.to_owned(), refusal.error.status(), errors)
}

#[test]
fn reads_keys_in_any_order_and_keeps_the_rest() {
    let request =
        Request::parse(r#" {"pk": 3, "request_id": {"a": [1e400]}, "data": {}, "action": "list"} "#)
            .expect("a good frame");
    assert_eq!(request.action(), "list");
    assert!(request.is_named());
    assert_eq!(request.request_id(), r#"{"a": [1e400]}"#);
    assert_eq!(request.argument("pk").map(RawValue::get), Some("3"));
    assert_eq!(request.argument("nothing").map(RawValue::get), None);
    assert_eq!(request.arguments().len(), 2);
}

#[test]
fn of_equal_keys_the_last_counts() {
    let text = r#"{"action": "nope", "action": "retr\u0069eve", "pk": 1, "pk": 2, "request_id": 1, "request_id": 2}"#;
    let request = Request::parse(text).expect("a good frame");
    assert_eq!((request.action(), request.request_id()), ("retrieve", "2"));
    assert_eq!(request.argument("pk").map(RawValue::get), Some("2"));
}

#[test]
fn borrows_what_has_no_escapes() {
    let request = Request::parse(r#"{"action": "list", "pk": 1}"#).expect("a good frame");
    assert!(matches!(request.action, Cow::Borrowed(_)));
    assert!(matches!(request.arguments()[0].0, Cow::Borrowed(_)));
}

#[test]
fn request_ids_come_back_as_they_were_sent() {
    for id in [
        "0",
        "1.50",
        "-1e400",
        "true",
        "null",
        r#""""#,
        r#""\ud800""#,
        r#"[1, 2]"#,
        "123456789012345678901234567890",
    ] {
        let text = format!(r#"{{"action": "a", "request_id": {id}}}"#);
        assert_eq!(Request::parse(&text).expect(id).request_id(), id);
    }
}

#[test]
fn other_actions_than_texts_are_spelled_like_python() {
    for (json, spelled) in [("null", "None"), ("5", "5"), ("true", "True"), (r#"["list"]"#, "['list']")] {
        let text = format!(r#"{{"action": {json}}}"#);
        let request = Request::parse(&text).expect(json);
        assert_eq!((request.action(), request.action_json()), (spelled, json));
        assert!(!request.is_named());
    }
}

#[test]
fn no_action_is_405() {
    let expected = r#"["Unable to find action in message body."]"#;
    assert_eq!(refusal("{}"), ("null".into(), "null".into(), 405, expected.into()));
    assert_eq!(refusal(r#"{"request_id": "x"}"#), ("null".into(), r#""x""#.into(), 405, expected.into()));
}

#[test]
fn what_is_not_json_is_400() {
    for text in ["", "  ", "{", "nope", "{\"a\": NaN}", "\u{feff}{}", "[1,", "{\"a\": \"\t\"}"] {
        let (action, id, status, errors) = refusal(text);
        assert_eq!((&*action, &*id, status), ("null", "null", 400), "{text}");
        assert!(errors.starts_with(r#"["JSON parse error - "#), "{errors}");
    }
}

#[test]
fn what_was_read_before_the_error_is_repeated() {
    let (action, id, status, _) = refusal(r#"{"action": "list", "request_id": 7} trailing"#);
    assert_eq!((&*action, &*id, status), (r#""list""#, "7", 400));
}

#[test]
fn other_documents_than_objects_are_400() {
    for (text, name) in [("[]", "list"), ("5", "int"), ("1.5", "float"), ("true", "bool"), ("\"\"", "str")] {
        let (.., status, errors) = refusal(text);
        assert_eq!(status, 400);
        assert_eq!(errors, format!(r#"["Invalid data. Expected a dictionary, but got {name}."]"#));
    }
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| {
        format!(r#"{{"action": "a", "x": "[[[[\"[[[[", "deep": {}{}}}"#, "[".repeat(depth), "]".repeat(depth))
    };
    assert!(Request::parse(&nested(MAX_DEPTH - 1)).is_ok());
    assert_eq!(refusal(&nested(MAX_DEPTH)).2, 400);
    assert_eq!(refusal(&nested(100_000)).2, 400);
    assert!(Request::parse(&format!(r#"{{"action": "{}"}}"#, "[".repeat(1000))).is_ok());
}

#[test]
fn envelopes_have_five_keys_in_order() {
    let envelope = Envelope { wrapper: Wrapper::Raw, action: r#""list""#, request_id: "7" };
    assert_eq!(
        String::from_utf8(envelope.reply(200, b"[1]")).as_deref(),
        Ok(r#"{"errors":[],"data":[1],"action":"list","response_status":200,"request_id":7}"#)
    );
    let envelope = Envelope::blank(Wrapper::Stream(r#""users""#));
    assert_eq!(
        String::from_utf8(envelope.failure(&Error::NotFound)).as_deref(),
        Ok(concat!(
            r#"{"stream":"users","payload":{"errors":["Not found"],"data":null,"#,
            r#""action":null,"response_status":404,"request_id":null}}"#
        ))
    );
}

#[test]
fn whatever_is_sent_is_answered_with_json() {
    let good =
        r#"{"action": ["a", {"b": -1.5e-7}, "\u00e9\ud800'"], "request_id": {"x": [null, true]}, "é": "\n"}"#;
    let replacements = ["", "\"", "\\", "{", "]", "0", "\u{1f600}", "\0", "e"];
    for (start, char) in good.char_indices() {
        let end = start + char.len_utf8();
        for replacement in replacements {
            let text = format!("{}{replacement}{}", &good[..start], &good[end..]);
            for text in [&text, &text[..start]] {
                let (action, request_id, error) = match Request::parse(text) {
                    Ok(request) => {
                        let error = Error::MethodNotAllowed(request.action().to_owned());
                        (request.action_json(), request.request_id(), error)
                    }
                    Err(refusal) => (refusal.action, refusal.request_id, refusal.error),
                };
                let answer = Envelope { wrapper: Wrapper::Raw, action, request_id }.failure(&error);
                let keys: Result<std::collections::BTreeMap<String, &RawValue>, _> =
                    serde_json::from_slice(&answer);
                assert_eq!(keys.expect(text).len(), 5, "{text}");
            }
        }
    }
}
