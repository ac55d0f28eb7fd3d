//! Reads the texts of numbers as Python's `int`, `float` and `Decimal` do, and writes floats as Python does.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

/// Trims the characters that Python's `str.strip` trims.
pub fn strip(text: &str) -> &str {
    // For Python four separators of ASCII are white space, but not for Unicode.
    text.trim_matches(|char: char| char.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&char))
}

/// Converts decimal digits of other scripts to ASCII; `None` if any other character is not ASCII.
pub fn ascii_digits(text: &str) -> Option<Cow<'_, str>> {
    if text.is_ascii() {
        return Some(Cow::Borrowed(text));
    }
    let ascii = |char: char| if char.is_ascii() { Some(char) } else { digit(char) };
    text.chars().map(ascii).collect::<Option<String>>().map(Cow::Owned)
}

/// Converts decimal digits of other scripts to ASCII, as `\d` of Python's patterns and `int` read them, and leaves all
/// other characters as they are.
pub(crate) fn with_ascii_digits(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|char| digit(char).unwrap_or(char)).collect())
}

/// Returns a decimal digit in ASCII: in Unicode, decimal digits come in runs of ten, each of which begins with its
/// zero.
fn digit(char: char) -> Option<char> {
    static DECIMAL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\p{Nd}$").expect("invariant: the pattern compiles"));
    let is_digit = |char: char| DECIMAL.is_match(char.encode_utf8(&mut [0; 4]));
    if !is_digit(char) {
        return None;
    }
    let before =
        (0..u32::from(char)).rev().take_while(|code| char::from_u32(*code).is_some_and(is_digit)).count();
    char::from_digit(u32::try_from(before % 10).ok()?, 10)
}

/// Returns `repr(float)`: the fewest digits, with an exponent below 1e-4 and from 1e16.
pub fn float(number: f64) -> String {
    if !number.is_finite() {
        return if number.is_nan() {
            "nan"
        } else if number > 0.0 {
            "inf"
        } else {
            "-inf"
        }
        .to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number == 0.0 || (-4..16).contains(&exponent) {
        let text = number.to_string();
        return if text.contains('.') { text } else { text + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
