//! Frames on the wire.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// One request: a JSON object read in one borrowed pass.
#[derive(Debug)]
pub struct Request<'a> {
    action: Cow<'a, str>,
    request_id: &'a str,
    arguments: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Request<'a> {
    /// Reads a frame (stand-in).
    ///
    /// # Errors
    /// The parser's, if it is no JSON object.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        let entries: std::collections::BTreeMap<String, &'a RawValue> = serde_json::from_str(text)?;
        let action = entries.get("action").map_or("", |raw| raw.get()).trim_matches('"').to_owned();
        let arguments = entries.into_iter().map(|(key, value)| (Cow::Owned(key), value)).collect();
        Ok(Self { action: Cow::Owned(action), request_id: "null", arguments })
    }
    /// The name of the action.
    pub fn action(&self) -> &str {
        &self.action
    }
    /// The request's id: JSON text, `null` if it had none.
    pub fn request_id(&self) -> &'a str {
        self.request_id
    }
    /// An argument by name, as JSON; of equal keys the last.
    pub fn argument(&self, name: &str) -> Option<&'a RawValue> {
        self.arguments.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    }
    /// Every argument (all keys but `action` and `request_id`), in the order of the frame.
    pub fn arguments(&self) -> &[(Cow<'a, str>, &'a RawValue)] {
        &self.arguments
    }
}
