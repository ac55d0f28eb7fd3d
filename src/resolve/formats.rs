//! How fields of serializers read and show dates, times, durations, UUIDs and decimals: the settings of DRF's fields.

use dcrf_scalars::{Duration, FormatError, Strptime, Zone, check_strftime};

use super::resolver::Resolver;
use super::rules::describe;
use crate::ast::{self, ExtraKwargs, TextOrNull};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{
    Access, Clock, FieldSource, Format, Home, Rounding, Rule, Scalar, SerializerOf, Shown as Output, Type,
};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

/// DRF's name of ISO 8601.
const ISO: &str = "iso-8601";

impl<'a> Resolver<'a> {
    /// Returns how a field reads and shows the values of a type.
    pub(super) fn format(&self, kwargs: &ExtraKwargs, ty: &Type, access: Access) -> Format {
        let scalar = match ty {
            Type::Scalar(scalar) => Some(*scalar),
            _ => None,
        };
        let calendar = matches!(scalar, Some(Scalar::Date | Scalar::DateTime | Scalar::Time));
        let shown = calendar || matches!(scalar, Some(Scalar::Duration | Scalar::Uuid));
        let decimal = matches!(scalar, Some(Scalar::Decimal { .. }));
        for (name, span) in format_keys(kwargs)
            .into_iter()
            .filter(|(name, _)| !matches!(*name, "file_path" | "multiple_choice"))
        {
            let (applies, of) = match name {
                "input_formats" => (calendar, "dates, times and date-times"),
                "format" => (shown, "dates, times, date-times, durations and UUIDs"),
                "default_timezone" => (scalar == Some(Scalar::DateTime), "date-times"),
                _ => (decimal, "decimals"),
            };
            if !applies {
                let message = format!("{} is a setting of {of}, and this is {}", quote(name), describe(ty));
                self.error(Code::BadRule, span, message);
                return Format::default();
            }
        }
        if let Some(input) = kwargs.input_formats.as_ref().filter(|_| access == Access::ReadOnly) {
            let message = "the field is read-only: `input_formats` does not apply to it";
            self.error(Code::ConflictingKeys, input.key, message);
        }
        Format {
            input: kwargs.input_formats.as_ref().map(|key| self.input_formats(key)).unwrap_or_default(),
            output: match (&kwargs.format, scalar) {
                (Some(key), Some(scalar)) => self.output_format(key, scalar),
                _ => Output::Default,
            },
            clock: kwargs.default_timezone.as_ref().map(|key| self.clock(key)).unwrap_or_default(),
            number: kwargs.coerce_to_string.as_ref().is_some_and(|key| !key.value),
            normalize: kwargs.normalize_output.as_ref().is_some_and(|key| key.value),
            rounding: kwargs.rounding.as_ref().map(|key| rounding(key.value)).unwrap_or_default(),
        }
    }

    fn input_formats(&self, key: &Key<Vec<Spanned<String>>>) -> Vec<String> {
        if key.value.is_empty() {
            self.error(Code::BadRule, key.span, "without a format no text is valid");
        }
        for format in key.value.iter().filter(|format| !format.value.eq_ignore_ascii_case(ISO)) {
            if let Err(error) = Strptime::new(&format.value) {
                self.bad_format(&format.value, format.span, &error, "`strptime`");
            }
        }
        let formats: Vec<String> = key.value.iter().map(|format| format.value.clone()).collect();
        // The default needs no words.
        if formats.iter().all(|format| format.eq_ignore_ascii_case(ISO)) { Vec::new() } else { formats }
    }

    fn output_format(&self, key: &Key<TextOrNull>, scalar: Scalar) -> Output {
        let TextOrNull::Text(text) = &key.value else { return Output::Plain };
        let text = text.as_str();
        match scalar {
            Scalar::Duration => match text {
                "django" => Output::Default,
                text if text.eq_ignore_ascii_case(ISO) => Output::Iso,
                _ => self.unknown_format(key.span, text, &["django", ISO], "durations"),
            },
            Scalar::Uuid => match text {
                "hex_verbose" => Output::Default,
                "hex" => Output::Uuid("hex"),
                "urn" => Output::Uuid("urn"),
                "int" => Output::Uuid("int"),
                _ => self.unknown_format(key.span, text, &["hex_verbose", "hex", "urn", "int"], "UUIDs"),
            },
            _ if text.eq_ignore_ascii_case(ISO) => Output::Default,
            _ => {
                if let Err(error) = check_strftime(text) {
                    self.bad_format(text, key.span, &error, "`strftime`");
                }
                Output::Strftime(text.to_owned())
            }
        }
    }

