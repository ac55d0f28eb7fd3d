//! A consumer whose rules decide about rows, and the context in which they are evaluated.

use std::sync::Arc;

use super::scope::is_own;
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::Result;
use crate::schema::meta::ModelMeta;

/// A consumer, and the context of the client.
pub(crate) struct Guard {
    pub(crate) consumer: Arc<dyn Dispatch>,
    pub(crate) context: Context,
}

impl Guard {
    /// Returns the consumer of this stream, for this action of the connection of `ctx`.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if it is not served.
    pub(crate) fn of(ctx: &Context, stream: &'static str, action: &str) -> Result<Self> {
        let consumer = Arc::clone(ctx.consumers().of(stream)?);
        Ok(Self { consumer, context: ctx.on(stream, action) })
    }

    /// Tells whether its queryset applies to rows of a model.
    pub(crate) fn narrows(&self, model: &'static ModelMeta) -> bool {
        is_own(&*self.consumer, model) && self.consumer.meta().access.queryset
    }
}
