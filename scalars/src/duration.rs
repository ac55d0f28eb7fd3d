//! Durations, as Django's `parse_duration` reads and `duration_string` writes them.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::text::as_text;

/// The maximal days of a `datetime.timedelta`.
const DRF_DAYS: f64 = 999_999_999.0;
const DAY: i64 = 86_400_000_000;

/// A duration in microseconds, from -292,471 to 292,471 years.
///
/// ```
/// use dcrf_scalars::Duration;
///
/// let span: Duration = "1 02:03:04.5".parse()?;
/// assert_eq!(span.to_string(), "1 02:03:04.500000");
/// assert_eq!("PT90S".parse::<Duration>()?, Duration::from_secs(90));
/// assert_eq!(Duration::from_secs(90).as_micros(), 90_000_000);
/// # Ok::<(), dcrf_scalars::ParseDurationError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

impl Duration {
    /// Creates a duration of this many microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Creates a duration of this many seconds, or the longest possible one.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Returns the microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Converts it to the type of the `time` crate.
    pub const fn into_inner(self) -> time::Duration {
        time::Duration::microseconds(self.0)
    }
}

impl From<Duration> for time::Duration {
    fn from(duration: Duration) -> Self {
        duration.into_inner()
    }
}

impl TryFrom<time::Duration> for Duration {
    type Error = ParseDurationError;
    fn try_from(duration: time::Duration) -> Result<Self, ParseDurationError> {
        i64::try_from(duration.whole_microseconds()).map(Self).map_err(|_| ParseDurationError::TooLong)
    }
}

impl fmt::Display for Duration {
    /// Writes `[D ]HH:MM:SS[.uuuuuu]`. In a negative duration only the days are negative: `-1 23:59:59`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
        if days != 0 {
            write!(f, "{days} ")?;
        }
        write!(f, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        Ok(())
    }
}

/// The reason why a text is not a [`Duration`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseDurationError {
    /// The text does not have a known format.
    #[error("not a valid duration")]
    Format,
    /// The duration is longer than DRF allows.
    #[error("a duration of more than 999999999 days")]
    Overflow,
    /// The duration does not fit into 64 bits of microseconds.
    #[error("a duration of more than 106751990 days")]
    TooLong,
}

static STANDARD: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"^(?:(?P<days>-?\d+) (?:days?, )?)?(?P<sign>-?)(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+)(?:[.,](?P<micros>\d{1,6})\d{0,6})?$",
    )
});
static ISO: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"^(?P<sign>[-+]?)P(?:(?P<days>\d+(?:[.,]\d+)?)D)?(?:T(?:(?P<hours>\d+(?:[.,]\d+)?)H)?(?:(?P<minutes>\d+(?:[.,]\d+)?)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?$",
    )
});
static POSTGRES: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"^(?:(?P<days>-?\d+) (?:days? ?))?(?:(?P<sign>[-+])?(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d)(?:\.(?P<micros>\d{1,6}))?)?$",
    )
});

fn compile(pattern: &str) -> Regex {
    // Only ASCII digits match, because the parts are read as ASCII.
    Regex::new(&pattern.replace(r"\d", "[0-9]")).expect("invariant: the patterns of this module compile")
}

impl FromStr for Duration {
    type Err = ParseDurationError;
    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        if let Some(found) = STANDARD.captures(text) {
            return from_captures(&found, false);
        }
        if let Some(found) = ISO.captures(text) {
            return from_captures(&found, true);
        }
        POSTGRES.captures(text).map_or(Err(ParseDurationError::Format), |found| from_captures(&found, false))
    }
}

/// Adds the parts up. Only in ISO 8601 the sign also applies to the days.
fn from_captures(found: &Captures<'_>, signed_days: bool) -> Result<Duration, ParseDurationError> {
    let part = |name: &str| -> f64 {
        found.name(name).and_then(|part| part.as_str().replace(',', ".").parse().ok()).unwrap_or(0.0)
    };
    let sign = if found.name("sign").is_some_and(|sign| sign.as_str() == "-") { -1.0 } else { 1.0 };
    let days = part("days") * if signed_days { sign } else { 1.0 };
    let seconds = part("hours") * 3600.0 + part("minutes") * 60.0 + part("seconds");
    if days.abs() > DRF_DAYS || seconds / 86_400.0 > DRF_DAYS {
        return Err(ParseDurationError::Overflow);
    }
    let micros: i64 = match found.name("micros") {
        Some(digits) => format!("{:0<6}", digits.as_str()).parse().unwrap_or(0),
        None => 0,
    };
    let total = micros_of(days * 86_400.0) + sign as i128 * (micros_of(seconds) + i128::from(micros));
    i64::try_from(total).map(Duration).map_err(|_| ParseDurationError::TooLong)
}

/// Returns the microseconds, rounded as in `timedelta`. The integer part of the seconds is converted separately, so
/// that long durations keep their microseconds.
#[expect(clippy::cast_possible_truncation, reason = "days are bounded before, and a fraction is below one")]
fn micros_of(seconds: f64) -> i128 {
    let whole = seconds.trunc();
    whole as i128 * 1_000_000 + ((seconds - whole) * 1e6).round_ties_even() as i128
}

as_text!(Duration, "a duration");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_django_reads() {
        for (text, expected) in [
            ("", "00:00:00"),
            ("5", "00:00:05"),
            ("1:30", "00:01:30"),
            ("02:03:04", "02:03:04"),
            ("1 02:03:04.5", "1 02:03:04.500000"),
            ("1 day, 2:03:04", "1 02:03:04"),
            ("-1", "-1 23:59:59"),
            ("-1 00:00:01", "-1 00:00:01"),
            ("P1DT2H", "1 02:00:00"),
            ("-P1D", "-1 00:00:00"),
            ("PT1.5S", "00:00:01.500000"),
            ("100:00:00", "4 04:00:00"),
            ("1.25", "00:00:01.250000"),
        ] {
            assert_eq!(text.parse::<Duration>().map(|d| d.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in ["abc", "True", "[]", "P1Y", "P1W", "1:2:3:4"] {
            assert_eq!(text.parse::<Duration>(), Err(ParseDurationError::Format), "{text}");
        }
        assert_eq!("1000000000 00:00:00".parse::<Duration>(), Err(ParseDurationError::Overflow));
        assert_eq!("999999999 00:00:00".parse::<Duration>(), Err(ParseDurationError::TooLong));
    }
}
