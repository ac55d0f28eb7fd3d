//! Tests arguments that are first validated by a schema, and that are read as fields if the definition requires it.

use super::{Coercion, arguments_by, shape::entries};
use crate::schema::meta::{Kind, ObjectMeta, PropertyMeta, TypeMeta};

static STEP: ObjectMeta = ObjectMeta {
    name: "Step",
    properties: &[
        PropertyMeta::new("step", TypeMeta::plain(Kind::Integer)).required(),
        PropertyMeta::new("note", TypeMeta::plain(Kind::Text)),
    ],
    closed: false,
    additional: None,
};

const SCHEMA: &str = r#"{"type":"object","properties":{"step":{"multipleOf":2}},"maxProperties":2,"not":{"required":["never"]}}"#;

/// Returns the detail that the client gets; `fine` if there is no error.
fn told(schema: Option<&'static str>, coercion: Coercion, frame: &str) -> String {
    let raw = serde_json::from_str(frame).expect("JSON");
    let entries = entries(raw).expect("an object");
    match arguments_by(&STEP, schema, coercion, &entries, &["stream"]) {
        Ok(_) => "fine".to_owned(),
        Err(error) => error.detail().to_string(),
    }
}

#[test]
fn arguments_are_plain_json_unless_they_are_coerced() {
    let no_integer = r#"{"step":["A valid integer is required."]}"#;
    for (frame, plain, coerced) in [
        (r#"{"step": 5}"#, "fine", "fine"),
        (r#"{"step": "5"}"#, no_integer, "fine"),
        (r#"{"step": true}"#, no_integer, no_integer),
        (r#"{"step": 5, "note": 7}"#, r#"{"note":["Not a valid string."]}"#, "fine"),
    ] {
        assert_eq!(told(None, Coercion::None, frame), plain, "{frame}");
        assert_eq!(told(None, Coercion::Drf, frame), coerced, "{frame}");
    }
}

#[test]
fn a_schema_judges_arguments_as_a_whole() {
    let many = "Ensure this field has no more than 2 entries.";
    for (frame, expected) in [
        (r#"{"step": 4, "stream": "x", "note": "y"}"#, "fine".to_owned()),
        (r#"{"step": 3}"#, r#"{"step":["Ensure this value is a multiple of step size 2."]}"#.to_owned()),
        (r#"{"step": 4, "never": 1}"#, r#"{"non_field_errors":["This value is not allowed."]}"#.to_owned()),
        (r#"{"step": 4, "a": 1, "b": 2}"#, format!(r#"{{"non_field_errors":["{many}"]}}"#)),
        (r#"{"note": "y"}"#, r#"{"step":["This field is required."]}"#.to_owned()),
    ] {
        assert_eq!(told(Some(SCHEMA), Coercion::None, frame), expected, "{frame}");
    }
}
