//! Shows rows as answers, and as the values of method fields.

use serde::Serialize;

use super::rows::reply;
use crate::app::context::Context;
use crate::app::dispatch::{Dispatch, Reply, ReplyFuture};
use crate::app::projection;
use crate::ground::error::{Error, Result};
use crate::ground::future::BoxFuture;
use crate::schema::meta::SerializerMeta;
use crate::schema::row::Model;
use crate::schema::row::Row;
use crate::wire::encode;

/// Answers with a row as a serializer shows it.
pub fn row<'a, M: Model>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    status: u16,
    serializer: &'static SerializerMeta,
    row: M,
) -> ReplyFuture<'a> {
    Box::pin(reply(consumer, ctx, status, serializer, row.into_row()))
}

/// Answers with a row, or with `null`.
pub fn row_or_null<'a, M: Model>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    status: u16,
    serializer: &'static SerializerMeta,
    row: Option<M>,
) -> ReplyFuture<'a> {
    match row {
        Some(row) => self::row(consumer, ctx, status, serializer, row),
        None => Box::pin(std::future::ready(Ok(Reply::empty(status)))),
    }
}

/// Answers with rows.
pub fn rows<'a, M: Model>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    status: u16,
    serializer: &'static SerializerMeta,
    rows: Vec<M>,
) -> ReplyFuture<'a> {
    let rows: Vec<Row> = rows.into_iter().map(Model::into_row).collect();
    Box::pin(async move {
        let mut data = Vec::with_capacity(1024);
        projection::append(&mut data, consumer, ctx, serializer, &rows).await?;
        Ok(Reply::new(status, data))
    })
}

/// Returns the values of a method field, as JSON texts.
///
/// # Errors
/// [`Error::Internal`] if a value cannot be serialized (for example a map whose keys are not texts).
pub fn values<T: Serialize>(values: Vec<T>) -> Result<Vec<Vec<u8>>> {
    let text = |value| serde_json::to_vec(value).map_err(|error| Error::internal(error.to_string()));
    values.iter().map(text).collect()
}

/// Returns the values of a method field that are rows, as JSON texts.
pub fn rows_of_rows<'a, M: Model>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    serializer: &'static SerializerMeta,
    values: Vec<M>,
) -> BoxFuture<'a, Result<Vec<Vec<u8>>>> {
    let rows: Vec<Row> = values.into_iter().map(Model::into_row).collect();
    Box::pin(async move { projection::render(consumer, ctx, serializer, &rows).await })
}

/// Returns the values of a method field that are rows or `null`, as JSON texts.
pub fn rows_or_nulls<'a, M: Model>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    serializer: &'static SerializerMeta,
    values: Vec<Option<M>>,
) -> BoxFuture<'a, Result<Vec<Vec<u8>>>> {
    let there: Vec<bool> = values.iter().map(Option::is_some).collect();
    let rows: Vec<Row> = values.into_iter().flatten().map(Model::into_row).collect();
    Box::pin(async move {
        let mut shown = projection::render(consumer, ctx, serializer, &rows).await?.into_iter();
        let next = |there| if there { shown.next() } else { None };
        Ok(there.into_iter().map(next).map(|text| text.unwrap_or_else(|| b"null".to_vec())).collect())
    })
}

/// Returns the values of a method field that are lists of rows, as JSON texts.
pub fn lists_of_rows<'a, M: Model>(
    consumer: &'a dyn Dispatch,
    ctx: &'a Context,
    serializer: &'static SerializerMeta,
    values: Vec<Vec<M>>,
) -> BoxFuture<'a, Result<Vec<Vec<u8>>>> {
    let lengths: Vec<usize> = values.iter().map(Vec::len).collect();
    let rows: Vec<Row> = values.into_iter().flatten().map(Model::into_row).collect();
    Box::pin(async move {
        let shown = projection::render(consumer, ctx, serializer, &rows).await?;
        let mut rest = shown.as_slice();
        let mut lists = Vec::with_capacity(lengths.len());
        for length in lengths {
            let (own, others) = rest.split_at(length.min(rest.len()));
            rest = others;
            let mut out = Vec::new();
            encode::array(&mut out, own, |out, text| out.extend_from_slice(text));
            lists.push(out);
        }
        Ok(lists)
    })
}

/// Returns rows as the structs of their model.
///
/// # Errors
/// [`Error::Internal`] if a column has a value that does not fit the model.
pub fn typed<M: Model>(rows: &[Row]) -> Result<Vec<M>> {
    rows.iter().cloned().map(M::from_row).collect()
}
