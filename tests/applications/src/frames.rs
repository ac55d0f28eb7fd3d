//! Frames that several of the applications send.

use dcrf_runtime::{Json, Notice, Result, RowEvent};
use serde::Serialize;

/// A change of a row, without an envelope: what a handler of DCRF sends with `send_json(message)`, where the serializer
/// of the observer returns `dict(data=…, action=action.value)`.
#[derive(Serialize)]
struct Changed {
    action: &'static str,
    data: Json,
}

/// Returns this frame for an event.
pub(crate) fn changed<M>(event: RowEvent<M>) -> Result<Notice> {
    let changed = Changed { action: event.action.as_str(), data: event.data };
    Ok(Notice::Frame(Json::new(&changed)?))
}
