//! Writes large text frames directly to the TCP connection.
//!
//! The library of the socket copies every frame into a buffer, which keeps its size for as long as the socket is open,
//! and moves the rest of the frame at each write. A large frame bypasses the library: it is written when the library
//! flushes, before everything that the library writes next.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes, buf::Chain};
use tokio::io::AsyncWrite;

/// The least number of bytes of a large frame. Its length is encoded in 8 bytes of its head.
pub(crate) const LARGE: usize = 128 * 1024;

/// The number of bytes of a large frame that are written before other events and other connections have their turn.
const TURN: usize = 1 << 20;

/// The large frame of a connection that is being written, and the bytes of such frames that were written.
#[derive(Debug, Default)]
pub(crate) struct LargeFrame {
    is_there: AtomicBool,
    left: Mutex<Option<Chain<Bytes, Bytes>>>,
    written: AtomicU64,
}

impl LargeFrame {
    /// Adds a text. The one before has to be written already.
    pub(crate) fn put(&self, text: Bytes) {
        // FIN, and the opcode of text (RFC 6455, 5.2); a server does not mask frames.
        let mut head = vec![0x81, 127];
        head.extend_from_slice(&(text.len() as u64).to_be_bytes());
        *self.left() = Some(Bytes::from(head).chain(text));
        self.is_there.store(true, Relaxed);
    }

    /// Returns the number of bytes that were written.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }

    /// Writes the rest of the frame.
    pub(crate) fn poll(
        &self,
        cx: &mut Context<'_>,
        stream: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<()>> {
        if !self.is_there.load(Relaxed) {
            return Poll::Ready(Ok(()));
        }
        let mut left = self.left();
        let mut turn = 0;
        while let Some(frame) = left.as_mut().filter(|frame| frame.has_remaining()) {
            if turn >= TURN {
                // A fast reader must not delay other events of the connection, nor those of other connections.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let written = ready!(Pin::new(&mut *stream).poll_write(cx, frame.chunk()))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            frame.advance(written);
            turn += written;
            self.written.fetch_add(written as u64, Relaxed);
        }
        *left = None;
        self.is_there.store(false, Relaxed);
        Poll::Ready(Ok(()))
    }

    fn left(&self) -> MutexGuard<'_, Option<Chain<Bytes, Bytes>>> {
        // Every edit leaves the frame consistent.
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
