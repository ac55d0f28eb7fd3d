//! The position of a client in the log of changes.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;

use super::frames::framed;
use crate::change::{Mark, MarkKind, Position};

/// The position of a client that knows positions.
#[derive(Debug)]
pub(super) struct Cursor {
    /// On a multiplexed socket the name of the stream in whose frames it is told.
    pub(super) wrapper: Option<Arc<str>>,
    /// The position that it was not told yet.
    position: Option<Position>,
    /// The last position of an event that was put into the queue, or of an answer.
    passed: Position,
    /// The number of subscriptions that are being told what they have missed. They are behind the position.
    pub(super) resuming: usize,
}

impl Cursor {
    pub(super) fn new(wrapper: Option<Arc<str>>) -> Self {
        Self { wrapper, position: None, passed: Position::default(), resuming: 0 }
    }

    /// Notes an event, or an answer. A position before it is not told any more: one that reaches it follows, after all
    /// events of its transaction.
    pub(super) fn pass(&mut self, mark: Mark) {
        // After a gap the log may be another one, with other numbers.
        if matches!(mark.kind, MarkKind::Gap(_)) || mark.position.reaches(self.passed) {
            self.passed = mark.position;
        }
        self.position = self.position.filter(|position| position.reaches(mark.position));
    }

    /// Sets the position that is to be told, unless a later one was passed or is to be told.
    pub(super) fn set(&mut self, position: Position) {
        if position.reaches(self.passed) && self.position.is_none_or(|other| position.reaches(other)) {
            self.position = Some(position);
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_never_older_than_an_event_before_it() {
        let at = |batch| Position { batch, place: 1, tag: 7 };
        let mut cursor = Cursor::new(None);
        cursor.set(at(3));
        assert!(cursor.is_due());
        // The next transaction has begun to be told.
        cursor.pass(Mark::live(at(4)));
        assert!(!cursor.is_due());
        // A replay that has ended meanwhile has got as far as this.
        cursor.set(at(3));
        assert!(!cursor.is_due());
        cursor.set(at(4));
        cursor.set(at(3));
        assert!(cursor.take().is_some_and(|frame| frame.contains(&at(4).to_string())));
        // The log begins anew.
        cursor.pass(Mark { position: at(1), kind: MarkKind::Gap("epoch") });
        cursor.set(at(1));
        assert!(cursor.is_due());
    }
}
