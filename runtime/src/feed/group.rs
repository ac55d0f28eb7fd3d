//! Sends frames beside the answer of an action: to its own connection, and to groups of connections.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use crate::app::context::Context;
use crate::change::{Body, Message, Topic};
use crate::feed::hub::Subscription;
use crate::ground::error::{Error, Result};
use crate::schema::meta::Overflow;
use crate::wire::encode::json;

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
    /// subscriptions to observers and signals (DCRF's `self.groups`).
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    pub fn groups(&self) -> Result<Vec<Group<'_>>> {
        let stream = self.sender()?.stream;
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
        self.ctx.db().hub().join(subscription).await
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
        let body = Body::Raw(Bytes::from(json(frame)?));
        self.ctx.db().send(message(self.topic, &self.name, body)).await;
        Ok(())
    }

    /// Does the same as [`send_json`](Self::send_json) with an object. Each connection receives it with a member
    /// `request_ids`, which contains the id under which the connection joined the group (DCRF's
    /// `subscribing_request_ids`).
    ///
    /// # Errors
    /// [`Error::Internal`] if the frame cannot be serialized, or is not an object.
    pub async fn send_addressed<T: Serialize + ?Sized>(&self, frame: &T) -> Result<()> {
        let object = json(frame)?;
        if object.first() != Some(&b'{') {
            return Err(Error::internal("a frame with request ids has to be an object"));
        }
        let body = Body::Addressed(Bytes::from(object));
        self.ctx.db().send(message(self.topic, &self.name, body)).await;
        Ok(())
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
