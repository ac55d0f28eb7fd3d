//! The model of a consumer, and the serializers of its actions.

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::{Error, Result};
use crate::schema::meta::{BoundModel, ConsumerMeta, SerializerMeta};

/// Returns the model of a consumer. If a consumer has an action of this module, but does not have a model, this is a
/// bug of the generator.
pub(crate) fn bound(consumer: &'static ConsumerMeta) -> Result<&'static BoundModel> {
    let missing = || Error::internal(format!("{} is not bound to a model", consumer.name));
    consumer.model.as_ref().ok_or_else(missing)
}

/// Returns the serializer by which the action of a request reads and shows rows: its own, or that of the consumer.
pub(crate) fn serializer(consumer: &dyn Dispatch, ctx: &Context) -> Result<&'static SerializerMeta> {
    match ctx.description(consumer).and_then(|action| action.serializer) {
        Some(own) => Ok(own),
        None => Ok(bound(consumer.meta())?.serializer),
    }
}
