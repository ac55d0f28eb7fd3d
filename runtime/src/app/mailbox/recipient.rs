//! The mailbox's record of a subscription.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::app::request_id::RequestId;
use crate::ground::bounds::Bounds;
use crate::schema::meta::Overflow;
use crate::wire::frame::Wrapper;

/// A subscription as the mailbox of its connection knows it.
#[derive(Debug)]
pub(crate) struct Recipient {
    /// The stream's position in the endpoint.
    pub(crate) stream: usize,
    /// The stream's name as JSON text, on a multiplexed socket.
    pub(crate) wrapper: Option<Arc<str>>,
    /// The id of its events.
    pub(crate) request_id: RequestId,
    /// The policy for an overflow.
    pub(crate) overflow: Overflow,
    /// The limits of its connection.
    pub(crate) bounds: Arc<Bounds>,
    ended: AtomicBool,
}

impl Recipient {
    /// Creates a subscription on a stream, with an id.
    pub(crate) fn new(
        stream: usize,
        wrapper: Option<Arc<str>>,
        request_id: RequestId,
        overflow: Overflow,
        bounds: Arc<Bounds>,
    ) -> Self {
        Self { stream, wrapper, request_id, overflow, bounds, ended: AtomicBool::new(false) }
    }

    /// Returns the wrapper of its frames.
    pub(super) fn wrapper(&self) -> Wrapper<'_> {
        self.wrapper.as_deref().map_or(Wrapper::Raw, Wrapper::Stream)
    }

    /// Ends the subscription: nothing more is delivered, not even frames that wait.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Tells whether the subscription has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}
