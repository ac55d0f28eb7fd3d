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
use crate::wire::decode::validate;

/// The payload of a signal, which is generated. Subscribers receive it as `data`, with the signal's name as `action`.
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
/// // A generated signal with the groups `[{"by": ["product"]}]`: the subscribers of "bread" receive it.
/// PriceChanged { product: "bread".to_owned(), cents: 250 }.send(&db).await?;
///
/// // In a transaction it is sent at the commit, and it is not sent if the transaction is rolled back.
/// let transaction = db.begin().await?;
/// PriceChanged { product: "milk".to_owned(), cents: 110 }.send(transaction.db()).await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
pub trait Signal: IntoObject + Send + Sized {
    /// The descriptor of the signal.
    const META: &'static SignalMeta;
    /// The JSON Schema that the payload must obey, if it requires more than its type does.
    const SCHEMA: Option<&'static str> = None;

    /// Sends the signal to the subscribers of the groups to which the payload belongs, or to all subscribers if the
    /// signal does not have groups. Inside a transaction it is sent when the transaction is committed.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if the application determines the groups: it calls
    /// [`send_to`](Self::send_to) instead.
    fn send(self, db: &(impl AsRef<Db> + Sync)) -> impl Future<Output = Result<()>> + Send {
        async move {
            let payload = self.into_object();
            let groups = groups_of_payload(Self::META, &payload)?;
            let meta = Self::META;
            let message = Message { name: meta.name, meta: meta.payload, schema: Self::SCHEMA };
            send(db.as_ref(), meta.topic(), groups, message, &payload).await;
            Ok(())
        }
    }

    /// Sends the signal to the subscribers of these groups. Inside a transaction it is sent when the transaction is
    /// committed.
    fn send_to(
        self,
        db: &(impl AsRef<Db> + Sync),
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> impl Future<Output = ()> + Send {
        let groups: Vec<String> = groups.into_iter().map(Into::into).collect();
        let payload = self.into_object();
        async move {
            let meta = Self::META;
            let message = Message { name: meta.name, meta: meta.payload, schema: Self::SCHEMA };
            send(db.as_ref(), meta.topic(), groups, message, &payload).await;
        }
    }
}

/// A message to a group of connections, which is generated. They receive it as `data`, with the event's name as
/// `action`.
///
/// ```
/// # use dcrf_runtime::meta::{Kind, ObjectMeta, PropertyMeta, TypeMeta};
/// # use dcrf_runtime::{IntoObject, Object};
/// # struct UpdateUsersEvent { room: i64, users: Vec<String> }
/// # impl IntoObject for UpdateUsersEvent {
/// #     fn into_object(self) -> Object {
/// #         let mut object = Object::empty(2);
/// #         object.set(0, self.room);
/// #         object.set(1, self.users);
/// #         object
/// #     }
/// # }
/// # static PAYLOAD: ObjectMeta = ObjectMeta {
/// #     name: "UpdateUsersEvent",
/// #     properties: &[
/// #         PropertyMeta::new("room", TypeMeta::plain(Kind::Integer)),
/// #         PropertyMeta::new("users", TypeMeta::plain(Kind::List(&TypeMeta::plain(Kind::Text)))),
/// #     ],
/// #     closed: false,
/// #     additional: None,
/// # };
/// # impl Event for UpdateUsersEvent {
/// #     const NAME: &'static str = "update_users";
/// #     const STREAM: &'static str = "rooms";
/// #     const PAYLOAD: &'static ObjectMeta = &PAYLOAD;
/// # }
/// use dcrf_runtime::{Context, Event};
///
/// /// Sends the event to all connections in a group.
/// async fn nobody_is_left(ctx: &Context, room: i64) {
///     UpdateUsersEvent { room, users: vec![] }.send(ctx, format!("room-{room}")).await;
/// }
/// ```
pub trait Event: IntoObject + Send + Sized {
    /// The name of the event.
    const NAME: &'static str;
    /// The stream of its consumer.
    const STREAM: &'static str;
    /// The descriptor of the payload.
    const PAYLOAD: &'static ObjectMeta;
    /// The JSON Schema that the payload must obey, if it requires more than its type does.
    const SCHEMA: Option<&'static str> = None;

    /// Sends the event to all connections in a group (see [`Context::group`]). Inside a transaction it is sent when the
    /// transaction is committed.
    fn send(self, db: &(impl AsRef<Db> + Sync), group: impl Into<String>) -> impl Future<Output = ()> + Send {
        let (group, payload) = (group.into(), self.into_object());
        async move {
            let topic = group::topic(Self::STREAM);
            let message = Message { name: Self::NAME, meta: Self::PAYLOAD, schema: Self::SCHEMA };
            send(db.as_ref(), topic, vec![group], message, &payload).await;
        }
    }
}

/// The description of a signal or event.
struct Message {
    name: &'static str,
    meta: &'static ObjectMeta,
    schema: Option<&'static str>,
}

/// Sends a message to groups. It is validated once, for all of them: an invalid one is logged, and not sent.
async fn send(db: &Db, topic: Topic, groups: Vec<String>, message: Message, payload: &Object) {
    let Message { name, meta, schema } = message;
    let mut data = Vec::new();
    crate::wire::encode::object(&mut data, meta, payload);
    if let Some(Err(rule)) = schema.map(|schema| validate(schema, &data)) {
        tracing::error!(event = name, %rule, "a message is not sent, because its payload is invalid");
        return;
    }
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
