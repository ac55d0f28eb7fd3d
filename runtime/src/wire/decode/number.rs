//! Reads numbers from their digits, so that no digit is lost in a float.

use std::borrow::Cow;

use super::fault::Fault;
use super::python;
use super::shape::Shape;
use crate::ground::scalar::python::{ascii_digits, strip};
use crate::ground::scalar::{BigInteger, Decimal, Exact, Parts, Precision, PrecisionError};

/// The maximal characters of a text that is read as a number (DRF's `MAX_STRING_LENGTH`).
const MAX_TEXT: usize = 1000;
/// The maximal digits of a text that Python's `int` reads.
const MAX_DIGITS: usize = 4300;

/// An integer, which may be beyond 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whole {
    Fits(i64),
    TooLarge,
    TooSmall,
}

const INTEGER: Fault = Fault::new("invalid", "A valid integer is required.");
const NUMBER: Fault = Fault::new("invalid", "A valid number is required.");
const TOO_LONG: Fault = Fault::new("max_string_length", "String value too large.");

/// Reads an integer: for a field as in DRF, in plain JSON by its digits.
pub(crate) fn whole(shape: &Shape<'_>, drf: bool) -> Result<Whole, Fault> {
    let Shape::Float(text) = shape else { return integer(shape) };
    if drf {
        return integer(shape);
    }
    let number = Exact::parse(text).filter(Exact::is_integer).ok_or(INTEGER)?;
    Ok(match number.as_i64() {
        Some(number) => Whole::Fits(number),
        None if number.is_positive() => Whole::TooLarge,
        None => Whole::TooSmall,
    })
}

/// Reads an integer as DRF's `IntegerField` does.
pub(crate) fn integer(shape: &Shape<'_>) -> Result<Whole, Fault> {
    let text: Cow<'_, str> = match shape {
        Shape::Integer(digits) => return whole_number(digits).ok_or(INTEGER),
        Shape::Float(text) => python::float(text.parse().unwrap_or(f64::NAN)).into(),
        Shape::Text(text) if text.chars().count() > MAX_TEXT => return Err(TOO_LONG),
        Shape::Text(text) => text.as_ref().into(),
        _ => return Err(INTEGER),
    };
    whole_number(without_zero_fraction(&text)).ok_or(INTEGER)
}

/// Reads an integer of any size as DRF's `BigIntegerField` does.
pub(super) fn big_integer(shape: &Shape<'_>) -> Result<BigInteger, Fault> {
    let invalid = || Fault::new("invalid", "A valid biginteger is required.");
    match shape {
        Shape::Text(text) if text.chars().count() > MAX_TEXT => Err(TOO_LONG),
        Shape::Integer(digits) => digits.parse().map_err(|_| invalid()),
        Shape::Float(text) => {
            let text = python::float(text.parse().unwrap_or(f64::NAN));
            without_zero_fraction(&text).parse().map_err(|_| invalid())
        }
        Shape::Text(text) => {
            let digits = plain_digits(strip(without_zero_fraction(text))).ok_or_else(invalid)?;
            digits.parse().map_err(|_| invalid())
        }
        _ => Err(invalid()),
    }
}

/// Returns the digits of a value that [`integer`] accepts, of any number.
pub(crate) fn digits(shape: &Shape<'_>) -> Option<Exact> {
    match shape {
        Shape::Integer(digits) => Exact::parse(digits),
        Shape::Float(digits) => Exact::parse(digits).filter(Exact::is_integer),
        Shape::Text(text) => Exact::parse(&plain_digits(without_zero_fraction(text))?),
        _ => None,
    }
}

/// Cuts `.0` from the end, as DRF's pattern `\.0*\s*$` does.
fn without_zero_fraction(text: &str) -> &str {
    let cut = strip(text).trim_end_matches('0');
    cut.strip_suffix('.').unwrap_or(text)
}

/// Reads an integer as Python's `int(text)` does: with spaces around it, a sign, decimal digits of any script, and
/// underscores between them.
pub(crate) fn whole_number(text: &str) -> Option<Whole> {
    let text = strip(text);
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let digits = plain_digits(digits)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let signed = if negative { format!("-{digits}") } else { digits.into_owned() };
    Some(match signed.parse() {
        Ok(number) => Whole::Fits(number),
        Err(_) if negative => Whole::TooSmall,
        Err(_) => Whole::TooLarge,
    })
}

