//! The screen of a kitchen: the path says which restaurant it belongs to.

use dcrf_runtime::condition::Filter;
use dcrf_runtime::{
    Context, Decimal, Error, Model as _, Notice, PathParameters as _, Result, RowEvent, Service,
};
use food_delivery::consumers::MenuPath;
use food_delivery::models::{MenuItem, Order, OrderItem, OrderItemPriceAdjustment};
use food_delivery::serializers::{Status, Type};
use food_delivery::{MenuHandler, OrderHandler};

use crate::frames::changed;
use crate::users::tokens;

/// The application.
#[derive(Debug)]
struct App;

/// Returns the service.
pub fn service() -> Service {
    food_delivery::service(App).authenticator(tokens())
}

impl MenuHandler for App {
    async fn queryset(&self, ctx: &Context) -> Result<Filter<MenuItem>> {
        Ok(MenuItem::RESTAURANT.eq(MenuPath::of(ctx)?.restaurant))
    }
}

impl OrderHandler for App {
    async fn r#type(&self, _ctx: &Context, row: &Order) -> Result<Type> {
        Ok(if row.address.is_some() { Type::Delivery } else { Type::SelfPickup })
    }

    async fn status(&self, _ctx: &Context, row: &Order) -> Result<Status> {
        Ok(match (row.kitchen_completed, row.completed) {
            (_, Some(_)) => Status::Completed,
            (Some(_), None) => Status::Ready,
            (None, None) => Status::InKitchen,
        })
    }

    async fn price(&self, ctx: &Context, row: &Order) -> Result<Decimal> {
        let items = OrderItem::objects(ctx.db()).filter(OrderItem::ORDER.eq(row.id));
        let items = items.values((OrderItem::QUANTITY, OrderItem::MENU_ITEM.to(MenuItem::PRICE)));
        let of_order = OrderItemPriceAdjustment::ORDER_ITEM.related(OrderItem::ORDER.eq(row.id));
        let adjustments = OrderItemPriceAdjustment::objects(ctx.db()).filter(of_order);
        let (adjustment,) = adjustments.aggregate((OrderItemPriceAdjustment::ADJUSTMENT.sum(),)).await?;
        let mut sum = cents(adjustment.unwrap_or_default())?;
        for (quantity, price) in items.list().await? {
            sum += quantity * cents(price)?;
        }
        Decimal::new(sum.into(), 2).ok_or_else(|| Error::internal("the price of an order is too large"))
    }

    async fn order_item_list_price_adjustment(
        &self,
        ctx: &Context,
        row: &OrderItem,
    ) -> Result<Option<OrderItemPriceAdjustment>> {
        let of_item = OrderItemPriceAdjustment::ORDER_ITEM.eq(row.id);
        OrderItemPriceAdjustment::objects(ctx.db()).filter(of_item).first().await
    }

    async fn order_activity_message(&self, event: RowEvent<Order>) -> Result<Notice> {
        changed(event)
    }
}

fn cents(price: Decimal) -> Result<i64> {
    price.scaled(2).ok_or_else(|| Error::internal("a price is too large"))
}
