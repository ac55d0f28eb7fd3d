//! The interface between frames and generated code.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::app::context::Context;
use crate::app::streams::Streams;
use crate::change::{Mark, Notice, Position, RowEvent};
use crate::condition::Condition;
use crate::ground::error::{Error, Result};
pub use crate::ground::future::BoxFuture;
use crate::schema::meta::{ActionKind, ConsumerMeta, ObserverMeta};
use crate::schema::row::FromRow;
use crate::schema::value::{FromObject, Object, Value};
use crate::wire::decode::validate;
use crate::wire::frame::Request;

/// The future of the answer to a request.
pub type ReplyFuture<'a> = BoxFuture<'a, Result<Reply>>;

/// The interface of a consumer, which is generated or written by hand.
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
/// /// A consumer without generated code, with one action.
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
    /// Returns the descriptor of the consumer.
    fn meta(&self) -> &'static ConsumerMeta;

    /// Runs an action that the descriptor leaves to the consumer ([`ActionKind::Custom`](crate::meta::ActionKind)). A
    /// consumer that is written by hand implements this method. The runtime runs all other actions by their descriptors
    /// ([`crud::call`](crate::crud::call)).
    fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
        let _ = ctx;
        Box::pin(std::future::ready(Err(Error::MethodNotAllowed(request.action().to_owned()))))
    }

    /// Runs such an action with the row to which it refers, if its descriptor says that it refers to one. A generated
    /// consumer implements this method. The method does not await anything, so that a consumer has no future of its
    /// own: the future that it returns is one of the runtime or that of one action of the application. The default
    /// implementation calls [`call`](Self::call).
    ///
    /// # Errors
    /// Errors about the request; [`Error::MethodNotAllowed`] if the consumer does not have the action.
    fn act<'a>(
        &'a self,
        ctx: &'a Context,
        request: &'a Request<'a>,
        given: ActionInput,
    ) -> Result<ReplyFuture<'a>> {
        let _ = given;
        Ok(self.call(ctx, request))
    }

    /// Runs the application's method in the place of a built-in action (DCRF's mixins, whose methods are overridden).
    /// The runtime calls this method only for actions whose descriptors require it
    /// ([`ActionMeta::overridden`](crate::meta::ActionMeta::overridden)), after permissions and validators.
    fn overridden<'a>(
        &'a self,
        ctx: &'a Context,
        request: &'a Request<'a>,
        kind: ActionKind,
        input: ActionInput,
    ) -> BoxFuture<'a, Result<Returned>> {
        let _ = (ctx, kind, input);
        Box::pin(std::future::ready(Err(Error::MethodNotAllowed(request.action().to_owned()))))
    }

    /// Validates one field by a method of the application (DRF's `validate_<field>`), and returns the value to store.
    ///
    /// The runtime calls this method only for fields whose descriptors require it, and only with values that are valid
    /// otherwise. `serializer` is the name of the serializer to which the field belongs.
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

    /// Validates a whole payload by a method of the application (DRF's `validate`), and returns the values to store.
    ///
    /// `row` is the row to be changed; it is `None` for `create`. The runtime calls this method only if the descriptor
    /// of the serializer requires it, and only if every field is valid.
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

    /// Lets the application prepare a write of a built-in action (DRF's `perform_create`, `perform_update` and
    /// `perform_destroy`), and returns the values to store, whose slots are the columns of the model. An error prevents
    /// the write.
    ///
    /// The runtime calls this method in the transaction of the write, and only for actions whose descriptors require it
    /// ([`ActionMeta::perform`](crate::meta::ActionMeta::perform)). It calls it again if the transaction fails because
    /// of others.
    fn perform<'a>(&'a self, ctx: &'a Context, write: Write) -> BoxFuture<'a, Result<Object>> {
        let _ = ctx;
        Box::pin(async { Ok(write.into_values()) })
    }

    /// Computes the values of a method field of the application (DRF's `SerializerMethodField`) for all rows. Returns
    /// one JSON text for each row, in the order of the rows.
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

    /// Tells whether a permission of the application grants a request (DRF's `has_permission`). `name` is the name of
    /// the permission in the definition. A permission that the consumer does not implement is never granted.
    fn has_permission<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a str,
        request: &'a Request<'a>,
    ) -> BoxFuture<'a, Result<bool>> {
        let _ = (ctx, name, request);
        Box::pin(async { Ok(false) })
    }

    /// Tells whether a permission of the application grants access to a row (DRF's `has_object_permission`).
    fn has_row_permission<'a>(
        &'a self,
        ctx: &'a Context,
        name: &'a str,
        row: &'a crate::Row,
    ) -> BoxFuture<'a, Result<bool>> {
        let _ = (ctx, name, row);
        Box::pin(async { Ok(true) })
    }

    /// Tells whether a permission of the application accepts a connection (DCRF's `can_connect`).
    fn can_connect<'a>(&'a self, ctx: &'a Context, name: &'a str) -> BoxFuture<'a, Result<bool>> {
        let _ = (ctx, name);
        Box::pin(async { Ok(true) })
    }

    /// Returns the condition of the rows that a connection can see (DCRF's `get_queryset`). The runtime calls this
    /// method only if `meta().access.queryset` is true.
    fn queryset<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<Condition>> {
        let _ = ctx;
        Box::pin(async { Ok(Condition::all()) })
    }

    /// Handles the opening of a connection. The runtime calls this method only if `meta().access.on_connect` is true.
    fn connected<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<()>> {
        let _ = ctx;
        Box::pin(async { Ok(()) })
    }

    /// Handles the end of a connection. The runtime calls this method only if `meta().access.on_disconnect` is true.
    fn disconnected<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<()>> {
        let _ = ctx;
        Box::pin(async { Ok(()) })
    }

    /// Returns the observers of the consumer.
    fn observers(&self) -> &'static [&'static ObserverMeta] {
        &[]
    }

    /// Returns the condition of the rows whose events an observer sends to a connection. The runtime calls this method
    /// only for observers whose descriptors require it ([`ObservedRows::Custom`](crate::meta::ObservedRows::Custom)).
    /// The default implementation admits no rows.
    fn observer_queryset<'a>(
        &'a self,
        observer: &'static ObserverMeta,
        ctx: &'a Context,
    ) -> BoxFuture<'a, Result<Condition>> {
        let _ = (observer, ctx);
        Box::pin(async { Ok(Condition::none()) })
    }

    /// Returns the groups to which a new connection is subscribed from its beginning, if the application determines
    /// them. It is called only for observers that declare such subscriptions ([`OnConnect`](crate::meta::OnConnect)) and
    /// whose groups are [`GroupsMeta::Custom`](crate::meta::GroupsMeta::Custom).
    fn connect_groups<'a>(
        &'a self,
        observer: &'static ObserverMeta,
        ctx: &'a Context,
    ) -> BoxFuture<'a, Result<Vec<String>>> {
        let _ = (observer, ctx);
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Returns the groups to which a row belongs, if the application determines them (DCRF's `groups_for_signal`).
    ///
    /// The runtime calls this method only for observers whose descriptors require it, with rows as they were before a
    /// change and as they are after it.
    fn row_groups<'a>(
        &'a self,
        observer: &'static ObserverMeta,
        row: crate::Row,
    ) -> BoxFuture<'a, Result<Vec<String>>> {
        let _ = (observer, row);
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Returns the message that subscribers receive, if the application composes it (`message: "custom"`).
    ///
    /// The runtime calls this method only for observers whose descriptors require it, once per change and kind of
    /// event, for all subscribers that receive the event.
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

