//! One connection's requests: which wait, which run, and what waits to be sent.
//!
//! The session belongs to the task of its connection and is a plain state machine: frames go in, finished requests
//! come out of [`Session::poll_done`], and everything to be sent lies in [`Session::outbound`]. It knows nothing
//! of sockets and timers. Within a stream requests are answered in order; streams run side by side; `detached`
//! actions run beside their stream and die with the connection.

mod endpoint;
mod lane;
mod mail;
mod outbound;
mod request;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use axum::extract::ws::Utf8Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::context::Connection;
use crate::db::Db;
use crate::dispatch::BoxFuture;
use crate::error::Error;
use crate::frame::{Envelope, Wrapper};
use crate::hub::Mailbox;
use crate::limits::Limits;
use crate::multiplexer;

pub(crate) use endpoint::{Endpoint, Stream};
use lane::Lane;
pub(crate) use outbound::{Outbound, Overflown};

/// What all requests of a connection share.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The database.
    pub(crate) db: Db,
    /// Who is asking.
    pub(crate) connection: Arc<Connection>,
    /// What is served here.
    pub(crate) endpoint: Arc<Endpoint>,
    /// The bounds.
    pub(crate) limits: Arc<Limits>,
}

/// A request that is finished: its answer.
pub(crate) struct Done {
    lane: Option<usize>,
    frame: Utf8Bytes,
}

/// The requests of one connection.
pub(crate) struct Session {
    caller: Arc<Caller>,
    /// What comes without being asked for.
    mailbox: Arc<Mailbox>,
    /// Streams with something to do, by their position in the endpoint.
    lanes: BTreeMap<usize, Lane>,
    /// Bytes of the frames that wait in `lanes`.
    waiting_bytes: usize,
    running: FuturesUnordered<BoxFuture<'static, Done>>,
    detached: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Whether nobody listens any more.
    deaf: bool,
    /// What is to be sent.
    pub(crate) outbound: Outbound,
}

impl Session {
    /// A session without requests.
    pub(crate) fn new(caller: Caller) -> Self {
        let outbound = Outbound::new(caller.limits.outbound);
        Self {
            mailbox: Arc::new(Mailbox::new(caller.connection.id, caller.limits.events)),
            caller: Arc::new(caller),
            lanes: BTreeMap::new(),
            waiting_bytes: 0,
            running: FuturesUnordered::new(),
            detached: FuturesUnordered::new(),
            deaf: false,
            outbound,
        }
    }

