//! The messages of a commit, and their groups.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::notice::EventAction;
use super::row_change::{Change, ChangeKind};
use crate::ground::error::{Error, Result};
use crate::wire::encode;

/// An observer, signal or group of a stream: the stream's name and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Topic {
    pub(crate) stream: &'static str,
    pub(crate) name: &'static str,
}

impl Topic {
    /// Returns its unique name on a node: the names of its channels have one more part.
    pub(crate) fn name(self) -> String {
        format!("{}/{}", self.stream, self.name)
    }

    /// Tells whether this is its name.
    pub(crate) fn is_named(self, name: &str) -> bool {
        let rest = name.strip_prefix(self.stream).and_then(|rest| rest.strip_prefix('/'));
        rest == Some(self.name)
    }

    /// Returns the unique name of one of its groups on a node.
    pub(crate) fn channel(self, group: &str) -> Arc<str> {
        format!("{}/{}/{group}", self.stream, self.name).into()
    }
}

/// An entry to publish.
pub(crate) enum Entry {
    /// A changed row, which is published to its observers.
    Change(Box<Change>),
    /// A message of the application.
    Message(Message),
    /// Something that is done when the transaction is committed.
    Then(Box<dyn FnOnce() + Send + Sync>),
}

/// A message to one group, as brokers transport it.
#[derive(Debug, Clone)]
pub struct Message {
    /// The group, which is unique in an application: `<stream>/<observer>/<group>`.
    pub channel: Arc<str>,
    pub(crate) body: Arc<Body>,
    /// The change of the event, if it is one, and its meaning for the group.
    pub(crate) change: Option<(Arc<Change>, ChangeKind)>,
}

/// The frame for subscribers, without the envelope.
#[derive(Debug)]
pub(crate) enum Body {
    /// An event; all parts are JSON text.
    Event { action: Cow<'static, str>, status: u16, data: Bytes },
    /// A frame in the application's own form: JSON text.
    Raw(Bytes),
    /// The same, an object: each subscriber gets it with a member `request_ids`, its own.
    Addressed(Bytes),
    /// The change of a member of a group. Each node reads what the member is by then, because changes on several nodes may
    /// arrive in another order than that in which they were stored.
    Member(MemberChange),
}

/// The change of a member of a group.
#[derive(Debug, Clone)]
pub(crate) struct MemberChange {
    /// The `action` of the event: JSON text.
    pub(crate) action: String,
    /// The key of the member.
    pub(crate) key: String,
    /// Its payload: a JSON object.
    pub(crate) payload: String,
    /// Whether it is in the group.
    pub(crate) present: bool,
}

impl MemberChange {
    /// Returns the data of the event for subscribers: JSON text.
    pub(crate) fn data(&self) -> Vec<u8> {
        member(&self.key, &self.payload, self.present)
    }

    /// Returns the event for subscribers.
    pub(crate) fn event(&self) -> Body {
        let action = Cow::Owned(self.action.clone());
        Body::Event { action, status: 200, data: Bytes::from(self.data()) }
    }
}

/// Returns the JSON of a member: its payload, with `key` and `present`.
pub(crate) fn member(key: &str, payload: &str, present: bool) -> Vec<u8> {
    let mut members = br#""key":"#.to_vec();
    encode::text(&mut members, key);
    members.extend_from_slice(if present { br#","present":true"# } else { br#","present":false"# });
    encode::with_members(payload.as_bytes(), &members)
}

impl Body {
    /// Returns the body of a frame that each connection gets with its ids.
    ///
    /// # Errors
    /// [`Error::Internal`] if the JSON is not an object.
    pub(crate) fn addressed(json: Vec<u8>) -> Result<Self> {
        if json.first() != Some(&b'{') {
            return Err(Error::internal("a frame with request ids has to be an object"));
        }
        Ok(Self::Addressed(Bytes::from(json)))
    }

    /// Returns its bytes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Event { data, .. } | Self::Raw(data) | Self::Addressed(data) => data.len(),
            Self::Member(change) => change.payload.len(),
        }
    }

    /// Returns the same event with another action; a frame of the application stays as it is.
    pub(crate) fn with_action(self: &Arc<Self>, action: EventAction) -> Arc<Self> {
        let Self::Event { status, data, .. } = &**self else { return Arc::clone(self) };
        let action = match action {
            EventAction::Create => "\"create\"",
            EventAction::Update => "\"update\"",
            EventAction::Delete => "\"delete\"",
        };
        Arc::new(Self::Event { action: Cow::Borrowed(action), status: *status, data: data.clone() })
    }
}

/// Returns the entries of changes, for code that changes rows without the store.
pub(crate) fn entries(changes: Vec<Change>) -> Vec<Entry> {
    changes.into_iter().map(|change| Entry::Change(Box::new(change))).collect()
}

#[cfg(test)]
mod tests {
    use super::member;

    #[test]
    fn a_member_is_its_payload_with_two_more_members() {
        for (payload, expected) in [
            ("{}", r#"{"key":"a\"b","present":true}"#),
            (r#"{"room":7}"#, r#"{"room":7,"key":"a\"b","present":true}"#),
        ] {
            assert_eq!(String::from_utf8_lossy(&member("a\"b", payload, true)), expected);
        }
    }
}
