//! The end of a session: its rights are over, nobody listens any more, or the streams are left.

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use super::outbound::Overflown;
use super::queue::StreamQueue;
use super::request;
use super::state::{ParkedAnswer, Session};
use crate::ground::error::Error;
use crate::ground::future::BoxFuture;

impl Session {
    /// Nobody listens any more: what is detached is cancelled, and from now on nothing is to be sent. What was
    /// received goes on.
    pub(crate) fn stop_sending(&mut self) {
        self.muted = true;
        self.detached.clear();
        self.outbound.clear();
        for parked in std::mem::take(&mut self.parked) {
            self.release(parked.queue);
        }
        self.mailbox.shut();
        self.begin();
    }

    /// Ready when all that was received is done; for a session that is [muted](Self::stop_sending).
    pub(crate) fn poll_drained(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        while !self.is_idle() {
            // Nothing is sent, so that nothing can overflow.
            let _ = ready!(self.poll_done(cx));
        }
        Poll::Ready(())
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
        for ParkedAnswer { queue, .. } in std::mem::take(&mut self.parked) {
            if let Some(queue) = queue.and_then(|stream| self.queues.get_mut(&stream)) {
                queue.running = false;
            }
        }
        let mut sent = Ok(());
        for (stream, queue) in std::mem::take(&mut self.queues) {
            for text in &queue.pending {
                self.uncount_waiting(text.len());
                let frame = request::refuse(&self.caller, stream, text, &Error::NotAuthenticated);
                sent = sent.and(self.send(frame));
            }
            if queue.running {
                self.queues.insert(stream, StreamQueue { running: true, ..StreamQueue::default() });
            }
        }
        sent
    }

    /// Leaves the streams: what is still under way is cancelled. None: no application wants to be told.
    pub(crate) fn leave(mut self) -> Option<BoxFuture<'static, ()>> {
        let caller = Arc::clone(&self.caller);
        let mailbox = Arc::clone(&self.mailbox);
        let admission = self.admission.take().unwrap_or_default();
        // A request that was cancelled may hold what the application needs now: a transaction. And what the
        // application says to groups now, this connection hears no more.
        drop(self);
        admission.leave(&caller, &mailbox)
    }
}