    /// Takes a text frame.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Overflown> {
        let endpoint = Arc::clone(&self.caller.endpoint);
        let (stream, payload) = if endpoint.multiplexed {
            match multiplexer::unwrap(text, |name| endpoint.find(name)) {
                Ok(unwrapped) => unwrapped,
                Err(refusal) => return self.send(refusal.into_frame()),
            }
        } else {
            (0, text)
        };
        // A copy: a slice would keep the read buffer of the socket alive, and let it grow.
        self.waiting_bytes += payload.len();
        self.lanes.entry(stream).or_default().pending.push_back(payload.into());
        self.begin();
        Ok(())
    }

    /// Takes a binary frame: it is refused, as this protocol has none.
    pub(crate) fn binary(&mut self) -> Result<(), Overflown> {
        let wrapper = if self.caller.endpoint.multiplexed { Wrapper::Stream("null") } else { Wrapper::Raw };
        let error = Error::Parse("Binary frames are not supported: send JSON in text frames.".to_owned());
        self.send(Envelope::blank(wrapper).failure(&error))
    }

    /// Begins every request whose turn it is; tells whether there was one.
    pub(crate) fn begin(&mut self) -> bool {
        let mut begun = false;
        for stream in self.due() {
            while self.has_room() {
                let Some((text, detached)) = self.next_of(stream) else { break };
                begun = true;
                let lane = (!detached).then_some(stream);
                let (caller, mailbox) = (Arc::clone(&self.caller), Arc::clone(&self.mailbox));
                let request: BoxFuture<'static, Done> = Box::pin(async move {
                    let frame = request::answer(&caller, mailbox, stream, &text).await;
                    Done { lane, frame }
                });
                if detached && self.deaf {
                    // It would be cancelled at once: nobody waits for it.
                    drop(request);
                } else if detached {
                    self.detached.push(request);
                } else {
                    self.running.push(request);
                }
            }
        }
        begun
    }

    /// Ready whenever a request is finished; its answer is in [`outbound`](Self::outbound) then.
    pub(crate) fn poll_done(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Overflown>> {
        let mut done = self.running.poll_next_unpin(cx);
        if !matches!(done, Poll::Ready(Some(_))) {
            done = self.detached.poll_next_unpin(cx);
        }
        match done {
            Poll::Ready(Some(done)) => Poll::Ready(self.finish(done)),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    /// Whether another frame may be read: there is a place for it, and for an answer to it.
    pub(crate) fn can_read(&self) -> bool {
        let limits = &self.caller.limits;
        self.taken() < limits.outbound
            && self.waiting_bytes < limits.pending_bytes
            && self.lanes.values().all(|lane| lane.pending.len() < limits.pending)
    }

    /// Whether every request that was received is answered. Detached actions do not count.
    pub(crate) fn is_idle(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Nobody listens any more: what is detached is cancelled, and from now on nothing is to be sent. What was
    /// received goes on.
    pub(crate) fn deafen(&mut self) {
        self.deaf = true;
        self.detached.clear();
        self.outbound.clear();
        self.mailbox.shut();
        self.begin();
    }

    /// Ready when all that was received is done; for a session that is [deaf](Self::deafen).
    pub(crate) fn poll_drained(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        while !self.is_idle() {
            // Nothing is sent, so that nothing can overflow.
            let _ = ready!(self.poll_done(cx));
        }
        Poll::Ready(())
    }

    fn finish(&mut self, done: Done) -> Result<(), Overflown> {
        if let Some(stream) = done.lane {
            // What it sent itself goes before its answer.
            self.send_ready();
            if let Some(lane) = self.lanes.get_mut(&stream) {
                lane.running = false;
            }
            self.forget_idle(stream);
        }
        let sent = if self.deaf { Ok(()) } else { self.send_answer(done) };
        self.begin();
        sent
    }

    fn forget_idle(&mut self, stream: usize) {
        if self.lanes.get(&stream).is_some_and(|lane| !lane.running && lane.pending.is_empty()) {
            self.lanes.remove(&stream);
        }
    }

    /// The streams whose next request may begin.
    fn due(&self) -> Vec<usize> {
        let due = |lane: &Lane| !lane.running && !lane.pending.is_empty();
        self.lanes.iter().filter(|(_, lane)| due(lane)).map(|(stream, _)| *stream).collect()
    }

    /// Takes the next request of a stream, and tells whether it is detached, if it may begin now.
    fn next_of(&mut self, stream: usize) -> Option<(Box<str>, bool)> {
        let lane = self.lanes.get_mut(&stream)?;
        if lane.running {
            return None;
        }
        let detached = self.caller.endpoint.streams[stream].is_detached(lane.pending.front()?);
        if detached && !self.deaf && self.detached.len() >= self.caller.limits.detached {
            return None;
        }
        let text = lane.pending.pop_front()?;
        self.waiting_bytes -= text.len();
        lane.running = !detached;
        self.forget_idle(stream);
        Some((text, detached))
    }

    /// Whether the answer to one more request would have a place.
    fn has_room(&self) -> bool {
        let limits = &self.caller.limits;
        self.taken() < limits.outbound && self.outbound.bytes() < limits.outbound_bytes
    }

    /// Places of the outbound queue that are taken by frames, or by answers to come.
    fn taken(&self) -> usize {
        self.outbound.len() + self.running.len() + self.detached.len()
    }

    fn send(&mut self, frame: Vec<u8>) -> Result<(), Overflown> {
        match Utf8Bytes::try_from(frame) {
            Ok(frame) => self.outbound.push(frame),
            // Made of texts: it is UTF-8.
            Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
