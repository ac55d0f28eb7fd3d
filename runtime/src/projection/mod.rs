//! Rows as serializers show them: columns, related rows, keys, links, and what the application computes.
//!
//! However many rows there are, every relation costs one query and every method field one call. The rows of a nested
//! serializer are rendered like any others, all those of a level together.

mod load;

use std::collections::HashMap;

use crate::context::Context;
use crate::dispatch::{BoxFuture, Dispatch};
use crate::encode;
use crate::error::{Error, Result};
use crate::meta::{
    Access, FieldMeta, LinkMeta, LinkValue, ModelMeta, NestedMeta, NestedOf, PathMeta, SerializerMeta, Source,
};
use crate::model::Row;
use crate::value::Value;

pub(crate) use load::{key_text, related_keys, related_rows, rows_by_key};

/// JSON texts, one a row.
type Texts = Vec<Vec<u8>>;

/// Renders rows: as many JSON texts as rows, in their order.
///
/// `consumer` computes the method fields.
///
/// # Errors
/// [`Error::Database`]; what the application's methods raise.
pub fn render<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    serializer: &'static SerializerMeta,
    rows: &'a [Row],
) -> BoxFuture<'a, Result<Texts>> {
    Box::pin(async move {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        if is_flat(serializer) {
            let flat = |row| {
                let mut out = Vec::with_capacity(256);
                encode::row(&mut out, serializer, row);
                out
            };
            return Ok(rows.iter().map(flat).collect());
        }
        let mut texts: Texts = vec![b"{".to_vec(); rows.len()];
        let shown = serializer.fields.iter().filter(|field| field.access != Access::WriteOnly);
        for (position, field) in shown.enumerate() {
            for text in &mut texts {
                if position > 0 {
                    text.push(b',');
                }
                encode::text(text, field.name);
                text.push(b':');
            }
            append(consumer, ctx, serializer, field, rows, &mut texts).await?;
        }
        for text in &mut texts {
            text.push(b'}');
        }
        Ok(texts)
    })
}

/// Whether a serializer shows nothing but columns as they are.
pub(crate) fn is_flat(serializer: &SerializerMeta) -> bool {
    serializer.fields.iter().all(|field| field.column().is_some() && field.link.is_none())
}

/// Joins rendered rows to a JSON array.
pub(crate) fn array(out: &mut Vec<u8>, texts: &[Vec<u8>]) {
    out.push(b'[');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(text);
    }
    out.push(b']');
}

/// Appends the value of one field to the text of every row.
async fn append(
    consumer: &dyn Dispatch,
    ctx: &Context,
    serializer: &'static SerializerMeta,
    field: &'static FieldMeta,
    rows: &[Row],
    texts: &mut [Vec<u8>],
) -> Result<()> {
    let model = serializer.model;
    match field.source {
        Source::Column(column) => {
            for (row, text) in rows.iter().zip(texts) {
                let value = value_of(row, column);
                match field.link {
                    Some(link) => linked(text, model, link, row, (column, value)),
                    None => encode::value(text, &model.columns[column].ty, value),
                }
            }
        }
        Source::Keys(relation) => {
            let relation = &model.relations[relation];
            let related = related_keys(ctx.db(), model, relation, rows).await?;
            let target = (relation.target)();
            for (row, text) in rows.iter().zip(texts) {
                let keys = related.of(value_of(row, model.key));
                let shown = keys.iter().map(|key| {
                    let mut out = Vec::new();
                    match field.link {
                        Some(link) => link_frame(&mut out, model, link, row, (&target.key_column().ty, key)),
                        None => encode::value(&mut out, &target.key_column().ty, key),
                    }
                    out
                });
                array(text, &shown.collect::<Texts>());
            }
        }
        Source::Nested(nested) => append_nested(consumer, ctx, model, nested, rows, texts).await?,
        Source::Along(path) => append_along(ctx, model, path, rows, texts).await?,
        Source::Method => {
            let values = consumer.method(ctx, serializer.name, field.name, rows).await?;
            if values.len() != rows.len() {
                return Err(Error::internal(format!(
                    "the method field {} gave {} values for {} rows",
                    field.name,
                    values.len(),
                    rows.len()
                )));
            }
            for (value, text) in values.into_iter().zip(texts) {
                text.extend_from_slice(&value);
            }
        }
    }
    Ok(())
}

