//! Positions in the log of changes.

use std::fmt;
use std::str::FromStr;

/// A place in the log: everything up to it, itself included. As a text, it sorts like the log.
///
/// On PostgreSQL it is a batch of transactions and a place in it, on SQLite the number of an entry. The tag is random: a
/// position whose number has another tag is one of a history that is not this log's, such as one that a restored backup
/// has replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Position {
    pub(crate) batch: u64,
    pub(crate) place: u32,
    pub(crate) tag: u32,
}

/// The digits of the parts: a log of 2^48 batches is never full.
const BATCH: usize = 12;
const PLACE: usize = 8;
const TAG: usize = 8;

impl Position {
    /// Tells whether everything up to another position is up to this one, too. Both are of one log.
    pub(crate) fn reaches(self, other: Self) -> bool {
        (self.batch, self.place) >= (other.batch, other.place)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0BATCH$x}{:0PLACE$x}{:0TAG$x}", self.batch, self.place, self.tag)
    }
}

/// A text is not a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != BATCH + PLACE + TAG || !text.bytes().all(is_digit) {
            return Err(NoPosition);
        }
        let (batch, rest) = text.split_at(BATCH);
        let (place, tag) = rest.split_at(PLACE);
        let part = |text: &str| u64::from_str_radix(text, 16).map_err(|_| NoPosition);
        let short = |text: &str| part(text).and_then(|part| u32::try_from(part).map_err(|_| NoPosition));
        Ok(Self { batch: part(batch)?, place: short(place)?, tag: short(tag)? })
    }
}

/// What the member `$dcrf` of an event or an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) position: Position,
    pub(crate) kind: MarkKind,
}

/// The kind of an event, or of an answer, with a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// It was told when it happened.
    Live,
    /// It is told to a client that has come back.
    Replayed,
    /// Something may be missing, for this reason.
    Gap(&'static str),
    /// It is the answer to a client that is told everything from this position on, up to another one and further.
    Resumed(Position),
    /// It is the answer to a client that cannot be told everything since its position, for this reason.
    Anew(&'static str),
}

impl Mark {
    /// Marks an event that is told when it happens.
    pub(crate) fn live(position: Position) -> Self {
        Self { position, kind: MarkKind::Live }
    }
}

impl fmt::Display for Mark {
    /// Writes the value of the member: JSON text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let position = self.position;
        match self.kind {
            MarkKind::Live => write!(f, r#"{{"pos":"{position}"}}"#),
            MarkKind::Replayed => write!(f, r#"{{"pos":"{position}","replayed":true}}"#),
            MarkKind::Resumed(head) => write!(f, r#"{{"pos":"{position}","resumed":true,"head":"{head}"}}"#),
            MarkKind::Anew(reason) => {
                write!(f, r#"{{"pos":"{position}","resumed":false,"reason":"{reason}"}}"#)
            }
            MarkKind::Gap(reason) => write!(f, r#"{{"reason":"{reason}","pos":"{position}"}}"#),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NoPosition, Position};

    #[test]
    fn positions_are_texts_that_sort_like_the_log() {
        let position = |batch, place, tag| Position { batch, place, tag };
        let all = [
            position(0, 0, u32::MAX),
            position(0, 1, 3),
            position(9, u32::MAX, 0),
            position(10, 0, 7),
            position(255, 16, 7),
            position((1 << 48) - 1, 0, 0),
        ];
        let texts: Vec<String> = all.iter().map(Position::to_string).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        for (position, text) in all.iter().zip(&texts) {
            assert_eq!(text.parse(), Ok(*position));
        }
    }

    #[test]
    fn other_texts_are_no_positions() {
        let good = Position::default().to_string();
        for bad in [
            "",
            "0",
            &good[1..],
            &format!("{good}0"),
            &good.replacen('0', "G", 1),
            &good.replacen('0', "+", 1),
            "é",
        ] {
            assert_eq!(bad.parse::<Position>(), Err(NoPosition), "{bad:?}");
        }
        assert_eq!(good.to_uppercase().replacen('0', "A", 1).parse::<Position>(), Err(NoPosition));
    }
}
