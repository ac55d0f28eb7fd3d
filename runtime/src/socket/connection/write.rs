//! Writing what is queued.

use std::task::{Context as TaskContext, Poll, ready};

use axum::Error as SocketError;
use axum::extract::ws::Message;
use futures_util::sink::SinkExt;
use tokio::time::Instant;

use super::state::Connection;
use crate::socket::large::LARGE;

/// Frames that are written before the socket is flushed.
const BATCH: usize = 64;

impl Connection {
    /// Writes what is queued, at most a batch, and flushes once.
    pub(super) fn poll_write(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), SocketError>> {
        for _ in 0..BATCH {
            if !self.has_output() {
                break;
            }
            let large = self.line.is_some() && self.session.outbound.next_bytes() >= LARGE;
            if large || self.is_large {
                ready!(self.poll_flush(cx))?;
            }
            ready!(self.socket.poll_ready_unpin(cx))?;
            // All before it is on its way: the reader is slow at worst.
            self.stuck = None;
            let text = self.session.outbound.pop();
            self.dirty = true;
            match (text, &self.line) {
                (Some(text), Some(line)) if large => {
                    line.send(text.into());
                    self.is_large = true;
                }
                (Some(text), _) => self.socket.start_send_unpin(Message::Text(text))?,
                (None, _) => {
                    let Some(control) = self.control.take() else { break };
                    self.socket.start_send_unpin(control)?;
                }
            }
        }
        self.poll_flush(cx)
    }

    fn poll_flush(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), SocketError>> {
        if self.dirty {
            ready!(self.socket.poll_flush_unpin(cx))?;
            (self.dirty, self.is_large) = (false, false);
        }
        self.session.outbound.written();
        Poll::Ready(Ok(()))
    }

    /// Remembers since when nothing could be written.
    pub(super) fn is_stuck(&mut self) {
        if self.stuck.is_none() {
            let now = Instant::now();
            self.stuck = Some((now, self.written()));
            self.wake_by(now + self.limits.write_timeout);
        }
    }
}
