//! Applies the rules of another consumer to rows of its model: to the rows to which a payload refers by their keys, and
//! to those that it changes by a nested serializer.
//!
//! That consumer's rules are evaluated as if the same client had called it. A row that they hide counts as missing.

use std::collections::HashSet;

use super::lookup::visible;
use crate::app::context::Context;
use crate::app::permission::{EventPermission, Guard, judge_write};
use crate::condition::{Condition, Lookup};
use crate::db::Lock;
use crate::ground::error::{Error, Result};
use crate::schema::meta::{FieldMeta, ModelMeta, SerializerMeta, Source};
use crate::schema::value::{Object, Value};
use crate::store::Key;
use crate::store::{self, RowSelector, find_locked, spelled};
use crate::wire::decode::{Fault, does_not_exist, no_slug};

/// The greatest number of keys of one query.
const CHUNK: usize = 500;

/// Checks whether the rules of the consumer of this stream allow that a row is changed or deleted. Locks the row until
/// the transaction ends.
///
/// # Errors
/// [`Error::NotFound`] if the connection cannot see it; [`Error::PermissionDenied`]; [`Error::Database`].
pub(super) async fn admit(
    ctx: &Context,
    stream: &'static str,
    action: &str,
    model: &'static ModelMeta,
    key: Value,
) -> Result<()> {
    let guard = Guard::of(ctx, stream, action)?;
    let which = RowSelector::new(model.key, key).within(visible(&*guard.consumer, &guard.context).await?);
    let row = find_locked(ctx.db(), model, &which, Lock::Values).await?.ok_or(Error::NotFound)?;
    match judge_write(&*guard.consumer, &guard.context, action, model, &row).await? {
        EventPermission::Granted => Ok(()),
        EventPermission::RowRefused | EventPermission::Refused => Err(Error::PermissionDenied),
    }
}

/// Tells whether a payload has keys that are subject to the rules of another consumer.
pub(super) fn is_asked(serializer: &'static SerializerMeta, values: &Object) -> bool {
    let mut fields = serializer.fields.iter().enumerate();
    fields.any(|(index, field)| named(serializer, field, values.get(index)).is_some())
}

/// Returns an error for the first key of a field whose row the connection cannot see: the same one as for a key that
/// does not exist.
pub(super) async fn hidden(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    field: &'static FieldMeta,
    value: Option<&Value>,
) -> Result<Option<Fault>> {
    let Some((stream, model, keys)) = named(serializer, field, value) else { return Ok(None) };
    let guard = Guard::of(ctx, stream, "retrieve")?;
    let visible = visible(&*guard.consumer, &guard.context).await?;
    for chunk in keys.chunks(CHUNK) {
        let (lookup, values) = (Lookup::In, chunk.to_vec());
        let wanted = Condition::Compare { model, column: model.key, lookup, values }.and(visible.clone());
        let found = store::select(ctx.db(), model, &wanted).await?;
        let found: HashSet<Key<'_>> = found.iter().map(|row| Key::of(row.get(model.key))).collect();
        if let Some(key) = chunk.iter().find(|key| !found.contains(&Key::of(key))) {
            let Some(slug) = field.slug else { return Ok(Some(does_not_exist(&spelled(key)))) };
            let row = store::find(ctx.db(), model, model.key, key.clone()).await?;
            let value = row.map(|row| spelled(row.get(slug)).into_owned()).unwrap_or_default();
            return Ok(Some(no_slug(model.columns[slug].name, &value)));
        }
    }
    Ok(None)
}

/// Returns the keys of a field that are subject to the rules of a stream's consumer, with the model of their rows.
fn named<'a>(
    serializer: &'static SerializerMeta,
    field: &FieldMeta,
    value: Option<&'a Value>,
) -> Option<(&'static str, &'static ModelMeta, &'a [Value])> {
    let (stream, value) = (field.within?, value?);
    match (field.source, value) {
        (_, Value::Null) => None,
        (Source::Column(column), key) => {
            let model = serializer.model.columns[column].references?;
            Some((stream, model(), std::slice::from_ref(key)))
        }
        (Source::Keys(relation), Value::List(keys)) if !keys.is_empty() => {
            Some((stream, (serializer.model.relations[relation].target)(), keys))
        }
        _ => None,
    }
}
