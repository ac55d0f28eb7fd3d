//! Rows as serializers show them: columns, related rows, keys, links, and what the application computes.
//!
//! However many rows there are, every relation costs one query and every method field one call. The rows of a nested
//! serializer are rendered like any others, all those of a level together.

mod growth;
mod link;
mod part;
mod texts;

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::Result;
use crate::ground::future::BoxFuture;
use crate::ground::scalar::Json;
use crate::schema::meta::{Access, SerializerMeta};
use crate::schema::row::{Model, Row};
use crate::wire::encode;

use growth::Growth;
pub(crate) use growth::within_limit;
use part::Part;
use texts::Texts;

/// Renders rows: as many JSON texts as rows, in their order.
///
/// `consumer` computes the method fields.
///
/// # Errors
/// [`Error::Database`](crate::Error::Database); what the application's methods raise.
pub fn render<'a>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    serializer: &'static SerializerMeta,
    rows: &'a [Row],
) -> BoxFuture<'a, Result<Vec<Vec<u8>>>> {
    Box::pin(async move {
        let text = |append: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::with_capacity(256);
            append(&mut out);
            out
        };
        let (mut growth, mut bytes) = (Growth::of_part(ctx), 0);
        let mut texts = Vec::with_capacity(rows.len());
        let shown =
            if is_flat(serializer) { None } else { Some(Shown::of(consumer, ctx, serializer, rows).await?) };
        for (index, row) in rows.iter().enumerate() {
            texts.push(match &shown {
                None => text(&|out| encode::row(out, serializer, row)),
                Some(shown) => text(&|out| shown.append(out, index)),
            });
            bytes += texts[index].len();
            growth.reach(bytes).await?;
        }
        Ok(texts)
    })
}

impl Context {
    /// Rows as a serializer shows them, with its method fields: for frames of the application's own.
    ///
    /// # Errors
    /// What the database or a method field says; [`Error::Internal`] if the context has no connection.
    pub async fn show<M: Model>(
        &self,
        serializer: &'static SerializerMeta,
        rows: impl IntoIterator<Item = M>,
    ) -> Result<Vec<Json>> {
        let rows: Vec<Row> = rows.into_iter().map(Model::into_row).collect();
        let consumer = &**self.consumer()?;
        let shown = render(consumer, self, serializer, &rows).await?;
        Ok(shown.into_iter().map(|json| Json::trusted(String::from_utf8_lossy(&json))).collect())
    }
}

/// Appends rows as a JSON array: the answer to a request, or the largest part of it.
///
/// # Errors
/// As [`render`]; 400 if it becomes larger than answers may be.
pub(crate) async fn append(
    out: &mut Vec<u8>,
    consumer: &dyn Dispatch,
    ctx: &Context,
    serializer: &'static SerializerMeta,
    rows: &[Row],
) -> Result<()> {
    let mut growth = Growth::of_answer(ctx);
    let shown =
        if is_flat(serializer) { None } else { Some(Shown::of(consumer, ctx, serializer, rows).await?) };
    out.push(b'[');
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        match &shown {
            None => encode::row(out, serializer, row),
            Some(shown) => shown.append(out, index),
        }
        growth.reach(out.len()).await?;
    }
    out.push(b']');
    Ok(())
}

/// The same for rows that belong to others. Boxed, as a serializer may be nested in itself.
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

/// Whether a serializer shows nothing but columns as they are.
pub(crate) fn is_flat(serializer: &SerializerMeta) -> bool {
    serializer.fields.iter().all(|field| field.column().is_some() && field.link.is_none())
}

/// Writes a JSON array of some items.
pub(crate) fn array<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut append: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        append(out, item);
    }
    out.push(b']');
}

/// Rows with all that is shown of them: what is left to do is to write it.
struct Shown<'a> {
    serializer: &'static SerializerMeta,
    rows: &'a [Row],
    /// The name of each field that is shown, as JSON with its colon, and what is known of its values.
    fields: Vec<(Vec<u8>, Part)>,
}

impl<'a> Shown<'a> {
    /// Asks for whatever is not in the rows themselves.
    async fn of(
        consumer: &dyn Dispatch,
        ctx: &Context,
        serializer: &'static SerializerMeta,
        rows: &'a [Row],
    ) -> Result<Self> {
        let mut fields = Vec::with_capacity(serializer.fields.len());
        if !rows.is_empty() {
            for field in serializer.fields.iter().filter(|field| field.access != Access::WriteOnly) {
                let mut name = Vec::with_capacity(field.name.len() + 3);
                encode::text(&mut name, field.name);
                name.push(b':');
                fields.push((name, Part::of(consumer, ctx, serializer, field, rows).await?));
            }
        }
        Ok(Self { serializer, rows, fields })
    }

    /// Writes one of the rows.
    fn append(&self, out: &mut Vec<u8>, index: usize) {
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
