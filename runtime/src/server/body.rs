//! The body of a request over HTTP, which has to come in time.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::Sleep;

use crate::stats::{Limit, Stats};

/// The body was not there in time.
#[derive(Debug, thiserror::Error)]
#[error("the body did not come within {0:?}")]
struct TooSlow(Duration);

/// A body that is broken once its time is over. The time begins when it is first asked for.
pub(super) struct TimedBody {
    body: Incoming,
    within: Duration,
    end: Option<Pin<Box<Sleep>>>,
    stats: Arc<Stats>,
}

impl TimedBody {
    /// A body that has to be there `within` that time.
    pub(super) fn new(body: Incoming, within: Duration, stats: Arc<Stats>) -> Self {
        Self { body, within, end: None, stats }
    }
}

impl HttpBody for TimedBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let within = this.within;
        let end = this.end.get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
        match end.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                this.stats.cross(Limit::BodyWithin);
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
