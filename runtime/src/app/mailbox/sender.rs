//! The sender for frames of one stream of a connection.

use std::fmt;
use std::sync::Arc;

use super::frames::{framed, sealed};
use super::waiting::Mailbox;
use crate::wire::frame::{Envelope, Wrapper};

/// The sender for frames of one stream of a connection.
#[derive(Clone)]
pub(crate) struct StreamSender {
    /// The connection's mailbox.
    pub(crate) mailbox: Arc<Mailbox>,
    /// The stream's position in the endpoint.
    pub(crate) stream: usize,
    /// The stream's name as JSON text, on a multiplexed socket.
    pub(crate) wrapper: Option<Arc<str>>,
}

impl StreamSender {
    /// Returns the wrapper of its frames.
    pub(crate) fn wrapper(&self) -> Wrapper<'_> {
        self.wrapper.as_deref().map_or(Wrapper::Raw, Wrapper::Stream)
    }

    /// Sends a frame of any form at once, before the answer of the request that runs. `json` is JSON text.
    pub(crate) fn send_now(&self, json: &[u8]) {
        self.mailbox.ready(self.stream, framed(self.wrapper.as_deref(), json));
    }

    /// Sends an envelope at once.
    pub(crate) fn reply_now(&self, action: &str, request_id: &str, status: u16, data: &[u8]) {
        let envelope = Envelope { wrapper: self.wrapper(), action, request_id };
        self.mailbox.ready(self.stream, sealed(envelope.reply(status, data)));
    }
}

impl fmt::Debug for StreamSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamSender").field("stream", &self.stream).finish_non_exhaustive()
    }
}
