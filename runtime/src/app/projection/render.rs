//! Renders rows as JSON texts, each by itself or all in one array.

use super::growth::Growth;
use super::shown::Shown;
use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::ground::scalar::Json;
use crate::schema::meta::SerializerMeta;
use crate::schema::row::{Model, Row};
use crate::schema::shown::{RowSerializer, ShownRow};
use crate::wire::encode;

/// Renders rows. Returns one JSON text for each row, in the order of the rows.
///
/// `consumer` computes the method fields.
///
/// # Errors
/// [`Error::Database`](crate::Error::Database); errors of the application's methods.
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
    /// Returns rows as a serializer shows them, with its method fields, for frames of the application.
    ///
    /// # Errors
    /// Errors of the database and of method fields; [`Error::Internal`](crate::Error::Internal) if the context has no
    /// connection.
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

impl Context {
    /// Returns rows as a serializer shows them, for a value that contains them: an event, a signal or the output of an
    /// action. The type of the value determines the serializer.
    ///
    /// # Errors
    /// The errors of [`show`](Self::show).
    pub async fn show_rows<S: RowSerializer>(
        &self,
        rows: impl IntoIterator<Item = S::Model>,
    ) -> Result<Vec<ShownRow<S>>> {
        let shown = self.show(S::META, rows).await?;
        Ok(shown.into_iter().map(ShownRow::of).collect())
    }

    /// Does the same as [`show_rows`](Self::show_rows) for one row.
    ///
    /// # Errors
    /// The errors of [`show`](Self::show).
    pub async fn show_row<S: RowSerializer>(&self, row: S::Model) -> Result<ShownRow<S>> {
        let shown = self.show_rows([row]).await?.pop();
        shown.ok_or_else(|| Error::internal("a row was not shown"))
    }
}

/// Appends rows as a JSON array: the answer to a request, or the largest part of it.
///
/// # Errors
/// The errors of [`render`]; 400 if the answer becomes larger than answers may be.
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

/// Tells whether a serializer shows only columns as they are.
pub(crate) fn is_flat(serializer: &SerializerMeta) -> bool {
    serializer
        .fields
        .iter()
        .all(|field| field.column().is_some() && field.link.is_none() && field.slug.is_none())
}
