//! What a value becomes when its column holds another kind, said once more, by other means than the runtime's.

use dcrf_oracle::definition::Kind;
use dcrf_oracle::values::{Value, day_of, days_from, spelled_duration, spelled_moment, spelled_time};
use serde_json::Value as Json;

const DAY: i64 = 86_400_000_000;

/// What becomes of one value.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// This.
    Becomes(Value),
    /// The migration has to stop.
    Stops,
    /// This judge does not know what the API reads in such a text.
    Unknown,
}

/// How a kind is stored, as far as the migration is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Boolean,
    Integer,
    Number,
    Text,
    Uuid,
    Date,
    DateTime,
    Time,
    Duration,
    Decimal,
    Bytes,
    Json,
}

fn sort(kind: &Kind) -> Sort {
    match kind {
        Kind::Boolean => Sort::Boolean,
        Kind::Integer | Kind::IntegerEnum(_) => Sort::Integer,
        Kind::Number => Sort::Number,
        Kind::Uuid => Sort::Uuid,
        Kind::Date => Sort::Date,
        Kind::DateTime => Sort::DateTime,
        Kind::Time => Sort::Time,
        Kind::Duration => Sort::Duration,
        Kind::Decimal { .. } => Sort::Decimal,
        Kind::Byte => Sort::Bytes,
        Kind::Array | Kind::Object => Sort::Json,
        _ => Sort::Text,
    }
}

/// Whether values can go on at all.
pub fn is_possible(from: &Kind, to: &Kind) -> bool {
    let (from, to) = (sort(from), sort(to));
    let numbers = [Sort::Integer, Sort::Number, Sort::Decimal];
    from == to
        || from == Sort::Text
        || to == Sort::Text
        || (numbers.contains(&from) && numbers.contains(&to))
        || matches!(
            (from, to),
            (Sort::Boolean, Sort::Integer)
                | (Sort::Integer, Sort::Boolean)
                | (Sort::Date, Sort::DateTime)
                | (Sort::DateTime, Sort::Date)
        )
}

/// What becomes of a value that is not null.
pub fn verdict(value: &Value, from: &Kind, to: &Kind) -> Verdict {
    let become_one = |value: Option<Value>| value.map_or(Verdict::Stops, Verdict::Becomes);
    let verdict = match (sort(from), sort(to)) {
        (Sort::Decimal, Sort::Decimal) => become_one(decimal(value, to)),
        (from, to) if from == to => Verdict::Becomes(value.clone()),
        (_, Sort::Text) => Verdict::Becomes(Value::Text(spelled(value))),
        (Sort::Text, _) => read(value, to),
        (Sort::Boolean, _) => Verdict::Becomes(Value::Integer(i64::from(*value == Value::Boolean(true)))),
        (_, Sort::Boolean) => match value {
            Value::Integer(0) => Verdict::Becomes(Value::Boolean(false)),
            Value::Integer(1) => Verdict::Becomes(Value::Boolean(true)),
            _ => Verdict::Stops,
        },
        (Sort::Date, _) => match value {
            Value::Date(day) => Verdict::Becomes(Value::DateTime(i64::from(*day) * DAY)),
            _ => Verdict::Stops,
        },
        (Sort::DateTime, _) => match value {
            Value::DateTime(micros) if micros % DAY == 0 => {
                become_one(i32::try_from(micros / DAY).ok().map(Value::Date))
            }
            _ => Verdict::Stops,
        },
        (_, Sort::Decimal) => become_one(decimal(value, to)),
        (_, Sort::Integer) => become_one(integer(value)),
        (_, _) => become_one(number(value)),
    };
    match (verdict, to) {
        (Verdict::Becomes(value), to) if !is_among(&value, to) => Verdict::Stops,
        (verdict, _) => verdict,
    }
}

/// Whether a value is one of an enum's, if it is of one.
pub fn is_among(value: &Value, kind: &Kind) -> bool {
    match (kind, value) {
        (Kind::TextEnum(values), Value::Text(text)) => values.contains(text),
        (Kind::IntegerEnum(values), Value::Integer(number)) => values.contains(number),
        _ => true,
    }
}

/// How the API shows it, without quotes.
pub fn spelled(value: &Value) -> String {
    match (value, value.to_json()) {
        (Value::Json(text), _) => text.clone(),
        (_, Json::String(text)) => text,
        (_, json) => json.to_string(),
    }
}

