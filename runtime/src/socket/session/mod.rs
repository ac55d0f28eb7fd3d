//! One connection's requests: which wait, which run, and what waits to be sent.
//!
//! The session belongs to the task of its connection and is a plain state machine: frames go in, finished requests
//! come out of [`Session::poll_done`], and everything to be sent lies in [`Session::outbound`]. It knows nothing
//! of sockets and timers. Within a stream requests are answered in order; streams run side by side; `detached`
//! actions run beside their stream and die with the connection.
//!
//! An answer of many frames is a request that finishes many times: after each frame it is parked, and its stream
//! waits, until there is room for the next.

mod allowance;
mod endpoint;
mod lane;
mod mail;
mod outbound;
mod presence;
mod request;
mod rest;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use axum::extract::ws::Utf8Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::app::context::Connection;
use crate::app::mailbox::{Mailbox, Seat};
use crate::db::Db;
use crate::ground::error::Error;
use crate::ground::failure;
use crate::ground::future::BoxFuture;
use crate::ground::limits::Limits;
use crate::ground::memory::{Held, RequestMemory};
use crate::ground::stats::{Limit, Stats};
use crate::wire::frame::{self, Envelope, Wrapper};
use crate::wire::multiplexer::{self, Undeliverable};

use allowance::Allowance;
pub(crate) use endpoint::{Endpoint, Stream};
use lane::Lane;
pub(crate) use outbound::{Outbound, Overflown};
use presence::Presence;
use rest::{Answer, Rest};

/// Frames that may wait to be sent while an answer of many frames goes on: enough to keep the socket busy, and few
/// enough that the answers of other streams come soon.
const AHEAD: usize = 8;

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

impl Caller {
    /// The database for one request, which counts what it reads.
    fn db_of_request(&self) -> Db {
        match &self.connection.memory {
            Some(share) => self.db.clone().counted(RequestMemory::new(share)),
            None => self.db.clone(),
        }
    }

    /// Where it is counted that limits are crossed.
    fn stats(&self) -> &Stats {
        &self.connection.bounds.stats
    }

    /// Where frames of a stream of the connection go.
    fn seat(&self, mailbox: Arc<Mailbox>, position: usize) -> Seat {
        let stream = &self.endpoint.streams[position];
        let wrapper = self.endpoint.multiplexed.then(|| Arc::clone(&stream.name_json));
        Seat { mailbox, stream: position, wrapper }
    }

    /// What stands around the envelopes of a stream.
    fn wrapper<'a>(&self, stream: &'a Stream) -> Wrapper<'a> {
        if self.endpoint.multiplexed { Wrapper::Stream(&stream.name_json) } else { Wrapper::Raw }
    }
}

/// A frame of an answer that is finished.
pub(crate) struct Done {
    lane: Option<usize>,
    answer: Answer,
}

/// An answer of many frames that waits for room.
struct Parked {
    lane: Option<usize>,
    rest: Rest,
}

