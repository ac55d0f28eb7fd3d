//! Counts growing JSON texts for the request that they answer, and lets other tasks run meanwhile.

use crate::app::context::Context;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::memory::size;
use crate::ground::stats::LimitKind;

/// The bytes that are written between two checks.
const STEP: usize = 128 * 1024;

/// Returns an error 400, because the client decides how much it requests.
fn too_large(ctx: &Context) -> Error {
    let bounds = ctx.bounds();
    bounds.stats.cross(LimitKind::Reply);
    let text = format!("This answer is larger than {}: ask for less.", size(bounds.limits.reply));
    Error::Api { status: 400, detail: Detail::Text(text) }
}

/// Returns the complete answer to a list, if it is not too large.
///
/// # Errors
/// 400 if it is larger than answers may be.
pub(crate) fn within_limit(ctx: &Context, answer: Vec<u8>) -> Result<Vec<u8>> {
    if answer.len() > ctx.bounds().limits.reply { Err(too_large(ctx)) } else { Ok(answer) }
}

/// A JSON text that grows while it is written.
pub(crate) struct Growth<'a> {
    ctx: &'a Context,
    counted: usize,
    /// The bytes that it may have.
    most: usize,
}

impl<'a> Growth<'a> {
    /// Begins the answer to a list, which may be as large as replies may be.
    pub(crate) fn of_answer(ctx: &'a Context) -> Self {
        Self { ctx, counted: 0, most: ctx.bounds().limits.reply }
    }

    /// Begins a part of another text.
    pub(crate) fn of_part(ctx: &'a Context) -> Self {
        Self { ctx, counted: 0, most: usize::MAX }
    }

    /// Records that the text has this many bytes now.
    ///
    /// # Errors
    /// 400 if it is too large; 429 or 503 if there is no memory for it.
    pub(crate) async fn reach(&mut self, bytes: usize) -> Result<()> {
        if bytes > self.most {
            return Err(too_large(self.ctx));
        }
        if bytes.saturating_sub(self.counted) < STEP {
            return Ok(());
        }
        if let Some(memory) = self.ctx.db().memory() {
            memory.grow(bytes - self.counted)?;
        }
        self.counted = bytes;
        tokio::task::yield_now().await;
        Ok(())
    }
}
