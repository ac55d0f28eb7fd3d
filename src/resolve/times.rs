//! Dates, times and durations of definitions, in the form in which Django REST Framework shows them.

/// `YYYY-MM-DD`
pub(super) fn date(text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2)?;
    let day = number(parts.next()?, 2)?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    (parts.next().is_none() && year >= 1 && (1..=days).contains(&day)).then(|| text.to_owned())
}

/// `HH:MM:SS[.ffffff]`; seconds may be left out.
pub(super) fn time(text: &str) -> Option<String> {
    let (clock, fraction) =
        text.split_once('.').map_or((text, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2)?;
    let minute = number(parts.next()?, 2)?;
    let second = match parts.next() {
        Some(second) => number(second, 2)?,
        None if fraction.is_none() => 0,
        None => return None,
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(format!("{hour:02}:{minute:02}:{second:02}{}", micros(fraction)?))
}

/// `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`; only UTC, as the server stores it.
pub(super) fn date_time(text: &str) -> Option<String> {
    let (day, clock) = text.split_once(['T', 't', ' '])?;
    let clock = clock
        .strip_suffix(['Z', 'z'])
        .or_else(|| clock.strip_suffix("+00:00"))
        .or_else(|| clock.strip_suffix("-00:00"))?;
    Some(format!("{}T{}Z", date(day)?, time(clock)?))
}

/// `[D ]HH:MM:SS[.ffffff]`
pub(super) fn duration(text: &str) -> Option<String> {
    let (days, clock) = text.split_once(' ').map_or((None, text), |(days, clock)| (Some(days), clock));
    let days = match days {
        Some(days) => days.parse::<i32>().ok()?,
        None => 0,
    };
    if clock.matches(':').count() != 2 {
        return None;
    }
    let clock = time(clock)?;
    // As many as 64 bits of microseconds hold.
    i64::try_from(i128::from(days) * 86_400_000_000 + of_day(&clock)?).ok()?;
    Some(if days == 0 { clock } else { format!("{days} {clock}") })
}

/// Microseconds of a time in its canonical form.
fn of_day(clock: &str) -> Option<i128> {
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts = clock.split(':').map(|part| part.parse::<i128>().ok());
    let seconds = parts.reduce(|seconds, part| Some(seconds? * 60 + part?))??;
    Some(seconds * 1_000_000 + fraction.parse::<i128>().ok()?)
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let written = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    written.then(|| text.parse().ok()).flatten()
}

/// A fraction of a second as six digits with their point; nothing where it is zero.
fn micros(fraction: Option<&str>) -> Option<String> {
    let Some(fraction) = fraction else { return Some(String::new()) };
    if fraction.is_empty() || fraction.len() > 6 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{fraction:0<6}");
    Some(if padded == "000000" { String::new() } else { format!(".{padded}") })
}

#[cfg(test)]
mod tests {
    use super::{date, date_time, duration, time};

    #[test]
    fn the_calendar_is_kept() {
        assert!(date("2024-02-29").is_some());
        for wrong in ["2023-02-29", "2024-13-01", "2024-1-1", "0000-01-01", "2024-01-01-01"] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_have_one_form() {
        assert_eq!(time("13:30").as_deref(), Some("13:30:00"));
        assert_eq!(time("13:30:01.5").as_deref(), Some("13:30:01.500000"));
        assert_eq!(time("24:00"), None);
        assert_eq!(date_time("2024-02-29 13:30:00+00:00").as_deref(), Some("2024-02-29T13:30:00Z"));
        assert_eq!(date_time("2024-02-29T13:30:00+02:00"), None);
        assert_eq!(duration("1 02:30:00").as_deref(), Some("1 02:30:00"));
        assert_eq!(duration("02:30"), None);
        for most in ["106751991 04:00:54.775807", "-106751992 19:59:05.224192"] {
            assert_eq!(duration(most).as_deref(), Some(most));
        }
        for more in ["106751991 04:00:54.775808", "-106751992 19:59:05.224191", "999999999 00:00:00"] {
            assert_eq!(duration(more), None);
        }
    }
}