/// The requests of one connection.
pub(crate) struct Session {
    caller: Arc<Caller>,
    /// What comes without being asked for.
    mailbox: Arc<Mailbox>,
    /// Streams with something to do, by their position in the endpoint.
    lanes: BTreeMap<usize, Lane>,
    /// How many frames it may still send.
    allowance: Allowance,
    /// Bytes of the frames that wait in `lanes`.
    waiting_bytes: usize,
    /// What they make the process hold.
    waiting: Option<Held>,
    /// Whether that is so much that no more is read for now.
    short: bool,
    running: FuturesUnordered<BoxFuture<'static, Done>>,
    detached: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Answers of many frames between two of them; their streams count as running.
    parked: VecDeque<Parked>,
    /// Whether nobody listens any more.
    deaf: bool,
    /// Whether the rights of the connection have ended.
    revoked: bool,
    /// What is not simply open; for most connections there is no such stream.
    presence: Option<Box<Presence>>,
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
            short: false,
            allowance: Allowance::new(caller.limits.requests_per_second),
            caller: Arc::new(caller),
            lanes: BTreeMap::new(),
            waiting_bytes: 0,
            running: FuturesUnordered::new(),
            detached: FuturesUnordered::new(),
            parked: VecDeque::new(),
            deaf: false,
            revoked: false,
            presence: None,
            outbound,
        }
    }

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

    /// Whether every stream is closed to the connection.
    pub(crate) fn is_refused(&self) -> bool {
        let streams = self.caller.endpoint.streams.len();
        self.presence.as_ref().is_some_and(|presence| presence.refused() == streams)
    }

    /// Leaves the streams: what is still under way is cancelled. None: no application wants to be told.
    pub(crate) fn leave(mut self) -> Option<BoxFuture<'static, ()>> {
        let caller = Arc::clone(&self.caller);
        let mailbox = Arc::clone(&self.mailbox);
        let presence = self.presence.take().unwrap_or_default();
        // A request that was cancelled may hold what the application needs now: a transaction. And what the
        // application says to groups now, this connection hears no more.
        drop(self);
        presence.leave(&caller, &mailbox)
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

    /// Begins every request whose turn it is; tells whether there was one.
    pub(crate) fn begin(&mut self) -> bool {
        let mut begun = self.resume();
        for stream in self.due() {
            while self.has_room() {
                let Some((text, detached)) = self.next_of(stream) else { break };
                begun = true;
                let lane = (!detached).then_some(stream);
                let (caller, mailbox) = (Arc::clone(&self.caller), Arc::clone(&self.mailbox));
                let request: BoxFuture<'static, Done> = Box::pin(async move {
                    let answer = request::answer(&caller, mailbox, stream, &text).await;
                    Done { lane, answer }
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

    /// Makes the next frames of the answers of many, in turn, as far as there is room; tells whether there was one.
    fn resume(&mut self) -> bool {
        let mut begun = false;
        while self.may_resume() {
            let Some(Parked { lane, rest }) = self.parked.pop_front() else { break };
            begun = true;
            let caller = Arc::clone(&self.caller);
            let page: BoxFuture<'static, Done> =
                Box::pin(async move { Done { lane, answer: rest.next(&caller).await } });
            if lane.is_some() { self.running.push(page) } else { self.detached.push(page) }
        }
        begun
    }

    /// Ready whenever a request is finished; its answer is in [`outbound`](Self::outbound) then.
    pub(crate) fn poll_done(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Overflown>> {
        if let Some(presence) = &mut self.presence
            && let Poll::Ready(stream) = presence.poll_arrival(cx)
        {
            return Poll::Ready(self.arrived(stream));
        }
        let mut poll = |requests: &mut FuturesUnordered<BoxFuture<'static, Done>>| {
            // No requests wake nobody; whoever begins one polls again.
            if requests.is_empty() { Poll::Pending } else { requests.poll_next_unpin(cx) }
        };
        let mut done = poll(&mut self.running);
        if !matches!(done, Poll::Ready(Some(_))) {
            done = poll(&mut self.detached);
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
            && !self.short
            && self.lanes.values().all(|lane| lane.pending.len() < limits.pending)
    }

    /// Counts a frame that waits.
    fn wait(&mut self, bytes: usize) {
        self.waiting_bytes += bytes;
        let Some(waiting) = &mut self.waiting else { return };
        if waiting.grow(bytes).is_err() {
            waiting.add(bytes);
            self.short = true;
        }
    }

    /// Counts it no longer.
    fn go(&mut self, bytes: usize) {
        self.waiting_bytes -= bytes;
        self.short = false;
        if let Some(waiting) = &mut self.waiting {
            waiting.set(self.waiting_bytes);
        }
    }

    /// Ready when the connection has to end, as what it leaves unread keeps others from being answered.
    pub(crate) fn poll_excess(&self, cx: &TaskContext<'_>) -> Poll<()> {
        self.caller.connection.memory.as_ref().map_or(Poll::Pending, |memory| memory.poll_end(cx))
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
        for parked in std::mem::take(&mut self.parked) {
            self.release(parked.lane);
        }
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

    /// The application was told of a stream: its requests begin, or are refused with it.
    fn arrived(&mut self, stream: usize) -> Result<(), Overflown> {
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

    /// Answers a frame of a stream that is closed to the connection.
    fn refuse(&mut self, stream: usize, payload: &str) -> Result<(), Overflown> {
        if self.deaf || !self.caller.endpoint.multiplexed {
            return Ok(());
        }
        let name = Arc::clone(&self.caller.endpoint.streams[stream].name_json);
        self.send(Undeliverable::new(&name, payload, Error::PermissionDenied).into_frame())
    }

    /// Nobody has rights here any more: what waits is answered with 401; subscriptions, answers of many frames and
    /// what is detached end. What else is in progress goes on.
    pub(crate) fn revoke(&mut self) -> Result<(), Overflown> {
        self.revoked = true;
        // What an action in progress has sent itself is part of its answer.
        self.send_ready();
        self.mailbox.shut();
        self.caller.db.hub().disconnect(self.caller.connection.id);
        self.detached.clear();
        // Before the lanes: whoever waits behind such an answer must not begin.
        for Parked { lane, .. } in std::mem::take(&mut self.parked) {
            if let Some(lane) = lane.and_then(|stream| self.lanes.get_mut(&stream)) {
                lane.running = false;
            }
        }
        let mut sent = Ok(());
        for (stream, lane) in std::mem::take(&mut self.lanes) {
            for text in &lane.pending {
                self.go(text.len());
                let frame = request::refuse(&self.caller, stream, text, &Error::NotAuthenticated);
                sent = sent.and(self.send(frame));
            }
            if lane.running {
                self.lanes.insert(stream, Lane { running: true, ..Lane::default() });
            }
        }
        sent
    }

    fn finish(&mut self, done: Done) -> Result<(), Overflown> {
        let Done { lane, answer: Answer { frame, held, rest } } = done;
        if lane.is_some() {
            // What it sent itself goes before its answer.
            self.send_ready();
        }
        match rest.filter(|_| !self.deaf && !self.revoked) {
            Some(rest) => self.parked.push_back(Parked { lane, rest }),
            None => self.release(lane),
        }
        let sent = if self.deaf { Ok(()) } else { self.send_answer(frame, held) };
        self.begin();
        sent
    }

    /// A request is answered to the end: the next of its stream may begin.
    fn release(&mut self, stream: Option<usize>) {
        let Some(stream) = stream else { return };
        if let Some(lane) = self.lanes.get_mut(&stream) {
            lane.running = false;
        }
        self.forget_idle(stream);
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
        let beside = self.detached_requests();
        let lane = self.lanes.get_mut(&stream)?;
        if lane.running {
            return None;
        }
        let detached = self.caller.endpoint.streams[stream].is_detached(lane.pending.front()?);
        if detached && !self.deaf && beside >= self.caller.limits.detached {
            return None;
        }
        let text = lane.pending.pop_front()?;
        lane.running = !detached;
        self.go(text.len());
        self.forget_idle(stream);
        Some((text, detached))
    }

    /// Whether the answer to one more request would have a place.
    fn has_room(&self) -> bool {
        let limits = &self.caller.limits;
        self.taken() < limits.outbound && self.outbound.bytes() < limits.outbound_bytes
    }

    /// Whether the next frame of an answer of many may be made. It leaves a place to the answers of other requests.
    fn may_resume(&self) -> bool {
        self.has_room() && self.taken() + 1 < self.caller.limits.outbound && self.outbound.len() < AHEAD
    }

    fn detached_requests(&self) -> usize {
        self.detached.len() + self.parked.iter().filter(|parked| parked.lane.is_none()).count()
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
