//! The rules of values: checks whether they fit the type and each other.

use dcrf_scalars::{Exact, FieldPattern, translate_python};

use super::numbers::{integer, is_decimal_limit};
use super::resolver::Resolver;
use crate::ast::{Number, PatternDialect, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Rule, Scalar, Type};
use crate::source::Span;
use crate::syntax::Key;

impl Resolver<'_> {
    /// Returns the rules of a schema, in the order of the keywords in JSON Schema. It returns `None` if something was
    /// reported.
    pub(super) fn rules(&self, schema: &Schema, ty: &Type) -> Option<Vec<Rule>> {
        let before = self.sink.count();
        let mut rules = Vec::new();
        if self.apply(schema, ty) {
            self.numbers(schema, ty, &mut rules);
            self.lengths(schema, &mut rules);
        }
        (self.sink.count() == before).then_some(rules)
    }

    /// Tells whether every keyword applies to the type.
    fn apply(&self, schema: &Schema, ty: &Type) -> bool {
        let text = matches!(ty, Type::Scalar(scalar) if scalar.is_text());
        let number = matches!(
            ty,
            Type::Scalar(Scalar::Integer | Scalar::BigInteger | Scalar::Float | Scalar::Decimal { .. })
        );
        let list = matches!(ty, Type::List(_) | Type::Tuple(_));
        let decimal = matches!(ty, Type::Scalar(Scalar::Decimal { .. }));
        let mut fits = true;
        let mut check = |name: &str, span: Option<Span>, applies: bool, of: &str| {
            if let Some(span) = span.filter(|_| !applies) {
                let message = format!("{} is a rule for {of}, and this is {}", quote(name), describe(ty));
                self.error(Code::BadRule, span, message);
                fits = false;
            }
        };
        macro_rules! applies {
            ($($field:ident $name:literal $applies:expr, $of:literal;)*) => {
                $(check($name, schema.$field.as_ref().map(|key| key.key), $applies, $of);)*
            };
        }
        applies! {
            minimum "minimum" number, "numbers";
            maximum "maximum" number, "numbers";
            exclusive_minimum "exclusiveMinimum" number, "numbers";
            exclusive_maximum "exclusiveMaximum" number, "numbers";
            multiple_of "multipleOf" number, "numbers";
            min_length "minLength" text, "texts";
            max_length "maxLength" text, "texts";
            pattern "pattern" text, "texts";
            pattern_dialect "x-pattern-dialect" text, "texts";
            min_items "minItems" list, "arrays";
            max_items "maxItems" list, "arrays";
            unique_items "uniqueItems" list, "arrays";
            max_digits "x-max-digits" decimal, "decimals";
            decimal_places "x-decimal-places" decimal, "decimals";
        }
        fits
    }

    /// Checks that no keyword of another type is beside the type.
    pub(super) fn keywords_fit(&self, schema: &Schema, ty: &Type) -> Option<()> {
        let object = matches!(ty, Type::Object(_) | Type::Map(_));
        let checks = [
            ("properties", schema.properties.as_ref().map(|key| key.key), object),
            ("required", schema.required.as_ref().map(|key| key.key), object),
            ("additionalProperties", schema.additional.as_ref().map(|key| key.key), object),
            ("items", schema.items.as_ref().map(|key| key.key), matches!(ty, Type::List(_))),
        ];
        let mut fits = Some(());
        for (name, span, applies) in checks {
            if let Some(span) = span.filter(|_| !applies) {
                let message = format!("{} does not apply to {}", quote(name), describe(ty));
                self.error(Code::MisplacedKeyword, span, message);
                fits = None;
            }
        }
        fits
    }

    fn numbers(&self, schema: &Schema, ty: &Type, rules: &mut Vec<Rule>) {
        let minimum = self.number(&schema.minimum, ty);
        let maximum = self.number(&schema.maximum, ty);
        let above = self.number(&schema.exclusive_minimum, ty);
        let below = self.number(&schema.exclusive_maximum, ty);
        let multiple = schema.multiple_of.as_ref().map(|key| (key, Exact::parse(&key.value.0)));
        if let Some((key, step)) = &multiple
            && !step.as_ref().is_some_and(Exact::is_step)
        {
            let message = match step {
                Some(step) if step.is_positive() => "`multipleOf` has at most 37 digits",
                _ => "`multipleOf` must be greater than 0",
            };
            self.error(Code::BadRule, key.span, message);
        }
        self.in_order(&schema.minimum, &schema.maximum, ["minimum", "maximum"], false);
        self.in_order(&schema.exclusive_minimum, &schema.maximum, ["exclusiveMinimum", "maximum"], true);
        self.in_order(&schema.minimum, &schema.exclusive_maximum, ["minimum", "exclusiveMaximum"], true);
        let names = ["exclusiveMinimum", "exclusiveMaximum"];
        self.in_order(&schema.exclusive_minimum, &schema.exclusive_maximum, names, true);
        rules.extend(minimum.map(Rule::Minimum));
        rules.extend(maximum.map(Rule::Maximum));
        rules.extend(above.map(Rule::ExclusiveMinimum));
        rules.extend(below.map(Rule::ExclusiveMaximum));
        rules.extend(multiple.map(|(key, _)| Rule::MultipleOf(key.value.0.clone())));
    }

    /// Returns the number of a rule, checked against the type.
    fn number(&self, key: &Option<Key<Number>>, ty: &Type) -> Option<String> {
        let key = key.as_ref()?;
        let text = bound(&key.value.0, ty);
        if text.is_none() {
            let message = format!("{} does not fit {}", quote(&key.value.0), describe(ty));
            self.error(Code::BadRule, key.span, message);
        }
        text
    }

    fn in_order(
        &self,
        low: &Option<Key<Number>>,
        high: &Option<Key<Number>>,
        names: [&str; 2],
        strict: bool,
    ) {
        let (Some(low), Some(high)) = (low, high) else { return };
        let (Some(least), Some(most)) = (Exact::parse(&low.value.0), Exact::parse(&high.value.0)) else {
            return;
        };
        if least > most || (strict && least == most) {
            self.nothing_between(low.span, high.span, names);
        }
    }

    fn nothing_between(&self, low: Span, high: Span, names: [&str; 2]) {
        let message = format!("no value is between {} and {}", quote(names[0]), quote(names[1]));
        self.report(Diagnostic::error(Code::BadRule, high, message).related(low, "the lower end"));
    }

    fn lengths(&self, schema: &Schema, rules: &mut Vec<Rule>) {
        for (low, high, names) in [
            (&schema.min_length, &schema.max_length, ["minLength", "maxLength"]),
            (&schema.min_items, &schema.max_items, ["minItems", "maxItems"]),
        ] {
            if let (Some(low), Some(high)) = (low, high)
                && low.value > high.value
            {
                self.nothing_between(low.span, high.span, names);
            }
        }
        rules.extend(schema.min_length.as_ref().map(|key| Rule::MinLength(key.value)));
        rules.extend(schema.max_length.as_ref().map(|key| Rule::MaxLength(key.value)));
        if let Some(pattern) = &schema.pattern {
            let python =
                schema.pattern_dialect.as_ref().is_some_and(|key| key.value == PatternDialect::Python);
            rules.extend(if python {
                self.python_pattern(pattern).map(Rule::Pattern)
            } else {
                self.pattern(pattern)
            });
        } else if let Some(dialect) = &schema.pattern_dialect {
            self.error(
                Code::MisplacedKeyword,
                dialect.key,
                "`x-pattern-dialect` applies only beside `pattern`",
            );
        }
        rules.extend(schema.min_items.as_ref().map(|key| Rule::MinItems(key.value)));
        rules.extend(schema.max_items.as_ref().map(|key| Rule::MaxItems(key.value)));
        let unique = schema.unique_items.as_ref().is_some_and(|key| key.value);
        rules.extend(unique.then_some(Rule::UniqueItems));
    }

    /// Returns a pattern of Python as one of ours.
    pub(super) fn python_pattern(&self, pattern: &Key<String>) -> Option<String> {
        let translated = translate_python(&pattern.value).map_err(|error| error.to_string());
        let checked = translated.and_then(|own| FieldPattern::new(&own).map(|_| own));
        match checked {
            Ok(own) => Some(own),
            Err(error) => {
                let message = format!("{} is not a pattern of Python: {error}", quote(&pattern.value));
                let diagnostic = Diagnostic::error(Code::BadPattern, pattern.span, message);
                self.report(
                    diagnostic.help("check the text in the application, in a validator of the field"),
                );
                None
            }
        }
    }

    fn pattern(&self, pattern: &Key<String>) -> Option<Rule> {
        match regex::Regex::new(&pattern.value) {
            Ok(_) => Some(Rule::Pattern(pattern.value.clone())),
            Err(error) => {
                let message =
                    format!("{} is not a regular expression: {}", quote(&pattern.value), reason(&error));
                let diagnostic = Diagnostic::error(Code::BadPattern, pattern.span, message);
                self.report(diagnostic.help(
                    "patterns use the syntax of Rust's `regex`, which does not support look-around and \
                     back-references",
                ));
                None
            }
        }
    }
}