/// A write of a built-in action that the application prepares. The slots of values are the columns of the model.
#[derive(Debug)]
pub enum Write {
    /// A new row with these values is stored.
    Create(Object),
    /// These values of the row are changed.
    Update(crate::Row, Object),
    /// The row is deleted.
    Destroy(crate::Row),
}

impl Write {
    /// Returns the values.
    pub fn into_values(self) -> Object {
        match self {
            Self::Create(values) | Self::Update(_, values) => values,
            Self::Destroy(_) => Object::empty(0),
        }
    }
}

/// The input that an action of the application gets in addition to its request.
#[derive(Debug)]
pub enum ActionInput {
    /// No input.
    Nothing,
    /// The row that the lookup argument identifies.
    Row(crate::Row),
    /// The payload of a new row.
    Data(Object),
    /// A row, and the payload for it.
    RowAndData(crate::Row, Object),
}

/// What the application returns for a built-in action that it overrides.
#[derive(Debug)]
pub enum Returned {
    /// The row that the answer shows.
    Row(crate::Row),
    /// No data: the status is 204.
    Nothing,
    /// The answer itself.
    Reply(Reply),
}

impl ActionInput {
    /// Returns the row.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is none, because the action's descriptor does not say that it refers to a row.
    pub fn row(self) -> Result<crate::Row> {
        match self {
            Self::Row(row) => Ok(row),
            _ => Err(Error::internal("an action is given no row")),
        }
    }

