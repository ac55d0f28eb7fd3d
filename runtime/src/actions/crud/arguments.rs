//! The input of custom actions.

use super::bound::bound;
use crate::ground::error::Result;
use crate::schema::meta::{ConsumerMeta, ObjectMeta};
use crate::schema::value::Object;
use crate::wire::decode::{self, Coercion};
use crate::wire::frame::Request;

/// The member of a frame that is not an argument of the action, in addition to `action` and `request_id`.
const STREAM: &str = "stream";

/// Reads the input of an action of the application from the arguments of the frame. Unknown arguments are ignored,
/// unless the input forbids them (`additionalProperties`); `stream` belongs to the frame itself.
///
/// # Errors
/// [`Error::Validation`](crate::Error::Validation) with all errors: `[{argument: [messages]}]`.
pub fn input(meta: &'static ObjectMeta, request: &Request<'_>) -> Result<Object> {
    decode::arguments(meta, request.arguments(), &[STREAM])
}

/// Reads an input that has to be valid by a JSON Schema which its type does not express completely, or whose values are
/// coerced as those of fields are.
///
/// # Errors
/// The errors of [`input`].
pub fn input_by(
    meta: &'static ObjectMeta,
    schema: Option<&'static str>,
    coercion: Coercion,
    request: &Request<'_>,
) -> Result<Object> {
    decode::arguments_by(meta, schema, coercion, request.arguments(), &[STREAM])
}

/// Does the same as [`input_by`] for an action that receives a row.
///
/// # Errors
/// The errors of [`input`].
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

/// Reads the input of an action that receives a row: the lookup argument is not one of its own arguments.
///
/// # Errors
/// The errors of [`input`].
pub fn detail_input(
    consumer: &'static ConsumerMeta,
    meta: &'static ObjectMeta,
    request: &Request<'_>,
) -> Result<Object> {
    let lookup = bound(consumer)?.lookup_argument;
    decode::arguments(meta, request.arguments(), &[STREAM, lookup])
}
