//! Reads dates, times of day, date-times and durations as DRF's fields do, by the formats and the time zone of a field.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};

use dcrf_scalars::{Civil, Strptime, Zone, ZoneError, humanized, moment_at};
use serde_json::value::RawValue;

use super::fault::Fault;
use super::python;
use super::shape::Shape;
use crate::ground::scalar::{Date, DateTime, Time};
use crate::schema::format::{Clock, FormatMeta};
use crate::schema::meta::Kind;
use crate::schema::value::Value;

/// Reads a date, a time of day or a date-time, by the kind.
pub(super) fn calendar(kind: &Kind, format: &FormatMeta, shape: &Shape<'_>) -> Result<Value, Fault> {
    let formats = if format.input.is_empty() { &[ISO][..] } else { format.input };
    if let Shape::Text(text) = shape {
        let read = |own: &&'static str| {
            if own.eq_ignore_ascii_case(ISO) { of_iso(kind, text) } else { of_format(kind, own, text) }
        };
        match formats.iter().find_map(read) {
            Some(Found::Value(value)) => return Ok(value),
            Some(Found::Clock(civil)) => return moment(&civil, format.clock).map(Value::DateTime),
            None => {}
        }
    }
    let (message, iso) = match kind {
        Kind::Date => ("Date has wrong format. Use one of these formats instead: {format}.", "YYYY-MM-DD"),
        Kind::Time => {
            ("Time has wrong format. Use one of these formats instead: {format}.", "hh:mm[:ss[.uuuuuu]]")
        }
        _ => (
            "Datetime has wrong format. Use one of these formats instead: {format}.",
            "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]",
        ),
    };
    Err(Fault::new("invalid", message).with("format", humanized(formats.iter().copied(), iso)))
}

/// DRF's name of ISO 8601.
const ISO: &str = "iso-8601";

/// What was read: a value, or what the clocks show at a moment.
enum Found {
    Value(Value),
    Clock(Civil),
}

fn of_iso(kind: &Kind, text: &str) -> Option<Found> {
    Some(match kind {
        Kind::Date => Found::Value(Value::Date(text.parse().ok()?)),
        Kind::Time => Found::Value(Value::Time(text.parse().ok()?)),
        _ => {
            let (date, time, offset) = dcrf_scalars::clock(text)?;
            Found::Clock(Civil { date, time, offset, zone: None })
        }
    })
}

/// Reads a text by a format, which is compiled once: formats are from definitions, so that there are few.
fn of_format(kind: &Kind, format: &'static str, text: &str) -> Option<Found> {
    static COMPILED: LazyLock<RwLock<HashMap<&'static str, Option<Strptime>>>> =
        LazyLock::new(RwLock::default);
    let compiled = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
    let civil = if let Some(strptime) = compiled.get(format) {
        strptime.as_ref()?.read(text)?
    } else {
        drop(compiled);
        let strptime = Strptime::new(format)
            .inspect_err(|error| tracing::error!(%format, %error, "a format of the definition is invalid"))
            .ok();
        let read = strptime.as_ref().and_then(|strptime| strptime.read(text));
        COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(format, strptime);
        read?
    };
    Some(match kind {
        Kind::Date => Found::Value(Value::Date(Date::from(civil.date))),
        Kind::Time => Found::Value(Value::Time(Time::from(civil.time))),
        _ => Found::Clock(civil),
    })
}

/// Returns the moment at which the clocks of a field show a date and time.
fn moment(civil: &Civil, clock: Clock) -> Result<DateTime, Fault> {
    let overflow = || Fault::new("overflow", "Datetime value out of range.");
    let zone = match clock {
        Clock::Zone(name) => Zone::named(name),
        Clock::Utc | Clock::Naive => None,
    };
    let Some(zone) = zone else {
        return moment_at(civil.date, civil.time, civil.offset.unwrap_or(0)).ok_or_else(overflow);
    };
    let moment = match civil.offset {
        Some(offset) => moment_at(civil.date, civil.time, offset).ok_or_else(overflow)?,
        None => zone.moment(civil.date, civil.time).map_err(|error| match (error, clock) {
            (ZoneError::NotOne, Clock::Zone(name)) => {
                Fault::new("make_aware", "Invalid datetime for the timezone \"{timezone}\".")
                    .with("timezone", name)
            }
            _ => overflow(),
        })?,
    };
    // The clocks must be able to show it.
    zone.civil(moment).map(|_| moment).ok_or_else(overflow)
}

/// Reads a duration as DRF's `DurationField` does, from a text, or from a number, whose digits are read as a text.
pub(super) fn duration(raw: &RawValue, shape: &Shape<'_>) -> Result<Value, Fault> {
    use crate::ground::scalar::ParseDurationError;
    let text = match shape {
        Shape::Text(text) => text.to_string(),
        Shape::Integer(_) | Shape::Float(_) => python::str(raw),
        _ => "no duration".to_owned(),
    };
    text.parse().map(Value::Duration).map_err(|error| match error {
        ParseDurationError::Overflow => days(999_999_999),
        _ => Fault::new("invalid", "Duration has wrong format. Use one of these formats instead: {format}.")
            .with("format", "[DD] [HH:[MM:]]ss[.uuuuuu]"),
    })
}

/// Refuses a duration that is too long for a column, which has 64 bits of microseconds.
pub(crate) fn fits_column(value: &Value) -> Result<(), Fault> {
    match value {
        Value::Duration(duration) if duration.column_micros().is_none() => Err(days(106_751_990)),
        _ => Ok(()),
    }
}

fn days(most: i64) -> Fault {
    Fault::new("overflow", "The number of days must be between {min_days} and {max_days}.")
        .with("min_days", -most)
        .with("max_days", most)
}
