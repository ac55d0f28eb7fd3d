//! The state of a session: which requests wait and which run, and what there is room for.

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

/// Frames that may wait to be sent while an answer of many frames goes on: enough to keep the socket busy, and few
/// enough that the answers of other streams come soon.
pub(super) const AHEAD: usize = 8;

/// A frame of an answer that is finished.
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
    /// What comes without being asked for.
    pub(super) mailbox: Arc<Mailbox>,
    /// Streams with something to do, by their position in the endpoint.
    pub(super) queues: BTreeMap<usize, StreamQueue>,
    /// How many frames it may still send.
    pub(super) rate_limiter: RateLimiter,
    /// Bytes of the frames that wait in `queues`.
    pub(super) waiting_bytes: usize,
    /// What they make the process hold.
    pub(super) waiting: Option<Held>,
    /// Whether that is so much that no more is read for now.
    pub(super) out_of_memory: bool,
    pub(super) running: FuturesUnordered<BoxFuture<'static, Done>>,
    pub(super) detached: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Answers of many frames between two of them; their streams count as running.
    pub(super) parked: VecDeque<ParkedAnswer>,
    /// Whether nobody listens any more.
    pub(super) muted: bool,
    /// Whether the rights of the connection have ended.
    pub(super) revoked: bool,
    /// What is not simply open; for most connections there is no such stream.
    pub(super) admission: Option<Box<StreamAdmission>>,
    /// What is to be sent.
    pub(crate) outbound: Outbound,
}

impl Session {
    /// A session without requests.
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

    /// Whether another frame may be read: there is a place for it, and for an answer to it.
    pub(crate) fn can_read(&self) -> bool {
        let limits = &self.caller.limits;
        self.taken() < limits.outbound
            && self.waiting_bytes < limits.pending_bytes
            && !self.out_of_memory
            && self.queues.values().all(|queue| queue.pending.len() < limits.pending)
    }

    /// Whether every request that was received is answered. Detached actions do not count.
    pub(crate) fn is_idle(&self) -> bool {
        self.queues.is_empty()
    }

    /// Whether every stream is closed to the connection.
    pub(crate) fn is_refused(&self) -> bool {
        let streams = self.caller.endpoint.streams.len();
        self.admission.as_ref().is_some_and(|admission| admission.refused() == streams)
    }

    /// Ready when the connection has to end, as what it leaves unread keeps others from being answered.
    pub(crate) fn poll_excess(&self, cx: &TaskContext<'_>) -> Poll<()> {
        self.caller.connection.memory.as_ref().map_or(Poll::Pending, |memory| memory.poll_end(cx))
    }

    /// Counts a frame that waits.
    pub(super) fn count_waiting(&mut self, bytes: usize) {
        self.waiting_bytes += bytes;
        let Some(waiting) = &mut self.waiting else { return };
        if waiting.grow(bytes).is_err() {
            waiting.add(bytes);
            self.out_of_memory = true;
        }
    }

    /// Counts it no longer.
    pub(super) fn uncount_waiting(&mut self, bytes: usize) {
        self.waiting_bytes -= bytes;
        self.out_of_memory = false;
        if let Some(waiting) = &mut self.waiting {
            waiting.set(self.waiting_bytes);
        }
    }

    /// Whether the answer to one more request would have a place.
    pub(super) fn has_room(&self) -> bool {
        let limits = &self.caller.limits;
        self.taken() < limits.outbound && self.outbound.bytes() < limits.outbound_bytes
    }

    /// Whether the next frame of an answer of many may be made. It leaves a place to the answers of other requests.
    pub(super) fn may_resume(&self) -> bool {
        self.has_room() && self.taken() + 1 < self.caller.limits.outbound && self.outbound.len() < AHEAD
    }

    /// Requests that run beside their streams, answers of many frames included.
    pub(super) fn detached_requests(&self) -> usize {
        self.detached.len() + self.parked.iter().filter(|parked| parked.queue.is_none()).count()
    }

    /// Places of the outbound queue that are taken by frames, or by answers to come.
    pub(super) fn taken(&self) -> usize {
        self.outbound.len() + self.running.len() + self.detached.len()
    }

    /// A request is answered to the end: the next of its stream may begin.
    pub(super) fn release(&mut self, stream: Option<usize>) {
        let Some(stream) = stream else { return };
        if let Some(queue) = self.queues.get_mut(&stream) {
            queue.running = false;
        }
        self.forget_idle(stream);
    }

    /// Forgets a stream that has nothing to do.
    pub(super) fn forget_idle(&mut self, stream: usize) {
        if self.queues.get(&stream).is_some_and(|queue| !queue.running && queue.pending.is_empty()) {
            self.queues.remove(&stream);
        }
    }

    /// Queues a frame.
    pub(super) fn send(&mut self, frame: Vec<u8>) -> Result<(), Overflown> {
        match Utf8Bytes::try_from(frame) {
            Ok(frame) => self.outbound.push(frame),
            // Made of texts: it is UTF-8.
            Err(_) => Ok(()),
        }
    }
}
