//! Serializers.

use dcrf_runtime::meta::{FieldMeta, FieldSource, NestedMeta, NestedOf, SerializerMeta};
use syn::Expr;

use super::Descriptors;
use super::read::{all, boolean, call, chain, fields, number, pair, path, referred, strange, text};
use super::types::literal;

impl Descriptors {
    /// The serializer of a `static`.
    ///
    /// # Panics
    /// If there is none of the name, or it is not as generated ones are.
    pub fn serializer(&self, name: &str) -> &'static SerializerMeta {
        Self::known(&self.serializers, name, || {
            let mut parts = fields(self.written(name));
            let meta = SerializerMeta {
                name: text(parts.take("name")),
                model: self.model(&path(referred(parts.take("model")))),
                fields: all(parts.take("fields"), |expr| self.field(name, expr)),
                validate: boolean(parts.take("validate")),
            };
            parts.end();
            Box::leak(Box::new(meta))
        })
    }

    fn field(&self, serializer: &str, expr: &Expr) -> FieldMeta {
        let (base, calls) = chain(expr);
        let (name, arguments) = call(base);
        let mut field = match name.as_str() {
            "FieldMeta::new" => {
                FieldMeta::new(text(arguments[0]), number(arguments[1]), self.ty(arguments[2]))
            }
            "FieldMeta::of_column" => {
                FieldMeta::of_column(self.model(&path(referred(arguments[0]))), text(arguments[1]))
            }
            "FieldMeta::of" => {
                FieldMeta::of(text(arguments[0]), self.source(arguments[1]), self.ty(arguments[2]))
            }
            _ => strange(base, "a field"),
        };
        for (method, arguments) in calls {
            field = match method.as_str() {
                "named" => field.named(text(arguments[0])),
                "ty" => field.ty(self.ty(arguments[0])),
                "rules" => field.rules(self.rules(arguments[0])),
                "read_only" => field.read_only(),
                "write_only" => field.write_only(),
                "required" => field.required(),
                "default" => field.default(literal(arguments[0])),
                "in_update" => field.in_update(),
                "validate" => field.validate(),
                "within" => field.within(text(arguments[0])),
                "messages" => field.messages(all(arguments[0], |entry| {
                    let (code, words) = pair(entry);
                    (text(code), text(words))
                })),
                _ => strange(expr, "a known property of a field"),
            };
        }
        if let Some(alter) = self.alter.fields {
            alter(serializer, &mut field);
        }
        field
    }

    fn source(&self, expr: &Expr) -> FieldSource {
        match call(expr) {
            (name, arguments) if name == "FieldSource::Keys" => FieldSource::Keys(number(arguments[0])),
            (name, arguments) if name == "FieldSource::Nested" => {
                let mut parts = fields(referred(arguments[0]));
                let nested = NestedMeta {
                    serializer: self.serializer(&path(referred(parts.take("serializer")))),
                    of: nested_of(parts.take("of")),
                };
                parts.end();
                FieldSource::Nested(Box::leak(Box::new(nested)))
            }
            _ => strange(expr, "a source of a field"),
        }
    }
}

fn nested_of(expr: &Expr) -> NestedOf {
    match call(expr) {
        (name, arguments) if name == "NestedOf::ForeignKey" => NestedOf::ForeignKey(number(arguments[0])),
        (name, arguments) if name == "NestedOf::Relation" => NestedOf::Relation(number(arguments[0])),
        (name, arguments) if name == "NestedOf::Back" => NestedOf::Back(number(arguments[0])),
        (name, _) if name == "NestedOf::Row" => NestedOf::Row,
        _ => strange(expr, "what is nested"),
    }
}
