//! The consumers of one path: one consumer, or all of them as streams.

use std::fmt;
use std::sync::Arc;

use crate::actions::on_connect;
use crate::app::dispatch::Dispatch;
use crate::ground::stats::StreamMeter;
use crate::schema::meta::{ActionMeta, ConsumerMeta};
use crate::wire::frame::Request;

/// A consumer, with the data that every frame needs.
#[derive(Clone)]
pub(crate) struct Stream {
    /// Its descriptor.
    pub(crate) meta: &'static ConsumerMeta,
    /// Its code.
    pub(crate) dispatch: Arc<dyn Dispatch>,
    /// Its name, as JSON text.
    pub(crate) name_json: Arc<str>,
    /// The metrics of its requests.
    pub(crate) meter: StreamMeter,
    has_detached: bool,
    /// Whether something is done for a new connection before its requests.
    pub(super) is_entered: bool,
}

impl Stream {
    /// Creates a stream of this consumer.
    pub(crate) fn new(dispatch: Arc<dyn Dispatch>) -> Self {
        let meta = dispatch.meta();
        let mut name = Vec::new();
        crate::wire::encode::text(&mut name, meta.stream);
        let name_json = String::from_utf8_lossy(&name).into();
        let has_detached = meta.actions.iter().any(|action| action.detached);
        let is_entered = meta.access.on_connect || on_connect::is_declared(&*dispatch);
        Self { meta, dispatch, name_json, meter: StreamMeter::default(), has_detached, is_entered }
    }

    /// Returns the action that a request names.
    pub(crate) fn action(&self, request: &Request<'_>) -> Option<&'static ActionMeta> {
        let named = |action: &&ActionMeta| action.name == request.action();
        self.meta.actions.iter().find(named).filter(|_| request.is_named())
    }

    /// Tells whether a frame calls a detached action.
    pub(crate) fn is_detached(&self, text: &str) -> bool {
        // Detached actions cost a second parsing of each frame; consumers without them do not pay for it.
        self.has_detached
            && Request::parse(text)
                .is_ok_and(|request| self.action(&request).is_some_and(|action| action.detached))
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("name", &self.meta.stream).finish_non_exhaustive()
    }
}

/// The consumers of one path.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The consumers; exactly one if not `multiplexed`.
    pub(crate) streams: Box<[Stream]>,
    /// Whether frames are wrapped.
    pub(crate) multiplexed: bool,
}

impl Endpoint {
    /// Returns the position of a stream.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.streams.iter().position(|stream| stream.meta.stream == name)
    }
}
