//! The model that a consumer is bound to.

use crate::ground::error::{Error, Result};
use crate::schema::meta::{BoundModel, ConsumerMeta};

/// How a consumer is bound; an action of this module on one without a model is the generator's bug.
pub(super) fn bound(consumer: &'static ConsumerMeta) -> Result<&'static BoundModel> {
    let missing = || Error::internal(format!("{} is bound to no model", consumer.name));
    consumer.model.as_ref().ok_or_else(missing)
}
