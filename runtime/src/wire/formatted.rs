//! Writes dates, times, durations and decimals in the form that a field of a serializer shows.

use std::fmt::Write as _;

use dcrf_scalars::{Civil, Zone};
use rust_decimal::RoundingStrategy;

use crate::ground::scalar::python::float;
use crate::ground::scalar::{DateTime, Decimal, Duration};
use crate::schema::format::{Clock, FormatMeta, Output, RoundingMode};
use crate::schema::meta::Kind;
use crate::schema::value::Value;

/// Returns the text of a value; `None` if it is written in the default form.
pub(super) fn text(format: &FormatMeta, value: &Value) -> Option<String> {
    match (value, format.output) {
        (Value::Date(date), Output::Strftime(own)) => Some(Civil::of_date(date.into_inner()).write(own)),
        (Value::Time(time), Output::Strftime(own)) => Some(Civil::of_time(time.into_inner()).write(own)),
        (Value::DateTime(moment), output) => of_moment(*moment, output, format.clock),
        (Value::Duration(duration), Output::Iso) => Some(duration.to_iso()),
        (Value::Duration(duration), Output::Plain) => Some(seconds(*duration)),
        _ => None,
    }
}

/// Returns Python's text of the seconds.
fn seconds(duration: Duration) -> String {
    float(duration.total_seconds())
}

fn of_moment(moment: DateTime, output: Output, clock: Clock) -> Option<String> {
    let zone = match clock {
        Clock::Zone(name) => Zone::named(name),
        Clock::Utc | Clock::Naive => None,
    };
    match output {
        // The value itself is in UTC.
        Output::Plain | Output::Hex | Output::Urn | Output::Int => None,
        Output::Default | Output::Iso if clock == Clock::Naive => {
            Some(moment.to_string().trim_end_matches('Z').to_owned())
        }
        Output::Default | Output::Iso => zone.map(|zone| zone.iso(moment)),
        Output::Strftime(own) => {
            let civil = zone.and_then(|zone| zone.civil(moment)).unwrap_or_else(|| {
                let utc = moment.into_inner();
                let aware = clock != Clock::Naive;
                let (offset, zone) = (aware.then_some(0), aware.then(|| "UTC".to_owned()));
                Civil { date: utc.date(), time: utc.time(), offset, zone }
            });
            Some(civil.write(own))
        }
    }
}

/// Appends a decimal with the places of its kind.
pub(super) fn decimal(out: &mut Vec<u8>, format: &FormatMeta, kind: &Kind, number: Decimal) {
    let rounded = match kind {
        Kind::Decimal { decimal_places, .. } if *decimal_places != Kind::UNBOUNDED => number
            .with_places(*decimal_places)
            .or_else(|| {
                let rounded =
                    number.into_inner().round_dp_with_strategy(*decimal_places, strategy(format.rounding));
                Decimal::from(rounded).with_places(*decimal_places)
            })
            .unwrap_or(number),
        _ => number,
    };
    let shown = if format.normalize { Decimal::from(rounded.into_inner().normalize()) } else { rounded };
    let mut short = String::with_capacity(32);
    let _ = if format.number { write!(short, "{shown}") } else { write!(short, "\"{shown}\"") };
    out.extend_from_slice(short.as_bytes());
}

const fn strategy(rounding: RoundingMode) -> RoundingStrategy {
    match rounding {
        RoundingMode::HalfEven => RoundingStrategy::MidpointNearestEven,
        RoundingMode::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        RoundingMode::HalfDown => RoundingStrategy::MidpointTowardZero,
        RoundingMode::Up => RoundingStrategy::AwayFromZero,
        RoundingMode::Down => RoundingStrategy::ToZero,
        RoundingMode::Ceiling => RoundingStrategy::ToPositiveInfinity,
        RoundingMode::Floor => RoundingStrategy::ToNegativeInfinity,
    }
}
