//! Durations, as Django's `parse_duration` reads and `duration_string` writes them.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::python::with_ascii_digits;
use crate::text::as_text;

/// The maximal days of a `datetime.timedelta`.
const DRF_DAYS: f64 = 999_999_999.0;
const DAY: i128 = 86_400_000_000;
/// The days of a `datetime.timedelta`.
const MOST_DAYS: i128 = 999_999_999;

/// A duration in microseconds, of at most 999,999,999 days, as Python's `timedelta`.
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
///
/// A column holds durations of 64 bits of microseconds, which is 106,751,990 days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i128);

impl Duration {
    /// Creates a duration of this many microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros as i128)
    }

    /// Creates a duration of this many seconds, or the longest possible one.
    pub const fn from_secs(secs: i64) -> Self {
        let most = (MOST_DAYS + 1) * DAY - 1;
        let micros = secs as i128 * 1_000_000;
        Self(if micros > most {
            most
        } else if micros < -MOST_DAYS * DAY {
            -MOST_DAYS * DAY
        } else {
            micros
        })
    }

    /// Creates a duration of this many microseconds; `None` beyond 999,999,999 days.
    pub const fn of_micros(micros: i128) -> Option<Self> {
        let days = micros.div_euclid(DAY);
        if days < -MOST_DAYS || days > MOST_DAYS { None } else { Some(Self(micros)) }
    }

    /// Returns the microseconds.
    pub const fn as_micros(self) -> i128 {
        self.0
    }

    /// Returns the microseconds as a column holds them; `None` beyond 64 bits.
    pub fn column_micros(self) -> Option<i64> {
        i64::try_from(self.0).ok()
    }

    /// Converts it to the type of the `time` crate.
    pub fn into_inner(self) -> time::Duration {
        let seconds = i64::try_from(self.0.div_euclid(1_000_000)).unwrap_or(i64::MAX);
        let micros = i64::try_from(self.0.rem_euclid(1_000_000)).unwrap_or_default();
        time::Duration::seconds(seconds) + time::Duration::microseconds(micros)
    }

    /// Writes ISO 8601 as Django does: `P1DT02H03M04.500000S`.
    #[doc(hidden)]
    pub fn to_iso(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (days, rest) = (self.0.abs() / DAY, self.0.abs() % DAY);
        let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
        let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        format!("{sign}P{days}DT{hours:02}H{minutes:02}M{:02}{fraction}S", seconds % 60)
    }

    /// Writes it as Python's `str` does: `1 day, 2:03:04`.
    #[doc(hidden)]
    pub fn to_timedelta(self) -> String {
        let (days, rest) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
        let days = match days {
            0 => String::new(),
            1 | -1 => format!("{days} day, "),
            _ => format!("{days} days, "),
        };
        let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
        format!("{days}{}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// Returns the seconds with their fraction, as Python's `total_seconds` does.
    #[doc(hidden)]
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what Python returns, too")]
    pub fn total_seconds(self) -> f64 {
        self.0 as f64 / 1e6
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
        Self::of_micros(duration.whole_microseconds()).ok_or(ParseDurationError::Overflow)
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
}

static STANDARD: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"^(?:(?P<days>-?\d+) (?:days?, )?)?(?P<sign>-?)(?:(?:(?P<hours>\d+):)?(?P<minutes>\d+):)?(?P<seconds>\d+)(?:[.,](?P<micros>\d{1,6})\d{0,6})?\n?$",
    )
});
static ISO: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"^(?P<sign>[-+]?)P(?:(?P<days>\d+(?:[.,]\d+)?)D)?(?:T(?:(?P<hours>\d+(?:[.,]\d+)?)H)?(?:(?P<minutes>\d+(?:[.,]\d+)?)M)?(?:(?P<seconds>\d+(?:[.,]\d+)?)S)?)?\n?$",
    )
});
static POSTGRES: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"^(?:(?P<days>-?\d+) (?:days? ?))?(?:(?P<sign>[-+])?(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d)(?:\.(?P<micros>\d{1,6}))?)?\n?$",
    )
});

fn compile(pattern: &str) -> Regex {
    // Digits of other scripts are converted before. Python's `$` also matches before a line break at the end.
    Regex::new(&pattern.replace(r"\d", "[0-9]")).expect("invariant: the patterns of this module compile")
}

impl FromStr for Duration {
    type Err = ParseDurationError;
    fn from_str(text: &str) -> Result<Self, ParseDurationError> {
        let text = &*with_ascii_digits(text);
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
    Duration::of_micros(total).ok_or(ParseDurationError::Overflow)
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
            ("١ 0２:03:04", "1 02:03:04"),
        ] {
            assert_eq!(text.parse::<Duration>().map(|d| d.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in ["abc", "True", "[]", "P1Y", "P1W", "1:2:3:4"] {
            assert_eq!(text.parse::<Duration>(), Err(ParseDurationError::Format), "{text}");
        }
        assert_eq!("1000000000 00:00:00".parse::<Duration>(), Err(ParseDurationError::Overflow));
        for text in ["-999999999 00", "999999999 00", "P999999999D", "999999999 23:59:59.999999"] {
            let read = text.parse::<Duration>().expect(text);
            assert_eq!(Ok(read), read.to_string().parse(), "{text}");
            assert_eq!(Ok(read), read.to_iso().parse(), "{text}");
            assert_eq!(Duration::try_from(read.into_inner()), Ok(read), "{text}");
        }
    }

    #[test]
    fn durations_are_written_as_python_writes_them() {
        let read = |text: &str| text.parse::<Duration>().expect(text);
        assert_eq!(read("3 08:32:01.000123").to_iso(), "P3DT08H32M01.000123S");
        assert_eq!(read("-P1DT1S").to_iso(), "-P1DT00H00M01S");
        assert_eq!(read("1 00:00:00").to_timedelta(), "1 day, 0:00:00");
        assert_eq!(read("-1").to_timedelta(), "-1 day, 23:59:59");
        assert_eq!(read("4 01:02:03.5").to_timedelta(), "4 days, 1:02:03.500000");
    }
}
