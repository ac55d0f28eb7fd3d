//! Tests that the text of a value is read as the same value.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::prelude::*;

use crate::{Bytes, Date, DateTime, Decimal, Duration, Exact, Time, Uuid};

/// The first microsecond of the year 1, and the last one of the year 9999.
const MOMENTS: std::ops::Range<i64> = -62_135_596_800_000_000..253_402_300_800_000_000;

fn is_read_again<T>(value: &T)
where
    T: FromStr<Err: Debug> + Display + Debug + PartialEq + serde::Serialize + serde::de::DeserializeOwned,
{
    let text = value.to_string();
    assert_eq!(&text.parse::<T>().expect(&text), value, "{text}");
    let json = serde_json::to_string(value).expect("JSON");
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(&serde_json::from_str::<T>(&json).expect(&json), value, "{json}");
}

proptest! {
    #[test]
    fn dates_and_times(micros in MOMENTS) {
        let moment = DateTime::from_micros(micros).expect("it is in range");
        prop_assert_eq!(moment.as_micros(), micros);
        is_read_again(&moment);
        is_read_again(&Date::from(moment.into_inner().date()));
        let time = Time::from(moment.into_inner().time());
        is_read_again(&time);
        prop_assert_eq!(time.to_sortable().parse(), Ok(time));
    }

    #[test]
    fn durations(micros: i64) {
        is_read_again(&Duration::from_micros(micros));
    }

    #[test]
    fn uuids_and_bytes(number: u128, bytes: Vec<u8>) {
        is_read_again(&Uuid::from_u128(number));
        is_read_again(&Bytes::new(bytes));
    }

    #[test]
    fn decimals(mantissa in -(1_i128 << 93)..1_i128 << 93, places in 0..=28_u32) {
        let number = Decimal::new(mantissa, places).expect("it has 28 digits");
        is_read_again(&number);
        prop_assert_eq!(Exact::parse(&number.to_string()), Some(Exact::from(number)));
    }

    #[test]
    fn numbers(digits: i64, exponent in -400..400_i32) {
        let number = Exact::parse(&format!("{digits}e{exponent}")).expect("a number");
        prop_assert_eq!(Exact::parse(&number.to_string()), Some(number));
    }
}
