//! The parameters of the path at which a consumer is served, as a type.

use super::context::Context;
use crate::ground::error::{Error, Result};
use crate::schema::meta::ObjectMeta;
use crate::schema::value::{FromObject, Object};

/// The parameters of the path at which a consumer is served (Django's `url_route` keyword arguments), as a struct: the
/// generator writes one for each consumer whose `path` has parameters.
///
/// ```
/// use std::sync::Arc;
///
/// use dcrf_runtime::context::{ConnectionInfo, Handshake};
/// use dcrf_runtime::meta::{Kind, ObjectMeta, PropertyMeta, TypeMeta};
/// use dcrf_runtime::{Context, Db, FromObject, FromValue, Identity, Migrations, Object, PathParameters, Result, Value};
///
/// /// The parameters of `/ws/orders/{order}/`, as the generator writes them.
/// struct OrderPath {
///     order: i64,
/// }
///
/// static ORDER_PATH: ObjectMeta = ObjectMeta {
///     name: "OrderPath",
///     properties: &[PropertyMeta::new("order", TypeMeta::new(Kind::Integer)).required()],
///     closed: true,
///     additional: None,
/// };
///
/// impl FromObject for OrderPath {
///     fn from_object(mut object: Object) -> Result<Self> {
///         Ok(Self { order: i64::from_value(object.take(0).unwrap_or(Value::Null))? })
///     }
/// }
///
/// impl PathParameters for OrderPath {
///     const META: &'static ObjectMeta = &ORDER_PATH;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let db = Db::connect("sqlite::memory:", &Migrations { sqlite: &[], postgres: &[] }).await?;
/// let handshake = Handshake::new("/ws/orders/7/").with_parameter("order", 7_i64);
/// let connection = ConnectionInfo::new(1, Identity::Anonymous).with_handshake(handshake);
/// let ctx = Context::new(db, Arc::new(connection), "orders", "list", "1");
/// assert_eq!(OrderPath::of(&ctx)?.order, 7);
/// # Ok(())
/// # }
/// ```
pub trait PathParameters: FromObject {
    /// The description of the parameters, by their names in the path.
    const META: &'static ObjectMeta;

    /// Returns the parameters of the path of a connection.
    ///
    /// # Errors
    /// [`Error::Internal`] if the connection was made at a path without them, which the server does not allow.
    fn of(ctx: &Context) -> Result<Self> {
        let mut object = Object::empty(Self::META.properties.len());
        for (index, property) in Self::META.properties.iter().enumerate() {
            let Some(value) = ctx.handshake().parameter(property.name) else {
                let text = format!("the path of the connection has no parameter `{}`", property.name);
                return Err(Error::internal(text));
            };
            object.set(index, value.clone());
        }
        Self::from_object(object)
    }
}
