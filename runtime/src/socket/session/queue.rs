//! The queue of one stream of a connection, while it has requests.

use std::collections::VecDeque;
use std::sync::Arc;

/// The requests of one stream.
#[derive(Debug, Default)]
pub(super) struct StreamQueue {
    /// Whether a request is being answered for which the others wait.
    pub(super) running: bool,
    /// The requests that wait for their turn.
    pub(super) pending: VecDeque<Arc<str>>,
}