/// Returns a number that Python's `int` and `float` accept in ASCII: decimal digits of any script are converted, and
/// underscores between digits removed. Returns `None` if any other character is not ASCII, or if an underscore is
/// elsewhere.
fn plain_digits(text: &str) -> Option<Cow<'_, str>> {
    let ascii = ascii_digits(text)?;
    if !ascii.contains('_') {
        return Some(ascii);
    }
    let is_digit =
        |at: Option<usize>| at.and_then(|at| ascii.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
    let between = |(at, _): (usize, &str)| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
    ascii.match_indices('_').all(between).then(|| ascii.replace('_', "").into())
}

/// Converts an argument of a frame as Python's `int(value)` does: texts, numbers (whose fraction is cut), booleans.
pub(crate) fn int_argument(shape: &Shape<'_>) -> Option<Whole> {
    match shape {
        Shape::Boolean(value) => Some(Whole::Fits((*value).into())),
        Shape::Integer(text) => whole_number(text),
        Shape::Text(text) if text.len() <= MAX_DIGITS => whole_number(text),
        Shape::Float(text) => cut(text.parse().ok()?),
        _ => None,
    }
}

/// Cuts the fraction of a float.
fn cut(number: f64) -> Option<Whole> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if !number.is_finite() {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the value is inside of 64 bits")]
    Some(match number.trunc() {
        large if large >= LIMIT => Whole::TooLarge,
        small if small < -LIMIT => Whole::TooSmall,
        fits => Whole::Fits(fits as i64),
    })
}

/// Reads a number as DRF's `FloatField` does.
pub(crate) fn float(shape: &Shape<'_>) -> Result<f64, Fault> {
    let number: f64 = match shape {
        Shape::Boolean(value) => f64::from(u8::from(*value)),
        Shape::Integer(text) => match text.parse().map_err(|_| NUMBER)? {
            number if f64::is_finite(number) => number,
            _ => return Err(Fault::new("overflow", "Integer value too large to convert to float")),
        },
        Shape::Float(text) => text.parse().map_err(|_| NUMBER)?,
        Shape::Text(text) if text.chars().count() > MAX_TEXT => return Err(TOO_LONG),
        Shape::Text(text) => {
            let text = plain_digits(strip(text)).ok_or(NUMBER)?;
            text.parse().map_err(|_| NUMBER)?
        }
        _ => return Err(NUMBER),
    };
    if number.is_finite() { Ok(number) } else { Err(NUMBER) }
}

/// Reads a number as DRF's `DecimalField` does.
pub(crate) fn decimal(shape: &Shape<'_>, precision: Precision) -> Result<Decimal, Fault> {
    let parts = match shape {
        Shape::Integer(text) => Parts::parse(text),
        Shape::Float(text) if !text.parse().is_ok_and(f64::is_finite) => None,
        Shape::Float(text) => float_parts(text),
        Shape::Text(text) if text.chars().count() > MAX_TEXT => return Err(TOO_LONG),
        Shape::Text(text) => Parts::parse_text(text),
        _ => None,
    };
    precision.read(&parts.ok_or(NUMBER)?).map_err(misfit)
}

/// Returns the parts of a number with a fraction or an exponent, which are those of the text that Python writes for it
/// (`5.0` for `5.00` and `5e0`), unless a float does not keep all of its digits.
fn float_parts(text: &str) -> Option<Parts> {
    let written = python::float(text.parse().ok()?);
    if Exact::parse(&written) == Exact::parse(text) {
        return Parts::parse(&written);
    }
    Parts::parse(text).map(Parts::trimmed)
}

/// Checks a decimal of the application by the precision of its column, without counting trailing zeros.
pub(crate) fn check_decimal(number: Decimal, precision: Precision) -> Result<Decimal, Fault> {
    precision.fit(number).map_err(misfit)
}

/// Returns DRF's error for too many digits.
fn misfit(error: PrecisionError) -> Fault {
    match error {
        PrecisionError::NoNumber => NUMBER,
        PrecisionError::Digits(most) => {
            Fault::new("max_digits", "Ensure that there are no more than {max_digits} digits in total.")
                .with("max_digits", most)
        }
        PrecisionError::Places(most) => {
            let text = "Ensure that there are no more than {max_decimal_places} decimal places.";
            Fault::new("max_decimal_places", text).with("max_decimal_places", most)
        }
        PrecisionError::Whole(most) => {
            let text =
                "Ensure that there are no more than {max_whole_digits} digits before the decimal point.";
            Fault::new("max_whole_digits", text).with("max_whole_digits", most)
        }
    }
}
