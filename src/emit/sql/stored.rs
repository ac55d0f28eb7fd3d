//! Values of a definition as databases store them: `dcrf_runtime`'s `db::stored` has how, for SQLite, and its
//! `db::postgres`.

/// Microseconds since 1970 began, of `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`.
pub fn moment(text: &str) -> Option<i64> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    Some((days(year, month, day) * 86_400) * 1_000_000 + micros(clock)?)
}

/// Microseconds, of `[D ]HH:MM:SS[.ffffff]`.
pub fn duration(text: &str) -> Option<i64> {
    let (days, clock) = text.split_once(' ').unwrap_or(("0", text));
    let micros =
        days.parse::<i128>().ok()?.checked_mul(86_400_000_000)?.checked_add(micros(clock)?.into())?;
    i64::try_from(micros).ok()
}

/// A time of day in a form that sorts: `HH:MM:SS.ffffff`.
pub fn time(text: &str) -> String {
    if text.contains('.') { text.to_owned() } else { format!("{text}.000000") }
}

/// A decimal as a whole number of its last place.
pub fn scaled(text: &str, places: u32) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let zeros = (places as usize).checked_sub(fraction.len())?;
    format!("{whole}{fraction}{}", "0".repeat(zeros)).parse().ok()
}

/// The hexadecimal digits of what is written in base64.
pub fn hexadecimal(base64: &str) -> Option<String> {
    let mut hexadecimal = String::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in base64.bytes().take_while(|byte| *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            hexadecimal.push_str(&format!("{:02x}", bits >> count & 0xff));
        }
    }
    Some(hexadecimal)
}

fn micros(clock: &str) -> Option<i64> {
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction)
}

/// Days since 1970 began (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::{duration, hexadecimal, moment, scaled, time};

    #[test]
    fn values_are_stored_as_the_runtime_stores_them() {
        assert_eq!(moment("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(moment("2024-02-29T13:30:00.500000Z"), Some(1_709_213_400_500_000));
        assert_eq!(moment("0001-01-01T00:00:00Z"), Some(-62_135_596_800_000_000));
        assert_eq!(duration("1 02:30:00"), Some(95_400_000_000));
        assert_eq!(duration("-1 23:59:59.500000"), Some(-500_000));
        assert_eq!(time("13:30:00"), "13:30:00.000000");
        assert_eq!(scaled("-1.50", 3), Some(-1500));
        assert_eq!(scaled("-0.50", 2), Some(-50));
        assert_eq!(hexadecimal("aGVsbG8=").as_deref(), Some("68656c6c6f"));
        assert_eq!(hexadecimal("").as_deref(), Some(""));
    }
}