    fn unknown_format(&self, span: Span, text: &str, names: &[&'static str], of: &str) -> Output {
        let message = format!("{} is not a format of {of}", quote(text));
        let near = self.nearest(text, names.iter().copied());
        let help = format!("the formats are {}", crate::diag::quote_all(names.iter().copied(), "and"));
        let diagnostic = Diagnostic::error(Code::InvalidValue, span, message).suggest(near);
        self.report(if near.is_none() { diagnostic.help(help) } else { diagnostic });
        Output::Default
    }

    fn bad_format(&self, format: &str, span: Span, error: &FormatError, of: &str) {
        let message = format!("{} is not a format of {of}: {error}", quote(format));
        let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
        self.report(diagnostic.help("the formats are those of Python, in the locale C: `%d.%m.%Y %H:%M`"));
    }

    fn clock(&self, key: &Key<TextOrNull>) -> Clock {
        match &key.value {
            TextOrNull::Null => Clock::Naive,
            TextOrNull::Text(name) => self.time_zone(name, key.span),
        }
    }

    /// Returns the clock of a time zone, by its name.
    fn time_zone(&self, name: &str, span: Span) -> Clock {
        if name == "UTC" {
            return Clock::Utc;
        }
        if Zone::named(name).is_none() {
            let message = format!("there is no time zone {}", quote(name));
            let diagnostic = Diagnostic::error(Code::InvalidValue, span, message);
            self.report(diagnostic.help("time zones have the names of the IANA database: `Europe/Berlin`"));
        }
        Clock::Zone(name.to_owned())
    }

    /// Sets the time zone of the definition (`time_zone`) in all fields of date-times that have none of their own.
    pub(super) fn spread_time_zone(&mut self) {
        let documents: Vec<_> = self.documents().collect();
        let written = self.said_once(&documents, "time_zone", |document| document.time_zone.as_ref());
        let Some(key) = written else { return };
        let clock = self.time_zone(&key.value, key.span);
        let set = |ty: &Type, format: &mut Format| {
            if *ty == Type::Scalar(Scalar::DateTime) && format.clock == Clock::Unset {
                format.clock = clock.clone();
            }
        };
        let models = &self.models;
        for serializer in self.serializers.values_mut() {
            let SerializerOf::Model(model) = serializer.of else { continue };
            for field in &mut serializer.fields {
                let column = match &field.source {
                    FieldSource::Column(column) => models[model].fields.get(*column),
                    FieldSource::Along { model, column, .. } => models[*model].fields.get(*column),
                    _ => None,
                };
                if let Some(column) = column {
                    set(&column.ty, &mut field.format);
                }
            }
        }
        for object in self.objects.values_mut().filter(|object| matches!(object.home, Home::Serializer(_))) {
            for property in &mut object.properties {
                set(&property.ty, &mut property.format);
            }
        }
    }

    /// Returns the limits of durations in `extra_kwargs`: `min_value` and `max_value`.
    pub(super) fn duration_limits(&self, kwargs: &ExtraKwargs) -> Vec<Rule> {
        let limit = |key: &Option<Key<ast::Bound>>| {
            let key = key.as_ref()?;
            let read = key.value.text().parse::<Duration>().ok();
            if read.is_none() {
                let message = format!("{} is not a duration", quote(key.value.text()));
                let diagnostic = Diagnostic::error(Code::BadRule, key.span, message);
                self.report(diagnostic.help("durations are written as `1 02:03:04` or `P1DT2H3M4S`"));
            }
            read.map(|read| (read, key.span))
        };
        let (least, most) = (limit(&kwargs.min_value), limit(&kwargs.max_value));
        if let (Some((least, low)), Some((most, high))) = (&least, &most)
            && least > most
        {
            let diagnostic =
                Diagnostic::error(Code::BadRule, *high, "no value is between `min_value` and `max_value`");
            self.report(diagnostic.related(*low, "the lower end"));
        }
        let least = least.map(|(limit, _)| Rule::Minimum(limit.to_string()));
        least.into_iter().chain(most.map(|(limit, _)| Rule::Maximum(limit.to_string()))).collect()
    }
}

/// Returns the settings of formats that are written, with their places.
pub(super) fn format_keys(kwargs: &ExtraKwargs) -> Vec<(&'static str, Span)> {
    let keys = [
        ("file_path", kwargs.file_path.as_ref().map(|key| key.key)),
        ("multiple_choice", kwargs.multiple_choice.as_ref().map(|key| key.key)),
        ("input_formats", kwargs.input_formats.as_ref().map(|key| key.key)),
        ("format", kwargs.format.as_ref().map(|key| key.key)),
        ("default_timezone", kwargs.default_timezone.as_ref().map(|key| key.key)),
        ("coerce_to_string", kwargs.coerce_to_string.as_ref().map(|key| key.key)),
        ("normalize_output", kwargs.normalize_output.as_ref().map(|key| key.key)),
        ("rounding", kwargs.rounding.as_ref().map(|key| key.key)),
    ];
    keys.into_iter().filter_map(|(name, span)| Some((name, span?))).collect()
}

const fn rounding(mode: ast::Rounding) -> Rounding {
    match mode {
        ast::Rounding::HalfEven => Rounding::HalfEven,
        ast::Rounding::HalfUp => Rounding::HalfUp,
        ast::Rounding::HalfDown => Rounding::HalfDown,
        ast::Rounding::Up => Rounding::Up,
        ast::Rounding::Down => Rounding::Down,
        ast::Rounding::Ceiling => Rounding::Ceiling,
        ast::Rounding::Floor => Rounding::Floor,
    }
}
