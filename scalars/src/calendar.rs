//! Dates, times of day and date-times, as Django's `dateparse` reads and DRF writes them.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::iso;
use crate::python::with_ascii_digits;
use crate::text::{ParseError, as_text};

/// A date in the years 1 to 9999: `2024-02-29`.
///
/// ```
/// use dcrf_scalars::Date;
///
/// let day: Date = "2024-2-29".parse()?;
/// assert_eq!(day.to_string(), "2024-02-29");
/// assert!("2023-02-29".parse::<Date>().is_err());
/// assert!(Date::from(time::Date::MIN) < day);
/// # Ok::<(), dcrf_scalars::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(time::Date);

impl Date {
    /// Converts it to the type of the `time` crate.
    pub const fn into_inner(self) -> time::Date {
        self.0
    }
}

impl From<time::Date> for Date {
    fn from(date: time::Date) -> Self {
        Self(date)
    }
}

impl From<Date> for time::Date {
    fn from(date: Date) -> Self {
        date.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.0.to_calendar_date();
        write!(f, "{year:04}-{:02}-{day:02}", u8::from(month))
    }
}

static LENIENT_DATE: LazyLock<Regex> =
    LazyLock::new(|| compile(r"^(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\n?$"));

impl FromStr for Date {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        iso::date(text)
            .or_else(|| LENIENT_DATE.captures(&with_ascii_digits(text)).and_then(|found| date_of(&found)))
            .map(Self)
            .ok_or(ParseError("date"))
    }
}

as_text!(Date, "a date");

/// A time of day with microseconds: `12:30:45` or `12:30:45.500000`.
///
/// ```
/// use dcrf_scalars::Time;
///
/// let time: Time = "9:05".parse()?;
/// assert_eq!(time.to_string(), "09:05:00");
/// assert_eq!("12:30:45,5".parse::<Time>()?.to_string(), "12:30:45.500000");
/// # Ok::<(), dcrf_scalars::ParseError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(time::Time);

impl Time {
    /// Converts it to the type of the `time` crate.
    pub const fn into_inner(self) -> time::Time {
        self.0
    }

    /// Returns `HH:MM:SS.uuuuuu`, which always has the same length, so that texts have the order of the times.
    #[doc(hidden)]
    pub fn to_sortable(self) -> String {
        let (hour, minute, second, micros) = self.0.as_hms_micro();
        format!("{hour:02}:{minute:02}:{second:02}.{micros:06}")
    }
}

impl From<time::Time> for Time {
    /// Cuts the time to microseconds.
    fn from(time: time::Time) -> Self {
        Self(time.replace_nanosecond(time.microsecond() * 1000).unwrap_or(time))
    }
}

impl From<Time> for time::Time {
    fn from(time: Time) -> Self {
        time.0
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second, micros) = self.0.as_hms_micro();
        write!(f, "{hour:02}:{minute:02}:{second:02}")?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        Ok(())
    }
}

static LENIENT_TIME: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"^(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<micros>\d{1,6})\d{0,6})?)?\n?$",
    )
});

impl FromStr for Time {
    type Err = ParseError;
    /// Parses a time. An offset is accepted and ignored, as in DRF.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        iso::time(text)
            .map(|(time, _)| time)
            .or_else(|| LENIENT_TIME.captures(&with_ascii_digits(text)).and_then(|found| time_of(&found)))
            .map(Self)
            .ok_or(ParseError("time"))
    }
}

as_text!(Time, "a time");

/// A date-time in UTC with microseconds: `2024-02-03T04:05:06Z` or `2024-02-03T04:05:06.500000Z`.
///
/// ```
/// use dcrf_scalars::DateTime;
///
/// let moment: DateTime = "2024-02-03T06:05:06.5+02:00".parse()?;
/// assert_eq!(moment.to_string(), "2024-02-03T04:05:06.500000Z");
/// assert!(moment < DateTime::now());
/// # Ok::<(), dcrf_scalars::ParseDateTimeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime(OffsetDateTime);

impl DateTime {
    /// Returns the current time.
    pub fn now() -> Self {
        Self::from(OffsetDateTime::now_utc())
    }

