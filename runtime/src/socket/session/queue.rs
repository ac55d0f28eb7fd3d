//! One stream of a connection while it has something to do.

use std::collections::VecDeque;

/// The requests of one stream.
#[derive(Debug, Default)]
pub(super) struct StreamQueue {
    /// Whether a request is being answered that the others wait for.
    pub(super) running: bool,
    /// What waits for its turn.
    pub(super) pending: VecDeque<Box<str>>,
}
