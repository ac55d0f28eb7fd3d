//! Writing JSON (stand-in).
use crate::meta::SerializerMeta;
use crate::model::Row;
/// A JSON string.
pub fn text(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}
/// A row as a serializer shows it.
pub fn row(_out: &mut Vec<u8>, _serializer: &'static SerializerMeta, _row: &Row) {}
/// Rows as a serializer shows them.
pub fn rows(_out: &mut Vec<u8>, _serializer: &'static SerializerMeta, _rows: &[Row]) {}
