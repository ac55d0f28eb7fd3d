//! Moves events, and the frames that actions send beside their answers, into the outbound queue.

use std::task::{Context as TaskContext, Poll};

use super::state::Session;
use crate::app::mailbox::MailboxEvent;

impl Session {
    /// Resolves whenever an event was moved. Events wait while a request of their stream is being answered, as in DCRF:
    /// a client receives the event of its own change after the answer to it.
    pub(crate) fn poll_mail(&mut self, cx: &mut TaskContext<'_>) -> Poll<MailboxEvent> {
        self.mailbox.register(cx.waker());
        let sent = self.send_mail();
        match self.mailbox.trouble() {
            Some(mail) if !self.muted => Poll::Ready(mail),
            _ if sent => Poll::Ready(MailboxEvent::Sent),
            _ => Poll::Pending,
        }
    }

    /// Tells whether there is a frame that could be sent now.
    pub(crate) fn has_mail(&self) -> bool {
        self.has_room() && self.mailbox.has(|stream| self.is_busy(stream))
    }

    /// Stops serving requests; queued frames are still sent.
    pub(crate) fn stop_serving(&mut self) {
        self.muted = true;
        self.detached.clear();
        self.mailbox.shut();
    }

    /// Queues the frames that running requests have sent themselves, even if the queue is full: the mailbox limits
    /// their number.
    pub(super) fn send_ready(&mut self) {
        while let Some(frame) = self.mailbox.take(|_| true) {
            self.outbound.force(frame);
        }
    }

    pub(super) fn send_mail(&mut self) -> bool {
        let mut sent = false;
        while self.has_room() {
            let Some(frame) = self.mailbox.take(|stream| self.is_busy(stream)) else { break };
            self.outbound.force(frame);
            sent = true;
        }
        sent
    }

    fn is_busy(&self, stream: usize) -> bool {
        self.queues.get(&stream).is_some_and(|queue| queue.running)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.mailbox.shut();
        self.caller.db.hub().disconnect(self.caller.connection.id);
    }
}
