//! A consumer whose rules decide about rows, and as whom it is asked.

use std::sync::Arc;

use super::scope::is_own;
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::Result;
use crate::schema::meta::ModelMeta;

/// A consumer, and the context of whoever it is asked about.
pub(crate) struct Guard {
    pub(crate) consumer: Arc<dyn Dispatch>,
    pub(crate) context: Context,
}

impl Guard {
    /// The consumer of this stream, as if the connection of `ctx` asked it for this action.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if it is not served.
    pub(crate) fn of(ctx: &Context, stream: &'static str, action: &str) -> Result<Self> {
        let consumer = Arc::clone(ctx.consumers().of(stream)?);
        Ok(Self { consumer, context: ctx.on(stream, action) })
    }

    /// Whether its queryset is about rows of a model.
    pub(crate) fn narrows(&self, model: &'static ModelMeta) -> bool {
        is_own(&*self.consumer, model) && self.consumer.meta().access.queryset
    }
}