    /// Returns the payload of a new row.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is none.
    pub fn data<T: FromObject>(self) -> Result<T> {
        match self {
            Self::Data(data) => T::from_object(data),
            _ => Err(Error::internal("an action is given no payload")),
        }
    }

    /// Returns a row and the payload for it.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is none.
    pub fn row_and_data<R: FromRow, T: FromObject>(self) -> Result<(R, T)> {
        match self {
            Self::RowAndData(row, data) => Ok((R::from_row(row)?, T::from_object(data)?)),
            _ => Err(Error::internal("an action is given no row with a payload")),
        }
    }
}

/// The answer to one request, without its envelope.
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
    /// The position in the log of changes at which it is true, for a client that knows positions.
    pub(crate) mark: Option<Mark>,
    /// Events that follow the answer.
    pub(crate) events: Option<Box<dyn Events>>,
}

/// Events that follow an answer: a client that has come back is told what it has missed. Each is made only when there is
/// room for it, while later requests of the stream wait.
pub(crate) trait Events: fmt::Debug + Send {
    /// Makes the next event; `None` after the last.
    fn next(&mut self) -> BoxFuture<'_, Result<Option<MissedEvent>>>;
}

/// One of these events.
#[derive(Debug)]
pub(crate) struct MissedEvent {
    /// The `action`: JSON text.
    pub(crate) action: &'static str,
    pub(crate) status: u16,
    /// `data`: JSON text.
    pub(crate) data: Vec<u8>,
    pub(crate) mark: Mark,
}

/// The further frames of an answer. Each frame is made only when there is room for it, and only while the connection is
/// open: when the connection ends, this is dropped.
pub trait Pages: fmt::Debug + Send {
    /// Makes the next frame for an action of `consumer`. The runtime does not call it again after an error or the last
    /// page.
    fn next<'a>(&'a mut self, consumer: &'a dyn Dispatch, ctx: &'a Context) -> BoxFuture<'a, Result<Page>>;
}

/// One of the further frames of an answer.
#[derive(Debug)]
pub struct Page {
    /// `data`: JSON text.
    pub data: Vec<u8>,
    /// Whether this is the last frame.
    pub last: bool,
}

impl Reply {
    /// Creates an answer from JSON text.
    pub fn new(status: u16, data: Vec<u8>) -> Self {
        Self { status, data, pages: None, silent: false, mark: None, events: None }
    }

    /// Adds frames that follow the answer under the same envelope, until the last page or an error. Later requests of
    /// the stream wait for the last frame.
    pub fn followed_by(mut self, pages: Box<dyn Pages>) -> Self {
        self.pages = Some(pages);
        self
    }

    /// Adds the position at which the answer is true.
    pub(crate) fn at(mut self, position: Position) -> Self {
        self.mark = Some(Mark::live(position));
        self
    }

    /// Takes the frames that follow the answer, so that the caller can request them itself.
    pub fn take_pages(&mut self) -> Option<Box<dyn Pages>> {
        self.pages.take()
    }

    /// Creates an answer that is not sent, as in DCRF if an action returns nothing.
    pub fn none() -> Self {
        Self { silent: true, ..Self::empty(204) }
    }

    /// Creates an answer without content, whose data is `null`.
    pub fn empty(status: u16) -> Self {
        Self::new(status, b"null".to_vec())
    }

    /// Creates an answer from a value that can be serialized.
    ///
    /// # Errors
    /// [`Error::Internal`] if the value cannot be serialized (for example a map whose keys are not texts).
    pub fn json<T: Serialize + ?Sized>(status: u16, data: &T) -> Result<Self> {
        let data = serde_json::to_vec(data).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self::new(status, data))
    }

    /// Creates an answer from a value of which a JSON Schema requires more than its type does.
    ///
    /// # Errors
    /// [`Error::Internal`] if the value cannot be serialized or is not valid by the schema.
    #[doc(hidden)]
    pub fn valid<T: Serialize + ?Sized>(status: u16, data: &T, schema: &'static str) -> Result<Self> {
        let reply = Self::json(status, data)?;
        validate(schema, &reply.data)
            .map_err(|rule| Error::internal(format!("the output of the action is invalid: {rule}")))?;
        Ok(reply)
    }
}
