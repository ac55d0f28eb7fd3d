//! Random values of every kind: few and near each other, so that rows are equal, less and greater in turn, and now and
//! then as extreme as the kind allows.

use super::calendar::{DAYS_LEAST, DAYS_MOST, days_from};
use super::{Value, texts};
use crate::definition::Kind;
use crate::seed::Dice;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// What a float cannot tell from its neighbours any more.
const BEYOND_FLOATS: i64 = 9_007_199_254_740_993;

/// A value of a kind that is not null; of a foreign key none.
///
/// # Panics
/// If the kind is a foreign key: which keys there are is known elsewhere.
pub fn random(kind: &Kind, dice: &mut Dice) -> Value {
    let text = |text: String| Value::Text(text);
    match kind {
        Kind::Boolean => Value::Boolean(dice.chance(50)),
        Kind::Integer => Value::Integer(integer(dice)),
        Kind::Number => Value::Number(number(dice)),
        Kind::Text { max_length } => text(cut(texts::any(dice), *max_length)),
        Kind::Email => text(texts::email(dice)),
        Kind::Uri => text(texts::uri(dice)),
        Kind::Slug => text(texts::slug(dice)),
        Kind::UnicodeSlug => text(texts::unicode_slug(dice)),
        Kind::Ipv4 => text(texts::ipv4(dice)),
        Kind::Ipv6 => text(texts::ipv6(dice)),
        Kind::Ip => text(if dice.chance(50) { texts::ipv4(dice) } else { texts::ipv6(dice) }),
        Kind::Uuid => Value::Uuid(uuid(dice)),
        Kind::Date => Value::Date(date(dice)),
        Kind::DateTime => Value::DateTime(moment(dice)),
        Kind::Time => Value::Time(time(dice)),
        Kind::Duration => Value::Duration(duration(dice)),
        Kind::Decimal { digits, places } => decimal(*digits, *places, dice),
        Kind::Byte => Value::Bytes(bytes(dice)),
        Kind::TextEnum(values) => text(dice.pick(values).clone()),
        Kind::IntegerEnum(values) => Value::Integer(*dice.pick(values)),
        Kind::Array => Value::Json(dice.pick(&["[]", "[1]", "[1,2]", "[-9223372036854775808]"]).to_string()),
        Kind::Object => Value::Json(dice.pick(&["{}", "{\"unit\":\"mm\"}", "{\"unit\":\"\"}"]).to_string()),
        Kind::ForeignKey { .. } => panic!("a foreign key holds a key that is there"),
    }
}

/// A value to compare one of a column with: it, one beside it, a part of it, or any.
pub fn neighbour(kind: &Kind, value: &Value, dice: &mut Dice) -> Value {
    if dice.chance(60) {
        return value.clone();
    }
    match (kind, value) {
        (Kind::Integer, Value::Integer(number)) => {
            Value::Integer(number.saturating_add(*dice.pick(&[-1, 1, 2])))
        }
        (Kind::Text { max_length }, Value::Text(text)) => Value::Text(cut(beside(text, dice), *max_length)),
        (Kind::DateTime, Value::DateTime(micros)) => {
            let (least, most) = (i64::from(DAYS_LEAST) * DAY, (i64::from(DAYS_MOST) + 1) * DAY - 1);
            Value::DateTime((micros + dice.pick(&[-1, 1, SECOND])).clamp(least, most))
        }
        (Kind::Duration, Value::Duration(micros)) => {
            Value::Duration(micros.saturating_add(*dice.pick(&[-1, 1, DAY])))
        }
        (Kind::Number, Value::Number(number)) => {
            let other = if dice.chance(50) { number.next_up() } else { number.next_down() };
            Value::Number(if other.is_finite() { other } else { *number })
        }
        (Kind::Decimal { digits, .. }, Value::Decimal { mantissa, places }) => {
            let most = 10_i128.pow(*digits) - 1;
            let mantissa = (mantissa + dice.pick(&[-1, 1, 10])).clamp(-most, most);
            Value::Decimal { mantissa, places: *places }
        }
        (Kind::ForeignKey { .. }, _) => value.clone(),
        _ => random(kind, dice),
    }
}

