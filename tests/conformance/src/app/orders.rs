//! The stream `orders`: what its serializer checks.

use conformance::OrdersHandler;
use conformance::models::Order;
use conformance::serializers::OrderPatch;
use dcrf_runtime::{Context, Error, Result};

use super::App;

impl OrdersHandler for App {
    async fn validate_reference(&self, _ctx: &Context, value: String) -> Result<String> {
        if value.starts_with("O-") { Ok(value) } else { Err(Error::invalid("A reference starts with O-.")) }
    }

    async fn validate(&self, _ctx: &Context, _row: Option<Order>, data: OrderPatch) -> Result<OrderPatch> {
        let pieces: i64 = data.items.iter().flatten().map(|item| item.qty).sum();
        if pieces > 100 { Err(Error::invalid("An order holds at most 100 pieces.")) } else { Ok(data) }
    }
}