    /// Creates a date-time from the microseconds since the beginning of 1970; `None` outside of the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
            .ok()
            .filter(|moment| (1..=9999).contains(&moment.year()))
            .map(Self)
    }

    /// Returns the microseconds since the beginning of 1970.
    pub fn as_micros(self) -> i64 {
        // The microseconds from 1970 to the year 9999 have 58 bits.
        i64::try_from(self.0.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
    }

    /// Converts it to the type of the `time` crate.
    pub const fn into_inner(self) -> OffsetDateTime {
        self.0
    }
}

impl From<OffsetDateTime> for DateTime {
    /// Converts the date-time to UTC and cuts it to microseconds.
    fn from(moment: OffsetDateTime) -> Self {
        let moment = moment.to_offset(UtcOffset::UTC);
        Self(moment.replace_nanosecond(moment.microsecond() * 1000).unwrap_or(moment))
    }
}

impl From<DateTime> for OffsetDateTime {
    fn from(moment: DateTime) -> Self {
        moment.0
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}Z", Date(self.0.date()), Time(self.0.time()))
    }
}

/// The reason why a text is not a [`DateTime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseDateTimeError {
    /// The text does not have a known format.
    #[error("not a valid date and time")]
    Format,
    /// The date-time in UTC is outside of the years 1 to 9999.
    #[error("a date and time out of range")]
    OutOfRange,
}

static LENIENT_DATE_TIME: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"^(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})[T ](?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<micros>\d{1,6})\d{0,6})?)?\s*(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?\n?$",
    )
});

impl FromStr for DateTime {
    type Err = ParseDateTimeError;
    /// Parses ISO 8601. A date-time without an offset is in UTC.
    fn from_str(text: &str) -> Result<Self, ParseDateTimeError> {
        let (date, time, offset) = clock(text).ok_or(ParseDateTimeError::Format)?;
        moment_at(date, time, offset.unwrap_or(0)).ok_or(ParseDateTimeError::OutOfRange)
    }
}

as_text!(DateTime, "a date and time");

/// Parses ISO 8601 as Django does: the date, the time, and the offset in seconds, if there is one.
#[doc(hidden)]
pub fn clock(text: &str) -> Option<(time::Date, time::Time, Option<i32>)> {
    let (moment, offset) = iso_date_time(text).or_else(|| {
        LENIENT_DATE_TIME.captures(&with_ascii_digits(text)).and_then(|found| date_time_of(&found))
    })?;
    Some((moment.date(), moment.time(), offset))
}

/// Returns the moment of a date and time with an offset in seconds; `None` outside of the years 1 to 9999.
#[doc(hidden)]
pub fn moment_at(date: time::Date, time: time::Time, offset: i32) -> Option<DateTime> {
    PrimitiveDateTime::new(date, time)
        .checked_sub(time::Duration::seconds(offset.into()))
        .filter(|moment| (1..=9999).contains(&moment.year()))
        .map(|moment| DateTime(moment.assume_utc()))
}

fn compile(pattern: &str) -> Regex {
    // Digits of other scripts are converted before. Python's `$` also matches before a line break at the end.
    Regex::new(&pattern.replace(r"\d", "[0-9]")).expect("invariant: the patterns of this module compile")
}

fn part(found: &Captures<'_>, name: &str) -> Option<u32> {
    found.name(name).map_or(Some(0), |part| iso::number(part.as_str()))
}

fn date_of(found: &Captures<'_>) -> Option<time::Date> {
    iso::ymd(part(found, "year")?, part(found, "month")?, part(found, "day")?)
}

fn time_of(found: &Captures<'_>) -> Option<time::Time> {
    let micros = found.name("micros").map_or(Some(0), |digits| iso::micros(digits.as_str()))?;
    iso::hms(part(found, "hour")?, part(found, "minute")?, part(found, "second")?, micros)
}

fn date_time_of(found: &Captures<'_>) -> Option<(PrimitiveDateTime, Option<i32>)> {
    let offset = match found.name("zone").map(|zone| zone.as_str()) {
        None => None,
        Some("Z") => Some(0),
        Some(zone) => iso::time(&format!("00{zone}"))?.1,
    };
    Some((PrimitiveDateTime::new(date_of(found)?, time_of(found)?), offset))
}

