//! Requests: JSON objects with an action, an id and arguments.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::object::{NULL, each_entry, string};
use super::python;
use crate::ground::error::{Detail, Error};
use crate::ground::limits::MAX_DEPTH;

/// One request: a JSON object read in one borrowed pass.
///
/// ```
/// use dcrf_runtime::Request;
///
/// let request = Request::parse(r#"{"action": "move", "request_id": "a", "to": [3, 4]}"#).expect("a request");
/// assert_eq!((request.action(), request.request_id()), ("move", r#""a""#));
///
/// // Arguments stay as they were sent until somebody reads them.
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

/// Why a frame is no request, and what could be read of it: enough to answer under the right id.
#[derive(Debug)]
pub struct Refusal<'a> {
    /// The action as it was sent: JSON text, `null` where it could not be read.
    pub action: &'a str,
    /// The request's id: JSON text, `null` where it could not be read.
    pub request_id: &'a str,
    /// What the client is told.
    pub error: Error,
}

impl<'a> Request<'a> {
    /// Reads a frame. Of equal keys the last counts, as in Python.
    ///
    /// # Errors
    /// A [`Refusal`] with status 400 if the text is not JSON, is nested deeper than [`MAX_DEPTH`] or is no object,
    /// and with 405 if it has no `action` (DCRF).
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

    /// The name of the action. What is no text is spelled as Python does (`None`, `5`, `True`): see
    /// [`is_named`](Self::is_named).
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Whether the action was sent as a text: nothing else names one.
    pub fn is_named(&self) -> bool {
        self.action_json.starts_with('"')
    }

    /// The action as it was sent: JSON text.
    pub fn action_json(&self) -> &'a str {
        self.action_json
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

/// Reads the entries of a frame, or says in DRF's words why they cannot be read.
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

/// 400: a document is nested deeper than it may be.
pub(crate) fn too_deep(levels: usize) -> Error {
    Error::Parse(format!("JSON parse error - nested deeper than {levels} levels"))
}

/// Whether brackets are nested deeper. `serde_json` skips values without recursion and would not notice.
pub(crate) fn is_deeper(text: &str, levels: usize) -> bool {
    // Every level of a good document has two brackets: short frames need no look.
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
