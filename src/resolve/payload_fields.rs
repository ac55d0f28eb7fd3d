//! Write-only fields of serializers without a column (`write_only_fields`).

use super::declarations::SerializerDeclaration;
use super::nested::blank_field;
use super::resolver::Resolver;
use super::serializer_fields::{has_pattern, words_of_pattern};
use super::serializers::Shown;
use super::stands::{Place, Stands};
use crate::ast::{ExtraKwargs, Schema};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Access, FieldSource, Home, Literal, Name, Rule, SerializerField, Type};

impl<'a> Resolver<'a> {
    /// Resolves a field that clients send and that is neither stored nor shown.
    pub(super) fn payload_field(
        &mut self,
        declaration: &SerializerDeclaration<'a>,
        shown: &Shown<'a>,
        schema: &'a Schema,
        listed_read_only: bool,
        kwargs: Option<&'a ExtraKwargs>,
    ) -> Option<SerializerField> {
        if schema.poisoned {
            return None;
        }
        if listed_read_only {
            let message = format!("{} is write-only", quote(&shown.wire));
            self.error(Code::ConflictingKeys, shown.span, message);
            return None;
        }
        let keys = ["serializers", declaration.wire, "write_only_fields", &shown.wire].map(str::to_owned);
        let short = Name::parse(&shown.wire);
        let long = self.serializers[declaration.id].base.join(&shown.wire);
        let home = Home::Serializer(declaration.id);
        let place = Place {
            name: if self.type_is_free(&short) { short } else { long },
            home,
            stands: Stands::Type,
            span: shown.span,
            keys: keys.to_vec(),
            named: false,
            rows: false,
            member: false,
        };
        let shape = self.shape(schema, &place)?;
        let text = matches!(shape.ty, Type::Scalar(scalar) if scalar.is_text());
        let source = FieldSource::Payload(shape.ty.clone());
        let mut field = blank_field(&shown.wire, source, Access::WriteOnly, shape.docs.clone());
        field.nullable = shape.takes_null(home);
        field.required = shape.default.is_none();
        field.default.clone_from(&shape.default);
        field.rules.clone_from(&shape.rules);
        let blank =
            field.default == Some(Literal::Text(String::new())) || field.rules.contains(&Rule::MinLength(0));
        field.blank = text && blank;
        if let Some(kwargs) = kwargs {
            self.merge_payload_field(&mut field, &shape.ty, text, kwargs);
        }
        Some(field)
    }

    fn merge_payload_field(
        &mut self,
        field: &mut SerializerField,
        ty: &Type,
        text: bool,
        kwargs: &'a ExtraKwargs,
    ) {
        let said = [
            ("read_only", kwargs.read_only.as_ref().filter(|key| key.value).map(|key| key.key), None),
            ("write_only", kwargs.write_only.as_ref().filter(|key| !key.value).map(|key| key.key), None),
            ("source", kwargs.source.as_ref().map(|key| key.key), None),
            ("queryset", kwargs.queryset.as_ref().map(|key| key.key), None),
            ("hidden", kwargs.hidden.as_ref().map(|key| key.key), None),
            ("allow_null", kwargs.allow_null.as_ref().map(|key| key.key), Some("type")),
            ("default", kwargs.default.as_ref().map(|key| key.key), Some("default")),
            ("min_length", kwargs.min_length.as_ref().map(|key| key.key), Some("minLength")),
            ("max_length", kwargs.max_length.as_ref().map(|key| key.key), Some("maxLength")),
            ("min_value", kwargs.min_value.as_ref().map(|key| key.key), Some("minimum")),
            ("max_value", kwargs.max_value.as_ref().map(|key| key.key), Some("maximum")),
        ];
        for (name, span, instead) in said {
            let Some(span) = span else { continue };
            let message =
                format!("{} does not apply to {}, which has no column", quote(name), quote(&field.wire));
            let diagnostic = Diagnostic::error(Code::MisplacedKeyword, span, message);
            self.report(match instead {
                Some(keyword) => {
                    diagnostic.help(format!("set {} in its schema in `write_only_fields`", quote(keyword)))
                }
                None => diagnostic.help("clients only write it"),
            });
        }
        if let Some(key) = &kwargs.allow_blank {
            if text {
                field.blank = key.value;
            } else {
                self.error(Code::BadRule, key.key, "`allow_blank` is a rule for texts");
            }
        }
        self.merge_allow_empty(&mut field.rules, ty, kwargs);
        field.untrimmed = self.is_untrimmed(ty, kwargs);
        if let Some(required) = &kwargs.required {
            if required.value && field.default.is_some() {
                let message = "a required field cannot have a `default`";
                self.error(Code::ConflictingKeys, required.span, message);
            }
            field.required = required.value;
        }
        field.messages = self.messages(kwargs);
        if has_pattern(ty, &field.rules) {
            words_of_pattern(&mut field.messages, true);
        }
    }
}
