//! Rows of another model than the consumer's, where a consumer of that model has its say: those that a payload names by
//! their keys, and those that it changes by a nested serializer.
//!
//! That consumer is asked as whoever asks now would ask it. What it does not let them see is not there.

use std::collections::HashSet;

use super::lookup::visible;
use crate::app::context::Context;
use crate::app::permission::{EventPermission, Guard, judge_elsewhere};
use crate::condition::{Condition, Lookup};
use crate::db::Lock;
use crate::ground::error::{Error, Result};
use crate::schema::meta::{FieldMeta, ModelMeta, SerializerMeta, Source};
use crate::schema::value::{Object, Value};
use crate::store::Key;
use crate::store::{self, RowSelector, find_locked, spelled};
use crate::wire::decode::{Fault, does_not_exist};

/// Keys of one query.
const CHUNK: usize = 500;

/// Whether a row may be changed or deleted, as the consumer of this stream says; kept from others until the transaction
/// ends.
///
/// # Errors
/// [`Error::NotFound`] if it is not there for the connection; [`Error::PermissionDenied`]; [`Error::Database`].
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
    match judge_elsewhere(&*guard.consumer, &guard.context, action, model, &row).await? {
        EventPermission::Granted => Ok(()),
        EventPermission::RowRefused | EventPermission::Refused => Err(Error::PermissionDenied),
    }
}

/// Whether keys are given of which another consumer says whether they may be named.
pub(super) fn is_asked(serializer: &'static SerializerMeta, values: &Object) -> bool {
    let mut fields = serializer.fields.iter().enumerate();
    fields.any(|(index, field)| named(serializer, field, values.get(index)).is_some())
}

/// The first key of a field that names no row which the connection can see, as a complaint: the one that a key of no row
/// gets.
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
        let found = store::select(ctx.db(), model, &wanted, None).await?;
        let found: HashSet<Key<'_>> = found.iter().map(|row| Key::of(row.get(model.key))).collect();
        if let Some(key) = chunk.iter().find(|key| !found.contains(&Key::of(key))) {
            return Ok(Some(does_not_exist(&spelled(key))));
        }
    }
    Ok(None)
}

/// The keys that a field is given of which the consumer of a stream says whether they may be named: of rows of which
/// model.
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
