//! The five keys of every answer, and the two keys around an answer on a multiplexed socket.

use std::io::Write as _;

use super::object::NULL;
use crate::ground::error::Error;

/// The wrapper around an envelope.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wrapper<'a> {
    /// There is no wrapper: the socket has one consumer.
    Raw,
    /// `{"stream": …, "payload": …}`, with the stream's name as JSON text, or `null` if it is not known.
    Stream(&'a str),
}

/// The parts of a request that its answer repeats, as JSON text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Envelope<'a> {
    /// The wrapper of the answer.
    pub(crate) wrapper: Wrapper<'a>,
    /// The `action` of the request.
    pub(crate) action: &'a str,
    /// The `request_id` of the request.
    pub(crate) request_id: &'a str,
}

impl<'a> Envelope<'a> {
    /// Creates the envelope for a frame of which nothing could be read.
    pub(crate) fn blank(wrapper: Wrapper<'a>) -> Self {
        Self { wrapper, action: NULL, request_id: NULL }
    }

    /// Returns the answer to a request that succeeded; `data` is JSON text.
    pub(crate) fn reply(&self, status: u16, data: &[u8]) -> Vec<u8> {
        self.splice(data.len(), status, |out| out.extend_from_slice(b"[]"), data)
    }

    /// Returns the same with a member `$dcrf`, which is JSON text.
    pub(crate) fn marked(&self, status: u16, data: &[u8], mark: &str) -> Vec<u8> {
        let mut frame = self.reply(status, data);
        let closing = if matches!(self.wrapper, Wrapper::Stream(_)) { 2 } else { 1 };
        frame.truncate(frame.len() - closing);
        frame.extend_from_slice(br#","$dcrf":"#);
        frame.extend_from_slice(mark.as_bytes());
        frame.extend_from_slice(if closing == 2 { b"}}" } else { b"}" });
        frame
    }

    /// Returns the answer to a request that failed.
    pub(crate) fn failure(&self, error: &Error) -> Vec<u8> {
        self.splice(64, error.status(), |out| error.detail().write_errors(out), b"null")
    }

    /// Builds the frame in one buffer, with the keys in DCRF's order.
    fn splice(&self, room: usize, status: u16, errors: impl FnOnce(&mut Vec<u8>), data: &[u8]) -> Vec<u8> {
        let stream = match self.wrapper {
            Wrapper::Raw => "",
            Wrapper::Stream(stream) => stream,
        };
        let fixed = 128;
        let mut out =
            Vec::with_capacity(fixed + room + stream.len() + self.action.len() + self.request_id.len());
        if let Wrapper::Stream(stream) = self.wrapper {
            out.extend_from_slice(br#"{"stream":"#);
            out.extend_from_slice(stream.as_bytes());
            out.extend_from_slice(br#","payload":"#);
        }
        out.extend_from_slice(br#"{"errors":"#);
        errors(&mut out);
        out.extend_from_slice(br#","data":"#);
        out.extend_from_slice(data);
        out.extend_from_slice(br#","action":"#);
        out.extend_from_slice(self.action.as_bytes());
        // Writing into a `Vec` cannot fail.
        let _ = write!(out, r#","response_status":{status},"request_id":"#);
        out.extend_from_slice(self.request_id.as_bytes());
        out.push(b'}');
        if matches!(self.wrapper, Wrapper::Stream(_)) {
            out.push(b'}');
        }
        out
    }
}
