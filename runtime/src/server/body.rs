//! The body of an HTTP request, which has to arrive in time and whose memory is counted.

use std::error::Error;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::Sleep;

use crate::ground::bounds::Bounds;
use crate::ground::memory::{Excess, Held};
use crate::ground::stats::{LimitKind, Stats};

/// The greatest number of bytes of a body that pages hold, unless they accept more themselves: axum's default.
const HELD: usize = 2 * 1024 * 1024;

/// The body did not arrive in time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come within {0:?}")]
struct TooSlow(Duration);

/// The memory of the body of a request until it is answered.
#[derive(Debug)]
pub(super) struct BodyMemory {
    held: Mutex<Held>,
    excess: OnceLock<Excess>,
}

impl BodyMemory {
    /// Creates the memory of an empty body.
    pub(super) fn new(bounds: &Bounds, address: Option<IpAddr>) -> Arc<Self> {
        let held = Held::none(&bounds.memory.share(address));
        Arc::new(Self { held: Mutex::new(held), excess: OnceLock::new() })
    }

    /// Counts this many bytes in all, if they are more than before.
    ///
    /// # Errors
    /// There is not enough memory for them.
    pub(super) fn reach(&self, bytes: usize) -> Result<(), Excess> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let more = bytes.min(HELD).saturating_sub(held.bytes());
        held.grow(more).inspect_err(|excess| {
            let _ = self.excess.set(*excess);
        })
    }

    /// Returns the reason why the body was not read to its end.
    pub(super) fn excess(&self) -> Option<Excess> {
        self.excess.get().copied()
    }
}

/// A body that fails when its time is over, which begins when it is first polled, or when there is no memory for it.
pub(super) struct BoundedBody {
    body: Incoming,
    within: Duration,
    end: Option<Pin<Box<Sleep>>>,
    stats: Arc<Stats>,
    memory: Arc<BodyMemory>,
    bytes: usize,
}

impl BoundedBody {
    /// Creates a body that has to arrive `within` this time.
    pub(super) fn new(body: Incoming, within: Duration, stats: Arc<Stats>, memory: Arc<BodyMemory>) -> Self {
        Self { body, within, end: None, stats, memory, bytes: 0 }
    }
}

impl HttpBody for BoundedBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            if let Some(Ok(frame)) = &frame {
                this.bytes += frame.data_ref().map_or(0, Bytes::len);
                if let Err(excess) = this.memory.reach(this.bytes) {
                    return Poll::Ready(Some(Err(excess.into())));
                }
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let within = this.within;
        let end = this.end.get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
        match end.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                this.stats.cross(LimitKind::BodyWithin);
                Poll::Ready(Some(Err(TooSlow(within).into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
