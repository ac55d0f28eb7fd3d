//! What a good specimen is.

use serde_json::{Value, json};

/// The payload of a specimen, with these fields instead of the usual ones.
pub(crate) fn specimen(slug: &str, changes: Value) -> Value {
    let mut data = json!({
        "count": 4, "title": "a title", "mail": "a@example.com", "site": "https://example.com/a?b=1",
        "slug": slug, "uid": "6f7c9a3e-0b5d-4c1e-9c55-0d9f3a1b2c3d", "v4": "10.0.0.1", "v6": "2001:db8::1",
        "moment": "2024-02-29T12:30:45.000001Z", "clock": "12:30:45.500000", "span": "1 02:03:04.000005",
        "fortune": "12345678901234567890.12345678", "data": "AAEC/w==", "grade": 2, "colour": "red",
        "address": {"street": "Main St", "number": 5}
    });
    let (Some(fields), Value::Object(changes)) = (data.as_object_mut(), changes) else {
        panic!("changes are an object")
    };
    fields.extend(changes);
    data
}
