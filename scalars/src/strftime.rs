//! Writes dates and times by the format strings of Python's `strftime`, in the locale C.

use std::fmt::Write as _;

use crate::directives::{DAYS, FormatError, MONTHS, Piece, pieces};

/// A date and a time of day on a clock, with the offset of its time zone, if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Civil {
    /// The date; 1900-01-01 for a time of day alone, as in Python.
    pub date: time::Date,
    /// The time of day; midnight for a date alone.
    pub time: time::Time,
    /// The offset from UTC in seconds.
    pub offset: Option<i32>,
    /// The abbreviation of the time zone: `CET`.
    pub zone: Option<String>,
}

impl Civil {
    /// Returns the date at midnight, without an offset.
    pub const fn of_date(date: time::Date) -> Self {
        Self { date, time: time::Time::MIDNIGHT, offset: None, zone: None }
    }

    /// Returns the time on 1900-01-01, without an offset.
    pub fn of_time(time: time::Time) -> Self {
        let date = crate::iso::ymd(1900, 1, 1).unwrap_or(time::Date::MIN);
        Self { date, time, offset: None, zone: None }
    }

    /// Writes it by a format string. A directive that [`check`] refuses is written as it is.
    pub fn write(&self, format: &str) -> String {
        let mut out = String::with_capacity(format.len() * 2);
        for piece in pieces(format).unwrap_or_else(|_| vec![Piece::Text(format)]) {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Directive { letter, bare } => self.directive(&mut out, letter, bare),
            }
        }
        out
    }

    fn directive(&self, out: &mut String, letter: char, bare: bool) {
        let (hour, minute, second, micros) = self.time.as_hms_micro();
        let weekday = self.date.weekday();
        let month = usize::from(u8::from(self.date.month()));
        let from_sunday = weekday.number_days_from_sunday();
        let name = |names: &[&'static str], at: usize| names.get(at).copied().unwrap_or_default();
        let day = name(&DAYS, usize::from(weekday.number_days_from_monday()));
        let mut number = |width: usize, number: u32| {
            let width = if bare { 0 } else { width };
            let _ = write!(out, "{number:0width$}");
        };
        match letter {
            'Y' => number(4, self.date.year().unsigned_abs()),
            'G' => number(4, self.date.to_iso_week_date().0.unsigned_abs()),
            'y' => number(2, self.date.year().unsigned_abs() % 100),
            'm' => number(2, u32::from(u8::from(self.date.month()))),
            'd' => number(2, self.date.day().into()),
            'e' if !bare => {
                let _ = write!(out, "{:2}", self.date.day());
            }
            'e' => number(0, self.date.day().into()),
            'H' => number(2, hour.into()),
            'I' => number(2, ((hour + 11) % 12 + 1).into()),
            'M' => number(2, minute.into()),
            'S' => number(2, second.into()),
            'f' => number(6, micros),
            'j' => number(3, self.date.ordinal().into()),
            'U' => number(2, self.date.sunday_based_week().into()),
            'W' => number(2, self.date.monday_based_week().into()),
            'V' => number(2, self.date.iso_week().into()),
            'u' => number(1, weekday.number_from_monday().into()),
            'w' => number(1, from_sunday.into()),
            'A' => out.push_str(day),
            'a' => out.push_str(&day[..3]),
            'B' => out.push_str(name(&MONTHS, month - 1)),
            'b' => out.push_str(&name(&MONTHS, month - 1)[..3]),
            'p' => out.push_str(if hour < 12 { "AM" } else { "PM" }),
            'z' => out.push_str(&self.offset.map(shown_offset).unwrap_or_default()),
            'Z' => out.push_str(self.zone.as_deref().unwrap_or_default()),
            'F' => out.push_str(&self.write("%Y-%m-%d")),
            'T' => out.push_str(&self.write("%H:%M:%S")),
            'R' => out.push_str(&self.write("%H:%M")),
            'D' => out.push_str(&self.write("%m/%d/%y")),
            other => {
                let _ = write!(out, "%{}{other}", if bare { "-" } else { "" });
            }
        }
    }
}

/// Returns `+0530`, with seconds only if there are any.
fn shown_offset(offset: i32) -> String {
    let size = offset.unsigned_abs();
    let sign = if offset < 0 { '-' } else { '+' };
    let seconds = if size.is_multiple_of(60) { String::new() } else { format!("{:02}", size % 60) };
    format!("{sign}{:02}{:02}{seconds}", size / 3600, size / 60 % 60)
}

/// Tells whether a format string can be written.
///
/// # Errors
/// Returns an error for a directive that is unknown, or that depends on the locale.
pub fn check(format: &str) -> Result<(), FormatError> {
    const WRITTEN: &str = "YGymdeHIMSfjUWVuwAaBbpzZFTRD";
    const WITHOUT_ZEROS: &str = "YGymdeHIMSjUWV";
    for piece in pieces(format)? {
        let Piece::Directive { letter, bare } = piece else { continue };
        if !(if bare { WITHOUT_ZEROS } else { WRITTEN }).contains(letter) {
            return Err(FormatError::Unknown(format!("{}{letter}", if bare { "-" } else { "" })));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_directive_is_written_as_by_python() {
        let date = crate::iso::ymd(2024, 2, 5).expect("a date");
        let time = crate::iso::hms(15, 4, 9, 12_000).expect("a time");
        let at = Civil { date, time, offset: Some(19_800), zone: Some("IST".to_owned()) };
        for (format, expected) in [
            ("%d %b %Y", "05 Feb 2024"),
            ("%I:%M%p, %d %b %Y", "03:04PM, 05 Feb 2024"),
            ("%-d.%-m.%y %H:%M:%S.%f", "5.2.24 15:04:09.012000"),
            ("%A %a %B %j %U %W %V %G %u %w", "Monday Mon February 036 05 06 06 2024 1 1"),
            ("%e|%F|%T|%R|%D", " 5|2024-02-05|15:04:09|15:04|02/05/24"),
            ("%z %Z 100%%", "+0530 IST 100%"),
        ] {
            assert_eq!(at.write(format), expected, "{format}");
            assert_eq!(check(format), Ok(()), "{format}");
        }
        assert_eq!(check("%c"), Err(FormatError::Unknown("c".to_owned())));
        assert_eq!(check("%-p"), Err(FormatError::Unknown("-p".to_owned())));
        assert_eq!(check("5%"), Err(FormatError::Stray));
    }
}
