//! The site `orders`: `peer/orders_site.py` is what it has to answer like.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json as Body, Router};
use dcrf_replay::{Application, Tables};
use dcrf_runtime::condition::Filter;
use dcrf_runtime::{
    Context, Db, Detail, Error, Json, Model as _, Notice, PathParameters as _, Request, Result, RowEvent,
    Service, Signal as _,
};
use orders_site::consumers::{
    AddItemsInput, AddItemsOutput, BellSignal, COURIER_COURIER_ACTIVITY_OBSERVER, EstimateInput,
    EstimateOutput, MoveItemInput, OrderPath, RingInput, SIGNAGE_BELL_SIGNAL, SIGNAGE_SCREEN_SIGNAL,
    ScreenInput, ScreenSignal, ShowOutput, UnwatchSeveralOutput, WatchSeveralOutput,
};
use orders_site::models::{Courier, Item, ItemChanges, NewItem, Order, OrderChanges, OrderStatus};
use orders_site::serializers::ItemCreate;
use orders_site::types::{Place, Requested, Screen, Screens};
use orders_site::{CourierHandler, OrderHandler, SignageHandler};
use serde_json::json;

use crate::authenticator::Named;

/// The application of the site, with its tables.
pub const ORDERS: Application = Application {
    service,
    tables: &Tables { models: &[Courier::META, Order::META, Item::META], links: &[] },
    is_multiplexed: |path| path.starts_with("/ws/desk/"),
    waits_for: &["order", "signage"],
};

struct App;

fn service() -> Service {
    orders_site::service(App)
        .authenticator(Named {
            name: |parts| {
                let token = parts.headers.get("authorization")?.to_str().ok()?;
                token.strip_prefix("Token ").map(str::to_owned)
            },
            sql: r#"SELECT "code" FROM "couriers" WHERE "code" = $1"#,
            is_subprotocol: false,
        })
        .routes(|db| {
            Router::new()
                .route("/orders/{order}/announce/", post(announce))
                .route("/orders/{order}/deliver/", post(deliver))
                .with_state(db)
        })
}

