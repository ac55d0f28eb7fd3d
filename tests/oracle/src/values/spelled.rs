//! Other spellings of a value that a client may use where it names one.

use serde_json::{Value as Json, json};

use super::{Value, spelled_moment};
use crate::seed::Dice;

/// Another spelling of a value, where there is one.
pub fn otherwise(value: &Value, dice: &mut Dice) -> Json {
    match value {
        Value::Boolean(value) => match (*value, dice.roll(3)) {
            (true, 0) => json!("true"),
            (true, 1) => json!(1),
            (true, _) => json!("on"),
            (false, 0) => json!("False"),
            (false, 1) => json!(0),
            (false, _) => json!("no"),
        },
        Value::Integer(number) => match dice.roll(3) {
            0 => json!(number.to_string()),
            1 => json!(format!(" {number}\t")),
            _ if number.unsigned_abs() < 1000 => json!(*number as f64),
            _ => json!(number),
        },
        Value::Number(number) => json!(number.to_string()),
        Value::Decimal { mantissa, places } => decimal(*mantissa, *places, dice),
        Value::Uuid(_) => {
            let text = value.spelled();
            match dice.roll(3) {
                0 => json!(text.to_uppercase()),
                1 => json!(text.replace('-', "")),
                _ => json!(format!("{{{text}}}")),
            }
        }
        Value::DateTime(micros) => moment(*micros, dice),
        other => other.to_json(),
    }
}

/// Without zeros at the end, or as an integer with an exponent.
fn decimal(mantissa: i128, places: u32, dice: &mut Dice) -> Json {
    let (mut shorter, mut fewer) = (mantissa, places);
    // Of zero one place is left: DRF counts the digit before the point of `0`, and not that of `0.0`.
    let least = u32::from(mantissa == 0 && places > 0);
    while fewer > least && shorter % 10 == 0 {
        (shorter, fewer) = (shorter / 10, fewer - 1);
    }
    let text = Value::Decimal { mantissa: shorter, places: fewer }.spelled();
    match dice.roll(3) {
        0 => json!(text),
        1 => json!(format!("{shorter}E-{fewer}")),
        // Of few digits, so that the number is read as it is written. With a fraction, for which there must be a place.
        _ if places > 0 && shorter.unsigned_abs() < 1000 && fewer < 6 => {
            text.parse().map_or(json!(text), |number: f64| json!(number))
        }
        _ => json!(text),
    }
}

/// In another zone.
fn moment(micros: i64, dice: &mut Dice) -> Json {
    const HOUR: i64 = 3_600_000_000;
    let hours = i64::try_from(dice.between(1, 12)).expect("few hours");
    let local = micros + hours * HOUR;
    let text = if local < i64::from(super::DAYS_MOST) * 24 * HOUR {
        spelled_moment(local).replace('Z', &format!("+{hours:02}:00"))
    } else {
        spelled_moment(micros)
    };
    if dice.chance(30) { json!(text.replacen('T', " ", 1)) } else { json!(text) }
}
