//! How much room there is.

/// How long a line may be.
pub const WIDTH: usize = 100;
/// How far a level is indented.
pub(super) const TAB: usize = 4;

/// Where something begins, and how much room is left in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// How far the lines of the block are indented.
    pub(super) indent: usize,
    /// How much stands before in this line, beside the indentation.
    pub(super) offset: usize,
    /// How much may stand in this line.
    pub(super) width: usize,
}

impl Shape {
    /// The start of a line.
    pub(super) fn line(indent: usize) -> Self {
        Self { indent, offset: 0, width: WIDTH.saturating_sub(indent) }
    }

    /// The start of a line of the next level.
    pub(super) fn block(self) -> Self {
        Self::line(self.indent + TAB)
    }

    /// After so many characters.
    pub(super) fn after(self, width: usize) -> Option<Self> {
        Some(Self { offset: self.offset + width, width: self.width.checked_sub(width)?, ..self })
    }

    /// With so many characters to follow.
    pub(super) fn before(self, width: usize) -> Option<Self> {
        Some(Self { width: self.width.checked_sub(width)?, ..self })
    }
}

/// A line break, with the indentation of the next line.
pub(super) fn newline(indent: usize) -> String {
    format!("\n{}", " ".repeat(indent))
}

pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

pub(super) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

pub(super) fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// How many lines there are; those of rustfmt's `lines().count()`.
pub(super) fn lines(text: &str) -> usize {
    text.lines().count()
}
