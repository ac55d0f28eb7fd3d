//! The interface between frames and generated code.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::app::context::Context;
use crate::app::streams::Streams;
use crate::change::{Notice, RowEvent};
use crate::condition::Condition;
use crate::ground::error::{Error, Result};
pub use crate::ground::future::BoxFuture;
use crate::schema::meta::{ConsumerMeta, ObserverMeta};
use crate::schema::value::{Object, Value};
use crate::wire::frame::Request;

/// The answer to a request.
pub type ReplyFuture<'a> = BoxFuture<'a, Result<Reply>>;

/// A generated consumer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a consumer",
    note = "a generated consumer is served with its handler inside: `.consumer(PostsConsumer::new(Arc::new(MyHandler)))`",
    note = "if it is `PostsConsumer<…>`, the handler does not implement `PostsHandler` yet: `dcrf scaffold` writes the stubs"
)]
///
/// ```
/// use dcrf_runtime::dispatch::ReplyFuture;
/// use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta};
/// use dcrf_runtime::{Context, Db, Dispatch, Migrations, Reply, Request, Service};
///
/// /// A consumer by hand, with one action.
/// struct Clock;
///
/// static CLOCK: ConsumerMeta = ConsumerMeta {
///     name: "Clock",
///     stream: "clock",
///     path: "/ws/clock/",
///     actions: &[ActionMeta::new("now")],
///     model: None,
///     access: AccessMeta::OPEN,
/// };
///
/// impl Dispatch for Clock {
///     fn meta(&self) -> &'static ConsumerMeta {
///         &CLOCK
///     }
///
///     fn call<'a>(&'a self, _ctx: &'a Context, _request: &'a Request<'a>) -> ReplyFuture<'a> {
///         Box::pin(async { Reply::json(200, &dcrf_runtime::DateTime::now()) })
///     }
/// }
///
/// let service = Service::new("clock", Migrations { sqlite: &[], postgres: &[] }).consumer(Clock);
/// ```
pub trait Dispatch: Send + Sync + 'static {
    /// Its description.
    fn meta(&self) -> &'static ConsumerMeta;

    /// Does an action that the description leaves to the consumer ([`ActionKind::Custom`](crate::meta::ActionKind)):
    /// what a consumer that is written by hand implements. The runtime does the others by their descriptions
    /// ([`crud::call`](crate::crud::call)).
    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        let _ = ctx;
        Box::pin(std::future::ready(Err(Error::MethodNotAllowed(request.action().to_owned()))))
    }

    /// The same, with the row that the action is about, if its description says that it is about one: what a generated
    /// consumer implements. Nothing is waited for here, so that a consumer has no future of its own: the future that
    /// it gives is the runtime's, or that of one action of the application's. Without it, [`call`](Self::call) is asked.
    ///
    /// # Errors
    /// What is wrong with the request; [`Error::MethodNotAllowed`] if the action is none of the consumer's.
    fn act<'a>(
        &'a self,
        ctx: &'a Context,
        request: &'a Request<'a>,
        given: ActionInput,
    ) -> Result<ReplyFuture<'a>> {
        let _ = given;
        Ok(self.call(ctx, request))
    }

    /// The application's check of one field (DRF's `validate_<field>`): gives the value to store.
    ///
    /// Called only for fields that say so, and only with values that are otherwise good. `serializer` is the name of
    /// the one that the field is of.
    fn validate_field<'a>(
        &'a self,
        ctx: &'a Context,
        serializer: &'a str,
        field: &'a str,
        value: Value,
    ) -> BoxFuture<'a, Result<Value>> {
        let _ = (ctx, serializer, field);
        Box::pin(async { Ok(value) })
    }

    /// The application's check of a whole payload (DRF's `validate`): gives the values to store.
    ///
    /// `row` is the row to be changed (none for `create`). Called only where the serializer says so, and only if
    /// every field is good.
    fn validate<'a>(
        &'a self,
        ctx: &'a Context,
        serializer: &'a str,
        row: Option<crate::Row>,
        data: Object,
    ) -> BoxFuture<'a, Result<Object>> {
        let _ = (ctx, serializer, row);
        Box::pin(async { Ok(data) })
    }

    /// The application's value of a method field (DRF's `SerializerMethodField`), for all of the rows: JSON texts in
    /// their order.
    fn method<'a>(
        &'a self,
        ctx: &'a Context,
        serializer: &'a str,
        field: &'a str,
        rows: &'a [crate::Row],
    ) -> BoxFuture<'a, Result<Vec<Vec<u8>>>> {
        let _ = (ctx, rows);
        let text = format!("no method computes {field} of {serializer}");
        Box::pin(std::future::ready(Err(Error::internal(text))))
    }

    /// Whether a permission of the application's own lets a request pass (DRF's `has_permission`). `name` is that of
    /// the definition. One that nobody knows lets nobody pass.
    fn has_permission<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a str,
        request: &'a Request<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        let _ = (ctx, name, request);
        Box::pin(async { Ok(false) })
    }

    /// Whether a permission of the application's own lets a row pass (DRF's `has_object_permission`).
    fn has_row_permission<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a str,
        row: &'a crate::Row,
    ) -> BoxFuture<'a, Result<bool>> {
        let _ = (ctx, name, row);
        Box::pin(async { Ok(true) })
    }

    /// Whether a permission of the application's own lets a connection be made (DCRF's `can_connect`).
    fn can_connect<'a>(&'a self, ctx: &'a Context, name: &'a str) -> BoxFuture<'a, Result<bool>> {
        let _ = (ctx, name);
        Box::pin(async { Ok(true) })
    }

    /// The rows that a connection can see (DCRF's `get_queryset`). Asked only if `meta().access.queryset`.
    fn queryset<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<Condition>> {
        let _ = ctx;
        Box::pin(async { Ok(Condition::all()) })
    }

    /// A connection was made. Told only if `meta().access.on_connect`.
    fn connected<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<()>> {
        let _ = ctx;
        Box::pin(async { Ok(()) })
    }

    /// A connection has ended. Told only if `meta().access.on_disconnect`.
    fn disconnected<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<()>> {
        let _ = ctx;
        Box::pin(async { Ok(()) })
    }

    /// The observers of the consumer.
    fn observers(&self) -> &'static [&'static ObserverMeta] {
        &[]
    }

    /// The rows of which a connection hears by an observer. Asked only for observers that say so
    /// ([`ObservedRows::Custom`](crate::meta::ObservedRows::Custom)); without an answer there are none.
    fn observer_queryset<'a>(
        &'a self,
        observer: &'static ObserverMeta,
        ctx: &'a Context,
    ) -> BoxFuture<'a, Result<Condition>> {
        let _ = (observer, ctx);
        Box::pin(async { Ok(Condition::none()) })
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

    /// What subscribers are sent, where the application says that (`message: "custom"`).
    ///
    /// Asked only for observers that say so, once per change and kind of event, for all who hear of it.
    fn notice<'a>(
        &'a self,
        observer: &'static ObserverMeta,
        event: RowEvent<crate::Row>,
    ) -> BoxFuture<'a, Result<Notice>> {
        let _ = observer;
        Box::pin(async { Ok(event.into()) })
    }
}

