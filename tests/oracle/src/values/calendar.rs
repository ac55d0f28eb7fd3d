//! Days, moments, times of day and lengths of time as the wire spells them, from numbers alone.

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// 0001-01-01, in days since 1970.
pub const DAYS_LEAST: i32 = -719_162;
/// 9999-12-31, in days since 1970.
pub const DAYS_MOST: i32 = 2_932_896;

/// `2024-02-29`, of days since 1970 (Howard Hinnant, "chrono-compatible low-level date algorithms": `civil_from_days`).
pub fn day_of(days: i32) -> String {
    let days = i64::from(days) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + later)
}

/// Days since 1970 of a year, month and day (the same, `days_from_civil`).
pub const fn days_from(year: i64, month: i64, day: i64) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) as i32
}

/// `2024-02-29T12:30:45.000001Z`, of microseconds since 1970.
pub fn spelled_moment(micros: i64) -> String {
    let days = i32::try_from(micros.div_euclid(DAY)).expect("a day of the years 1 to 9999");
    format!("{}T{}Z", day_of(days), spelled_time(micros.rem_euclid(DAY)))
}

/// `12:30:45`, or `12:30:45.000001`, of microseconds since midnight.
pub fn spelled_time(micros: i64) -> String {
    let (seconds, micros) = (micros / SECOND, micros % SECOND);
    let time = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if micros == 0 { time } else { format!("{time}.{micros:06}") }
}

/// `-1 23:59:59.999999`, of microseconds: days count down, what is left of a day counts up.
pub fn spelled_duration(micros: i64) -> String {
    let (days, rest) = (micros.div_euclid(DAY), spelled_time(micros.rem_euclid(DAY)));
    if days == 0 { rest } else { format!("{days} {rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (days, text) in [
            (0, "1970-01-01"),
            (DAYS_LEAST, "0001-01-01"),
            (DAYS_MOST, "9999-12-31"),
            (days_from(2024, 2, 29), "2024-02-29"),
            (days_from(1900, 3, 1) - 1, "1900-02-28"),
            (days_from(2000, 3, 1) - 1, "2000-02-29"),
        ] {
            assert_eq!(day_of(days), text);
        }
    }

    #[test]
    fn what_is_before_a_beginning_counts_up_from_it() {
        assert_eq!(spelled_moment(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(spelled_duration(-1), "-1 23:59:59.999999");
        assert_eq!(spelled_duration(DAY), "1 00:00:00");
    }
}
