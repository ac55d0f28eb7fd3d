//! What waits to be sent, bounded.

use std::collections::VecDeque;

use axum::extract::ws::Utf8Bytes;

/// More frames waited than may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overflown;

/// A queue of text frames.
#[derive(Debug)]
pub(crate) struct Outbound {
    frames: VecDeque<Utf8Bytes>,
    bytes: usize,
    limit: usize,
}

impl Outbound {
    /// An empty queue for `limit` frames.
    pub(super) fn new(limit: usize) -> Self {
        Self { frames: VecDeque::new(), bytes: 0, limit }
    }

    /// Appends a frame.
    pub(super) fn push(&mut self, frame: Utf8Bytes) -> Result<(), Overflown> {
        if self.is_full() {
            return Err(Overflown);
        }
        self.force(frame);
        Ok(())
    }

    /// Appends a frame that has been counted already.
    pub(super) fn force(&mut self, frame: Utf8Bytes) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// Takes the oldest frame. A queue that has been worked off gives its memory back.
    pub(crate) fn pop(&mut self) -> Option<Utf8Bytes> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        if self.frames.is_empty() && self.frames.capacity() > 16 {
            self.frames = VecDeque::new();
        }
        Some(frame)
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.frames = VecDeque::new();
        self.bytes = 0;
    }

    /// Frames that wait.
    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether none waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether there is no place for another.
    pub(crate) fn is_full(&self) -> bool {
        self.frames.len() >= self.limit
    }

    /// Bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}
