//! Sends frames beside the answer of an action: to its own connection, and to groups of connections.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::context::Context;
use crate::app::request_id::RequestId;
use crate::change::{Body, Message, Topic};
use crate::db::Db;
use crate::feed::hub::Subscription;
use crate::ground::error::{Error, Result};
use crate::schema::meta::Overflow;
use crate::wire::encode::json;
use crate::wire::frame::{Envelope, Wrapper};

/// The topic of the groups that connections join, beside the observers of a stream.
const TOPIC: &str = "group:";

/// A group of connections of one stream, with a name that the application chooses. [`Context::group`] creates it. The
/// program `examples/groups.rs` shows groups. An [`Event`](crate::Event) is a message to a group, whose form is in the
/// definition.
///
/// ```
/// use dcrf_runtime::{Context, Result};
/// use serde_json::json;
///
/// /// Joins a room, and notifies all connections that have joined it.
/// async fn enter(ctx: &Context, room: i64) -> Result<()> {
///     let group = ctx.group(format!("room-{room}"));
///     group.join().await?;
///     group.send_json(&json!({"entered": ctx.user().id()})).await
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Group<'a> {
    ctx: &'a Context,
    topic: Topic,
    name: String,
}

impl Context {
    /// Returns the group of connections of this stream that has this name.
    pub fn group(&self, name: impl Into<String>) -> Group<'_> {
        Group { ctx: self, topic: topic(self.stream()), name: name.into() }
    }

    /// Returns every group of this stream to which the connection belongs, each once, including the groups of its
    /// subscriptions to observers and signals (DCRF's `self.groups`). When the connection has ended, these are the groups
    /// to which it belonged, so that [`Dispatch::disconnected`](crate::Dispatch::disconnected) can notify them.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    pub fn groups(&self) -> Result<Vec<Group<'_>>> {
        let stream = self.sender()?.stream;
        if let Some(left) = self.left_groups() {
            let own = left.iter().filter(|(of, ..)| *of == stream);
            return Ok(own
                .map(|(_, topic, name)| Group { ctx: self, topic: *topic, name: name.clone() })
                .collect());
        }
        let own = self.db().hub().heard(self.connection_id(), |own| own.recipient.stream == stream);
        Ok(own.into_iter().map(|(topic, name)| Group { ctx: self, topic, name }).collect())
    }

    /// Sends a frame of any form to this connection at once, before the answer.
    ///
    /// # Errors
    /// [`Error::Internal`] if the frame cannot be serialized, or if the context has no connection.
    pub fn send_json<T: Serialize + ?Sized>(&self, frame: &T) -> Result<()> {
        self.sender()?.send_now(&json(frame)?);
        Ok(())
    }

    /// Sends another answer to this request at once, before the last one.
    ///
    /// # Errors
    /// The errors of [`send_json`](Self::send_json).
    pub fn reply<T: Serialize + ?Sized>(&self, status: u16, data: &T) -> Result<()> {
        let action = json(self.action())?;
        let action = String::from_utf8_lossy(&action);
        self.sender()?.reply_now(&action, self.request_id(), status, &json(data)?);
        Ok(())
    }

    /// Does the same as [`reply`](Self::reply) under another action than that of the request (DCRF's
    /// `await self.reply(action="…", …)`), and under its `request_id`.
    ///
    /// # Errors
    /// The errors of [`send_json`](Self::send_json).
    pub fn reply_as<T: Serialize + ?Sized>(&self, action: &str, status: u16, data: &T) -> Result<()> {
        let action = json(action)?;
        let action = String::from_utf8_lossy(&action);
        self.sender()?.reply_now(&action, self.request_id(), status, &json(data)?);
        Ok(())
    }

    /// Returns a group of connections of another stream: what is sent to it reaches the connections that joined it
    /// there.
    pub fn group_of(&self, stream: &'static str, name: impl Into<String>) -> Recipients {
        self.db().group(stream, name)
    }

    /// Closes the connection after the frames that were sent until now. The request is not answered any more.
    ///
    /// # Errors
    /// [`Error::Internal`] for a code that no application may send (RFC 6455, 7.4.1: 1000, or 3000 to 4999), or if the
    /// context has no connection.
    pub fn close(&self, code: u16) -> Result<()> {
        if code != 1000 && !(3000..=4999).contains(&code) {
            return Err(Error::internal(format!("{code} is not a close code of an application")));
        }
        self.sender()?.mailbox.close(code);
        Ok(())
    }
}

