//! Payloads of serializers, as types.

use super::meta::SerializerMeta;
use super::value::{FromObject, IntoObject};

/// A payload of a serializer: the type of what `create`, `update` or `patch` takes. It is generated for actions that the
/// application overrides.
pub trait Payload: FromObject + IntoObject + Send {
    /// The description of the serializer.
    const META: &'static SerializerMeta;
}
