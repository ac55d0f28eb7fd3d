//! Time zones of the IANA database: which moment a clock there shows, and what clocks there show at a moment.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use jiff::tz::{AmbiguousOffset, TimeZone};
use time::PrimitiveDateTime;

use crate::calendar::{DateTime, moment_at};
use crate::strftime::Civil;

/// A time zone of the IANA database, by its name: `Europe/Berlin`.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

/// The reason why the clocks of a time zone show no single moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The clocks skip this time, or show it twice.
    #[error("a time that the time zone skips or repeats")]
    NotOne,
    /// The moment is outside of the years 1 to 9999, in UTC or in the time zone.
    #[error("a date and time out of range")]
    OutOfRange,
}

impl Zone {
    /// Finds a time zone. Each is read once: there are as many as definitions name.
    pub fn named(name: &str) -> Option<Self> {
        static FOUND: LazyLock<RwLock<HashMap<String, Option<Zone>>>> = LazyLock::new(RwLock::default);
        let found = FOUND.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = found.get(name) {
            return zone.clone();
        }
        drop(found);
        let zone = TimeZone::get(name).ok().map(Self);
        FOUND.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), zone.clone());
        zone
    }

    /// Returns what clocks show at a moment; `None` outside of the years 1 to 9999.
    pub fn civil(&self, moment: DateTime) -> Option<Civil> {
        let utc = moment.into_inner();
        let timestamp = jiff::Timestamp::from_second(utc.unix_timestamp()).ok()?;
        let info = self.0.to_offset_info(timestamp);
        let offset = info.offset().seconds();
        let local = PrimitiveDateTime::new(utc.date(), utc.time())
            .checked_add(time::Duration::seconds(offset.into()))
            .filter(|local| (1..=9999).contains(&local.year()))?;
        let zone = Some(info.abbreviation().to_owned());
        Some(Civil { date: local.date(), time: local.time(), offset: Some(offset), zone })
    }

    /// Returns the moment at which clocks show a date and time, which has no offset of its own.
    ///
    /// # Errors
    /// Returns an error if there is no such moment, or more than one.
    pub fn moment(&self, date: time::Date, time: time::Time) -> Result<DateTime, ZoneError> {
        let part = |part: u8| i8::try_from(part).unwrap_or(i8::MAX);
        let (hour, minute, second, _) = time.as_hms_micro();
        let year = i16::try_from(date.year()).map_err(|_| ZoneError::OutOfRange)?;
        let local = jiff::civil::DateTime::new(
            year,
            part(date.month().into()),
            part(date.day()),
            part(hour),
            part(minute),
            part(second),
            0,
        );
        let local = local.map_err(|_| ZoneError::OutOfRange)?;
        match self.0.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => {
                moment_at(date, time, offset.seconds()).ok_or(ZoneError::OutOfRange)
            }
            AmbiguousOffset::Gap { .. } | AmbiguousOffset::Fold { .. } => Err(ZoneError::NotOne),
        }
    }

    /// Writes a moment as ISO 8601 with the offset of the time zone: `2016-12-19T10:00:00+05:30`.
    pub fn iso(&self, moment: DateTime) -> String {
        let Some(civil) = self.civil(moment) else { return moment.to_string() };
        let offset = civil.offset.unwrap_or_default();
        if offset == 0 {
            return moment.to_string();
        }
        let (size, sign) = (offset.unsigned_abs(), if offset < 0 { '-' } else { '+' });
        let seconds = if size.is_multiple_of(60) { String::new() } else { format!(":{:02}", size % 60) };
        let micros = if civil.time.microsecond() == 0 { "" } else { ".%f" };
        let local = civil.write(&format!("%Y-%m-%dT%H:%M:%S{micros}"));
        format!("{local}{sign}{:02}:{:02}{seconds}", size / 3600, size / 60 % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).expect(name)
    }

    fn moment(name: &str, text: &str) -> Result<String, ZoneError> {
        let at: DateTime = text.parse().expect(text);
        let (date, time) = (at.into_inner().date(), at.into_inner().time());
        zone(name).moment(date, time).map(|moment| moment.to_string())
    }

    #[test]
    fn clocks_show_moments() {
        let at: DateTime = "2016-12-19T04:30:00.5Z".parse().expect("a moment");
        assert_eq!(zone("Asia/Kolkata").iso(at), "2016-12-19T10:00:00.500000+05:30");
        assert_eq!(zone("UTC").iso(at), "2016-12-19T04:30:00.500000Z");
        assert_eq!(
            zone("America/New_York").civil(at).map(|at| at.write("%F %T %z %Z")).as_deref(),
            Some("2016-12-18 23:30:00 -0500 EST")
        );
        assert!(Zone::named("Europe/Nowhere").is_none());
    }

    #[test]
    fn moments_are_found_by_clocks() {
        assert_eq!(moment("Asia/Kolkata", "2016-12-19T10:00:00"), Ok("2016-12-19T04:30:00Z".to_owned()));
        assert_eq!(moment("America/New_York", "2017-03-12T02:30:00"), Err(ZoneError::NotOne));
        assert_eq!(moment("America/New_York", "2017-11-05T01:30:00"), Err(ZoneError::NotOne));
        assert_eq!(moment("Asia/Kolkata", "0001-01-01T00:00:00"), Err(ZoneError::OutOfRange));
    }
}
