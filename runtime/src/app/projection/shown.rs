//! The values of some rows by field: loaded for all of them together, and written row by row.
//!
//! The values of a nested serializer's field are rows with their own values.

use std::collections::HashMap;

use super::growth::Growth;
use super::link::{link_frame, linked};
use super::texts::Texts;
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::{
    FieldMeta, LinkMeta, ModelMeta, NestedMeta, NestedOf, PathStep, RelationMeta, SerializerMeta, Source,
    TypeMeta,
};
use crate::schema::row::Row;
use crate::schema::value::Value;
use crate::store::{Key, related_keys, related_rows, rows_by, rows_by_key};
use crate::store::{Related, RelatedKeys};
use crate::wire::encode;

/// Rows with all their shown values, ready to be written.
pub(super) struct Shown<'a> {
    serializer: &'static SerializerMeta,
    rows: &'a [Row],
    /// The name of each field that is shown, as JSON with its colon, and its values.
    fields: Vec<(Vec<u8>, Part)>,
}

impl<'a> Shown<'a> {
    /// Loads the values that are not in the rows themselves.
    pub(super) async fn of(
        consumer: &dyn Dispatch,
        ctx: &Context,
        serializer: &'static SerializerMeta,
        rows: &'a [Row],
    ) -> Result<Self> {
        let mut fields = Vec::with_capacity(serializer.fields.len());
        if !rows.is_empty() {
            for field in serializer.fields.iter().filter(|field| field.access.is_shown()) {
                let mut name = Vec::with_capacity(field.name.len() + 3);
                encode::text(&mut name, field.name);
                name.push(b':');
                fields.push((name, Part::of(consumer, ctx, serializer, field, rows).await?));
            }
        }
        Ok(Self { serializer, rows, fields })
    }

    /// Writes one of the rows.
    pub(super) fn append(&self, out: &mut Vec<u8>, index: usize) {
        out.push(b'{');
        for (position, (name, part)) in self.fields.iter().enumerate() {
            if position > 0 {
                out.push(b',');
            }
            out.extend_from_slice(name);
            part.append(out, self.serializer.model, &self.rows[index], index);
        }
        out.push(b'}');
    }
}

/// Returns the texts of related rows. Boxed, because a serializer may be nested in itself.
fn texts<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    serializer: &'static SerializerMeta,
    rows: &'a [Row],
) -> BoxFuture<'a, Result<Texts>> {
    Box::pin(async move {
        let shown = Shown::of(consumer, ctx, serializer, rows).await?;
        let (mut texts, mut growth) = (Texts::with_capacity(rows.len()), Growth::of_part(ctx));
        for index in 0..rows.len() {
            texts.push_with(|out| shown.append(out, index));
            growth.reach(texts.bytes()).await?;
        }
        Ok(texts)
    })
}

/// A field of some rows.
enum Part {
    /// A column as a field shows it, or the link that is made of it.
    Column(usize, &'static TypeMeta, Option<&'static LinkMeta>),
    /// The keys of the rows that belong to each row.
    Keys(&'static RelationMeta, RelatedKeys, Option<&'static LinkMeta>),
    /// The row to which a column refers.
    Referred { column: usize, by_key: HashMap<Key<'static>, usize>, texts: Texts },
    /// The rows that belong to each row.
    Related(Related, Texts),
    /// The row or none that belongs to each row.
    One(Related, Texts),
    /// A value of a type for each row.
    Values(TypeMeta, Vec<Value>),
    /// A column of the rows, or of the row or none, that belong to each row.
    Slugs { relation: &'static RelationMeta, related: Related, ty: &'static TypeMeta, slug: usize },
    /// A text for each row.
    Texts(Texts),
}

impl Part {
    /// Loads the values that are not in the rows themselves.
    async fn of(
        consumer: &dyn Dispatch,
        ctx: &Context,
        serializer: &'static SerializerMeta,
        field: &'static FieldMeta,
        rows: &[Row],
    ) -> Result<Self> {
        let model = serializer.model;
        if let (Some(slug), Some(target)) = (field.slug, field.names(model)) {
            let ty = &target.columns[slug].ty;
            return match field.source {
                Source::Keys(relation) => {
                    let relation = &model.relations[relation];
                    let related = related_rows(ctx.db(), model, relation, rows).await?;
                    Ok(Self::Slugs { relation, related, ty, slug })
                }
                _ => {
                    let column = field.column().unwrap_or_default();
                    let (ty, values) =
                        Self::along(ctx, model, &[PathStep::ForeignKey(column)], slug, rows).await?;
                    Ok(Self::Values(*ty, values))
                }
            };
        }
        match field.source {
            Source::Column(column) => Ok(Self::Column(column, &field.ty, field.link)),
            Source::Keys(relation) => {
                let relation = &model.relations[relation];
                let keys = related_keys(ctx.db(), model, relation, rows).await?;
                Ok(Self::Keys(relation, keys, field.link))
            }
            Source::Nested(nested) => Self::nested(consumer, ctx, model, nested, rows).await,
            Source::Along(path) => {
                let (ty, values) = Self::along(ctx, model, path.path, path.column, rows).await?;
                Ok(Self::Values(TypeMeta { format: field.ty.format, ..*ty }, values))
            }
            Source::Payload => Err(Error::internal(format!("{} is never shown", field.name))),
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
                Ok(Self::Texts(values.into_iter().collect()))
            }
        }
    }

