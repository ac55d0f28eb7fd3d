//! The consumer of orders.

use dcrf_runtime::condition::Filter;
use dcrf_runtime::{Context, Result};
use shop::OrderHandler;
use shop::models::{Order, OrderChanges};

use crate::{App, access};

impl OrderHandler for App {
    async fn queryset(&self, ctx: &Context) -> Result<Filter<Order>> {
        access::visible_orders(ctx)
    }

    async fn perform_create(&self, ctx: &Context, mut values: OrderChanges) -> Result<OrderChanges> {
        values.customer = Some(access::own_key(ctx)?);
        Ok(values)
    }
}
