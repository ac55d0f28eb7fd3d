//! Writes that the application asks for where it overrides a built-in action.

use super::bound::bound;
use super::{hidden, locked, lookup, perform, write};
use crate::app::context::Context;
use crate::db::Lock;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{ActionKind, ModelMeta, SerializerMeta};
use crate::schema::row::Row;
use crate::schema::value::{Object, Value};
use crate::store::{self, RowSelector, find_locked};
use crate::wire::decode::Mode;

/// Stores a new row.
pub(crate) fn create<'a>(
    ctx: &'a Context,
    model: &'static ModelMeta,
    serializer: &'static SerializerMeta,
    mut data: Object,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let consumer = &**ctx.consumer()?;
        is_of(model, serializer)?;
        hidden::refill(ctx, serializer, Mode::Create, &mut data)?;
        write::check(serializer, &data)?;
        write::create(ctx, serializer, perform::hook_of(consumer, &[ActionKind::Create]), data).await
    })
}

/// Changes the row with this primary key, among those that the connection can see.
pub(crate) fn change<'a>(
    ctx: &'a Context,
    model: &'static ModelMeta,
    serializer: &'static SerializerMeta,
    mode: Mode,
    key: Value,
    mut data: Object,
) -> BoxFuture<'a, Result<Row>> {
    Box::pin(async move {
        let consumer = &**ctx.consumer()?;
        is_of(model, serializer)?;
        hidden::refill(ctx, serializer, mode, &mut data)?;
        write::check(serializer, &data)?;
        let which = RowSelector::new(model.key, key).within(lookup::visible(consumer, ctx).await?);
        let hook = perform::hook_of(consumer, &[ActionKind::Update, ActionKind::Patch]);
        write::update(ctx, serializer, which, None, hook, data).await
    })
}

/// Deletes the row with this primary key, among those that the connection can see.
pub(crate) fn delete<'a>(
    ctx: &'a Context,
    model: &'static ModelMeta,
    key: Value,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let consumer = &**ctx.consumer()?;
        is_of(model, bound(consumer.meta())?.serializer)?;
        let which = RowSelector::new(model.key, key).within(lookup::visible(consumer, ctx).await?);
        let Some(hook) = perform::hook_of(consumer, &[ActionKind::Delete]) else {
            return store::remove(ctx.db(), model, which).await;
        };
        locked(ctx, move |ctx| {
            let which = which.clone();
            Box::pin(async move {
                let row = find_locked(ctx.db(), model, &which, Lock::Row).await?.ok_or(Error::NotFound)?;
                perform::destroy(hook, &ctx, row).await?;
                store::remove(ctx.db(), model, which).await
            })
        })
        .await
    })
}

/// Checks that the rows of a serializer are those of a model.
fn is_of(model: &'static ModelMeta, serializer: &'static SerializerMeta) -> Result<()> {
    if std::ptr::eq(serializer.model, model) {
        return Ok(());
    }
    let text = format!("{} does not serialize rows of {}", serializer.name, model.name);
    Err(Error::internal(text))
}
