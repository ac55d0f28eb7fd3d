//! The scalar types of generated structs: thin newtypes that read and write DRF's form of each.
//!
//! `Display` and `Serialize` give what goes over the wire; `FromStr` and `Deserialize` take all that DRF takes.

mod bytes;
mod calendar;
mod decimal;
mod digits;
mod duration;
mod iso;
mod json;
mod parts;
mod text;
mod uuid;

pub use bytes::Bytes;
pub use calendar::{Date, DateTime, ParseDateTimeError, Time};
pub use decimal::Decimal;
pub use duration::{Duration, ParseDurationError};
pub use json::Json;
pub use text::ParseError;
pub use uuid::Uuid;

pub(crate) use decimal::MAX_SCALED_DIGITS;
pub(crate) use digits::compare as compare_digits;
pub(crate) use parts::Parts;
