//! What the built-in actions do by themselves, for applications that override them.
//!
//! An overridden action (`"override": ["create"]`) runs a method of the application. Its permissions, the queryset and
//! the validators have been applied before; these functions do the rest, as the action would without the method.

use super::crud::{self, ListInput, stored};
use super::subscribe::{self, instance_observer};
use crate::app::context::Context;
use crate::app::dispatch::Reply;
use crate::ground::error::Result;
use crate::schema::payload::Payload;
use crate::schema::row::Model;
use crate::schema::value::Value;
use crate::wire::decode::Mode;
use crate::wire::frame::Request;

/// Stores a new row, with the rows in the payload, and returns it: what `create` does. `perform_create` is called, if
/// there is one.
///
/// # Errors
/// [`Error::Validation`](crate::Error::Validation) for values that break a rule of their column, for a required column
/// without a value, for a value that is not unique and for a missing reference; errors of `perform_create`.
pub async fn create<M: Model, P: Payload>(ctx: &Context, data: P) -> Result<M> {
    M::from_row(stored::create(ctx, M::META, P::META, data.into_object()).await?)
}

/// Changes a row, with the rows in the payload, and returns it: what `update` does. `perform_update` is called, if there
/// is one.
///
/// # Errors
/// The errors of [`create`]; [`Error::NotFound`](crate::Error::NotFound) if the row does not exist any more.
pub async fn update<M: Model, P: Payload>(ctx: &Context, row: M, data: P) -> Result<M> {
    change(ctx, Mode::Update, row, data).await
}

/// Changes the given fields of a row, and returns it: what `patch` does. `perform_update` is called, if there is one.
///
/// # Errors
/// The errors of [`update`].
pub async fn patch<M: Model, P: Payload>(ctx: &Context, row: M, data: P) -> Result<M> {
    change(ctx, Mode::Patch, row, data).await
}

async fn change<M: Model, P: Payload>(ctx: &Context, mode: Mode, row: M, data: P) -> Result<M> {
    let key: Value = row.key().into();
    drop(row);
    M::from_row(stored::change(ctx, M::META, P::META, mode, key, data.into_object()).await?)
}

/// Deletes a row: what `delete` does. `perform_destroy` is called, if there is one.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) if the row does not exist any more;
/// [`Error::Protected`](crate::Error::Protected); errors of `perform_destroy`.
pub async fn delete<M: Model>(ctx: &Context, row: M) -> Result<()> {
    let key: Value = row.key().into();
    drop(row);
    stored::delete(ctx, M::META, key).await
}

/// Lists the rows that the connection can see: what `list` does.
///
/// # Errors
/// [`Error::Database`](crate::Error::Database); errors of the queryset.
pub async fn list(ctx: &Context, input: ListInput) -> Result<Reply> {
    crud::list(&**ctx.consumer()?, ctx, input).await
}

/// Subscribes to the row with this look-up value: what `subscribe_instance` does.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) if the connection cannot see the row;
/// [`Error::PermissionDenied`](crate::Error::PermissionDenied) if it may not.
pub async fn subscribe_instance(
    ctx: &Context,
    request: &Request<'_>,
    key: impl Into<Value>,
) -> Result<Reply> {
    let (consumer, key) = (&**ctx.consumer()?, key.into());
    subscribe::subscribe_instance(consumer, instance_observer(consumer)?, ctx, request, key).await
}

/// Ends subscriptions to the row with this look-up value: what `unsubscribe_instance` does.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) if there is neither a row nor a subscription.
pub async fn unsubscribe_instance(ctx: &Context, key: impl Into<Value>) -> Result<Reply> {
    let (consumer, key) = (&**ctx.consumer()?, key.into());
    subscribe::unsubscribe_instance(consumer, instance_observer(consumer)?, ctx, key).await
}
