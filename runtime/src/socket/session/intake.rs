//! Frames that come, and streams that are entered: what may wait, and what is refused at once.

use std::sync::Arc;

use super::endpoint::Stream;
use super::outbound::Overflown;
use super::request;
use super::state::Session;
use crate::ground::error::Error;
use crate::ground::failure;
use crate::ground::stats::Limit;
use crate::wire::frame::{self, Envelope, Wrapper};
use crate::wire::multiplexer::{self, Undeliverable};

impl Session {
    /// Enters every stream but those that are closed to the connection, and tells the applications of it.
    pub(crate) fn enter(&mut self, closed: Vec<usize>) {
        let told = |stream: &Stream| stream.meta.access.on_connect;
        if closed.is_empty() && !self.caller.endpoint.streams.iter().any(told) {
            return;
        }
        let presence = self.presence.insert(Box::default());
        for stream in presence.enter(&self.caller, &self.mailbox, closed) {
            self.lanes.entry(stream).or_default().running = true;
        }
    }

    /// The application was told of a stream: its requests begin, or are refused with it.
    pub(super) fn arrived(&mut self, stream: usize) -> Result<(), Overflown> {
        let refused = self.presence.as_ref().is_some_and(|presence| presence.is_refused(stream));
        let mut sent = Ok(());
        if let Some(lane) = self.lanes.get_mut(&stream) {
            lane.running = false;
            let pending = if refused { std::mem::take(&mut lane.pending) } else { Default::default() };
            for text in pending {
                self.go(text.len());
                sent = sent.and(self.refuse(stream, &text));
            }
        }
        self.forget_idle(stream);
        self.begin();
        sent
    }

    /// Takes a text frame.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Overflown> {
        if let Err(error) = self.admit(text) {
            failure::log(&error, "a frame");
            let frame = if self.caller.endpoint.multiplexed {
                multiplexer::refuse(text, error)
            } else {
                request::refuse(&self.caller, 0, text, &error)
            };
            return self.send(frame);
        }
        let endpoint = Arc::clone(&self.caller.endpoint);
        let (stream, payload) = if endpoint.multiplexed {
            match multiplexer::unwrap(text, |name| endpoint.find(name)) {
                Ok(unwrapped) => unwrapped,
                Err(refusal) => {
                    refusal.log();
                    return self.send(refusal.into_frame());
                }
            }
        } else {
            (0, text)
        };
        if self.presence.as_ref().is_some_and(|presence| presence.is_refused(stream)) {
            return self.refuse(stream, payload);
        }
        // A copy: a slice would keep the read buffer of the socket alive, and let it grow.
        self.wait(payload.len());
        self.lanes.entry(stream).or_default().pending.push_back(payload.into());
        self.begin();
        if !self.can_read() {
            self.caller.stats().cross(Limit::Pending);
        }
        Ok(())
    }

    /// Whether a frame may be looked at.
    ///
    /// # Errors
    /// 429 if there were too many, 400 if it is nested too deep.
    fn admit(&mut self, text: &str) -> Result<(), Error> {
        let limits = &self.caller.limits;
        if !self.allowance.take(limits.requests_per_second) {
            self.caller.stats().cross(Limit::RequestsPerSecond);
            return Err(Error::Throttled { wait: Some(1) });
        }
        if frame::is_deeper(text, limits.depth) {
            self.caller.stats().cross(Limit::Depth);
            return Err(frame::too_deep(limits.depth));
        }
        Ok(())
    }

    /// Takes a binary frame: it is refused, as this protocol has none.
    pub(crate) fn binary(&mut self) -> Result<(), Overflown> {
        let wrapper = if self.caller.endpoint.multiplexed { Wrapper::Stream("null") } else { Wrapper::Raw };
        let error = Error::Parse("Binary frames are not supported: send JSON in text frames.".to_owned());
        self.send(Envelope::blank(wrapper).failure(&error))
    }

    /// Answers a frame of a stream that is closed to the connection.
    fn refuse(&mut self, stream: usize, payload: &str) -> Result<(), Overflown> {
        if self.deaf || !self.caller.endpoint.multiplexed {
            return Ok(());
        }
        let name = Arc::clone(&self.caller.endpoint.streams[stream].name_json);
        self.send(Undeliverable::new(&name, payload, Error::PermissionDenied).into_frame())
    }
}
