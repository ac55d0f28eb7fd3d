//! JSON texts that grow: they are counted for the request that they answer, and others have their turn meanwhile.

use crate::app::context::Context;
use crate::ground::error::{Detail, Error, Result};
use crate::ground::memory::size;
use crate::ground::stats::LimitKind;

/// Bytes that are written between two looks at it.
const STEP: usize = 128 * 1024;

/// 400: whoever asks says how much of it they want.
fn too_large(ctx: &Context) -> Error {
    let bounds = ctx.bounds();
    bounds.stats.cross(LimitKind::Reply);
    let text = format!("This answer is larger than {}: ask for less.", size(bounds.limits.reply));
    Error::Api { status: 400, detail: Detail::Text(text) }
}

/// The answer to a list, once it is whole.
///
/// # Errors
/// 400 if it is larger than answers may be.
pub(crate) fn within_limit(ctx: &Context, answer: Vec<u8>) -> Result<Vec<u8>> {
    if answer.len() > ctx.bounds().limits.reply { Err(too_large(ctx)) } else { Ok(answer) }
}

/// A text that grows.
pub(crate) struct Growth<'a> {
    ctx: &'a Context,
    counted: usize,
    /// Bytes that it may have.
    most: usize,
}

impl<'a> Growth<'a> {
    /// The answer to a list, which may be as large as replies may be.
    pub(crate) fn of_answer(ctx: &'a Context) -> Self {
        Self { ctx, counted: 0, most: ctx.bounds().limits.reply }
    }

    /// A part of whatever becomes of it.
    pub(crate) fn of_part(ctx: &'a Context) -> Self {
        Self { ctx, counted: 0, most: usize::MAX }
    }

    /// Takes note that it has so many bytes now.
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
