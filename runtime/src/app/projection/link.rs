//! Keys as frames that request their rows (hypermedia links).

use crate::schema::meta::{LinkMeta, LinkValue, ModelMeta, TypeMeta};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::wire::encode;

/// Writes a key as a frame, or `null` for a `null` key.
pub(super) fn linked(
    out: &mut Vec<u8>,
    model: &'static ModelMeta,
    link: &'static LinkMeta,
    row: &Row,
    (column, value): (usize, &Value),
) {
    if *value == Value::Null {
        out.extend_from_slice(b"null");
    } else {
        link_frame(out, model, link, row, (&model.columns[column].ty, value));
    }
}

/// Writes `{"stream": "users", "payload": {"action": "retrieve", "pk": 7}}`.
pub(super) fn link_frame(
    out: &mut Vec<u8>,
    model: &'static ModelMeta,
    link: &'static LinkMeta,
    row: &Row,
    (ty, own): (&TypeMeta, &Value),
) {
    out.extend_from_slice(b"{\"stream\":");
    encode::text(out, link.stream);
    out.extend_from_slice(b",\"payload\":{\"action\":");
    encode::text(out, link.action);
    for (name, value) in link.arguments {
        out.push(b',');
        encode::text(out, name);
        out.push(b':');
        match value {
            LinkValue::Own => encode::value(out, ty, own),
            LinkValue::Column(column) => {
                encode::value(out, &model.columns[*column].ty, row.get(*column));
            }
            LinkValue::Json(json) => out.extend_from_slice(json.as_bytes()),
        }
    }
    out.extend_from_slice(b"}}");
}