/// An HTTP request whose text comes to everybody who follows an order.
async fn announce(
    State(db): State<Db>,
    Path(order): Path<i64>,
    Body(body): Body<serde_json::Value>,
) -> StatusCode {
    let frame = json!({"type": "order.announced", "text": body["text"]});
    match db.group("order", group(order)).send_json(&frame).await {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An HTTP request that changes a row.
async fn deliver(State(db): State<Db>, Path(order): Path<i64>) -> StatusCode {
    let changes = OrderChanges { status: Some(OrderStatus::Sent), ..OrderChanges::default() };
    match Order::objects(&db).update(order, changes).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn group(order: i64) -> String {
    format!("order_{order}")
}

impl OrderHandler for App {
    async fn label(&self, ctx: &Context, row: &Order) -> Result<String> {
        let is_german = ctx.handshake().query_parameter("lang").as_deref() == Some("de");
        let (german, english) = match row.status {
            OrderStatus::New => ("neu", "New"),
            OrderStatus::Cooking => ("in Arbeit", "Cooking"),
            OrderStatus::Sent => ("unterwegs", "Sent"),
        };
        Ok(if is_german { german } else { english }.to_owned())
    }

    async fn queryset(&self, ctx: &Context) -> Result<Filter<Order>> {
        Ok(Order::ID.eq(OrderPath::of(ctx)?.order))
    }

    async fn connected(&self, ctx: &Context) -> Result<()> {
        let OrderPath { order } = OrderPath::of(ctx)?;
        let Some(code) = ctx.user().id() else { return ctx.close(4001) };
        if !Courier::objects(ctx.db()).get(code.to_owned()).await?.active {
            return ctx.close(4003);
        }
        if !Order::objects(ctx.db()).filter(Order::ID.eq(order)).exists().await? {
            return ctx.close(4004);
        }
        ctx.group(group(order)).join().await
    }

    async fn add_item(&self, ctx: &Context, data: ItemCreate) -> Result<Item> {
        let OrderPath { order } = OrderPath::of(ctx)?;
        let item = NewItem { order, dish: data.dish, quantity: Some(data.quantity) };
        Item::objects(ctx.db()).create(item).await
    }

    async fn add_items(&self, ctx: &Context, input: AddItemsInput) -> Result<AddItemsOutput> {
        let OrderPath { order } = OrderPath::of(ctx)?;
        let added = i64::try_from(input.dishes.len()).unwrap_or(i64::MAX);
        for dish in input.dishes {
            if dish.len() > 20 {
                return Err(Error::field("dishes", format!("{dish} is too long.")));
            }
            Item::objects(ctx.db()).create(NewItem { order, dish, quantity: None }).await?;
        }
        Ok(AddItemsOutput { added })
    }

    async fn move_item(&self, ctx: &Context, input: MoveItemInput) -> Result<()> {
        let own = Item::ID.eq(input.item) & Item::ORDER.eq(OrderPath::of(ctx)?.order);
        let Some(item) = Item::objects(ctx.db()).filter(own).first().await? else {
            let detail = Detail::text("There is no such item.");
            return Err(Error::Api { status: 404, detail });
        };
        let changes = ItemChanges { order: Some(input.order), ..ItemChanges::default() };
        Item::objects(ctx.db()).update(item.id, changes).await.map(drop)
    }

    async fn advance(&self, ctx: &Context) -> Result<()> {
        let OrderPath { order } = OrderPath::of(ctx)?;
        let status = match Order::objects(ctx.db()).get(order).await?.status {
            OrderStatus::New => OrderStatus::Cooking,
            OrderStatus::Cooking => OrderStatus::Sent,
            OrderStatus::Sent => return Err(Error::field("status", "This order is on its way.")),
        };
        let changes = OrderChanges { status: Some(status), ..OrderChanges::default() };
        Order::objects(ctx.db()).update(order, changes).await?;
        ctx.reply_as("advanced", 200, &json!({ "status": status }))
    }

    async fn r#where(&self, ctx: &Context) -> Result<Place> {
        let handshake = ctx.handshake();
        Ok(Place {
            order: OrderPath::of(ctx)?.order,
            path: handshake.path().to_owned(),
            lang: handshake.query_parameter("lang").map(|lang| lang.into_owned()),
            device: handshake.header("x-device").map(str::to_owned),
        })
    }

    async fn estimate(&self, _: &Context, input: EstimateInput) -> Result<EstimateOutput> {
        tokio::time::sleep(Duration::from_secs_f64(input.seconds)).await;
        Ok(EstimateOutput { minutes: 20 })
    }

    async fn estimate_nothing(&self, _: &Context) -> Result<()> {
        Err(Error::invalid("There is no estimate."))
    }

    async fn track(&self, ctx: &Context) -> Result<String> {
        ctx.spawn(|ctx| async move {
            for place in ["kitchen", "street"] {
                tokio::time::sleep(Duration::from_millis(100)).await;
                ctx.send_json(&json!({"type": "courier.at", "place": place}))?;
            }
            Ok(())
        })?;
        Ok("started".to_owned())
    }

    async fn item_activity_groups(&self, row: Item) -> Result<Vec<String>> {
        Ok(vec![row.order.to_string()])
    }

    async fn item_activity_groups_for(&self, ctx: &Context) -> Result<Vec<String>> {
        Ok(vec![OrderPath::of(ctx)?.order.to_string()])
    }

    async fn order_activity_message(&self, event: RowEvent<Order>) -> Result<Notice> {
        let kind = format!("order.{}", event.action.as_str());
        Ok(Notice::Frame(Json::new(&json!({"type": kind, "order": event.data}))?))
    }

    async fn item_activity_message(&self, event: RowEvent<Item>) -> Result<Notice> {
        let frame = json!({"event": event.action.as_str(), "item": event.data});
        Ok(Notice::Addressed(Json::new(&frame)?))
    }
}

impl CourierHandler for App {
    async fn is_known(&self, ctx: &Context, _: &Request<'_>) -> Result<bool> {
        Ok(ctx.user().is_authenticated())
    }

    async fn subscribe_to_all(&self, ctx: &Context) -> Result<Requested> {
        COURIER_COURIER_ACTIVITY_OBSERVER.subscribe_to_all(ctx).await?;
        requested(ctx)
    }

    async fn unsubscribe_from_all(&self, ctx: &Context) -> Result<Requested> {
        COURIER_COURIER_ACTIVITY_OBSERVER.unsubscribe_request_from_all(ctx)?;
        requested(ctx)
    }

    async fn courier_activity_message(&self, event: RowEvent<Courier>) -> Result<Notice> {
        let frame = json!({"action": event.action.as_str(), "data": event.data});
        Ok(Notice::Addressed(Json::new(&frame)?))
    }
}

fn requested(ctx: &Context) -> Result<Requested> {
    Ok(Requested { request_id: ctx.request_id().parse().map(Some)? })
}

impl SignageHandler for App {
    async fn connected(&self, ctx: &Context) -> Result<()> {
        SIGNAGE_BELL_SIGNAL.subscribe_to_all(ctx).await
    }

    async fn watch_several(&self, ctx: &Context, input: Screens) -> Result<WatchSeveralOutput> {
        let watching = i64::try_from(input.screens.len()).unwrap_or(i64::MAX);
        SIGNAGE_SCREEN_SIGNAL.subscribe(ctx, input.screens).await?;
        Ok(WatchSeveralOutput { watching })
    }

    async fn unwatch_several(&self, ctx: &Context, input: Screens) -> Result<UnwatchSeveralOutput> {
        let unwatched = i64::try_from(input.screens.len()).unwrap_or(i64::MAX);
        SIGNAGE_SCREEN_SIGNAL.unsubscribe_request(ctx, input.screens)?;
        Ok(UnwatchSeveralOutput { unwatched })
    }

    async fn show(&self, ctx: &Context, input: Screen) -> Result<ShowOutput> {
        let (shown, screen) = (input.text.clone(), input.screen.clone());
        ScreenSignal(input).send_to(ctx, [screen]).await;
        Ok(ShowOutput { shown })
    }

    async fn screen_groups_for(&self, _: &Context, input: ScreenInput) -> Result<Vec<String>> {
        Ok(vec![input.screen])
    }

    async fn ring(&self, ctx: &Context, input: RingInput) -> Result<()> {
        BellSignal { times: input.times }.send(ctx).await?;
        ctx.reply_as("rung", 202, &json!({"times": input.times}))
    }
}
