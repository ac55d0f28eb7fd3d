//! Scalar values as Django REST Framework (DRF) reads and writes them.
//!
//! `dcrf` validates the values of a definition with this crate, and `dcrf-runtime` the values of clients, so that both
//! accept the same values. Applications use the types from `dcrf_runtime`. Items that are public only for these two
//! crates are hidden in this documentation, and change without notice.
//!
//! - Types: [`Date`], [`DateTime`], [`Time`], [`Duration`], [`Decimal`], [`Uuid`] and [`Bytes`] are thin newtypes.
//!   `Display` and `Serialize` write the format of the wire; `FromStr` and `Deserialize` accept everything that DRF
//!   accepts.
//! - Texts: [`TextForm`] has the rules of email addresses, URLs, host names, slugs and IP addresses, and DRF's messages
//!   for them.
//! - Numbers: [`Exact`] keeps every digit of a number in JSON.
//! - Files: [`FileKind`] is recognised by the first bytes of a file.
//!
//! `From` and `into_inner` convert values to and from the types of the crates `time` 0.3, `uuid` 1 and `rust_decimal`
//! 1, for calculations: these three crates are a part of this crate's interface.
//!
//! ```
//! use dcrf_scalars::{DateTime, Exact, TextForm};
//!
//! let moment: DateTime = "2024-02-29T13:30+02:00".parse()?;
//! assert_eq!(moment.to_string(), "2024-02-29T11:30:00Z");
//!
//! assert!(TextForm::Email.matches("ada@example.com"));
//! assert_eq!(TextForm::Ipv6.canonical("2001:DB8::0").as_deref(), Some("2001:db8::"));
//!
//! assert_eq!(Exact::parse("100"), Exact::parse("1e2"));
//! # Ok::<(), dcrf_scalars::ParseDateTimeError>(())
//! ```

#![warn(clippy::print_stdout, clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod big_integer;
mod bytes;
mod calendar;
mod decimal;
mod directives;
mod duration;
mod exact;
mod file_kind;
mod form;
mod iso;
mod limit;
mod parts;
mod precision;
#[cfg(test)]
mod properties;
#[doc(hidden)]
pub mod python;
#[cfg(test)]
mod python_answers;
mod python_pattern;
#[doc(hidden)]
pub mod schema;
mod strftime;
mod strptime;
mod text;
mod uuid;
mod zone;

pub use big_integer::BigInteger;
pub use bytes::Bytes;
pub use calendar::{Date, DateTime, ParseDateTimeError, Time};
pub use decimal::Decimal;
pub use duration::{Duration, ParseDurationError};
pub use exact::Exact;
pub use file_kind::FileKind;
pub use form::TextForm;
pub use text::ParseError;
pub use uuid::Uuid;

#[doc(hidden)]
pub use calendar::{clock, moment_at};
#[doc(hidden)]
pub use decimal::MAX_SCALED_DIGITS;
#[doc(hidden)]
pub use directives::FormatError;
#[doc(hidden)]
pub use exact::compare_digits;
#[doc(hidden)]
pub use limit::{Limit, Number};
#[doc(hidden)]
pub use parts::Parts;
#[doc(hidden)]
pub use precision::{Precision, PrecisionError};
#[doc(hidden)]
pub use python_pattern::{FieldPattern, PythonPatternError, translate_python};
#[doc(hidden)]
pub use strftime::{Civil, check as check_strftime};
#[doc(hidden)]
pub use strptime::{Strptime, ecma_pattern, humanized};
#[doc(hidden)]
pub use zone::{Zone, ZoneError};
