//! What is told of a commit, and to whom.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::notice::EventAction;
use super::row_change::{Change, ChangeKind};

/// An observer, signal or group of a stream: the stream's name and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Topic {
    pub(crate) stream: &'static str,
    pub(crate) name: &'static str,
}

impl Topic {
    /// Its name among all of a node: those of its channels have one part more.
    pub(crate) fn name(self) -> String {
        format!("{}/{}", self.stream, self.name)
    }

    /// Whether this is its name.
    pub(crate) fn is_named(self, name: &str) -> bool {
        let rest = name.strip_prefix(self.stream).and_then(|rest| rest.strip_prefix('/'));
        rest == Some(self.name)
    }

    /// The name of one of its groups among all of a node.
    pub(crate) fn channel(self, group: &str) -> Arc<str> {
        format!("{}/{}/{group}", self.stream, self.name).into()
    }
}

/// Something to be told.
pub(crate) enum Entry {
    /// A row was changed: its observers are told.
    Change(Box<Change>),
    /// The application says something.
    Message(Message),
}

/// What is told to one group: what brokers carry.
#[derive(Debug, Clone)]
pub struct Message {
    /// The group, among all of an application: `<stream>/<observer>/<group>`.
    pub channel: Arc<str>,
    pub(crate) body: Arc<Body>,
    /// The change that it tells of, where it is one, and what that means to the group.
    pub(crate) change: Option<(Arc<Change>, ChangeKind)>,
}

/// What subscribers are sent, but for the envelope.
#[derive(Debug)]
pub(crate) enum Body {
    /// An event; all JSON text.
    Event { action: Cow<'static, str>, status: u16, data: Bytes },
    /// A frame of the application's own shape: JSON text.
    Raw(Bytes),
    /// The same, an object: each subscriber gets it with a member `request_ids`, its own.
    Addressed(Bytes),
}

impl Body {
    /// Its bytes.
    pub(crate) fn bytes(&self) -> usize {
        let (Self::Event { data, .. } | Self::Raw(data) | Self::Addressed(data)) = self;
        data.len()
    }

    /// The same event under another action; a frame of the application's own stays as it is.
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

/// Tells every observer of a change: for what changes rows beside the store.
pub(crate) fn entries(changes: Vec<Change>) -> Vec<Entry> {
    changes.into_iter().map(|change| Entry::Change(Box::new(change))).collect()
}