    async fn nested(
        consumer: &dyn Dispatch,
        ctx: &Context,
        model: &'static ModelMeta,
        nested: &'static NestedMeta,
        rows: &[Row],
    ) -> Result<Self> {
        let serializer = nested.serializer;
        match nested.of {
            NestedOf::Row => texts(consumer, ctx, serializer, rows).await.map(Self::Texts),
            NestedOf::ForeignKey(column) => {
                let target = serializer.model;
                let keys = rows.iter().map(|row| row.get(column));
                let others = rows_by_key(ctx.db(), target, keys).await?;
                let texts = texts(consumer, ctx, serializer, &others).await?;
                let key = |row: &Row| Key::of(row.get(target.key)).into_owned();
                let by_key = others.iter().map(key).zip(0..).collect();
                Ok(Self::Referred { column, by_key, texts })
            }
            NestedOf::Relation(relation) => {
                let related = related_rows(ctx.db(), model, &model.relations[relation], rows).await?;
                let texts = texts(consumer, ctx, serializer, &related.rows).await?;
                Ok(Self::Related(related, texts))
            }
            NestedOf::Back(relation) => {
                let related = related_rows(ctx.db(), model, &model.relations[relation], rows).await?;
                let texts = texts(consumer, ctx, serializer, &related.rows).await?;
                Ok(Self::One(related, texts))
            }
        }
    }

    /// Loads a column of the rows that steps lead to, with one query per step and 1000 rows.
    async fn along(
        ctx: &Context,
        model: &'static ModelMeta,
        path: &[PathStep],
        last: usize,
        rows: &[Row],
    ) -> Result<(&'static TypeMeta, Vec<Value>)> {
        let mut steps = Vec::with_capacity(path.len());
        let mut at = model;
        for step in path {
            let step = step.of(at).ok_or_else(|| Error::internal("a path along a step that is not there"))?;
            at = step.target;
            steps.push(step);
        }
        let Some(first) = steps.first() else { return Err(Error::internal("a path without steps")) };
        let mut values: Vec<Value> = rows.iter().map(|row| row.get(first.from).clone()).collect();
        for (number, step) in steps.iter().enumerate() {
            let others = rows_by(ctx.db(), step.target, step.to, values.iter()).await?;
            let by_value: HashMap<Key<'_>, &Row> =
                others.iter().map(|other| (Key::of(other.get(step.to)), other)).collect();
            let column = steps.get(number + 1).map_or(last, |next| next.from);
            let next = |value: &Value| {
                by_value.get(&Key::of(value)).map_or(Value::Null, |row| row.get(column).clone())
            };
            values = values.iter().map(next).collect();
        }
        Ok((&at.columns[last].ty, values))
    }

    /// Writes the value of the row at this position.
    fn append(&self, out: &mut Vec<u8>, model: &'static ModelMeta, row: &Row, index: usize) {
        match self {
            Self::Column(column, ty, None) => encode::value(out, ty, row.get(*column)),
            Self::Column(column, _, Some(link)) => {
                linked(out, model, link, row, (*column, row.get(*column)));
            }
            Self::Keys(relation, keys, link) => {
                let ty = &(relation.target)().key_column().ty;
                let write = |out: &mut Vec<u8>, key: &Value| match link {
                    Some(link) => link_frame(out, model, link, row, (ty, key)),
                    None => encode::value(out, ty, key),
                };
                let keys = keys.of(row.get(model.key));
                match (relation.via.is_one(), keys) {
                    (true, [key, ..]) => write(out, key),
                    (true, []) => out.extend_from_slice(b"null"),
                    (false, keys) => encode::array(out, keys, write),
                }
            }
            Self::Referred { column, by_key, texts } => match by_key.get(&Key::of(row.get(*column))) {
                Some(position) => out.extend_from_slice(texts.get(*position)),
                None => out.extend_from_slice(b"null"),
            },
            Self::Related(related, texts) => {
                encode::array(out, related.positions(row.get(model.key)), |out, position| {
                    out.extend_from_slice(texts.get(*position));
                });
            }
            Self::One(related, texts) => match related.positions(row.get(model.key)) {
                [position, ..] => out.extend_from_slice(texts.get(*position)),
                [] => out.extend_from_slice(b"null"),
            },
            Self::Slugs { relation, related, ty, slug } => {
                let write = |out: &mut Vec<u8>, position: &usize| {
                    encode::value(out, ty, related.rows[*position].get(*slug));
                };
                match (relation.via.is_one(), related.positions(row.get(model.key))) {
                    (true, [position, ..]) => write(out, position),
                    (true, []) => out.extend_from_slice(b"null"),
                    (false, positions) => encode::array(out, positions, write),
                }
            }
            Self::Values(ty, values) => encode::value(out, ty, &values[index]),
            Self::Texts(texts) => out.extend_from_slice(texts.get(index)),
        }
    }
}
