//! Hidden fields of serializers, which the server fills in (DRF's `HiddenField`).

use super::formats::format_keys;
use super::resolver::Resolver;
use super::serializers::{Of, Shown};
use crate::ast::{ExtraKwargs, HiddenDefault};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, Auto, HiddenField, HiddenValue, ModelId, Scalar, SerializerField, Type};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

impl<'a> Resolver<'a> {
    /// Resolves a hidden field; `key` is the place of `hidden`. It returns `None` if something was reported.
    pub(super) fn hidden_field(
        &mut self,
        shown: &Shown<'a>,
        id: ModelId,
        kwargs: &'a ExtraKwargs,
        hidden: &'a Key<HiddenDefault>,
        read_only: bool,
        validators: &[Spanned<String>],
    ) -> Option<HiddenField> {
        let (wire, key) = (&shown.wire, hidden.key);
        let refuse = |span: Span, message: String| {
            self.error(Code::ConflictingKeys, span, message);
            None
        };
        if read_only {
            return refuse(key, format!("{} is read-only: it cannot be hidden, too", quote(wire)));
        }
        if let Some((name, span)) = beside(kwargs) {
            return refuse(span, format!("{} does not apply to a hidden field", quote(name)));
        }
        let validator = validators.iter().find(|validator| validator.value == *wire);
        if let Some(validator) = validator {
            return refuse(
                validator.span,
                format!("{} is hidden: there is nothing to validate", quote(wire)),
            );
        }
        let model = &self.models[id];
        let taken = |ty: &Type| match hidden.value {
            HiddenDefault::CurrentUser => holds_key(ty),
            HiddenDefault::Now => {
                matches!(ty, Type::Scalar(Scalar::Date | Scalar::DateTime | Scalar::Time))
            }
            HiddenDefault::Value(_) => true,
        };
        let column = match shown.of {
            Of::Column(column) => Some(column).filter(|column| *column != model.key),
            _ => None,
        };
        let field = column.map(|column| &model.fields[column]);
        let Some(field) = field
            .filter(|field| matches!(field.auto, Auto::No | Auto::DefaultUuid) && taken(&field.ty))
            .cloned()
        else {
            let (what, help) = match hidden.value {
                HiddenDefault::CurrentUser => {
                    ("the key of a user", "hide a foreign key, or a column of texts, integers or uuids")
                }
                HiddenDefault::Now => ("the current time", "hide a column of dates, times or date-times"),
                HiddenDefault::Value(_) => {
                    ("a value of the server", "hide a column that clients could write")
                }
            };
            let message = format!("{} cannot hold {what}", quote(wire));
            self.report(Diagnostic::error(Code::InvalidValue, key, message).help(help));
            return None;
        };
        let value = match &hidden.value {
            HiddenDefault::CurrentUser => HiddenValue::User,
            HiddenDefault::Now => HiddenValue::Now,
            HiddenDefault::Value(node) => HiddenValue::Constant(self.checked(
                node,
                &field.ty,
                field.nullable,
                &field.rules,
                Code::BadDefault,
                "the default",
            )?),
        };
        Some(HiddenField { wire: wire.clone(), column: column?, own: *wire == field.wire, value })
    }

    /// Reports fields that clients can write into the columns of hidden fields.
    pub(super) fn hidden_are_not_written(&self, hidden: &[(HiddenField, Span)], fields: &[SerializerField]) {
        for (own, key) in hidden {
            let writes = |field: &&SerializerField| {
                field.column() == Some(own.column) && field.access != Access::ReadOnly
            };
            if let Some(field) = fields.iter().find(writes) {
                let message =
                    format!("{} writes the column of the hidden {}", quote(&field.wire), quote(&own.wire));
                let diagnostic = Diagnostic::error(Code::ConflictingKeys, *key, message);
                self.report(diagnostic.help("make it read-only, or leave it out"));
            }
        }
    }
}

/// Tells whether the values of a type can be keys of users.
fn holds_key(ty: &Type) -> bool {
    match ty {
        Type::Scalar(scalar) => scalar.is_text() || matches!(scalar, Scalar::Integer | Scalar::Uuid),
        _ => false,
    }
}

/// Returns the first setting that does not apply to a hidden field.
fn beside(kwargs: &ExtraKwargs) -> Option<(&'static str, Span)> {
    macro_rules! first {
        ($($field:ident),*) => {
            [$((stringify!($field), kwargs.$field.as_ref().map(|key| key.key))),*]
        };
    }
    let keys = first![
        read_only,
        write_only,
        required,
        allow_null,
        allow_blank,
        trim_whitespace,
        allow_empty,
        default,
        min_length,
        max_length,
        min_value,
        max_value,
        error_messages,
        queryset,
        slug_field
    ];
    let own = keys.into_iter().find_map(|(name, span)| Some((name, span?)));
    own.or_else(|| format_keys(kwargs).into_iter().next())
}
