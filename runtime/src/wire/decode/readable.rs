//! What JSON must not contain that is stored as it is: others have to read it.

use super::fault::Fault;
use super::shape::lone_surrogate;

/// Returns what makes a JSON text one that PostgreSQL's functions, clients and the application could hardly read: a text
/// that is not valid Unicode. In a `field` of DRF numbers beyond the range of 64-bit floats are such, too, which most
/// parsers refuse or read as infinite; for JSON Schema they are numbers.
pub(super) fn hard_to_read(text: &str, field: bool) -> Option<Fault> {
    lone_surrogate(text)
        .map(Fault::surrogate)
        .or_else(|| (field && numbers(text).any(is_infinite)).then(Fault::no_json))
}

/// Tells whether a number is beyond the range of 64-bit floats.
fn is_infinite(number: &str) -> bool {
    /// The largest float has 309 digits.
    const DIGITS: usize = 300;
    (number.len() > DIGITS || number.contains(['e', 'E'])) && number.parse().is_ok_and(f64::is_infinite)
}

/// Returns the numbers of a JSON text.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.get(rest.find(|char: char| char == '"' || char.is_ascii_digit())?..)?;
            if let Some(inner) = rest.strip_prefix('"') {
                rest = after_text(inner);
                continue;
            }
            let is_part = |char: char| char.is_ascii_digit() || matches!(char, '.' | 'e' | 'E' | '+' | '-');
            let (number, after) = rest.split_at(rest.find(|char| !is_part(char)).unwrap_or(rest.len()));
            rest = after;
            return Some(number);
        }
    })
}

/// Returns what follows the quotation mark that ends a JSON string.
fn after_text(inner: &str) -> &str {
    let mut rest = inner;
    while let Some(at) = rest.find(['"', '\\']) {
        // A backslash and what it escapes, or the end.
        let is_end = rest[at..].starts_with('"');
        let next = rest[at..].chars().take(if is_end { 1 } else { 2 }).map(char::len_utf8).sum::<usize>();
        rest = &rest[at + next..];
        if is_end {
            return rest;
        }
    }
    ""
}
