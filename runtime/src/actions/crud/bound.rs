//! The model of a consumer.

use crate::ground::error::{Error, Result};
use crate::schema::meta::{BoundModel, ConsumerMeta};

/// Returns the model of a consumer. If a consumer has an action of this module, but does not have a model, this is a
/// bug of the generator.
pub(crate) fn bound(consumer: &'static ConsumerMeta) -> Result<&'static BoundModel> {
    let missing = || Error::internal(format!("{} is not bound to a model", consumer.name));
    consumer.model.as_ref().ok_or_else(missing)
}
