//! Replaces the values by which payloads name other rows with the keys of these rows (DRF's `SlugRelatedField`).

use std::collections::HashMap;

use crate::app::context::Context;
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;
use crate::schema::meta::{FieldMeta, ModelMeta, SerializerMeta, Source};
use crate::schema::value::Value;
use crate::store::{self, Key, spelled};
use crate::wire::decode::{Fault, Nested, Payload, Refusal, no_slug};

/// Replaces the values in a payload and in those that are nested in it. A value that no row has is an error of its
/// field.
pub(super) fn resolve<'a>(
    ctx: &'a Context,
    serializer: &'static SerializerMeta,
    payload: &'a mut Payload,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        for (index, field) in serializer.fields.iter().enumerate() {
            let Some((target, slug)) = named(serializer.model, field) else { continue };
            let Some(value) = payload.values.take_value(index) else { continue };
            match keys(ctx, target, slug, value).await? {
                Ok(key) => payload.values.set(index, key),
                Err(fault) => payload.errors.push((index, Refusal::from(fault).detail(field.messages))),
            }
        }
        for (index, nested) in &mut payload.nested {
            let Source::Nested(meta) = serializer.fields[*index].source else { continue };
            match nested {
                Nested::One(payload) => resolve(ctx, meta.serializer, payload).await?,
                Nested::Many(items) => {
                    for payload in items.iter_mut().flatten() {
                        resolve(ctx, meta.serializer, payload).await?;
                    }
                }
            }
        }
        Ok(())
    })
}

/// Returns the model and the column by which a field that clients write names rows.
fn named(model: &'static ModelMeta, field: &'static FieldMeta) -> Option<(&'static ModelMeta, usize)> {
    field.names(model).zip(field.slug).filter(|_| field.access.is_taken())
}

/// Returns the key of a row, or of each row of a list.
async fn keys(
    ctx: &Context,
    target: &'static ModelMeta,
    slug: usize,
    value: Value,
) -> Result<std::result::Result<Value, Fault>> {
    let slugs = match value {
        Value::Null => return Ok(Ok(Value::Null)),
        Value::List(slugs) => slugs,
        one => {
            let found = store::find(ctx.db(), target, slug, one.clone()).await?;
            return Ok(found
                .map(|row| row.get(target.key).clone())
                .ok_or_else(|| missing(target, slug, &one)));
        }
    };
    let found = store::rows_by(ctx.db(), target, slug, slugs.iter()).await?;
    let by_slug: HashMap<Key<'_>, &Value> =
        found.iter().map(|row| (Key::of(row.get(slug)), row.get(target.key))).collect();
    let key = |value: &Value| {
        by_slug.get(&Key::of(value)).map(|key| (*key).clone()).ok_or_else(|| missing(target, slug, value))
    };
    Ok(slugs.iter().map(key).collect::<std::result::Result<Vec<Value>, Fault>>().map(Value::List))
}

fn missing(target: &ModelMeta, slug: usize, value: &Value) -> Fault {
    no_slug(target.columns[slug].name, &spelled(value))
}

#[cfg(test)]
mod tests;