/// The exact decimal of a number: mantissa and places.
fn exact(value: &Value) -> Option<(i128, u32)> {
    let text = match value {
        Value::Integer(number) => return Some((i128::from(*number), 0)),
        Value::Decimal { mantissa, places } => return Some((*mantissa, *places)),
        // The fewest digits that tell it apart, without an exponent.
        Value::Number(number) => format!("{number}"),
        _ => return None,
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction}").parse().ok()?;
    Some((digits, u32::try_from(fraction.len()).ok()?))
}

fn decimal(value: &Value, to: &Kind) -> Option<Value> {
    let Kind::Decimal { digits, places } = to else { return None };
    let (mut mantissa, mut have) = exact(value)?;
    while have > *places {
        if mantissa % 10 != 0 {
            return None;
        }
        (mantissa, have) = (mantissa / 10, have - 1);
    }
    let mantissa = mantissa.checked_mul(10_i128.checked_pow(places - have)?)?;
    (mantissa.unsigned_abs() < 10_u128.pow(*digits)).then_some(Value::Decimal { mantissa, places: *places })
}

fn integer(value: &Value) -> Option<Value> {
    let (mantissa, places) = exact(value)?;
    let one = 10_i128.checked_pow(places)?;
    (mantissa % one == 0).then(|| i64::try_from(mantissa / one).ok().map(Value::Integer)).flatten()
}

fn number(value: &Value) -> Option<Value> {
    let text = spelled(value);
    let number: f64 = text.parse().ok()?;
    let (mantissa, places) = exact(value)?;
    let (other, more) = exact(&Value::Number(number))?;
    let scale = |mantissa: i128, by: u32| mantissa.checked_mul(10_i128.checked_pow(by)?);
    let most = places.max(more);
    let same = scale(mantissa, most - places)? == scale(other, most - more)?;
    same.then_some(Value::Number(number))
}

/// A text, if it is what the API would show of a value of the kind: the API reads more than that.
fn read(value: &Value, to: &Kind) -> Verdict {
    let Value::Text(text) = value else { return Verdict::Unknown };
    let found = canonical(text, to).filter(|found| spelled(found) == *text);
    // Nothing is written with letters of other alphabets.
    let never = |c: char| !c.is_ascii() && c.is_alphabetic();
    match found {
        Some(found) => Verdict::Becomes(found),
        None if text.starts_with(never) => Verdict::Stops,
        None => Verdict::Unknown,
    }
}

fn canonical(text: &str, to: &Kind) -> Option<Value> {
    match sort(to) {
        Sort::Boolean => text.parse().ok().map(Value::Boolean),
        Sort::Integer => text.parse().ok().map(Value::Integer),
        Sort::Number => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Number),
        Sort::Uuid => u128::from_str_radix(&text.replace('-', ""), 16).ok().map(Value::Uuid),
        Sort::Date => days(text).map(Value::Date),
        Sort::DateTime => {
            let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
            Some(Value::DateTime(i64::from(days(day)?) * DAY + micros(time)?))
        }
        Sort::Time => micros(text).map(Value::Time),
        Sort::Duration => {
            let (days, time) = text.split_once(' ').unwrap_or(("0", text));
            let micros = days.parse::<i128>().ok()? * i128::from(DAY) + i128::from(micros(time)?);
            i64::try_from(micros).ok().map(Value::Duration)
        }
        Sort::Decimal => {
            let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let mantissa = text.replace('.', "").parse().ok()?;
            decimal(&Value::Decimal { mantissa, places: u32::try_from(places).ok()? }, to)
        }
        Sort::Json => {
            serde_json::from_str::<Json>(text).ok().filter(|json| json.is_array() || json.is_object())?;
            Some(Value::Json(text.to_owned()))
        }
        Sort::Bytes | Sort::Text => None,
    }
}

fn days(text: &str) -> Option<i32> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let days = days_from(parts.next()??, parts.next()??, parts.next()??);
    (day_of(days) == text).then_some(days)
}

fn micros(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let fraction: i64 = format!("{fraction:0<6}").parse().ok()?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction)
}

#[test]
fn what_is_shown_is_read_again() {
    for (text, kind) in [
        (spelled_moment(-1), Kind::DateTime),
        (spelled_time(DAY - 1), Kind::Time),
        (spelled_duration(i64::MIN), Kind::Duration),
        ("-0.05".to_owned(), Kind::Decimal { digits: 3, places: 2 }),
    ] {
        let value = Value::Text(text.clone());
        let Verdict::Becomes(read) = verdict(&value, &Kind::Text { max_length: None }, &kind) else {
            panic!("{text} is not read")
        };
        assert_eq!(spelled(&read), text);
    }
}
