//! JSON strings.

/// Appends a JSON string.
pub fn text(out: &mut Vec<u8>, text: &str) {
    // Writing a string into a vector cannot fail.
    let _ = serde_json::to_writer(out, text);
}
