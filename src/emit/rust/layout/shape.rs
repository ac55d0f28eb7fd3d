//! The space in a line.

/// The greatest width of a line.
pub const WIDTH: usize = 100;
/// The number of spaces of an indentation level.
pub(super) const TAB: usize = 4;

/// The position at which something begins, and the space that is left in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    /// The number of spaces by which the lines of the block are indented.
    pub(super) indent: usize,
    /// The number of characters before it in this line, without the indentation.
    pub(super) offset: usize,
    /// The number of characters that fit in this line.
    pub(super) width: usize,
}

impl Shape {
    /// Returns the start of a line.
    pub(super) fn line(indent: usize) -> Self {
        Self { indent, offset: 0, width: WIDTH.saturating_sub(indent) }
    }

    /// Returns the start of a line of the next level.
    pub(super) fn block(self) -> Self {
        Self::line(self.indent + TAB)
    }

    /// Returns the position after `width` characters.
    pub(super) fn after(self, width: usize) -> Option<Self> {
        Some(Self { offset: self.offset + width, width: self.width.checked_sub(width)?, ..self })
    }

    /// Returns the position with `width` characters reserved at the end of the line.
    pub(super) fn before(self, width: usize) -> Option<Self> {
        Some(Self { width: self.width.checked_sub(width)?, ..self })
    }
}

/// Returns a line break, with the indentation of the next line.
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

/// Returns how many lines a text has, like rustfmt's `lines().count()`.
pub(super) fn lines(text: &str) -> usize {
    text.lines().count()
}
