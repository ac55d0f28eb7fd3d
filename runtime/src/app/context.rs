//! The context of an action: its request, its connection and its application.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::http::Extensions;
use serde::de::DeserializeOwned;

use super::dispatch::{Consumers, Dispatch};
pub use super::handshake::Handshake;
use super::judged::Judged;
use super::mailbox::StreamSender;
use super::tasks::Tasks;
use super::throttles::Throttles;
use crate::app::identity::Identity;
use crate::app::sessions::Sessions;
use crate::change::Topic;
use crate::db::{Db, Transaction};
use crate::files::StagedFile;
use crate::ground::bounds::Bounds;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::memory::{Held, Share};
use crate::schema::meta::ActionMeta;
use crate::schema::row::Row;
use crate::schema::value::{FromValue, Value};
use crate::wire::frame::Request;

/// The context of an action: its database, its user, its connection, its stream and its request id.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> dcrf_runtime::Result<()> {
/// use std::sync::Arc;
///
/// use chat::models::{Message, NewMessage};
/// use dcrf_runtime::context::ConnectionInfo;
/// use dcrf_runtime::{Context, Db, Error, Identity, Model, Result};
///
/// /// The last message of this connection.
/// #[derive(Clone)]
/// struct Last(String);
///
/// /// A part of a handler: refuses a message that repeats the one before.
/// async fn say(ctx: &Context, room: i64, text: String) -> Result<Message> {
///     let user = ctx.user().id().and_then(|id| id.parse().ok()).ok_or(Error::NotAuthenticated)?;
///     if ctx.state::<Last>().is_some_and(|last| last.0 == text) {
///         return Err(Error::invalid("You have just said that."));
///     }
///     ctx.set_state(Last(text.clone()));
///     Message::objects(ctx.db()).create(NewMessage { room, user, text }).await
/// }
///
/// # use chat::models::{NewRoom, NewUser, Room, User};
/// # let db = Db::connect("sqlite::memory:", &chat::MIGRATIONS).await?;
/// # let new = NewUser { username: "alice".to_owned(), password: "…".to_owned() };
/// # let alice = User::objects(&db).create(new).await?;
/// # let new = NewRoom { name: "Lobby".to_owned(), host: alice.id };
/// # let lobby = Room::objects(&db).create(new).await?;
/// // A test creates a context with a user and a database, but without a connection.
/// let connection = Arc::new(ConnectionInfo::new(1, Identity::user(alice.id.to_string())));
/// let ctx = Context::new(db, connection, "rooms", "create_message", "1");
/// assert_eq!(say(&ctx, lobby.id, "Hello!".to_owned()).await?.user, alice.id);
/// let again = say(&ctx, lobby.id, "Hello!".to_owned()).await;
/// assert_eq!(again.unwrap_err().status(), 400);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Context {
    db: Db,
    connection: Arc<ConnectionInfo>,
    stream: &'static str,
    action: Arc<str>,
    request_id: Arc<str>,
    /// The sender for frames of its stream; `None` if there is no connection.
    sender: Option<StreamSender>,
    /// The descriptor of the action, if it is known.
    described: Option<&'static ActionMeta>,
    /// The consumer of its stream, if there is a connection.
    consumer: Option<Arc<dyn Dispatch>>,
    /// The row that permissions and validators have checked, if the write depends on it.
    judged: Option<Arc<Judged>>,
    /// The frame of the request; `None` if it is not about a frame of its stream.
    frame: Option<Arc<str>>,
    /// The values of write-only fields without a column, while a write is prepared.
    validated: Option<Arc<[(&'static str, Value)]>>,
    /// The files of the payload, which exist until the request ends, and longer if they are stored in rows.
    staged: Arc<Mutex<Vec<Arc<StagedFile>>>>,
}

/// The data that all requests of a connection share.
#[derive(Debug)]
pub struct ConnectionInfo {
    /// A number that no other connection of this process has.
    pub id: u64,
    /// The identity of the user of its requests.
    pub user: Identity,
    /// The open connections of the users of its service.
    pub sessions: Sessions,
    /// The values that the application keeps for the connection, by stream.
    pub(crate) state: State,
    /// The limits of its requests.
    pub(crate) bounds: Arc<Bounds>,
    /// The HTTP request that opened it, and its memory.
    handshake: Arc<Handshake>,
    _handshake_memory: Option<Held>,
    /// The groups to which it belonged when it ended, by the position of their stream in the endpoint.
    pub(crate) left: OnceLock<Vec<(usize, Topic, String)>>,
    /// The work beside its requests.
    pub(crate) tasks: Tasks,
    /// The memory of the connection; `None` if it is not a connection of a service.
    pub(crate) memory: Option<Arc<Share>>,
    /// The throttles of its service.
    throttles: Arc<Throttles>,
    /// The consumers of its service.
    consumers: Arc<Consumers>,
}

/// Values of a connection, by stream and type.
#[derive(Debug, Default)]
pub(crate) struct State(Mutex<Vec<(&'static str, Extensions)>>);

impl ConnectionInfo {
    /// Creates a connection of a service.
    pub(crate) fn among(id: u64, user: Identity, sessions: Sessions) -> Self {
        let (state, bounds, consumers) = (State::default(), Arc::default(), Arc::default());
        let handshake = Arc::default();
        Self {
            id,
            user,
            sessions,
            state,
            bounds,
            handshake,
            _handshake_memory: None,
            left: OnceLock::new(),
            tasks: Tasks::default(),
            throttles: Arc::default(),
            memory: None,
            consumers,
        }
    }

    /// Sets its limits and, if it is known, its address.
    pub(crate) fn within(self, bounds: &Arc<Bounds>, address: Option<IpAddr>) -> Self {
        let memory = Some(bounds.memory.share(address));
        Self { bounds: Arc::clone(bounds), memory, ..self }
    }

    /// Sets the HTTP request that opened the connection.
    pub(crate) fn by(self, handshake: Arc<Handshake>) -> Self {
        let memory = self.memory.as_ref().map(|memory| memory.held(handshake.bytes()));
        Self { handshake, _handshake_memory: memory, ..self }
    }

    /// Sets the HTTP request that opened the connection; for tests.
    #[must_use]
    pub fn with_handshake(self, handshake: Handshake) -> Self {
        self.by(Arc::new(handshake))
    }

    /// Sets the throttles.
    pub(crate) fn throttled(self, throttles: &Arc<Throttles>) -> Self {
        Self { throttles: Arc::clone(throttles), ..self }
    }

    /// Sets the consumers.
    pub(crate) fn to(self, consumers: &Arc<Consumers>) -> Self {
        Self { consumers: Arc::clone(consumers), ..self }
    }

    /// Creates a connection that does not belong to a service, with a registry of sessions of its own.
    pub fn new(id: u64, user: Identity) -> Self {
        Self::among(id, user, Sessions::new())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("connection", &self.connection.id)
            .field("stream", &self.stream)
            .field("action", &self.action)
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// Creates the context of one request. `request_id` is JSON text.
    pub fn new(
        db: Db,
        connection: Arc<ConnectionInfo>,
        stream: &'static str,
        action: impl Into<Arc<str>>,
        request_id: impl Into<Arc<str>>,
    ) -> Self {
        let (action, request_id) = (action.into(), request_id.into());
        Self {
            db,
            connection,
            stream,
            action,
            request_id,
            sender: None,
            described: None,
            consumer: None,
            judged: None,
            frame: None,
            validated: None,
            staged: Arc::default(),
        }
    }

    /// Keeps a file of the payload until the request ends.
    pub(crate) fn hold(&self, file: Arc<StagedFile>) {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner).push(file);
    }

    /// Returns the database. Inside an `atomic` action it is the transaction of the action.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Returns the limits.
    pub(crate) fn bounds(&self) -> &Bounds {
        &self.connection.bounds
    }

    /// Returns the limits, for longer than the context.
    pub(crate) fn shared_bounds(&self) -> Arc<Bounds> {
        Arc::clone(&self.connection.bounds)
    }

    /// Returns the memory of the connection, if it belongs to a service.
    pub(crate) fn share(&self) -> Option<&Arc<Share>> {
        self.connection.memory.as_ref()
    }

    /// Returns the consumers of its service.
    pub(crate) fn consumers(&self) -> &Consumers {
        &self.connection.consumers
    }

    /// Returns the HTTP request that opened the connection: its path, query and headers, the address of the client and
    /// the subprotocol.
    pub fn handshake(&self) -> &Handshake {
        &self.connection.handshake
    }

    /// Returns the identity of the user of the request.
    pub fn user(&self) -> &Identity {
        &self.connection.user
    }

    /// Returns the open connections of the users of the service, so that rights can be revoked after a logout or a
    /// change of a password. The request that revokes them is still answered.
    pub fn sessions(&self) -> &Sessions {
        &self.connection.sessions
    }

    /// Returns the connection's number, which is unique in this process.
    pub fn connection_id(&self) -> u64 {
        self.connection.id
    }

    /// Returns the value of this type that the application keeps for the connection on this stream: the one with which
    /// [`set_state`](Self::set_state) was last called (DCRF's attributes of a consumer).
    pub fn state<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        let state = self.connection.state.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, own) = state.iter().find(|(stream, _)| *stream == self.stream)?;
        own.get::<T>().cloned()
    }

    /// Keeps a value for the connection on this stream, until the connection ends. It replaces the value of the same
    /// type.
    pub fn set_state<T: Clone + Send + Sync + 'static>(&self, value: T) {
        let mut state = self.connection.state.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.iter_mut().find(|(stream, _)| *stream == self.stream) {
            Some((_, own)) => drop(own.insert(value)),
            None => {
                let mut own = Extensions::new();
                own.insert(value);
                state.push((self.stream, own));
            }
        }
    }

    /// Returns the stream to which the request was sent.
    pub fn stream(&self) -> &'static str {
        self.stream
    }

    /// Returns the action, as it was sent.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// Returns the request's id as JSON text. It is `null` if the request has no id.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Returns an argument of the request: the value of a key of its frame, such as `room` (DCRF's `kwargs`). Permissions
    /// and querysets can read it as well as actions; in events it is an argument of the frame that subscribed. It is
    /// `None` if the frame does not have the key, or has `null` there.
    ///
    /// # Errors
    /// [`Error::Validation`] at the key if its value is not a `T`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> dcrf_runtime::Result<()> {
    /// use std::sync::Arc;
    ///
    /// use dcrf_runtime::context::ConnectionInfo;
    /// use dcrf_runtime::{Context, Db, Identity, Migrations};
    ///
    /// # let db = Db::connect("sqlite::memory:", &Migrations { sqlite: &[], postgres: &[] }).await?;
    /// let connection = Arc::new(ConnectionInfo::new(1, Identity::Anonymous));
    /// let ctx = Context::new(db, connection, "messages", "list", "1")
    ///     .with_frame(r#"{"action": "list", "request_id": 1, "room": 7}"#);
    /// assert_eq!(ctx.argument::<i64>("room")?, Some(7));
    /// assert_eq!(ctx.argument::<i64>("before")?, None);
    /// assert_eq!(ctx.argument::<bool>("room").unwrap_err().status(), 400);
    /// # Ok(())
    /// # }
    /// ```
    pub fn argument<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let Some(frame) = &self.frame else { return Ok(None) };
        let request = Request::parse(frame).map_err(|refusal| refusal.error)?;
        let Some(raw) = request.argument(name) else { return Ok(None) };
        serde_json::from_str(raw.get()).map_err(|_| {
            let detail = Detail::List(vec![Detail::text("This value is not valid.")]);
            Error::Validation(Detail::Map(vec![(name.to_owned(), detail)]))
        })
    }

    /// Returns the value of a write-only field without a column (`write_only_fields`), as validators have returned it;
    /// `None` if it was not sent (DRF's `serializer.validated_data`). It is known in `perform_create` and
    /// `perform_update`; other methods get the whole payload.
    ///
    /// # Errors
    /// [`Error::Internal`] if the value is of another type.
    pub fn validated<T: FromValue>(&self, field: &str) -> Result<Option<T>> {
        let mut values = self.validated.iter().flat_map(|values| values.iter());
        values.find(|(name, _)| *name == field).map(|(_, value)| T::from_value(value.clone())).transpose()
    }

    /// Sets the values of write-only fields without a column.
    pub(crate) fn with_validated(self, values: Arc<[(&'static str, Value)]>) -> Self {
        Self { validated: Some(values), ..self }
    }

    /// Sets the frame of the request, whose keys are its [arguments](Self::argument).
    #[must_use]
    pub fn with_frame(self, frame: impl Into<Arc<str>>) -> Self {
        Self { frame: Some(frame.into()), ..self }
    }

    /// Returns the length of the frame of the request, in bytes.
    pub(crate) fn frame_bytes(&self) -> usize {
        self.frame.as_ref().map_or(0, |frame| frame.len())
    }

    /// Returns a context for another action, without a request id.
    pub(crate) fn asking(&self, action: &str) -> Self {
        Self { action: action.into(), described: None, request_id: "null".into(), ..self.clone() }
    }

    /// Returns a context for an action of another stream on the same connection.
    pub(crate) fn on(&self, stream: &'static str, action: &str) -> Self {
        Self { stream, frame: None, ..self.asking(action) }
    }

    /// Sets the sender and the consumer of a connection.
    pub(crate) fn with_sender(mut self, sender: StreamSender, consumer: &Arc<dyn Dispatch>) -> Self {
        self.sender = Some(sender);
        self.consumer = Some(Arc::clone(consumer));
        self
    }

    /// Sets the consumer of a context without a socket.
    pub(crate) fn of_consumer(mut self, consumer: &Arc<dyn Dispatch>) -> Self {
        self.consumer = Some(Arc::clone(consumer));
        self
    }

    /// Sets the descriptor of the action.
    pub(crate) fn described(mut self, action: Option<&'static ActionMeta>) -> Self {
        self.described = action;
        self
    }

    /// Returns the descriptor of the action, if it is one of the consumer's.
    pub(crate) fn description(&self, consumer: &dyn Dispatch) -> Option<&'static ActionMeta> {
        let find = || consumer.meta().actions.iter().find(|known| known.name == &*self.action);
        self.described.or_else(find)
    }

    /// Returns the consumer of its stream.
    pub(crate) fn consumer(&self) -> Result<&Arc<dyn Dispatch>> {
        self.consumer.as_ref().ok_or_else(|| Error::internal("this context has no connection"))
    }

    /// Returns the sender for frames of its stream.
    pub(crate) fn sender(&self) -> Result<&StreamSender> {
        self.sender.as_ref().ok_or_else(|| Error::internal("this context has no connection"))
    }

    /// Returns a context for writing a row that was checked.
    pub(crate) fn judging(&self, row: Row) -> Self {
        Self { judged: Some(Arc::new(Judged::new(row))), ..self.clone() }
    }

    /// Returns the row that was checked.
    pub(crate) fn judged(&self) -> Option<&Judged> {
        self.judged.as_deref()
    }

    /// Returns the context in a transaction.
    pub(crate) fn within(&self, transaction: Db) -> Self {
        Self { db: transaction, ..self.clone() }
    }

    /// Returns the groups to which the connection belonged, if it has ended.
    pub(crate) fn left_groups(&self) -> Option<&[(usize, Topic, String)]> {
        self.connection.left.get().map(Vec::as_slice)
    }

    /// Returns the throttles of the service.
    pub(crate) fn throttles(&self) -> &Throttles {
        &self.connection.throttles
    }

    /// Returns the work of the connection beside its requests.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.connection.tasks
    }

    /// Returns a context for use after the request: its database is not a transaction, and its memory is not counted.
    pub(crate) fn outliving_request(&self) -> Self {
        Self { db: self.db.outside_of_transaction().uncounted(), ..self.clone() }
    }

    /// Begins a transaction, as an `atomic` action does automatically. Unlike an `atomic` action, the code that follows
    /// is not run again if the transaction fails because of a conflict with other transactions.
    ///
    /// # Errors
    /// [`Error::Database`](crate::Error::Database) and [`Error::Unavailable`](crate::Error::Unavailable).
    pub async fn begin(&self) -> Result<AtomicContext> {
        let transaction = self.db.begin().await?;
        let context = Self { db: transaction.db().clone(), ..self.clone() };
        Ok(AtomicContext { context, transaction })
    }
}

/// A [`Context`] whose database is a transaction. If it is dropped without [`commit`](Self::commit), the transaction is
/// rolled back.
#[derive(Debug)]
pub struct AtomicContext {
    context: Context,
    transaction: Transaction,
}

impl AtomicContext {
    /// Commits the transaction.
    ///
    /// # Errors
    /// The errors of [`Transaction::commit`].
    pub async fn commit(self) -> Result<()> {
        drop(self.context);
        self.transaction.commit().await
    }
}

impl Deref for AtomicContext {
    type Target = Context;
    fn deref(&self) -> &Context {
        &self.context
    }
}
