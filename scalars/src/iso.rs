//! Parses ISO 8601 as Python 3.11's `fromisoformat` does.

use time::{Date, Month, Time, Weekday};

/// Parses `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www[-D]` or `YYYYWww[D]`, with the years 1 to 9999.
pub(crate) fn date(text: &str) -> Option<Date> {
    if !text.is_ascii() {
        return None;
    }
    let year = number(text.get(..4)?)?;
    let rest = &text[4..];
    let (rest, extended) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    if let Some(week) = rest.strip_prefix('W') {
        return week_date(year, week, extended);
    }
    let (month, day) = match (rest.len(), extended) {
        (5, true) if rest.as_bytes()[2] == b'-' => (&rest[..2], &rest[3..]),
        (4, false) => (&rest[..2], &rest[2..]),
        _ => return None,
    };
    ymd(year, number(month)?, number(day)?)
}

/// Creates a date in the years 1 to 9999.
pub(crate) fn ymd(year: u32, month: u32, day: u32) -> Option<Date> {
    let year = i32::try_from(year).ok().filter(|year| (1..=9999).contains(year))?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
}

fn week_date(year: u32, text: &str, extended: bool) -> Option<Date> {
    let week = u8::try_from(number(text.get(..2)?)?).ok()?;
    let day = match (&text[2..], extended) {
        ("", _) => 1,
        (day, true) => number(day.strip_prefix('-').filter(|day| day.len() == 1)?)?,
        (day, false) => number(Some(day).filter(|day| day.len() == 1)?)?,
    };
    let day = Weekday::Monday.nth_next(u8::try_from(day.checked_sub(1).filter(|day| *day < 7)?).ok()?);
    let date = Date::from_iso_week_date(i32::try_from(year).ok()?, week, day).ok()?;
    (1..=9999).contains(&date.year()).then_some(date)
}

/// Parses `HH[:MM[:SS[.f…]]]`, with or without colons, and then `Z` or an offset. Returns the time, and the offset in
/// seconds.
pub(crate) fn time(text: &str) -> Option<(Time, Option<i32>)> {
    if !text.is_ascii() {
        return None;
    }
    let text = text.strip_prefix('T').unwrap_or(text);
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        Some(at) if text.as_bytes()[at] == b'Z' => {
            (&text[..at], Some(text[at + 1..].is_empty().then_some(0)?))
        }
        Some(at) => {
            let sign = if text.as_bytes()[at] == b'-' { -1 } else { 1 };
            let (hours, minutes, seconds, _) = clock_parts(&text[at + 1..])?;
            let size = i32::try_from(hours * 3600 + minutes * 60 + seconds).ok()?;
            (&text[..at], Some(sign * Some(size).filter(|size| *size < 86_400)?))
        }
        None => (text, None),
    };
    let (hours, minutes, seconds, micros) = clock_parts(clock)?;
    Some((hms(hours, minutes, seconds, micros)?, offset))
}

/// Creates a time of day.
pub(crate) fn hms(hours: u32, minutes: u32, seconds: u32, micros: u32) -> Option<Time> {
    let part = |part: u32| u8::try_from(part).ok();
    Time::from_hms_micro(part(hours)?, part(minutes)?, part(seconds)?, micros).ok()
}

fn clock_parts(text: &str) -> Option<(u32, u32, u32, u32)> {
    let (clock, micros) = match text.find(['.', ',']) {
        Some(at) => (&text[..at], Some(micros(&text[at + 1..])?)),
        None => (text, None),
    };
    let extended = clock.as_bytes().get(2) == Some(&b':');
    let parts: Vec<&str> = if extended {
        clock.split(':').collect()
    } else {
        let pairs = clock.len().div_ceil(2);
        (0..pairs).map(|pair| clock.get(pair * 2..pair * 2 + 2).unwrap_or("")).collect()
    };
    if parts.is_empty() || parts.len() > 3 || parts.iter().any(|part| part.len() != 2) {
        return None;
    }
    if micros.is_some() && parts.len() != 3 {
        return None;
    }
    let part = |index: usize| parts.get(index).map_or(Some(0), |part| number(part));
    Some((part(0)?, part(1)?, part(2)?, micros.unwrap_or(0)))
}

/// Returns the first six digits of a fraction; further digits are cut.
pub(crate) fn micros(digits: &str) -> Option<u32> {
    number(digits.get(..6.min(digits.len()))?)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{:0<6}", &digits[..6.min(digits.len())]).parse().ok()
}

/// Parses a text that consists only of digits.
pub(crate) fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}