/// A text that begins like another, is a part of it, or goes on.
fn beside(text: &str, dice: &mut Dice) -> String {
    let chars: Vec<char> = text.chars().collect();
    match dice.roll(3) {
        0 if !chars.is_empty() => chars[..dice.roll(chars.len())].iter().collect(),
        1 if !chars.is_empty() => chars[dice.roll(chars.len())..].iter().collect(),
        _ => format!("{text}{}", texts::piece(dice)),
    }
}

fn cut(text: String, most: Option<usize>) -> String {
    match most {
        Some(most) => text.chars().take(most).collect(),
        None => text,
    }
}

fn integer(dice: &mut Dice) -> i64 {
    const EXTREMES: &[i64] = &[
        i64::MIN,
        i64::MIN + 1,
        i64::MAX - 1,
        i64::MAX,
        BEYOND_FLOATS,
        BEYOND_FLOATS - 1,
        1 << 31,
        -(1 << 31),
    ];
    if dice.chance(20) { *dice.pick(EXTREMES) } else { dice.roll(7) as i64 - 3 }
}

fn number(dice: &mut Dice) -> f64 {
    const EXTREMES: &[f64] = &[
        f64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        -5e-324,
        -0.0,
        0.0,
        1e-9,
        0.1,
        0.300_000_000_000_000_04,
        1e16,
        9_007_199_254_740_992.0,
        9_007_199_254_740_994.0,
        1e22,
    ];
    if dice.chance(50) { *dice.pick(EXTREMES) } else { (dice.roll(9) as f64 - 4.0) / 2.0 }
}

fn uuid(dice: &mut Dice) -> u128 {
    // A version that random ones have, in all but a few: any is taken.
    let low = u128::from(dice.bits() & 0xff_ffff);
    let high = u128::from(*dice.pick(&[0_u8, 1, 0x7f, 0x80, 0xff]));
    (high << 120) | 0x4000_8000_0000_0000_0000 | low
}

fn date(dice: &mut Dice) -> i32 {
    match dice.roll(6) {
        0 => *dice.pick(&[DAYS_LEAST, DAYS_LEAST + 1, DAYS_MOST - 1, DAYS_MOST]),
        1 => days_from(2024, 2, 29),
        2 => -1 - dice.roll(3) as i32,
        _ => dice.roll(4) as i32 + days_from(2024, 1, 1),
    }
}

fn moment(dice: &mut Dice) -> i64 {
    let day = i64::from(date(dice)) * DAY;
    day + time(dice)
}

fn time(dice: &mut Dice) -> i64 {
    const TIMES: &[i64] = &[0, 1, SECOND - 1, SECOND, 500_000, 12 * 3600 * SECOND, DAY - SECOND, DAY - 1, 4];
    *dice.pick(TIMES)
}

fn duration(dice: &mut Dice) -> i64 {
    const EXTREMES: &[i64] =
        &[i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX, -DAY, DAY, -1, 1, 10 * DAY, 9 * DAY];
    if dice.chance(50) { *dice.pick(EXTREMES) } else { (dice.roll(7) as i64 - 3) * SECOND / 2 }
}

fn decimal(digits: u32, places: u32, dice: &mut Dice) -> Value {
    let most = 10_i128.pow(digits) - 1;
    let one = 10_i128.pow(places.min(digits.saturating_sub(1)));
    let mantissa = match dice.roll(8) {
        0 => most,
        1 => -most,
        2 => most - 1 - dice.roll(3) as i128,
        3 => most / 10 + dice.roll(3) as i128,
        4 => dice.roll(3) as i128 - 1,
        _ => (dice.roll(7) as i128 - 3) * one + *dice.pick(&[0, 0, 1, -1]),
    };
    Value::Decimal { mantissa: mantissa.clamp(-most, most), places }
}

fn bytes(dice: &mut Dice) -> Vec<u8> {
    let count = dice.roll(4);
    (0..count).map(|_| *dice.pick(&[0, 1, 0x7f, 0x80, 0xff, b'a', b'A'])).collect()
}