/// Parses a date alone, or a date, any one character, and a time.
fn iso_date_time(text: &str) -> Option<(PrimitiveDateTime, Option<i32>)> {
    if let Some(date) = iso::date(text) {
        return Some((PrimitiveDateTime::new(date, time::Time::MIDNIGHT), None));
    }
    let date_length = [10, 8].into_iter().find(|length| text.get(..*length).and_then(iso::date).is_some())?;
    let (date, rest) = text.split_at(date_length);
    let separator = rest.chars().next()?;
    let (time, offset) = iso::time(&rest[separator.len_utf8()..])?;
    Some((PrimitiveDateTime::new(iso::date(date)?, time), offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (text, expected) in [
            ("2024-02-29", "2024-02-29"),
            ("2024-2-9", "2024-02-09"),
            ("20240229", "2024-02-29"),
            ("2024-W09-4", "2024-02-29"),
            ("2024W094", "2024-02-29"),
            ("0001-01-01", "0001-01-01"),
            ("9999-12-31", "9999-12-31"),
            ("２０２４-2-٩", "2024-02-09"),
            ("2024-02-29\n", "2024-02-29"),
        ] {
            assert_eq!(text.parse::<Date>().map(|date| date.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in [
            "2023-02-29",
            "2024/02/29",
            "29-02-2024",
            "2024-02-29T00:00:00Z",
            "",
            "10000-01-01",
            "abc",
            " 2024-02-28 ",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn times() {
        for (text, expected) in [
            ("12:30:45", "12:30:45"),
            ("12:30", "12:30:00"),
            ("12", "12:00:00"),
            ("12:30:45.5", "12:30:45.500000"),
            ("1:2:3", "01:02:03"),
            ("12:30:45Z", "12:30:45"),
            ("12:30:45+02:00", "12:30:45"),
            ("123045", "12:30:45"),
            // Python's `\d` matches the digits of every script.
            ("١٢:٣٠", "12:30:00"),
            ("1２:5", "12:05:00"),
        ] {
            assert_eq!(text.parse::<Time>().map(|time| time.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in ["24:00:00", "12:60", "12:30 PM", "", "noon", "1", "12:30:45.", "١٢٣٠"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }

    #[test]
    fn moments() {
        for (text, expected) in [
            ("2024-02-29T12:30:45Z", "2024-02-29T12:30:45Z"),
            ("2024-02-29 12:30", "2024-02-29T12:30:00Z"),
            ("２０２４-02-29 12:3\u{a0}+0１:00", "2024-02-29T11:03:00Z"),
            ("2024-02-29T12:30:45.123456789Z", "2024-02-29T12:30:45.123456Z"),
            ("2024-02-29T12:30:45+02:00", "2024-02-29T10:30:45Z"),
            ("2024-02-29T12:30:45-0530", "2024-02-29T18:00:45Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("20240229T123045Z", "2024-02-29T12:30:45Z"),
            ("2024-02-29T12:30:45,5Z", "2024-02-29T12:30:45.500000Z"),
            ("2024-2-9T1:2", "2024-02-09T01:02:00Z"),
        ] {
            assert_eq!(text.parse::<DateTime>().map(|at| at.to_string()), Ok(expected.to_owned()), "{text}");
        }
        for text in
            ["2024-02-30T00:00:00Z", "2024-02-29T24:00:00Z", "2024-02-29T12:60:00Z", "", "abc", "2024-02-2éT"]
        {
            assert_eq!(text.parse::<DateTime>(), Err(ParseDateTimeError::Format), "{text}");
        }
        for text in ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"] {
            assert_eq!(text.parse::<DateTime>(), Err(ParseDateTimeError::OutOfRange), "{text}");
        }
        assert_eq!(
            DateTime::from_micros(-1).map(|at| at.to_string()).as_deref(),
            Some("1969-12-31T23:59:59.999999Z")
        );
        assert_eq!(DateTime::from_micros(-1).map(DateTime::as_micros), Some(-1));
    }
}
