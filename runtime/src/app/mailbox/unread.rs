//! The memory of waiting frames.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use super::recipient::Recipient;
use crate::ground::memory::{Common, Share};

/// The bytes of the events in a mailbox.
pub(super) struct UnreadBytes {
    pub(super) bytes: AtomicUsize,
    /// The memory in which they are counted.
    pub(super) memory: Option<Arc<Share>>,
}

impl UnreadBytes {
    /// Counts an event for as long as it waits.
    pub(super) fn count(self: &Arc<Self>, bytes: usize) -> Counted {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        if let Some(memory) = &self.memory {
            memory.leaves(bytes, 0);
        }
        Counted { unread: Arc::clone(self), bytes }
    }
}

/// The bytes of one event in a mailbox.
pub(super) struct Counted {
    unread: Arc<UnreadBytes>,
    bytes: usize,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.unread.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        if let Some(memory) = &self.unread.memory {
            memory.leaves(0, self.bytes);
        }
    }
}

/// The memory of an event for many subscribers: it is counted once, for as long as one of them has not read it.
#[derive(Default)]
pub(crate) struct SharedEventMemory(OnceLock<Arc<Common>>);

impl SharedEventMemory {
    pub(super) fn count(&self, recipient: &Recipient, bytes: impl FnOnce() -> usize) -> Arc<Common> {
        let budget = &recipient.bounds.memory;
        Arc::clone(self.0.get_or_init(|| Arc::new(budget.hold(bytes()))))
    }
}