impl Group<'_> {
    /// Adds the connection to the group: it receives what is sent to the group from now on, under the id of this
    /// request. A connection is in a group at most once: when it joins again, the id changes.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    pub async fn join(&self) -> Result<()> {
        self.leave().await?;
        let subscription = Subscription::new(self.topic, &self.name, self.ctx, Overflow::Close)?;
        self.ctx.db().hub().join(subscription).await.map(drop)
    }

    /// Adds the connection to the group under the id of this request, beside other ids under which it is in the group
    /// (DCRF's `await self.<observer>.subscribe(request_id=…)`): [`send_addressed`](Self::send_addressed) sends all of
    /// them.
    ///
    /// # Errors
    /// The errors of [`join`](Self::join).
    pub async fn subscribe(&self) -> Result<()> {
        let subscription = Subscription::new(self.topic, &self.name, self.ctx, Overflow::Close)?;
        self.ctx.db().hub().join(subscription).await.map(drop)
    }

    /// Removes the connection from the group under the id of this request, or under every id if the request has none.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    pub fn unsubscribe(&self) -> Result<()> {
        let (stream, channel) = (self.ctx.sender()?.stream, self.topic.channel(&self.name));
        let id = RequestId::new(self.ctx.request_id());
        let meant = |own: &Subscription| {
            let is_of_id = id.is_null() || *own.request_id() == id;
            is_of_id && own.channel == channel && own.recipient.stream == stream
        };
        self.ctx.db().hub().unsubscribe(self.ctx.connection_id(), meant);
        Ok(())
    }

    /// Removes the connection from the group.
    ///
    /// # Errors
    /// The errors of [`join`](Self::join).
    pub async fn leave(&self) -> Result<()> {
        let (stream, channel) = (self.ctx.sender()?.stream, self.topic.channel(&self.name));
        let meant = |own: &Subscription| own.channel == channel && own.recipient.stream == stream;
        self.ctx.db().hub().unsubscribe(self.ctx.connection_id(), meant);
        Ok(())
    }

    /// Sends a frame of any form to all connections in the group. In an `atomic` action it is sent when the transaction
    /// is committed.
    ///
    /// # Errors
    /// [`Error::Internal`] if the frame cannot be serialized.
    pub async fn send_json<T: Serialize + ?Sized>(&self, frame: &T) -> Result<()> {
        self.recipients().send_json(frame).await
    }

    /// Sends an answer under any action and id to all connections in the group (DCRF's
    /// `await self.reply(action=…, request_id=…)` in the handler of a group's message). `request_id` is JSON text, such
    /// as [`Context::request_id`]. In an `atomic` action it is sent when the transaction is committed.
    ///
    /// # Errors
    /// [`Error::Internal`] if the data cannot be serialized, or if `request_id` is not JSON.
    pub async fn send_reply<T: Serialize + ?Sized>(
        &self,
        action: &str,
        request_id: &str,
        status: u16,
        data: &T,
    ) -> Result<()> {
        self.recipients().send_reply(action, request_id, status, data).await
    }

    fn recipients(&self) -> Recipients {
        Recipients { db: self.ctx.db().clone(), topic: self.topic, name: self.name.clone() }
    }

    /// Does the same as [`send_json`](Self::send_json) with an object. Each connection receives it with a member
    /// `request_ids`, which contains the id under which the connection joined the group (DCRF's
    /// `subscribing_request_ids`).
    ///
    /// # Errors
    /// [`Error::Internal`] if the frame cannot be serialized, or is not an object.
    pub async fn send_addressed<T: Serialize + ?Sized>(&self, frame: &T) -> Result<()> {
        self.recipients().send_addressed(frame).await
    }
}

/// The connections in a group, for whoever sends to them without belonging to it: an HTTP route, a job, an action of
/// another stream. [`Db::group`] creates it.
///
/// ```
/// use dcrf_runtime::{Db, Result};
/// use serde_json::json;
///
/// /// A job of the application: it reports its progress to everybody who has joined the group `import` of `files`.
/// async fn report(db: &Db, percent: u8) -> Result<()> {
///     db.group("files", "import").send_json(&json!({"percent": percent})).await
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Recipients {
    db: Db,
    topic: Topic,
    name: String,
}

impl Db {
    /// Returns the connections of a stream that have joined the group with this name, on all nodes. On the handle of a
    /// transaction, messages are sent when it is committed.
    pub fn group(&self, stream: &'static str, name: impl Into<String>) -> Recipients {
        Recipients { db: self.clone(), topic: topic(stream), name: name.into() }
    }
}

impl Recipients {
    /// Sends a frame of any form: see [`Group::send_json`].
    ///
    /// # Errors
    /// [`Error::Internal`] if the frame cannot be serialized.
    pub async fn send_json<T: Serialize + ?Sized>(&self, frame: &T) -> Result<()> {
        self.send(Body::Raw(Bytes::from(json(frame)?))).await;
        Ok(())
    }

    /// Sends an object with the ids of each connection: see [`Group::send_addressed`].
    ///
    /// # Errors
    /// [`Error::Internal`] if the frame cannot be serialized, or is not an object.
    pub async fn send_addressed<T: Serialize + ?Sized>(&self, frame: &T) -> Result<()> {
        self.send(Body::addressed(json(frame)?)?).await;
        Ok(())
    }

    /// Sends an answer under any action and id: see [`Group::send_reply`].
    ///
    /// # Errors
    /// [`Error::Internal`] if the data cannot be serialized, or if `request_id` is not JSON.
    pub async fn send_reply<T: Serialize + ?Sized>(
        &self,
        action: &str,
        request_id: &str,
        status: u16,
        data: &T,
    ) -> Result<()> {
        let request_id: &RawValue = serde_json::from_str(request_id)
            .map_err(|error| Error::internal(format!("a request id is not JSON: {error}")))?;
        let action = json(action)?;
        let action = String::from_utf8_lossy(&action);
        let envelope = Envelope { wrapper: Wrapper::Raw, action: &action, request_id: request_id.get() };
        self.send(Body::Raw(Bytes::from(envelope.reply(status, &json(data)?)))).await;
        Ok(())
    }

    async fn send(&self, body: Body) {
        self.db.send(message(self.topic, &self.name, body)).await;
    }
}

/// Returns the topic of the groups of a stream.
pub(crate) fn topic(stream: &'static str) -> Topic {
    Topic { stream, name: TOPIC }
}

/// Creates a message to a group.
pub(crate) fn message(topic: Topic, group: &str, body: Body) -> Message {
    Message { channel: topic.channel(group), body: Arc::new(body), change: None }
}
