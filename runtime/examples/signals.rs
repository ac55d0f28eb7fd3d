//! A signal of the application, and subscriptions to it by a value of its payload.
//!
//! Run `cargo run -p dcrf-runtime --example signals`, and send to `ws://127.0.0.1:8000/ws/prices/`:
//!
//! ```json
//! {"action": "subscribe", "request_id": "bread", "product": "bread"}
//! {"action": "set", "request_id": 2, "product": "bread", "cents": 250}
//! {"action": "set", "request_id": 3, "product": "milk", "cents": 110}
//! ```
//!
//! The first `set` causes an event under the id `bread`; the second one does not cause an event.
//!
//! A definition has all of this except `call` in a few lines under `signals`.

use std::process::ExitCode;

use dcrf_runtime::db::Migrations;
use dcrf_runtime::dispatch::ReplyFuture;
use dcrf_runtime::meta::{
    AccessMeta, ActionMeta, ConsumerMeta, GroupsMeta, Kind, ObjectMeta, Overflow, PropertyMeta, SignalMeta,
    TypeMeta,
};
use dcrf_runtime::{
    Context, Dispatch, Error, FromObject, IntoObject, Object, Reply, Request, Result, Service, Signal, crud,
    observer,
};

/// The payload of the signal.
struct PriceChanged {
    product: String,
    cents: i64,
}

static PRICE_CHANGED: ObjectMeta = ObjectMeta {
    name: "PriceChanged",
    properties: &[
        PropertyMeta::new("product", TypeMeta::plain(Kind::Text)).required(),
        PropertyMeta::new("cents", TypeMeta::plain(Kind::Integer)).required(),
    ],
    closed: false,
    additional: None,
};

impl FromObject for PriceChanged {
    fn from_object(mut object: Object) -> Result<Self> {
        Ok(Self { product: object.take(0)?, cents: object.take(1)? })
    }
}

impl IntoObject for PriceChanged {
    fn into_object(self) -> Object {
        let mut object = Object::empty(2);
        object.set(0, self.product);
        object.set(1, self.cents);
        object
    }
}

static SIGNAL: SignalMeta = SignalMeta {
    name: "price_changed",
    stream: "prices",
    payload: &PRICE_CHANGED,
    // The groups are by the property at position 0, which is the product.
    groups: GroupsMeta::By(&[&[0]]),
    overflow: Overflow::Close,
};

impl Signal for PriceChanged {
    const META: &'static SignalMeta = &SIGNAL;
}

static PRICES: ConsumerMeta = ConsumerMeta {
    name: "Prices",
    stream: "prices",
    path: "/ws/prices/",
    actions: &[ActionMeta::new("subscribe"), ActionMeta::new("unsubscribe"), ActionMeta::new("set")],
    model: None,
    access: AccessMeta::OPEN,
};

struct Prices;

impl Dispatch for Prices {
    fn meta(&self) -> &'static ConsumerMeta {
        &PRICES
    }

    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        Box::pin(async {
            match request.action() {
                "subscribe" => {
                    let groups = observer::signal_groups(&SIGNAL, request)?;
                    observer::subscribe_signal(&SIGNAL, ctx, groups).await
                }
                "unsubscribe" => {
                    let groups = observer::signal_groups(&SIGNAL, request)?;
                    observer::unsubscribe_signal(&SIGNAL, ctx, groups).await
                }
                "set" => {
                    // These are the arguments of the frame, decoded and validated by the descriptor.
                    let price = PriceChanged::from_object(crud::input(&PRICE_CHANGED, request)?)?;
                    price.send(ctx).await?;
                    Ok(Reply::empty(200))
                }
                other => Err(Error::MethodNotAllowed(other.to_owned())),
            }
        })
    }
}

/// Returns the service, for `main` and for its test.
pub fn service() -> Service {
    Service::new("signals", Migrations { sqlite: &[], postgres: &[] }).consumer(Prices)
}

#[tokio::main]
async fn main() -> ExitCode {
    dcrf_runtime::run(service()).await
}
