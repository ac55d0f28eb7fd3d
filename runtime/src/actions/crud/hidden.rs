//! Fills hidden fields of payloads (DRF's `HiddenField`): with the key of the user, the current time, or a constant.

use crate::app::context::Context;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::scalar::DateTime;
use crate::schema::meta::{Access, FieldMeta, SerializerMeta, Source};
use crate::schema::value::{Object, Value};
use crate::wire::decode::{Mode, Nested, Payload, Refusal, check_deep, literal, lookup_key};

/// Sets the hidden fields of a payload and of the payloads in it. A patch does not set them, except in rows of lists,
/// which are always created.
///
/// # Errors
/// [`Error::NotAuthenticated`] if there is no user, and a column cannot be null.
pub(super) fn fill(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    mode: Mode,
    payload: &mut Payload,
) -> Result<()> {
    if mode != Mode::Patch {
        for (index, field) in hidden(serializer) {
            payload.values.set(index, value(ctx, serializer, field)?);
        }
    }
    for (index, nested) in &mut payload.nested {
        let Source::Nested(meta) = serializer.fields[*index].source else { continue };
        match nested {
            Nested::One(payload) => fill(ctx, meta.serializer, mode, payload)?,
            Nested::Many(items) => {
                for payload in items.iter_mut().flatten() {
                    fill(ctx, meta.serializer, Mode::Create, payload)?;
                }
            }
        }
    }
    Ok(())
}

/// Sets the hidden fields of a payload that the application gives, as [`fill`] does.
pub(super) fn refill(
    ctx: &Context,
    serializer: &'static SerializerMeta,
    mode: Mode,
    data: &mut Object,
) -> Result<()> {
    if mode != Mode::Patch {
        for (index, field) in hidden(serializer) {
            data.set(index, value(ctx, serializer, field)?);
        }
    }
    for (index, field) in serializer.fields.iter().enumerate() {
        let Source::Nested(meta) = field.source else { continue };
        match data.get_mut(index) {
            Some(Value::Object(inner)) => refill(ctx, meta.serializer, mode, inner)?,
            Some(Value::List(items)) => {
                for item in items {
                    if let Value::Object(inner) = item {
                        refill(ctx, meta.serializer, Mode::Create, inner)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Takes the values of hidden fields out of a payload: the types of the application do not have them.
pub(super) fn take(serializer: &'static SerializerMeta, data: &mut Object) -> Vec<(usize, Value)> {
    hidden(serializer).filter_map(|(index, _)| Some((index, data.take_value(index)?))).collect()
}

fn hidden(serializer: &'static SerializerMeta) -> impl Iterator<Item = (usize, &'static FieldMeta)> {
    serializer.fields.iter().enumerate().filter(|(_, field)| field.access == Access::Hidden)
}

/// Returns the value of a field: the current time, a constant, or the key of the user as a value of the column.
fn value(ctx: &Context, serializer: &'static SerializerMeta, field: &'static FieldMeta) -> Result<Value> {
    let column = field.column().map(|column| &serializer.model.columns[column]);
    let column = column.ok_or_else(|| Error::internal("a hidden field without a column"))?;
    if field.now {
        return Ok(Value::of_moment(DateTime::now(), &column.ty.kind));
    }
    if let Some(default) = &field.default {
        return Ok(literal(&column.ty, default));
    }
    let Some(id) = ctx.user().id() else {
        return if column.ty.nullable { Ok(Value::Null) } else { Err(Error::NotAuthenticated) };
    };
    let ty = column.references.map_or(&column.ty, |model| &model().key_column().ty);
    let raw = serde_json::value::to_raw_value(id).map_err(|error| Error::internal(error.to_string()))?;
    let value = lookup_key(ty, &raw).ok_or_else(|| {
        let (model, column) = (serializer.model.name, column.name);
        Error::internal(format!("the key of the user is not a value of {model}.{column}"))
    })?;
    match check_deep(ty, &value) {
        Ok(()) => Ok(value),
        Err(refusal) => Err(refused(field, &refusal)),
    }
}

fn refused(field: &'static FieldMeta, refusal: &Refusal) -> Error {
    Error::Validation(Detail::Map(vec![(field.name.to_owned(), refusal.detail(field.messages))]))
}
