//! Lets the application prepare the writes of the built-in actions (DRF's `perform_create`, `perform_update` and
//! `perform_destroy`).

use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Write};
use crate::ground::error::Result;
use crate::schema::meta::{ActionKind, ModelMeta, SerializerMeta};
use crate::schema::row::Row;
use crate::schema::value::Object;
use crate::store::{Naming, Values, check_named, given};

/// Returns the consumer if its application prepares the writes of the action.
pub(super) fn hook<'a>(consumer: &'a dyn Dispatch, ctx: &Context) -> Option<&'a dyn Dispatch> {
    ctx.description(consumer).is_some_and(|action| action.perform).then_some(consumer)
}

/// Returns the consumer if its application prepares the writes of one of these actions.
pub(super) fn hook_of<'a>(consumer: &'a dyn Dispatch, kinds: &[ActionKind]) -> Option<&'a dyn Dispatch> {
    let mut actions = consumer.meta().actions.iter();
    actions.any(|action| action.perform && kinds.contains(&action.kind)).then_some(consumer)
}

/// Returns the values of a new row.
pub(super) async fn create(
    consumer: &dyn Dispatch,
    ctx: &Context,
    serializer: &'static SerializerMeta,
    values: Values,
) -> Result<Values> {
    let prepared = consumer.perform(ctx, Write::Create(object(serializer.model, &values))).await?;
    returned(serializer, values, prepared)
}

/// Returns the values of a row that is changed.
pub(super) async fn update(
    consumer: &dyn Dispatch,
    ctx: &Context,
    serializer: &'static SerializerMeta,
    row: &Row,
    values: Values,
) -> Result<Values> {
    let write = Write::Update(row.clone(), object(serializer.model, &values));
    returned(serializer, values, consumer.perform(ctx, write).await?)
}

/// Lets the application refuse the deletion of a row.
pub(super) async fn destroy(consumer: &dyn Dispatch, ctx: &Context, row: Row) -> Result<()> {
    consumer.perform(ctx, Write::Destroy(row)).await.map(drop)
}

fn object(model: &'static ModelMeta, values: &Values) -> Object {
    let mut object = Object::empty(model.columns.len());
    for (column, value) in values {
        object.set(*column, value.clone());
    }
    object
}

/// Returns the values to store: those that the application has returned, and those of columns that it cannot set.
fn returned(serializer: &'static SerializerMeta, mut values: Values, prepared: Object) -> Result<Values> {
    let model = serializer.model;
    let is_set = |column: usize| column != model.key && model.columns[column].auto.may_be_given();
    let prepared: Values = given(model, prepared).into_iter().filter(|(column, _)| is_set(*column)).collect();
    check_named(model, &prepared, Naming::Fields(serializer))?;
    values.retain(|(column, _)| !is_set(*column));
    values.extend(prepared);
    Ok(values)
}
