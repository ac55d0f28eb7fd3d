//! How a frame reaches the generated code and how its answer comes back.

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::frame::Request;
use crate::meta::{ConsumerMeta, ObserverMeta, SerializerMeta};
use crate::model::Model;
use crate::value::{Object, Value};

/// A boxed future: generated code never makes the runtime's futures part of its own.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The answer to a request.
pub type ReplyFuture<'a> = BoxFuture<'a, Result<Reply>>;

/// A generated consumer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no consumer",
    note = "a generated consumer is served with its handler inside: `.consumer(PostsConsumer(MyHandler))`",
    note = "if it is `PostsConsumer<…>`, the handler does not implement `PostsHandler` yet"
)]
pub trait Dispatch: Send + Sync + 'static {
    /// Its description.
    fn meta(&self) -> &'static ConsumerMeta;

    /// Does what the request asks. `request.action()` is one of `meta().actions`.
    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a>;

    /// The application's check of one field (DRF's `validate_<field>`): gives the value to store.
    ///
    /// Called only for fields that say so, and only with values that are otherwise good.
    fn validate_field<'a>(
        &'a self,
        ctx: &'a Context,
        field: &'a str,
        value: Value,
    ) -> BoxFuture<'a, Result<Value>> {
        let _ = (ctx, field);
        Box::pin(async { Ok(value) })
    }

    /// The application's check of a whole payload (DRF's `validate`): gives the values to store.
    ///
    /// `row` is the row to be changed (none for `create`). Called only where the serializer says so, and only if
    /// every field is good.
    fn validate<'a>(
        &'a self,
        ctx: &'a Context,
        row: Option<crate::Row>,
        data: Object,
    ) -> BoxFuture<'a, Result<Object>> {
        let _ = (ctx, row);
        Box::pin(async { Ok(data) })
    }

    /// The observers of the consumer.
    fn observers(&self) -> &'static [&'static ObserverMeta] {
        &[]
    }

    /// The groups that a row is in, where the application names them (DCRF's `groups_for_signal`).
    ///
    /// Called only for observers that say so, with rows as they were before and as they are after a change.
    fn row_groups<'a>(
        &'a self,
        observer: &'static ObserverMeta,
        row: crate::Row,
    ) -> BoxFuture<'a, Result<Vec<String>>> {
        let _ = (observer, row);
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// The answer to one request, but for the envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// `response_status`.
    pub status: u16,
    /// `data`: JSON text.
    pub data: Vec<u8>,
}

impl Reply {
    /// An answer without content: `null`.
    pub fn empty(status: u16) -> Self {
        Self { status, data: b"null".to_vec() }
    }

    /// An answer of anything that serializes.
    ///
    /// # Errors
    /// [`Error::Internal`] if it does not (a map whose keys are no texts).
    pub fn json<T: Serialize + ?Sized>(status: u16, data: &T) -> Result<Self> {
        let data = serde_json::to_vec(data).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self { status, data })
    }

    /// A row as a serializer shows it.
    pub fn row<M: Model>(status: u16, serializer: &'static SerializerMeta, row: M) -> Self {
        let mut data = Vec::new();
        crate::encode::row(&mut data, serializer, &row.into_row());
        Self { status, data }
    }

    /// A row, or `null`.
    pub fn row_or_null<M: Model>(status: u16, serializer: &'static SerializerMeta, row: Option<M>) -> Self {
        row.map_or_else(|| Self::empty(status), |row| Self::row(status, serializer, row))
    }

    /// Rows as a serializer shows them.
    pub fn rows<M: Model>(status: u16, serializer: &'static SerializerMeta, rows: Vec<M>) -> Self {
        let rows: Vec<crate::Row> = rows.into_iter().map(Model::into_row).collect();
        let mut data = Vec::new();
        crate::encode::rows(&mut data, serializer, &rows);
        Self { status, data }
    }
}
