//! The consumer and the client of a list request.

use crate::actions::crud::bound::serializer;
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::app::projection;
use crate::condition::Condition;
use crate::ground::error::Result;
use crate::schema::meta::BoundModel;
use crate::schema::row::Row;

/// The consumer and the client of a list request, and the rows that the client can see.
#[derive(Clone, Copy)]
pub(super) struct ListScope<'a> {
    pub(super) consumer: &'a dyn Dispatch,
    pub(super) ctx: &'a Context,
    pub(super) bound: &'static BoundModel,
    pub(super) within: &'a Condition,
}

impl ListScope<'_> {
    /// Appends the JSON of rows, and then drops the rows.
    pub(super) async fn show(self, data: &mut Vec<u8>, rows: Vec<Row>) -> Result<()> {
        let serializer = serializer(self.consumer, self.ctx)?;
        projection::append(data, self.consumer, self.ctx, serializer, &rows).await
    }
}
