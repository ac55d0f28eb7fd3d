//! The state of a session: waiting and running requests, and the room for answers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use axum::extract::ws::Utf8Bytes;
use futures_util::stream::FuturesUnordered;

use super::admission::StreamAdmission;
use super::answer::{Answer, RemainingPages};
use super::caller::Caller;
use super::outbound::{Outbound, Overflown};
use super::queue::StreamQueue;
use super::rate_limiter::RateLimiter;
use crate::app::mailbox::Mailbox;
use crate::ground::future::BoxFuture;
use crate::ground::memory::Held;

/// The greatest number of frames that wait to be sent while an answer of many frames continues: enough to keep the
/// socket busy, and few enough that the answers of other streams come soon.
pub(super) const AHEAD: usize = 8;

/// A finished frame of an answer.
pub(super) struct Done {
    pub(super) queue: Option<usize>,
    pub(super) answer: Answer,
}

/// An answer of many frames that waits for room.
pub(super) struct ParkedAnswer {
    pub(super) queue: Option<usize>,
    pub(super) rest: RemainingPages,
}

/// The requests of one connection.
pub(crate) struct Session {
    pub(super) caller: Arc<Caller>,
    /// The mailbox of events.
    pub(super) mailbox: Arc<Mailbox>,
    /// Streams with requests, by their position in the endpoint.
    pub(super) queues: BTreeMap<usize, StreamQueue>,
    /// The limiter of incoming frames.
    pub(super) rate_limiter: RateLimiter,
    /// The bytes of the frames that wait in `queues`.
    pub(super) waiting_bytes: usize,
    /// The memory of these frames.
    pub(super) waiting: Option<Held>,
    /// Whether these frames need so much memory that no more is read for now.
    pub(super) out_of_memory: bool,
    pub(super) running: FuturesUnordered<BoxFuture<'static, Done>>,
    pub(super) detached: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Answers of many frames that wait between two of their frames; their streams count as running.
    pub(super) parked: VecDeque<ParkedAnswer>,
    /// Whether answers are not sent any more, because the client has disconnected or the connection is being closed.
    pub(super) muted: bool,
    /// Whether the rights of the connection have ended.
    pub(super) revoked: bool,
    /// The streams that are refused, or wait for a hook; most connections have none.
    pub(super) admission: Option<Box<StreamAdmission>>,
    /// The frames to send.
    pub(crate) outbound: Outbound,
}

impl Session {
    /// Creates a session without requests.
    pub(crate) fn new(caller: Caller) -> Self {
        let memory = caller.connection.memory.clone();
        let outbound = Outbound::new(caller.limits.outbound, memory.as_ref());
        Self {
            mailbox: Arc::new(Mailbox::new(caller.connection.id, &caller.limits, memory.clone())),
            waiting: memory.as_ref().map(Held::none),
            out_of_memory: false,
            rate_limiter: RateLimiter::new(caller.limits.requests_per_second),
            caller: Arc::new(caller),
            queues: BTreeMap::new(),
            waiting_bytes: 0,
            running: FuturesUnordered::new(),
            detached: FuturesUnordered::new(),
            parked: VecDeque::new(),
            muted: false,
            revoked: false,
            admission: None,
            outbound,
        }
    }

    /// Tells whether another frame may be read: there is a place for it, and for an answer to it.
    pub(crate) fn can_read(&self) -> bool {
        let limits = &self.caller.limits;
        self.taken() < limits.outbound
            && self.waiting_bytes < limits.pending_bytes
            && !self.out_of_memory
            && self.queues.values().all(|queue| queue.pending.len() < limits.pending)
    }

    /// Tells whether every received request is answered. Detached actions do not count.
    pub(crate) fn is_idle(&self) -> bool {
        self.queues.is_empty()
    }

    /// Tells whether every stream is closed to the connection.
    pub(crate) fn is_refused(&self) -> bool {
        let streams = self.caller.endpoint.streams.len();
        self.admission.as_ref().is_some_and(|admission| admission.refused() == streams)
    }

    /// Resolves when the connection has to end, because its unread frames prevent that others are answered.
    pub(crate) fn poll_excess(&self, cx: &TaskContext<'_>) -> Poll<()> {
        self.caller.connection.memory.as_ref().map_or(Poll::Pending, |memory| memory.poll_end(cx))
    }

    /// Counts the bytes of a waiting frame.
    pub(super) fn count_waiting(&mut self, bytes: usize) {
        self.waiting_bytes += bytes;
        let Some(waiting) = &mut self.waiting else { return };
        if waiting.grow(bytes).is_err() {
            waiting.add(bytes);
            self.out_of_memory = true;
        }
    }

    /// Stops counting the bytes of a frame that waited.
    pub(super) fn uncount_waiting(&mut self, bytes: usize) {
        self.waiting_bytes -= bytes;
        self.out_of_memory = false;
        if let Some(waiting) = &mut self.waiting {
            waiting.set(self.waiting_bytes);
        }
    }

    /// Tells whether there is a place for the answer to one more request.
    pub(super) fn has_room(&self) -> bool {
        let limits = &self.caller.limits;
        self.taken() < limits.outbound && self.outbound.bytes() < limits.outbound_bytes
    }

    /// Tells whether the next frame of an answer of many frames may be made. It leaves a place for the answers of other
    /// requests.
    pub(super) fn may_resume(&self) -> bool {
        self.has_room() && self.taken() + 1 < self.caller.limits.outbound && self.outbound.len() < AHEAD
    }

    /// Returns the number of requests that run beside their streams, answers of many frames included.
    pub(super) fn detached_requests(&self) -> usize {
        self.detached.len() + self.parked.iter().filter(|parked| parked.queue.is_none()).count()
    }

    /// Returns the places of the outbound queue that are taken by frames, or by answers to come.
    pub(super) fn taken(&self) -> usize {
        self.outbound.len() + self.running.len() + self.detached.len()
    }

    /// Releases the stream of a finished request: the next request may begin.
    pub(super) fn release(&mut self, stream: Option<usize>) {
        let Some(stream) = stream else { return };
        if let Some(queue) = self.queues.get_mut(&stream) {
            queue.running = false;
        }
        self.forget_idle(stream);
    }

    /// Removes a stream without requests.
    pub(super) fn forget_idle(&mut self, stream: usize) {
        if self.queues.get(&stream).is_some_and(|queue| !queue.running && queue.pending.is_empty()) {
            self.queues.remove(&stream);
        }
    }

    /// Queues a frame.
    pub(super) fn send(&mut self, frame: Vec<u8>) -> Result<(), Overflown> {
        match Utf8Bytes::try_from(frame) {
            Ok(frame) => self.outbound.push(frame),
            // The frame is made of texts, so that it is UTF-8.
            Err(_) => Ok(()),
        }
    }
}
