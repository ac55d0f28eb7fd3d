//! Who asks for a list.

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::projection;
use crate::condition::Condition;
use crate::ground::error::Result;
use crate::schema::meta::BoundModel;
use crate::schema::row::Row;

/// Who asks for a list, and what they can see of it.
#[derive(Clone, Copy)]
pub(super) struct ListScope<'a> {
    pub(super) consumer: &'a dyn Dispatch,
    pub(super) ctx: &'a Context,
    pub(super) bound: &'static BoundModel,
    pub(super) within: &'a Condition,
}

impl ListScope<'_> {
    /// Appends the JSON of rows. They are not needed any more then.
    pub(super) async fn show(self, data: &mut Vec<u8>, rows: Vec<Row>) -> Result<()> {
        projection::append(data, self.consumer, self.ctx, self.bound.serializer, &rows).await
    }
}
