//! The memory of one request: the rows that are read for it, and its answer.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::excess::Excess;
use super::share::{Held, Share};

/// Bytes that are counted together: counting each row would cost more than reading it.
const STEP: usize = 16 * 1024;
/// Bytes of a statement that are not worth to be counted.
const LITTLE: usize = 1024;

/// What is done with the rows that are read for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Rows {
    /// They count while they are read: what an action of the application's own does with them is its own affair.
    WhileRead,
    /// They count until the request is answered, as they are what is answered.
    UntilAnswered,
    /// They count while they are read, and are never too many: what the request is about may be stored already.
    Always,
}

/// What one request makes the process hold.
#[derive(Debug)]
pub(crate) struct RequestMemory {
    rows: AtomicU8,
    held: Mutex<Held>,
}

impl RequestMemory {
    /// A request of a connection.
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

    /// Counts what grows in memory until the request is answered.
    pub(crate) fn grow(&self, bytes: usize) -> Result<(), Excess> {
        if self.is(Rows::Always) {
            self.held().add(bytes);
            return Ok(());
        }
        self.held().grow(bytes)
    }

    /// What is left of it when the request is answered, by a frame of so many bytes.
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
        // Every edit leaves it whole.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of one statement, as they are counted for a request.
pub(crate) struct RowBytes<'a> {
    request: Option<&'a RequestMemory>,
    /// What is counted.
    counted: usize,
    /// What is not counted yet.
    more: usize,
    own: Option<Held>,
}

impl<'a> RowBytes<'a> {
    /// No rows yet. Without a request nothing is counted.
    pub(crate) fn of(request: Option<&'a Arc<RequestMemory>>) -> Self {
        Self { request: request.map(|request| &**request), counted: 0, more: 0, own: None }
    }

    /// Counts a row of so many bytes.
    ///
    /// # Errors
    /// There are too many.
    pub(crate) fn add(&mut self, row: usize) -> Result<(), Excess> {
        self.more += row;
        if self.request.is_none() || self.more < STEP { Ok(()) } else { self.count() }
    }

    /// Bytes of the rows.
    pub(crate) fn bytes(&self) -> usize {
        self.counted + self.more
    }

    /// Counts what is not counted yet, once all are there.
    ///
    /// # Errors
    /// There are too many.
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
        // Its author says how much it reads, and no client.
        own.grow(more).map_err(|excess| match excess {
            Excess::Request { most } => Excess::Statement { most },
            other => other,
        })
    }
}
