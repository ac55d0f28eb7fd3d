//! Messages of the application to subscribers: signals, and events to groups that its actions join.

use std::borrow::Cow;

use bytes::Bytes;

use crate::app::context::Context;
use crate::change::{Body, Topic};
use crate::db::Db;
use crate::feed::group;
use crate::feed::groups::groups_of_payload;
use crate::ground::error::Result;
use crate::schema::meta::{ObjectMeta, SignalMeta};
use crate::schema::value::{IntoObject, Object};

/// The payload of a signal: generated. Subscribers get it as `data`, under the signal's name as `action`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// # use dcrf_runtime::meta::{GroupsMeta, Kind, ObjectMeta, Overflow, PropertyMeta, SignalMeta, TypeMeta};
/// # use dcrf_runtime::{IntoObject, Object};
/// # struct PriceChanged { product: String, cents: i64 }
/// # impl IntoObject for PriceChanged {
/// #     fn into_object(self) -> Object {
/// #         let mut object = Object::empty(2);
/// #         object.set(0, self.product);
/// #         object.set(1, self.cents);
/// #         object
/// #     }
/// # }
/// # static PAYLOAD: ObjectMeta = ObjectMeta {
/// #     name: "PriceChanged",
/// #     properties: &[
/// #         PropertyMeta::new("product", TypeMeta::plain(Kind::Text)),
/// #         PropertyMeta::new("cents", TypeMeta::plain(Kind::Integer)),
/// #     ],
/// #     closed: false,
/// #     additional: None,
/// # };
/// # static META: SignalMeta = SignalMeta {
/// #     name: "price_changed",
/// #     stream: "prices",
/// #     payload: &PAYLOAD,
/// #     groups: GroupsMeta::By(&[&[0]]),
/// #     overflow: Overflow::Close,
/// # };
/// # impl Signal for PriceChanged {
/// #     const META: &'static SignalMeta = &META;
/// # }
/// use dcrf_runtime::{Db, Signal};
///
/// # let db = Db::connect("sqlite::memory:", &chat::MIGRATIONS).await?;
/// // Generated of a signal with the groups `[{"by": ["product"]}]`: those hear it who have subscribed to bread.
/// PriceChanged { product: "bread".to_owned(), cents: 250 }.send(&db).await?;
///
/// // In a transaction it is told when that is committed, and not at all if it is rolled back.
/// let transaction = db.begin().await?;
/// PriceChanged { product: "milk".to_owned(), cents: 110 }.send(transaction.db()).await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
pub trait Signal: IntoObject + Send + Sized {
    /// Its description.
    const META: &'static SignalMeta;

    /// Tells the subscribers of the groups that the payload belongs to, or all of them; inside a transaction when it
    /// is committed.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if the groups are the application's to name: see
    /// [`send_to`](Self::send_to).
    fn send(self, db: &(impl AsRef<Db> + Sync)) -> impl Future<Output = Result<()>> + Send {
        async move {
            let payload = self.into_object();
            let groups = groups_of_payload(Self::META, &payload)?;
            send(db.as_ref(), Self::META.topic(), groups, Self::META.name, Self::META.payload, &payload)
                .await;
            Ok(())
        }
    }

    /// Tells the subscribers of these groups; inside a transaction when it is committed.
    fn send_to(
        self,
        db: &(impl AsRef<Db> + Sync),
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> impl Future<Output = ()> + Send {
        let groups: Vec<String> = groups.into_iter().map(Into::into).collect();
        let payload = self.into_object();
        async move {
            send(db.as_ref(), Self::META.topic(), groups, Self::META.name, Self::META.payload, &payload)
                .await;
        }
    }
}

/// A message to a group of connections: generated. They get it as `data`, under the event's name as `action`.
///
/// ```
/// use chat::consumers::UpdateUsersEvent;
/// use dcrf_runtime::{Context, Event};
///
/// /// Tells everybody in a group of connections.
/// async fn nobody_is_left(ctx: &Context, room: i64) {
///     UpdateUsersEvent { room, users: vec![] }.send(ctx, format!("room-{room}")).await;
/// }
/// ```
pub trait Event: IntoObject + Send + Sized {
    /// The name of the event.
    const NAME: &'static str;
    /// The stream of its consumer.
    const STREAM: &'static str;
    /// What it carries.
    const PAYLOAD: &'static ObjectMeta;

    /// Sends it to everybody in a group (see [`Context::group`]); inside a transaction when it is committed.
    fn send(self, db: &(impl AsRef<Db> + Sync), group: impl Into<String>) -> impl Future<Output = ()> + Send {
        let (group, payload) = (group.into(), self.into_object());
        async move {
            let topic = group::topic(Self::STREAM);
            send(db.as_ref(), topic, vec![group], Self::NAME, Self::PAYLOAD, &payload).await;
        }
    }
}

async fn send(
    db: &Db,
    topic: Topic,
    groups: Vec<String>,
    name: &str,
    meta: &'static ObjectMeta,
    payload: &Object,
) {
    let mut data = Vec::new();
    crate::wire::encode::object(&mut data, meta, payload);
    let data = Bytes::from(data);
    let mut action = Vec::new();
    crate::wire::encode::text(&mut action, name);
    let action = String::from_utf8_lossy(&action).into_owned();
    for group in groups {
        let body = Body::Event { action: Cow::Owned(action.clone()), status: 200, data: data.clone() };
        db.send(group::message(topic, &group, body)).await;
    }
}

impl AsRef<Self> for Db {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl AsRef<Db> for Context {
    fn as_ref(&self) -> &Db {
        self.db()
    }
}
