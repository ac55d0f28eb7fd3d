//! Work that an action starts beside the requests of its connection.

use tracing::Instrument;

use super::context::Context;
use crate::ground::error::{Error, Result};
use crate::ground::failure::{self, caught};

impl Context {
    /// Starts work beside the requests of the connection (DCRF's `@detached` methods). It may take as long as the
    /// connection exists, and is cancelled when the connection ends or its rights end. It is given a context of its own,
    /// whose database is never a transaction, and whose frames are sent under the id of this request. An error or a
    /// panic of it is logged.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use dcrf_runtime::{Context, Result};
    /// use serde_json::json;
    ///
    /// /// An action that sends a frame every second from now on.
    /// async fn start_clock(ctx: &Context) -> Result<()> {
    ///     ctx.spawn(|ctx| async move {
    ///         for second in 1_u64.. {
    ///             tokio::time::sleep(Duration::from_secs(1)).await;
    ///             ctx.reply_as("tick", 200, &json!({"seconds": second}))?;
    ///         }
    ///         Ok(())
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::Throttled`] if [`Limits::detached`](crate::Limits::detached) tasks of the connection run already; the error
    /// of a process that holds as much memory as it may; [`Error::Internal`] if the context has no connection.
    pub fn spawn<F, W>(&self, work: F) -> Result<()>
    where
        F: FnOnce(Self) -> W,
        W: Future<Output = Result<()>> + Send + 'static,
    {
        self.sender()?;
        // Its context has the frame of this request.
        let held = self.share().map(|share| share.take(self.frame_bytes())).transpose()?;
        let span = failure::span(Some(self.stream()), self.action(), Some(self.request_id()));
        let work = work(self.outliving_request());
        let logged = async move {
            let _held = held;
            if let Err(error) = caught(work).await.flatten() {
                failure::log(&error, "work beside the requests of a connection");
            }
        };
        if self.tasks().start(self.bounds().limits.detached, logged.instrument(span)) {
            return Ok(());
        }
        tracing::warn!("work of a connection was not started: as many tasks run as it may have");
        Err(Error::Throttled { wait: None })
    }
}
