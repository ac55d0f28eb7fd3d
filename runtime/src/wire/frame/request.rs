//! Requests: JSON objects with an action, a request id and arguments.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use super::object::{NULL, each_entry, string};
use super::python;
use crate::ground::error::{Detail, Error};
use crate::ground::limits::MAX_DEPTH;

/// A request: a JSON object that is read in one pass and borrows from its text.
///
/// ```
/// use dcrf_runtime::Request;
///
/// let request = Request::parse(r#"{"action": "move", "request_id": "a", "to": [3, 4]}"#).expect("a request");
/// assert_eq!((request.action(), request.request_id()), ("move", r#""a""#));
///
/// // Arguments are not parsed before they are read.
/// let to: [i64; 2] = serde_json::from_str(request.argument("to").expect("it is there").get())?;
/// assert_eq!(to, [3, 4]);
///
/// let refusal = Request::parse(r#"{"request_id": 5}"#).expect_err("no action");
/// assert_eq!((refusal.request_id, refusal.error.status()), ("5", 405));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Request<'a> {
    pub(super) action: Cow<'a, str>,
    action_json: &'a str,
    request_id: &'a str,
    arguments: Vec<(Cow<'a, str>, &'a RawValue)>,
}

/// A frame that is not a request: the error, and the parts that could be read, so that it can be answered under the
/// right id.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// The action as it was sent, as JSON text; `null` if it could not be read.
    pub action: &'a str,
    /// The request id as JSON text; `null` if it could not be read.
    pub request_id: &'a str,
    /// The error for the client.
    pub error: Error,
}

impl<'a> Request<'a> {
    /// Parses a frame. Of equal keys the last counts, as in Python.
    ///
    /// # Errors
    /// Returns a [`Refusal`] with status 400 if the text is not JSON, is nested deeper than [`MAX_DEPTH`] or is not an
    /// object, and with 405 if it has no `action` (as in DCRF).
    pub fn parse(text: &'a str) -> Result<Self, Refusal<'a>> {
        let (mut action, mut request_id) = (None, NULL);
        let mut arguments = Vec::new();
        let read = read_object(text, |key, value| match &*key {
            "action" => action = Some(value),
            "request_id" => request_id = value.get(),
            _ => arguments.push((key, value)),
        });
        let action_json = action.map_or(NULL, RawValue::get);
        let refuse = |error| Refusal { action: action_json, request_id, error };
        read.map_err(refuse)?;
        if action.is_none() {
            return Err(refuse(Error::Api {
                status: 405,
                detail: Detail::text("Unable to find action in message body."),
            }));
        }
        let action = string(action_json).unwrap_or_else(|| Cow::Owned(python::spell(action_json)));
        Ok(Self { action, action_json, request_id, arguments })
    }

    /// Returns the name of the action. An action that is not a text is written as in Python (`None`, `5`, `True`): see
    /// [`is_named`](Self::is_named).
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Tells whether the action was sent as a text: a value of another type does not name an action.
    pub fn is_named(&self) -> bool {
        self.action_json.starts_with('"')
    }

    /// Returns the action as it was sent, as JSON text.
    pub fn action_json(&self) -> &'a str {
        self.action_json
    }

    /// Returns the request id as JSON text; `null` if the request has none.
    pub fn request_id(&self) -> &'a str {
        self.request_id
    }

    /// Returns an argument by its name, as JSON; of equal keys the last.
    pub fn argument(&self, name: &str) -> Option<&'a RawValue> {
        self.arguments.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// Returns all arguments as one JSON object; of equal keys the last counts.
    ///
    /// # Errors
    /// [`Error::Internal`], which cannot happen with a frame that was parsed.
    pub(crate) fn arguments_json(&self) -> crate::ground::error::Result<Box<RawValue>> {
        let members: HashMap<&str, &RawValue> =
            self.arguments.iter().map(|(key, value)| (key.as_ref(), *value)).collect();
        serde_json::value::to_raw_value(&members).map_err(|error| Error::internal(error.to_string()))
    }

    /// Returns the request without an argument.
    pub fn without(&self, name: &str) -> Self {
        let others = self.arguments.iter().filter(|(key, _)| key != name).cloned().collect();
        Self { arguments: others, action: self.action.clone(), ..*self }
    }

    /// Returns all arguments (all keys except `action` and `request_id`), in the order of the frame.
    pub fn arguments(&self) -> &[(Cow<'a, str>, &'a RawValue)] {
        &self.arguments
    }
}

/// Reads the entries of a frame, or returns DRF's error if they cannot be read.
pub(crate) fn read_object<'a>(
    text: &'a str,
    each: impl FnMut(Cow<'a, str>, &'a RawValue),
) -> Result<(), Error> {
    if is_deeper(text, MAX_DEPTH) {
        return Err(too_deep(MAX_DEPTH));
    }
    if text.trim_ascii_start().starts_with('{') {
        return each_entry(text, each).map_err(|error| unreadable(&error));
    }
    match serde_json::from_str::<&RawValue>(text) {
        Err(error) => Err(unreadable(&error)),
        Ok(other) => Err(Error::Parse(format!(
            "Invalid data. Expected a dictionary, but got {}.",
            python::type_name(other.get())
        ))),
    }
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::Parse(format!("JSON parse error - {error}"))
}

/// Returns the error 400 for JSON that is nested too deep.
pub(crate) fn too_deep(levels: usize) -> Error {
    Error::Parse(format!("JSON parse error - nested deeper than {levels} levels"))
}

/// Tells whether brackets are nested deeper. `serde_json` skips values without recursion and would not detect this.
pub(crate) fn is_deeper(text: &str, levels: usize) -> bool {
    // Each level of valid JSON has two brackets, so that short frames need no search.
    if text.len() <= 2 * levels {
        return false;
    }
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'[' | b'{' => {
                depth += 1;
                if depth > levels {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}
