//! Formats of strings.

use dcrf_scalars::{Precision, TextForm};

use super::resolver::Resolver;
use super::stands::{Place, Stands};
use crate::ast::Schema;
use crate::diag::{Code, Diagnostic, quote, quote_all};
use crate::ir::Scalar;

/// The formats of strings that have a type of their own in Rust. `decimal` is another one, which needs numbers of
/// digits.
pub(super) const FORMATS: &[(&str, Scalar)] = &[
    ("date-time", Scalar::DateTime),
    ("date", Scalar::Date),
    ("time", Scalar::Time),
    ("duration", Scalar::Duration),
    ("uuid", Scalar::Uuid),
    ("byte", Scalar::Bytes),
];

/// The format of integers of any size (DRF's `BigIntegerField`).
pub(super) const BIG_INTEGER: &str = "biginteger";

impl Resolver<'_> {
    pub(super) fn string(&self, schema: &Schema) -> Option<Scalar> {
        let Some(format) = &schema.format else { return Some(Scalar::Text) };
        if format.value == "decimal" {
            return self.decimal(schema);
        }
        let named = FORMATS.iter().find(|(name, _)| *name == format.value).map(|(_, scalar)| *scalar);
        let found = named.or_else(|| TextForm::of_format(&format.value).map(Scalar::Form));
        if found.is_none() {
            let forms = TextForm::ALL.iter().copied().map(TextForm::format);
            let names = FORMATS.iter().map(|(name, _)| *name).chain(["decimal"]).chain(forms);
            let message = format!("unknown format {}", quote(&format.value));
            let near = self.nearest(&format.value, names.clone());
            let diagnostic = Diagnostic::error(Code::UnknownFormat, format.span, message).suggest(near);
            let help = format!("the formats are {}", quote_all(names, "and"));
            self.report(if near.is_none() { diagnostic.help(help) } else { diagnostic });
        }
        found
    }

    /// Returns the type of an integer: of 64 bits, or of any size (`format: biginteger`).
    pub(super) fn integer_type(&self, schema: &Schema, place: &Place) -> Option<Scalar> {
        let Some(format) = schema.format.as_ref().filter(|format| format.value == BIG_INTEGER) else {
            return Some(Scalar::Integer);
        };
        if place.stands == Stands::Column {
            let message = "a column of integers has 64 bits";
            let diagnostic = Diagnostic::error(Code::UnsupportedKeyword, format.span, message);
            self.report(diagnostic.help(
                "for larger ones, use `\"type\": \"string\", \"format\": \"decimal\"` with `\"x-decimal-places\": 0`",
            ));
            return None;
        }
        Some(Scalar::BigInteger)
    }

    fn decimal(&self, schema: &Schema) -> Option<Scalar> {
        const MOST_DIGITS: u64 = 28;
        let span = schema.format.as_ref().map_or(schema.span, |format| format.span);
        let (Some(digits), Some(places)) = (&schema.max_digits, &schema.decimal_places) else {
            let message = "a decimal needs `x-max-digits` and `x-decimal-places`";
            let diagnostic = Diagnostic::error(Code::MissingKey, span, message);
            self.report(diagnostic.help("for money, set `\"x-max-digits\": 12, \"x-decimal-places\": 2`"));
            return None;
        };
        let (most, after) = (digits.value.0, places.value.0);
        if most.is_some_and(|most| most == 0 || most > MOST_DIGITS) {
            let message = format!("a decimal must have from 1 to {MOST_DIGITS} digits");
            self.error(Code::BadRule, digits.span, message);
            return None;
        }
        if after.is_some_and(|after| after > most.unwrap_or(MOST_DIGITS)) {
            let message = "a decimal cannot have more places after the point than digits";
            let diagnostic = Diagnostic::error(Code::BadRule, places.span, message);
            self.report(diagnostic.related(digits.span, "the digits in all"));
            return None;
        }
        let count = |count: Option<u64>| count.map_or(Precision::UNBOUNDED, |count| count as u32);
        Some(Scalar::Decimal { max_digits: count(most), decimal_places: count(after) })
    }
}
