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
mod uuid;

pub use bytes::Bytes;
pub use calendar::{Date, DateTime, ParseDateTimeError, Time};
pub use decimal::Decimal;
pub use duration::{Duration, ParseDurationError};
pub use json::Json;
pub use uuid::Uuid;

pub(crate) use decimal::MAX_SCALED_DIGITS;
pub(crate) use digits::compare as compare_digits;
pub(crate) use parts::Parts;

/// A text that is no value of the type it was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct ParseError(pub(crate) &'static str);

/// `Serialize` by `Display` and `Deserialize` by `FromStr`: the wire form of a scalar is a JSON string.
macro_rules! as_text {
    ($name:ident, $expected:literal) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl serde::de::Visitor<'_> for Visitor {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Visitor)
            }
        }
    };
}
pub(crate) use as_text;
