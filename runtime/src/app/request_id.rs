//! The id of a subscription, which is any JSON value. Ids are compared as JSON values.

use serde_json::Value;

/// A request id. `1`, `1.0` and `true` are three ids; `"a"` and `"\u0061"` are one.
#[derive(Debug, Clone)]
pub(crate) struct RequestId {
    text: Box<str>,
    value: Option<Value>,
}

impl RequestId {
    /// Creates the id from JSON text.
    pub(crate) fn new(text: &str) -> Self {
        // The value of a number beyond 64 bits would be rounded: it is compared as text.
        let exact = |value: &Value| !value.is_f64() || text.contains(['.', 'e', 'E']);
        Self { text: text.into(), value: serde_json::from_str(text).ok().filter(exact) }
    }

    /// Returns the id as it was sent: JSON text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Tells whether it is `null`, or was not sent.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Some(Value::Null))
    }
}

impl PartialEq for RequestId {
    fn eq(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Some(own), Some(other)) => own == other,
            (None, None) => self.text == other.text,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RequestId;

    #[test]
    fn ids_are_compared_as_json() {
        let same = |a: &str, b: &str| RequestId::new(a) == RequestId::new(b);
        assert!(same("1", "1") && same(r#""a""#, r#""\u0061""#) && same("[1, 2]", "[1,2]"));
        assert!(same(r#"{"a": 1, "b": 2}"#, r#"{"b": 2, "a": 1}"#) && same("1.0", "1.00"));
        assert!(!same("1", "1.0") && !same("1", "true") && !same("1", r#""1""#) && !same("0", "false"));
        let (a, b) = ("100000000000000000000000000001", "100000000000000000000000000002");
        assert!(same(a, a) && !same(a, b));
        assert!(RequestId::new("null").is_null() && !RequestId::new("0").is_null());
    }
}