/// Returns the last line of the explanation, which is one sentence. The lines before it draw the pattern.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_owned()
}

/// Returns the number of a rule as a text that fits the type.
pub(super) fn bound(text: &str, ty: &Type) -> Option<String> {
    match ty {
        Type::Scalar(Scalar::Integer) => integer(text).map(|number| number.to_string()),
        Type::Scalar(Scalar::BigInteger) => {
            Exact::parse(text).is_some_and(|number| number.is_integer()).then(|| text.to_owned())
        }
        Type::Scalar(Scalar::Decimal { .. }) => is_decimal_limit(text).then(|| text.to_owned()),
        _ => text.parse::<f64>().is_ok_and(f64::is_finite).then(|| text.to_owned()),
    }
}

/// Returns a type in words.
pub(super) fn describe(ty: &Type) -> &'static str {
    match ty {
        Type::Scalar(scalar) => match scalar {
            Scalar::Boolean => "a boolean",
            Scalar::Integer | Scalar::BigInteger => "an integer",
            Scalar::Float => "a number",
            Scalar::Text => "a text",
            Scalar::Form(form) => form.noun(),
            Scalar::Uuid => "a UUID",
            Scalar::Date => "a date",
            Scalar::DateTime => "a date and time",
            Scalar::Time => "a time",
            Scalar::Duration => "a duration",
            Scalar::Decimal { .. } => "a decimal",
            Scalar::Bytes => "base64 text",
        },
        Type::Enum(_) => "an enumeration",
        Type::Object(_) | Type::Map(_) => "an object",
        Type::Union(_) => "one of several forms",
        Type::List(_) | Type::Tuple(_) => "an array",
        Type::Row(_) => "a row",
        Type::Json => "any JSON value",
    }
}
