//! The way of a frame through a session: it is accepted or refused, waits for its turn, and is answered.
//!
//! One request of a stream is answered at a time, with detached actions beside it.

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use axum::extract::ws::Utf8Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::answer::Answer;
use super::endpoint::Stream;
use super::outbound::Overflown;
use super::queue::StreamQueue;
use super::request;
use super::state::{Done, ParkedAnswer, Session};
use crate::ground::error::Error;
use crate::ground::failure;
use crate::ground::future::BoxFuture;
use crate::ground::memory::Held;
use crate::ground::stats::LimitKind;
use crate::wire::frame::{self, Envelope, Wrapper};
use crate::wire::multiplexer::{self, Undeliverable};

impl Session {
    /// Enters every stream except those that are closed to the connection, and runs the hooks of the applications.
    pub(crate) fn enter(&mut self, closed: Vec<usize>) {
        let told = |stream: &Stream| stream.is_entered;
        if closed.is_empty() && !self.caller.endpoint.streams.iter().any(told) {
            return;
        }
        let admission = self.admission.insert(Box::default());
        for stream in admission.enter(&self.caller, &self.mailbox, closed) {
            self.queues.entry(stream).or_default().running = true;
        }
    }

    /// Handles the end of a stream's hook: its requests begin, or are refused.
    pub(super) fn arrived(&mut self, stream: usize) -> Result<(), Overflown> {
        let refused = self.admission.as_ref().is_some_and(|admission| admission.is_refused(stream));
        let mut sent = Ok(());
        if let Some(queue) = self.queues.get_mut(&stream) {
            queue.running = false;
            let pending = if refused { std::mem::take(&mut queue.pending) } else { Default::default() };
            for text in pending {
                self.uncount_waiting(text.len());
                sent = sent.and(self.refuse(stream, &text));
            }
        }
        self.forget_idle(stream);
        self.begin();
        sent
    }

    /// Accepts a text frame.
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
        if self.admission.as_ref().is_some_and(|admission| admission.is_refused(stream)) {
            return self.refuse(stream, payload);
        }
        // The payload is copied: a slice would keep the read buffer of the socket alive, and let it grow.
        self.count_waiting(payload.len());
        self.queues.entry(stream).or_default().pending.push_back(payload.into());
        self.begin();
        if !self.can_read() {
            self.caller.stats().cross(LimitKind::Pending);
        }
        Ok(())
    }

    /// Checks whether a frame may be processed.
    ///
    /// # Errors
    /// 429 if there were too many frames, 400 if the frame is nested too deep.
    fn admit(&mut self, text: &str) -> Result<(), Error> {
        let limits = &self.caller.limits;
        if !self.rate_limiter.take(limits.requests_per_second) {
            self.caller.stats().cross(LimitKind::RequestsPerSecond);
            return Err(Error::Throttled { wait: Some(1) });
        }
        if frame::is_deeper(text, limits.depth) {
            self.caller.stats().cross(LimitKind::Depth);
            return Err(frame::too_deep(limits.depth));
        }
        Ok(())
    }

    /// Refuses a binary frame, because the protocol has only text frames.
    pub(crate) fn binary(&mut self) -> Result<(), Overflown> {
        let wrapper = if self.caller.endpoint.multiplexed { Wrapper::Stream("null") } else { Wrapper::Raw };
        let error = Error::Parse("Binary frames are not supported: send JSON in text frames.".to_owned());
        self.send(Envelope::blank(wrapper).failure(&error))
    }

    /// Answers a frame of a stream that is closed to the connection.
    fn refuse(&mut self, stream: usize, payload: &str) -> Result<(), Overflown> {
        if self.muted || !self.caller.endpoint.multiplexed {
            return Ok(());
        }
        let name = Arc::clone(&self.caller.endpoint.streams[stream].name_json);
        self.send(Undeliverable::new(&name, payload, Error::PermissionDenied).into_frame())
    }

    /// Begins every request whose turn it is. Tells whether there was one.
    pub(crate) fn begin(&mut self) -> bool {
        let mut begun = self.resume();
        for stream in self.due() {
            while self.has_room() {
                let Some((text, detached)) = self.next_of(stream) else { break };
                begun = true;
                let queue = (!detached).then_some(stream);
                let (caller, mailbox) = (Arc::clone(&self.caller), Arc::clone(&self.mailbox));
                let request: BoxFuture<'static, Done> = Box::pin(async move {
                    let answer = request::answer(&caller, mailbox, stream, &text).await;
                    Done { queue, answer }
                });
                if detached && self.muted {
                    // The action would be cancelled at once, because the client has disconnected.
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

    /// Makes the next frames of answers of many frames, in turn, as far as there is room. Tells whether there was one.
    fn resume(&mut self) -> bool {
        let mut begun = false;
        while self.may_resume() {
            let Some(ParkedAnswer { queue, rest }) = self.parked.pop_front() else { break };
            begun = true;
            let caller = Arc::clone(&self.caller);
            let page: BoxFuture<'static, Done> =
                Box::pin(async move { Done { queue, answer: rest.next(&caller).await } });
            if queue.is_some() { self.running.push(page) } else { self.detached.push(page) }
        }
        begun
    }

    /// Resolves whenever a request is finished. Its answer is then in [`outbound`](Self::outbound).
    pub(crate) fn poll_done(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Overflown>> {
        if let Some(admission) = &mut self.admission
            && let Poll::Ready(stream) = admission.poll_arrival(cx)
        {
            return Poll::Ready(self.arrived(stream));
        }
        let mut poll = |requests: &mut FuturesUnordered<BoxFuture<'static, Done>>| {
            // Without requests no waker is registered; the caller polls again after beginning one.
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

    fn finish(&mut self, done: Done) -> Result<(), Overflown> {
        let Done { queue, answer: Answer { frame, held, rest } } = done;
        if queue.is_some() {
            // Frames that the request has sent itself precede its answer.
            self.send_ready();
        }
        match rest.filter(|_| !self.muted && !self.revoked) {
            Some(rest) => self.parked.push_back(ParkedAnswer { queue, rest }),
            None => self.release(queue),
        }
        let sent = if self.muted { Ok(()) } else { self.send_answer(frame, held) };
        self.begin();
        sent
    }

    /// Returns the streams whose next request may begin.
    fn due(&self) -> Vec<usize> {
        let due = |queue: &StreamQueue| !queue.running && !queue.pending.is_empty();
        self.queues.iter().filter(|(_, queue)| due(queue)).map(|(stream, _)| *stream).collect()
    }

    /// Takes the next request of a stream, and tells whether it is detached, if it may begin now.
    fn next_of(&mut self, stream: usize) -> Option<(Arc<str>, bool)> {
        let beside = self.detached_requests();
        let queue = self.queues.get_mut(&stream)?;
        if queue.running {
            return None;
        }
        let detached = self.caller.endpoint.streams[stream].is_detached(queue.pending.front()?);
        if detached && !self.muted && beside >= self.caller.limits.detached {
            return None;
        }
        let text = queue.pending.pop_front()?;
        queue.running = !detached;
        self.uncount_waiting(text.len());
        self.forget_idle(stream);
        Some((text, detached))
    }

    /// Queues the answer of a request, and then the events that waited for it. A request that closes the connection is
    /// not answered.
    pub(super) fn send_answer(
        &mut self,
        frame: Option<Utf8Bytes>,
        held: Option<Held>,
    ) -> Result<(), Overflown> {
        if self.mailbox.is_closing() {
            return Ok(());
        }
        let sent = frame.map_or(Ok(()), |frame| self.outbound.push_held(frame, held));
        self.send_mail();
        sent
    }
}
