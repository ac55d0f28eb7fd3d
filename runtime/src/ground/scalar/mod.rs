//! The scalar types of generated structs: thin newtypes that read and write DRF's form of each.
//!
//! `Display` and `Serialize` give what goes over the wire; `FromStr` and `Deserialize` take all that DRF takes. All but
//! [`Json`] are those of `dcrf-scalars`, by which the generator judges the values of a definition.

mod json;

pub use dcrf_scalars::{
    Bytes, Date, DateTime, Decimal, Duration, ParseDateTimeError, ParseDurationError, ParseError, TextForm,
    Time, Uuid,
};
pub use json::Json;

pub(crate) use dcrf_scalars::{
    Exact, Limit, MAX_SCALED_DIGITS, Number, Parts, Precision, PrecisionError, compare_digits, python,
};
