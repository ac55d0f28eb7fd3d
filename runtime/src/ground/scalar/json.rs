//! JSON that is kept as it was written: numbers keep their digits, objects their order.

use std::fmt;
use std::str::FromStr;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::ground::error::{Error, Result};

/// A JSON value of any type, kept as it was written.
///
/// Two values are equal if their texts are equal. It serializes through `serde_json` only.
///
/// ```
/// use dcrf_runtime::Json;
///
/// let json: Json = r#"{"b": 1.10, "a": [true]}"#.parse()?;
/// assert_eq!(json.as_str(), r#"{"b": 1.10, "a": [true]}"#);
/// assert_eq!(Json::new(&[1, 2])?.as_str(), "[1,2]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Json(Box<str>);

impl Json {
    /// Returns `null`.
    pub fn null() -> Self {
        Self("null".into())
    }

    /// Returns the JSON of a value that can be serialized.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if serializing fails, for example for a map whose keys are not texts.
    pub fn new<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let text = serde_json::to_string(value).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self(text.into()))
    }

    /// Creates it from text that is known to be JSON: written by this crate or taken from a frame.
    pub(crate) fn trusted(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the text as an owned string.
    pub fn into_string(self) -> String {
        self.0.into()
    }

    /// Deserializes it.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if it does not have the form of the type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.0).map_err(|error| of_another_shape(&error))
    }

    /// Tells whether it is `null`.
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }

    /// Returns the items of an array.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if it is not an array.
    pub fn items(&self) -> Result<Vec<Self>> {
        self.parse()
    }

    /// Returns the entries of an object in their order, including all entries with equal keys.
    ///
    /// # Errors
    /// Returns [`Error::Internal`] if it is not an object.
    pub fn entries(&self) -> Result<Vec<(String, Self)>> {
        self.parse::<Entries>().map(|entries| entries.0)
    }

    /// Returns the text as `serde_json` needs it.
    pub(crate) fn as_raw(&self) -> Result<&RawValue> {
        serde_json::from_str(&self.0).map_err(|error| of_another_shape(&error))
    }
}

/// The beginnings of `serde`'s messages that continue with the value that was found.
const FOUND: [&str; 6] = [
    "invalid type",
    "invalid value",
    "invalid length",
    "unknown variant",
    "unknown field",
    "duplicate field",
];

/// Returns the error for JSON of another type. The message does not contain the value, because failures are logged.
fn of_another_shape(error: &serde_json::Error) -> Error {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(&*text, |(text, _)| text);
    let found = FOUND.iter().copied().find(|kind| text.starts_with(kind));
    let what = match found {
        Some(kind) => kind,
        // The message contains only the name of a field of the application's type.
        None if text.starts_with("missing field") => text,
        None if error.is_data() => "invalid data",
        None => "malformed",
    };
    let expected = found.and_then(|_| text.rfind(", expected ")).map_or("", |start| &text[start..]);
    let (line, column) = (error.line(), error.column());
    Error::internal(format!("JSON of another shape: {what}{expected} at line {line} column {column}"))
}

/// The entries of an object, in order.
struct Entries(Vec<(String, Json)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Entries;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Json {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| Error::Parse(error.to_string()))
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw: Box<RawValue> = Deserialize::deserialize(deserializer)?;
        Ok(Self(raw.into()))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::Json;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[expect(dead_code, reason = "it is only read")]
        count: u32,
    }

    #[test]
    fn what_is_not_as_expected_is_said_without_what_it_is() {
        for (json, said) in [
            (r#"{"count": "secret, expected u32"}"#, "invalid type, expected u32 at line 1 column 32"),
            (r#"{"count": -7}"#, "invalid value, expected u32 at line 1 column 12"),
            (r#"{"secret": 1}"#, "unknown field, expected `count` at line 1 column 9"),
            (r#"{"count": 1, "count": 1}"#, "duplicate field at line 1 column 20"),
            ("{}", "missing field `count` at line 1 column 2"),
        ] {
            let error = Json::trusted(json).parse::<Shape>().expect_err(json);
            assert_eq!(error.to_string(), format!("internal: JSON of another shape: {said}"), "{json}");
        }
    }
}
