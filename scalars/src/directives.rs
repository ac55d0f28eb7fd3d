//! The format strings of Python's `strptime` and `strftime`: their pieces, and names of months and days.

/// The names of the months.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of the days of the week.
pub(crate) const DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A piece of a format string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A text that stands for itself.
    Text(&'a str),
    /// `%d`, or `%-d`, which has no zeros before the number.
    Directive { letter: char, bare: bool },
}

/// The reason why a text is not a format of dates and times.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The text ends with a `%`.
    #[error("a `%` without a letter (`%%` is the character itself)")]
    Stray,
    /// There is no such directive, or it depends on the locale of the server.
    #[error("the directive `%{0}` is not supported")]
    Unknown(String),
    /// The same directive occurs twice: Python refuses that for input.
    #[error("the directive `%{0}` occurs twice")]
    Twice(char),
    /// Python reads no text with these directives.
    #[error("{0}")]
    Unreadable(&'static str),
}

/// Returns the pieces of a format string.
pub(crate) fn pieces(format: &str) -> Result<Vec<Piece<'_>>, FormatError> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        if at > 0 {
            pieces.push(Piece::Text(&rest[..at]));
        }
        let after = &rest[at + 1..];
        let (bare, letters) = after.strip_prefix('-').map_or((false, after), |letters| (true, letters));
        let letter = letters.chars().next().ok_or(FormatError::Stray)?;
        rest = &letters[letter.len_utf8()..];
        pieces.push(if letter == '%' && !bare {
            Piece::Text("%")
        } else {
            Piece::Directive { letter, bare }
        });
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}
