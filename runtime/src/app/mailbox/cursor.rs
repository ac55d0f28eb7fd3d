//! The position of a client in the log of changes.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;

use super::frames::framed;
use crate::change::Position;

/// The position of a client that knows positions.
#[derive(Debug)]
pub(super) struct Cursor {
    /// On a multiplexed socket the name of the stream in whose frames it is told.
    pub(super) wrapper: Option<Arc<str>>,
    /// The position that it was not told yet.
    pub(super) position: Option<Position>,
    /// The number of subscriptions that are being told what they have missed. They are behind the position.
    pub(super) resuming: usize,
}

impl Cursor {
    pub(super) fn is_due(&self) -> bool {
        self.position.is_some() && self.resuming == 0
    }

    /// Takes the frame of the position.
    pub(super) fn take(&mut self) -> Option<Utf8Bytes> {
        let position = self.position.take()?;
        let frame = format!(r#"{{"action":"$position","$dcrf":{{"pos":"{position}"}}}}"#);
        Some(framed(self.wrapper.as_deref(), frame.as_bytes()))
    }
}
