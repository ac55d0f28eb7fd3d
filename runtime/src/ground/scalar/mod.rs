//! The scalar types of generated structs: thin newtypes that read and write values in DRF's format.
//!
//! `Display` and `Serialize` write the format of the wire; `FromStr` and `Deserialize` accept everything that DRF
//! accepts. All types except [`Json`] are those of `dcrf-scalars`, with which the generator checks the values of a
//! definition.

mod json;

pub use dcrf_scalars::{
    BigInteger, Bytes, Date, DateTime, Decimal, Duration, ParseDateTimeError, ParseDurationError, ParseError,
    TextForm, Time, Uuid,
};
pub use json::Json;

pub(crate) use dcrf_scalars::{
    Exact, Limit, MAX_SCALED_DIGITS, Number, Parts, Precision, PrecisionError, compare_digits, python,
};
