//! Hidden fields of serializers, which the server fills in (DRF's `HiddenField`).

use super::resolver::Resolver;
use super::serializers::{Of, Shown};
use crate::ast::ExtraKwargs;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, Auto, HiddenField, ModelId, Scalar, SerializerField, Type};
use crate::source::{Span, Spanned};

impl<'a> Resolver<'a> {
    /// Resolves a hidden field; `key` is the place of `hidden`. It returns `None` if something was reported.
    pub(super) fn hidden_field(
        &self,
        shown: &Shown<'a>,
        id: ModelId,
        kwargs: &ExtraKwargs,
        key: Span,
        read_only: bool,
        validators: &[Spanned<String>],
    ) -> Option<HiddenField> {
        let wire = &shown.wire;
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
        let column = match shown.of {
            Of::Column(column) => Some(column).filter(|column| *column != model.key),
            _ => None,
        };
        let holds_key = |ty: &Type| match ty {
            Type::Scalar(scalar) => scalar.is_text() || matches!(scalar, Scalar::Integer | Scalar::Uuid),
            _ => false,
        };
        let field = column.map(|column| &model.fields[column]);
        let Some(field) = field.filter(|field| field.auto == Auto::No && holds_key(&field.ty)) else {
            let message = format!("{} cannot hold the key of a user", quote(wire));
            let help = "hide a foreign key, or a column of texts, integers or uuids";
            self.report(Diagnostic::error(Code::InvalidValue, key, message).help(help));
            return None;
        };
        Some(HiddenField { wire: wire.clone(), column: column?, own: *wire == field.wire })
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
        queryset
    ];
    keys.into_iter().find_map(|(name, span)| Some((name, span?)))
}
