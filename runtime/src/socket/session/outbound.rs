//! The bounded queue of frames to send.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;

use crate::ground::memory::{Held, Share};

/// Too many frames are waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overflown;

/// A queue of text frames, and those that are being written.
#[derive(Debug)]
pub(crate) struct Outbound {
    frames: VecDeque<Utf8Bytes>,
    /// The bytes of the frames.
    waiting: usize,
    /// The bytes of frames that were taken and are not sent yet.
    writing: usize,
    limit: usize,
    /// The memory of the connection in which all these frames are counted.
    held: Option<Held>,
}

impl Outbound {
    /// Creates an empty queue for `limit` frames.
    pub(super) fn new(limit: usize, memory: Option<&Arc<Share>>) -> Self {
        Self { frames: VecDeque::new(), waiting: 0, writing: 0, limit, held: memory.map(Held::none) }
    }

    /// Appends a frame.
    pub(super) fn push(&mut self, frame: Utf8Bytes) -> Result<(), Overflown> {
        if self.is_full() {
            return Err(Overflown);
        }
        self.force(frame);
        Ok(())
    }

    /// Appends a frame whose bytes are counted already.
    pub(super) fn push_held(&mut self, frame: Utf8Bytes, bytes: Option<Held>) -> Result<(), Overflown> {
        if let (Some(own), Some(bytes)) = (&mut self.held, bytes) {
            own.absorb(bytes);
        }
        self.push(frame)
    }

    /// Appends a frame that has a reserved place.
    pub(super) fn force(&mut self, frame: Utf8Bytes) {
        self.waiting += frame.len();
        self.frames.push_back(frame);
        self.count();
    }

    /// Returns the bytes of the oldest frame.
    pub(crate) fn next_bytes(&self) -> usize {
        self.frames.front().map_or(0, |frame| frame.len())
    }

    /// Takes the oldest frame, to be written. A queue that becomes empty frees its memory.
    pub(crate) fn pop(&mut self) -> Option<Utf8Bytes> {
        let frame = self.frames.pop_front()?;
        self.waiting -= frame.len();
        self.writing += frame.len();
        if self.frames.is_empty() && self.frames.capacity() > 16 {
            self.frames = VecDeque::new();
        }
        Some(frame)
    }

    /// Records that the taken frames are sent.
    pub(crate) fn written(&mut self) {
        if self.writing > 0 {
            self.writing = 0;
            self.count();
        }
    }

    /// Drops the waiting frames.
    pub(crate) fn clear(&mut self) {
        self.frames = VecDeque::new();
        self.waiting = 0;
        self.count();
    }

    /// Returns the number of waiting frames.
    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    /// Tells whether no frame waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Tells whether there is no place for another frame.
    pub(crate) fn is_full(&self) -> bool {
        self.frames.len() >= self.limit
    }

    /// Returns the bytes that wait or are being written.
    pub(crate) fn bytes(&self) -> usize {
        self.waiting + self.writing
    }

    fn count(&mut self) {
        let bytes = self.bytes();
        if let Some(held) = &mut self.held {
            held.leave(bytes);
        }
    }
}
