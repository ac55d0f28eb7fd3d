//! The input of custom actions.

use super::bound::bound;
use crate::ground::error::Result;
use crate::schema::meta::{ConsumerMeta, ObjectMeta};
use crate::schema::value::Object;
use crate::wire::decode::{self, Coercion};
use crate::wire::frame::Request;

/// Keys of a frame that are not the action's arguments, beside `action` and `request_id`.
const STREAM: &str = "stream";

/// The input of an action of the application's own, out of the arguments of the frame. Arguments that it does not
/// know are ignored, unless it says otherwise (`additionalProperties`); `stream` is the frame's own.
///
/// # Errors
/// [`Error::Validation`](crate::Error::Validation): `[{argument: [messages]}]`, all at once.
pub fn input(meta: &'static ObjectMeta, request: &Request<'_>) -> Result<Object> {
    decode::arguments(meta, request.arguments(), &[STREAM])
}

/// The same, of an input that obeys a JSON Schema which says more than its type does, or that is read as fields are.
///
/// # Errors
/// As [`input`].
pub fn input_by(
    meta: &'static ObjectMeta,
    schema: Option<&'static str>,
    coercion: Coercion,
    request: &Request<'_>,
) -> Result<Object> {
    decode::arguments_by(meta, schema, coercion, request.arguments(), &[STREAM])
}

/// [`input_by`] of an action that is given a row.
///
/// # Errors
/// As [`input`].
pub fn detail_input_by(
    consumer: &'static ConsumerMeta,
    meta: &'static ObjectMeta,
    schema: Option<&'static str>,
    coercion: Coercion,
    request: &Request<'_>,
) -> Result<Object> {
    let lookup = bound(consumer)?.lookup_argument;
    decode::arguments_by(meta, schema, coercion, request.arguments(), &[STREAM, lookup])
}

/// The input of an action that is given a row: the lookup argument is not among its own.
///
/// # Errors
/// As [`input`].
pub fn detail_input(
    consumer: &'static ConsumerMeta,
    meta: &'static ObjectMeta,
    request: &Request<'_>,
) -> Result<Object> {
    let lookup = bound(consumer)?.lookup_argument;
    decode::arguments(meta, request.arguments(), &[STREAM, lookup])
}
