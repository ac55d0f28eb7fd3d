//! The memory of one request: the rows that are read for it, and its answer.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::excess::Excess;
use super::share::{Held, Share};

/// The bytes that are counted together: counting each row would cost more than reading it.
const STEP: usize = 16 * 1024;
/// The bytes of a statement that are too few to be counted.
const LITTLE: usize = 1024;

/// How rows that are read for a request are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Rows {
    /// They count while they are read: custom actions may keep them without being counted.
    WhileRead,
    /// They count until the request is answered, because they are its answer.
    UntilAnswered,
    /// They count while they are read, and are never refused: the request may have stored something already.
    Always,
}

/// The memory of one request.
#[derive(Debug)]
pub(crate) struct RequestMemory {
    rows: AtomicU8,
    held: Mutex<Held>,
}

impl RequestMemory {
    /// Creates the memory of a request.
    pub(crate) fn new(share: &Arc<Share>) -> Arc<Self> {
        let (rows, held) = (AtomicU8::new(Rows::WhileRead as u8), Mutex::new(Held::none(share)));
        Arc::new(Self { rows, held })
    }

    /// Counts the rows that are read from now on until the request is answered.
    pub(crate) fn keep_rows(&self) {
        self.rows.store(Rows::UntilAnswered as u8, Relaxed);
    }

    /// Refuses no rows from now on.
    pub(crate) fn refuse_nothing(&self) {
        self.rows.store(Rows::Always as u8, Relaxed);
    }

    /// Counts bytes until the request is answered.
    pub(crate) fn grow(&self, bytes: usize) -> Result<(), Excess> {
        if self.is(Rows::Always) {
            self.held().add(bytes);
            return Ok(());
        }
        self.held().grow(bytes)
    }

    /// Returns what is left of it when the request is answered by a frame of this many bytes.
    pub(crate) fn answered(&self, bytes: usize) -> Held {
        let mut held = self.held();
        let mut answer = held.split();
        drop(held);
        answer.set(bytes);
        answer
    }

    fn is(&self, rows: Rows) -> bool {
        self.rows.load(Relaxed) == rows as u8
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Every edit leaves the state consistent.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of one statement, as they are counted for a request.
pub(crate) struct RowBytes<'a> {
    request: Option<&'a RequestMemory>,
    /// The counted bytes.
    counted: usize,
    /// The bytes that are not counted yet.
    more: usize,
    own: Option<Held>,
}

impl<'a> RowBytes<'a> {
    /// Creates a counter without rows. Without a request nothing is counted.
    pub(crate) fn of(request: Option<&'a Arc<RequestMemory>>) -> Self {
        Self { request: request.map(|request| &**request), counted: 0, more: 0, own: None }
    }

    /// Counts a row of this many bytes.
    ///
    /// # Errors
    /// Returns the excess if there are too many bytes.
    pub(crate) fn add(&mut self, row: usize) -> Result<(), Excess> {
        self.more += row;
        if self.request.is_none() || self.more < STEP { Ok(()) } else { self.count() }
    }

    /// Returns the bytes of the rows.
    pub(crate) fn bytes(&self) -> usize {
        self.counted + self.more
    }

    /// Counts the rest, once all rows are there.
    ///
    /// # Errors
    /// Returns the excess if there are too many bytes.
    pub(crate) fn finish(mut self) -> Result<(), Excess> {
        if self.bytes() < LITTLE { Ok(()) } else { self.count() }
    }

    fn count(&mut self) -> Result<(), Excess> {
        let more = std::mem::take(&mut self.more);
        let Some(request) = self.request.filter(|_| more > 0) else { return Ok(()) };
        self.counted += more;
        if request.is(Rows::UntilAnswered) {
            return request.held().grow(more);
        }
        let own = self.own.get_or_insert_with(|| request.held().sibling());
        if request.is(Rows::Always) {
            own.add(more);
            return Ok(());
        }
        // The author of the statement, not a client, decides how much it reads.
        own.grow(more).map_err(|excess| match excess {
            Excess::Request { most } => Excess::Statement { most },
            other => other,
        })
    }
}
