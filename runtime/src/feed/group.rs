//! Frames beside the answer of an action: to its own connection, and to groups of connections.

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

/// A group of connections of one stream, which the application names: [`Context::group`] gives it. The program
/// `examples/groups.rs` is about groups, and an [`Event`](crate::Event) is a message to one whose shape is in the definition.
///
/// ```
/// use dcrf_runtime::{Context, Result};
/// use serde_json::json;
///
/// /// Enters a room, and tells everybody who is in it.
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
    /// A group of connections of this stream.
    pub fn group(&self, name: impl Into<String>) -> Group<'_> {
        Group { ctx: self, topic: topic(self.stream()), name: name.into() }
    }

    /// Every group of this stream that the connection is in, each once, with those of its subscriptions to observers
    /// and signals (DCRF's `self.groups`).
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    pub fn groups(&self) -> Result<Vec<Group<'_>>> {
        let stream = self.sender()?.stream;
        let own = self.db().hub().heard(self.connection_id(), |own| own.recipient.stream == stream);
        Ok(own.into_iter().map(|(topic, name)| Group { ctx: self, topic, name }).collect())
    }

    /// Sends a frame of any shape to this connection, at once: before the answer.
    ///
    /// # Errors
    /// [`Error::Internal`] if it does not serialize, or the context has no connection.
    pub fn send_json<T: Serialize + ?Sized>(&self, frame: &T) -> Result<()> {
        self.sender()?.send_now(&json(frame)?);
        Ok(())
    }

    /// Sends another answer to this request, at once: before the last one.
    ///
    /// # Errors
    /// As [`send_json`](Self::send_json).
    pub fn reply<T: Serialize + ?Sized>(&self, status: u16, data: &T) -> Result<()> {
        let action = json(self.action())?;
        let action = String::from_utf8_lossy(&action);
        self.sender()?.reply_now(&action, self.request_id(), status, &json(data)?);
        Ok(())
    }

    /// Closes the connection when what was sent until now is on its way. The request is not answered any more.
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
    /// The connection hears what is sent to the group from now on, under the id of this request. A connection is in
    /// a group once: joining again changes the id.
    ///
    /// # Errors
    /// [`Error::Internal`] if the context has no connection.
    pub async fn join(&self) -> Result<()> {
        self.leave().await?;
        let subscription = Subscription::new(self.topic, &self.name, self.ctx, Overflow::Close)?;
        self.ctx.db().hub().join(subscription).await
    }

    /// The connection does not hear it any more.
    ///
    /// # Errors
    /// As [`join`](Self::join).
    pub async fn leave(&self) -> Result<()> {
        let (stream, channel) = (self.ctx.sender()?.stream, self.topic.channel(&self.name));
        let meant = |own: &Subscription| own.channel == channel && own.recipient.stream == stream;
        self.ctx.db().hub().unsubscribe(self.ctx.connection_id(), meant);
        Ok(())
    }

    /// Sends a frame of any shape to everybody in the group; in an `atomic` action when it is committed.
    ///
    /// # Errors
    /// [`Error::Internal`] if it does not serialize.
    pub async fn send_json<T: Serialize + ?Sized>(&self, frame: &T) -> Result<()> {
        let body = Body::Raw(Bytes::from(json(frame)?));
        self.ctx.db().send(message(self.topic, &self.name, body)).await;
        Ok(())
    }

    /// As [`send_json`](Self::send_json), an object: everybody gets it with a member `request_ids`, the id under which
    /// they joined the group (DCRF's `subscribing_request_ids`).
    ///
    /// # Errors
    /// [`Error::Internal`] if it does not serialize, or is no object.
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
