//! A TCP connection that counts the incoming frames, once it is a socket.
//!
//! The library joins messages itself and limits their bytes, but not the number of their frames; it would not detect an
//! endless message of empty frames. Before the connection is a socket, this stream also detects a client that does not
//! read an answer.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::connection_counter::ConnectionPermit;
use super::large::LargeFrame;
use super::stream::Stream;
use crate::ground::limits::Limits;

/// A message has too many frames.
#[derive(Debug, thiserror::Error)]
#[error("a message came in too many frames")]
pub(crate) struct TooManyFragments;

/// A client does not read an answer.
#[derive(Debug, thiserror::Error)]
#[error("a client took nothing of an answer for too long")]
pub(crate) struct Stuck;

/// The state of a TCP connection that its requests share.
#[derive(Debug)]
pub(crate) struct PeerState {
    /// The address of the peer.
    pub(crate) peer: SocketAddr,
    /// The last four bytes that were read.
    tail: AtomicU32,
    is_socket: AtomicBool,
    large: LargeFrame,
}

impl PeerState {
    /// Creates the state of an HTTP connection.
    pub(crate) fn new(peer: SocketAddr) -> Self {
        let (tail, is_socket) = (AtomicU32::new(0), AtomicBool::new(false));
        Self { peer, tail, is_socket, large: LargeFrame::default() }
    }

    /// Writes a large text frame when the socket is flushed next. All frames before it have to be flushed already.
    pub(crate) fn send(&self, text: Bytes) {
        self.large.put(text);
    }

    /// Returns the bytes of large frames that were written.
    pub(crate) fn written(&self) -> u64 {
        self.large.written()
    }

    /// Starts to count frames. Returns `false` if the client has already sent something after the head of the request:
    /// it has to wait for the answer (RFC 6455, 4.1).
    pub(crate) fn become_socket(&self) -> bool {
        let tail = self.tail.load(Ordering::Relaxed).to_be_bytes();
        let waits = tail == *b"\r\n\r\n" || tail.ends_with(b"\n\n");
        if waits {
            self.is_socket.store(true, Ordering::Relaxed);
        }
        waits
    }
}

/// A TCP connection.
pub(crate) struct CountingStream {
    stream: Stream,
    peer: Arc<PeerState>,
    frames: Frames,
    write_timeout: Duration,
    /// The deadline of a write of an answer that is stuck.
    stuck: Option<Pin<Box<Sleep>>>,
    /// The permit, for as long as the connection is open.
    _place: ConnectionPermit,
}

impl CountingStream {
    /// Creates a connection with limits.
    pub(crate) fn new(
        stream: Stream,
        peer: Arc<PeerState>,
        limits: &Limits,
        permit: ConnectionPermit,
    ) -> Self {
        let (frames, write_timeout) = (Frames::new(limits.fragments), limits.write_timeout);
        Self { stream, peer, frames, write_timeout, stuck: None, _place: permit }
    }

    /// Writes a large frame to its end, if there is one. Everything else is written after it.
    fn poll_large(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.peer.large.poll(cx, &mut self.stream)
    }

    /// Checks the result of a write: a write of an HTTP answer must not be stuck for ever. Sockets check this
    /// themselves.
    fn written<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() || self.peer.is_socket.load(Ordering::Relaxed) {
            self.stuck = None;
            return written;
        }
        let timeout = self.write_timeout;
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        stuck.as_mut().poll(cx).map(|()| Err(io::Error::other(Stuck)))
    }
}

impl AsyncRead for CountingStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
        let read = &buf.filled()[before..];
        if this.peer.is_socket.load(Ordering::Relaxed) {
            if let Err(error) = this.frames.read(read) {
                buf.set_filled(before);
                return Poll::Ready(Err(io::Error::other(error)));
            }
        } else {
            let last = read.iter().rev().take(4).rev();
            let tail =
                last.fold(this.peer.tail.load(Ordering::Relaxed), |tail, byte| tail << 8 | u32::from(*byte));
            this.peer.tail.store(tail, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for CountingStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_large(cx))?;
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_large(cx))?;
        // Encrypted data waits here.
        let written = Pin::new(&mut self.stream).poll_flush(cx);
        self.written(cx, written)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_large(cx))?;
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.written(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// The number of bytes of the longest head of a frame.
const HEAD: usize = 14;

/// The position of the next byte in the incoming frames (RFC 6455, 5.2).
struct Frames {
    most: u32,
    /// The number of frames of the incomplete message.
    fragments: u32,
    head: [u8; HEAD],
    /// The number of bytes of the head that have arrived.
    have: usize,
    /// The number of bytes of the payload that are still missing.
    payload: u64,
}

impl Frames {
    fn new(most: u32) -> Self {
        Self { most, fragments: 0, head: [0; HEAD], have: 0, payload: 0 }
    }

    fn read(&mut self, mut bytes: &[u8]) -> Result<(), TooManyFragments> {
        while let Some((first, rest)) = bytes.split_first() {
            if self.payload > 0 {
                let within = usize::try_from(self.payload).unwrap_or(usize::MAX).min(bytes.len());
                self.payload -= within as u64;
                bytes = &bytes[within..];
                continue;
            }
            self.head[self.have] = *first;
            self.have += 1;
            bytes = rest;
            if let Some(payload) = self.payload_of_head() {
                self.have = 0;
                self.payload = payload;
                self.count()?;
            }
        }
        Ok(())
    }

    /// Returns the length of the payload, once the head is complete.
    fn payload_of_head(&self) -> Option<u64> {
        let [_, second, ..] = self.head;
        let extended = match second & 0x7f {
            _ if self.have < 2 => return None,
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        if self.have < 2 + extended + mask {
            return None;
        }
        let length = self.head[2..2 + extended].iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
        Some(if extended == 0 { u64::from(second & 0x7f) } else { length })
    }

    /// Counts the frame whose head is complete. Control frames may come in between.
    fn count(&mut self) -> Result<(), TooManyFragments> {
        let [first, ..] = self.head;
        let (is_final, is_control) = (first & 0x80 != 0, first & 0x08 != 0);
        if is_control {
            return Ok(());
        }
        self.fragments = if is_final { 0 } else { self.fragments.saturating_add(1) };
        if self.fragments >= self.most { Err(TooManyFragments) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match length {
            0..126 => frame.push(0x80 | u8::try_from(length).expect("it is short")),
            126..0x1_0000 => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).expect("it is short").to_be_bytes());
            }
            _ => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([1, 2, 3, 4]);
        frame.resize(frame.len() + length, b'x');
        frame
    }

    fn read(frames: &[Vec<u8>], most: u32, piece: usize) -> Result<(), TooManyFragments> {
        let mut reader = Frames::new(most);
        frames.concat().chunks(piece).try_for_each(|piece| reader.read(piece))
    }

    #[test]
    fn counts_frames_of_a_message_however_they_come() {
        let (text, more, last, ping) = (0x01, 0x00, 0x80, 0x89);
        let message = [frame(text, 5), frame(more, 300), frame(ping, 0), frame(last, 70_000), frame(0x81, 0)];
        for piece in [1, 2, 3, 7, 1_000_000] {
            assert!(read(&message, 3, piece).is_ok(), "{piece}");
            assert!(read(&[message.concat(), message.concat()], 3, piece).is_ok(), "{piece}");
            assert!(read(&message, 2, piece).is_err(), "{piece}");
        }
        assert!(read(&vec![frame(0x81, 1); 1_000], 1, 64).is_ok());
        assert!(read(&[frame(text, 0), frame(more, 0)], 2, 64).is_err());
    }
}