/// The consumers that are served together, which evaluate each other's rules.
pub(crate) type Consumers = Streams<Arc<dyn Dispatch>>;

/// What an action of the application's own is given beside its request.
#[derive(Debug)]
pub enum ActionInput {
    /// Nothing.
    Nothing,
    /// The row that the lookup argument names.
    Row(crate::Row),
}

impl ActionInput {
    /// The row.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is none: the action's description does not say that it is about one.
    pub fn row(self) -> Result<crate::Row> {
        match self {
            Self::Row(row) => Ok(row),
            Self::Nothing => Err(Error::internal("an action is given no row")),
        }
    }
}

/// The answer to one request, but for the envelope.
///
/// ```
/// use dcrf_runtime::Reply;
/// use serde_json::json;
///
/// let reply = Reply::json(200, &json!({"count": 3}))?;
/// assert_eq!((reply.status, reply.data.as_slice()), (200, br#"{"count":3}"#.as_slice()));
/// assert_eq!(Reply::empty(204).data, b"null");
/// # Ok::<(), dcrf_runtime::Error>(())
/// ```
#[derive(Debug)]
pub struct Reply {
    /// `response_status`.
    pub status: u16,
    /// `data`: JSON text.
    pub data: Vec<u8>,
    /// Further frames; `None` if the answer is one frame.
    pub(crate) pages: Option<Box<dyn Pages>>,
    /// Whether nothing is sent.
    pub(crate) silent: bool,
}

/// Further frames of an answer. Each is made only when there is room for it, and none once the connection is gone:
/// dropping this ends it.
pub trait Pages: fmt::Debug + Send {
    /// Makes the next frame for an action of `consumer`. Not called again after an error or the last page.
    fn next<'a>(&'a mut self, consumer: &'a dyn Dispatch, ctx: &'a Context) -> BoxFuture<'a, Result<Page>>;
}

/// One of the further frames of an answer.
#[derive(Debug)]
pub struct Page {
    /// `data`: JSON text.
    pub data: Vec<u8>,
    /// Whether none follows.
    pub last: bool,
}

impl Reply {
    /// An answer of JSON text.
    pub fn new(status: u16, data: Vec<u8>) -> Self {
        Self { status, data, pages: None, silent: false }
    }

    /// This, and then frames under the same envelope, until the last page or an error. The requests of the stream
    /// that come after it wait for the last one.
    pub fn followed_by(mut self, pages: Box<dyn Pages>) -> Self {
        self.pages = Some(pages);
        self
    }

    /// Takes what follows this, to be driven by hand.
    pub fn take_pages(&mut self) -> Option<Box<dyn Pages>> {
        self.pages.take()
    }

    /// No answer: nothing is sent, as by DCRF where an action returns nothing.
    pub fn none() -> Self {
        Self { silent: true, ..Self::empty(204) }
    }

    /// An answer without content: `null`.
    pub fn empty(status: u16) -> Self {
        Self::new(status, b"null".to_vec())
    }

    /// An answer of anything that serializes.
    ///
    /// # Errors
    /// [`Error::Internal`] if it does not (a map whose keys are no texts).
    pub fn json<T: Serialize + ?Sized>(status: u16, data: &T) -> Result<Self> {
        let data = serde_json::to_vec(data).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self::new(status, data))
    }
}
