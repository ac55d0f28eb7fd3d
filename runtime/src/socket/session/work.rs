//! Requests that begin and end: one of a stream at a time, and beside them those that are detached.

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::lane::Lane;
use super::outbound::Overflown;
use super::request;
use super::rest::Answer;
use super::state::{Done, Parked, Session};
use crate::ground::future::BoxFuture;

impl Session {
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
}
