//! The five keys around every answer, and the two around those on a multiplexed socket.

use std::io::Write as _;

use super::object::NULL;
use crate::ground::error::Error;

/// What stands around an envelope.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wrapper<'a> {
    /// Nothing: a socket of one consumer.
    Raw,
    /// `{"stream": …, "payload": …}`; the stream's name as JSON text, `null` if it is not known.
    Stream(&'a str),
}

/// What an answer repeats of its request, as JSON text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Envelope<'a> {
    /// Where it goes.
    pub(crate) wrapper: Wrapper<'a>,
    /// `action`
    pub(crate) action: &'a str,
    /// `request_id`
    pub(crate) request_id: &'a str,
}

impl<'a> Envelope<'a> {
    /// The answer to a frame of which nothing could be read.
    pub(crate) fn blank(wrapper: Wrapper<'a>) -> Self {
        Self { wrapper, action: NULL, request_id: NULL }
    }

    /// The text of a success; `data` is JSON text.
    pub(crate) fn reply(&self, status: u16, data: &[u8]) -> Vec<u8> {
        self.splice(data.len(), status, |out| out.extend_from_slice(b"[]"), data)
    }

    /// The text of a failure.
    pub(crate) fn failure(&self, error: &Error) -> Vec<u8> {
        self.splice(64, error.status(), |out| error.detail().write_errors(out), b"null")
    }

    /// Puts the frame together in one buffer, keys in DCRF's order.
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
        // Writing into a Vec cannot fail.
        let _ = write!(out, r#","response_status":{status},"request_id":"#);
        out.extend_from_slice(self.request_id.as_bytes());
        out.push(b'}');
        if matches!(self.wrapper, Wrapper::Stream(_)) {
            out.push(b'}');
        }
        out
    }
}
