//! The end of a session: its rights have ended, the client has disconnected, or the streams are left.

use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, ready};

use super::caller::Caller;
use super::outbound::Overflown;
use super::queue::StreamQueue;
use super::request;
use super::state::{ParkedAnswer, Session};
use crate::ground::error::Error;
use crate::ground::future::BoxFuture;

impl Session {
    /// Mutes the session, because the client has disconnected: detached actions are cancelled, and nothing is sent any
    /// more. Received requests continue.
    pub(crate) fn stop_sending(&mut self) {
        self.muted = true;
        self.detached.clear();
        self.caller.connection.tasks.end();
        self.outbound.clear();
        for parked in std::mem::take(&mut self.parked) {
            self.release(parked.queue);
        }
        self.mailbox.shut();
        self.begin();
    }

    /// Resolves when all received requests are finished. The session has to be [muted](Self::stop_sending).
    pub(crate) fn poll_drained(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        while !self.is_idle() {
            // Nothing is sent, so that nothing can overflow.
            let _ = ready!(self.poll_done(cx));
        }
        Poll::Ready(())
    }

    /// Ends the rights of the session: waiting requests are answered with 401; subscriptions, answers of many frames
    /// and detached actions end. Other requests in progress continue.
    pub(crate) fn revoke(&mut self) -> Result<(), Overflown> {
        self.revoked = true;
        // Frames that an action in progress has sent itself are part of its answer.
        self.send_ready();
        self.mailbox.shut();
        self.remember_groups();
        self.caller.db.hub().disconnect(self.caller.connection.id);
        self.detached.clear();
        self.caller.connection.tasks.end();
        // This comes before the queues: a request that waits behind such an answer must not begin.
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

    /// Keeps the groups of the connection for the hooks that run when it has ended.
    fn remember_groups(&self) {
        let Caller { endpoint, connection, db, .. } = &*self.caller;
        if !endpoint.streams.iter().any(|stream| stream.meta.access.on_disconnect) {
            return;
        }
        connection.left.get_or_init(|| {
            let heard = |stream: usize| {
                let own = db.hub().heard(connection.id, |own| own.recipient.stream == stream);
                own.into_iter().map(move |(topic, name)| (stream, topic, name))
            };
            (0..endpoint.streams.len()).flat_map(heard).collect()
        });
    }

    /// Leaves the streams. Requests in progress are cancelled. Returns `None` if there is no hook to run.
    pub(crate) fn leave(mut self) -> Option<BoxFuture<'static, ()>> {
        let caller = Arc::clone(&self.caller);
        caller.connection.tasks.end();
        let mailbox = Arc::clone(&self.mailbox);
        let admission = self.admission.take().unwrap_or_default();
        self.remember_groups();
        // A cancelled request may hold a transaction that the hook needs. Also, this connection must not receive
        // messages that the hook sends to groups.
        drop(self);
        admission.leave(&caller, &mailbox)
    }
}