async fn append_nested(
    consumer: &dyn Dispatch,
    ctx: &Context,
    model: &'static ModelMeta,
    nested: &'static NestedMeta,
    rows: &[Row],
    texts: &mut [Vec<u8>],
) -> Result<()> {
    match nested.of {
        NestedOf::Row => {
            let own = render(consumer, ctx, nested.serializer, rows).await?;
            for (own, text) in own.into_iter().zip(texts) {
                text.extend_from_slice(&own);
            }
        }
        NestedOf::ForeignKey(column) => {
            let target = nested.serializer.model;
            let keys = rows.iter().map(|row| value_of(row, column));
            let others = rows_by_key(ctx.db(), target, keys).await?;
            let shown = render(consumer, ctx, nested.serializer, &others).await?;
            let by_key: HashMap<String, &Vec<u8>> =
                others.iter().map(|other| key_text(value_of(other, target.key))).zip(&shown).collect();
            for (row, text) in rows.iter().zip(texts) {
                match by_key.get(&key_text(value_of(row, column))) {
                    Some(shown) => text.extend_from_slice(shown),
                    None => text.extend_from_slice(b"null"),
                }
            }
        }
        NestedOf::Relation(relation) => {
            let related = related_rows(ctx.db(), model, &model.relations[relation], rows).await?;
            let shown = render(consumer, ctx, nested.serializer, &related.rows).await?;
            for (row, text) in rows.iter().zip(texts) {
                let own = related.positions(value_of(row, model.key));
                array(text, &own.iter().map(|position| shown[*position].clone()).collect::<Texts>());
            }
        }
    }
    Ok(())
}

/// A column along foreign keys: one query a step.
async fn append_along(
    ctx: &Context,
    model: &'static ModelMeta,
    path: &'static PathMeta,
    rows: &[Row],
    texts: &mut [Vec<u8>],
) -> Result<()> {
    let Some((first, rest)) = path.path.split_first() else {
        return Err(Error::internal("a path without steps"));
    };
    let mut keys: Vec<Value> = rows.iter().map(|row| value_of(row, *first).clone()).collect();
    let mut target = referenced(model, *first)?;
    let mut steps = rest.iter();
    loop {
        let others = rows_by_key(ctx.db(), target, keys.iter()).await?;
        let by_key: HashMap<String, &Row> =
            others.iter().map(|other| (key_text(value_of(other, target.key)), other)).collect();
        let step = steps.next();
        let column = step.copied().unwrap_or(path.column);
        let next =
            |key: &Value| by_key.get(&key_text(key)).map_or(Value::Null, |row| value_of(row, column).clone());
        keys = keys.iter().map(next).collect();
        if step.is_none() {
            for (value, text) in keys.iter().zip(texts) {
                encode::value(text, &target.columns[column].ty, value);
            }
            return Ok(());
        }
        target = referenced(target, column)?;
    }
}

fn referenced(model: &'static ModelMeta, column: usize) -> Result<&'static ModelMeta> {
    let references = model.columns[column].references;
    references
        .map(|model| model())
        .ok_or_else(|| Error::internal("a path along a column that is no foreign key"))
}

pub(crate) fn value_of(row: &Row, column: usize) -> &Value {
    row.values().get(column).unwrap_or(&Value::Null)
}

/// A key as a frame; `null` leads nowhere.
fn linked(
    out: &mut Vec<u8>,
    model: &'static ModelMeta,
    link: &'static LinkMeta,
    row: &Row,
    (column, value): (usize, &Value),
) {
    if *value == Value::Null {
        out.extend_from_slice(b"null");
    } else {
        link_frame(out, model, link, row, (&model.columns[column].ty, value));
    }
}

/// `{"stream": "users", "payload": {"action": "retrieve", "pk": 7}}`
fn link_frame(
    out: &mut Vec<u8>,
    model: &'static ModelMeta,
    link: &'static LinkMeta,
    row: &Row,
    (ty, own): (&crate::meta::TypeMeta, &Value),
) {
    out.extend_from_slice(b"{\"stream\":");
    encode::text(out, link.stream);
    out.extend_from_slice(b",\"payload\":{\"action\":");
    encode::text(out, link.action);
    for (name, value) in link.arguments {
        out.push(b',');
        encode::text(out, name);
        out.push(b':');
        match value {
            LinkValue::Own => encode::value(out, ty, own),
            LinkValue::Column(column) => {
                encode::value(out, &model.columns[*column].ty, value_of(row, *column));
            }
            LinkValue::Json(json) => out.extend_from_slice(json.as_bytes()),
        }
    }
    out.extend_from_slice(b"}}");
}
