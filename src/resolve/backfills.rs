//! The values of existing rows (`x-backfill`).

use super::declarations::ModelDeclaration;
use super::resolver::Resolver;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::{Auto, Backfill, Field, Literal, Type};
use crate::source::Span;
use crate::syntax::{Key, Node, Value};

const FORMS: &str = "write a value, `{\"value\": …}`, `{\"sql\": \"…\"}` or `{\"sql\": {\"sqlite\": \"…\", \
                     \"postgres\": \"…\"}}`; for an enum that loses values, write `{\"values\": {\"old\": \"new\"}}`";

impl<'a> Resolver<'a> {
    /// Reads all backfills. The types of all columns must be known.
    pub(super) fn resolve_backfills(&mut self, declarations: &[ModelDeclaration<'a>]) {
        for declaration in declarations {
            let properties = declaration.schema.and_then(|schema| schema.properties.as_ref());
            for (key, property) in properties.iter().flat_map(|properties| &properties.value.entries) {
                let Some(backfill) = property.as_ref().and_then(|property| property.backfill.as_ref()) else {
                    continue;
                };
                let fields = &self.models[declaration.id].fields;
                let Some(at) = fields.iter().position(|field| field.wire == key.value) else { continue };
                let field = fields[at].clone();
                let read = self.backfill(backfill, &field);
                self.models[declaration.id].fields[at].backfill = read;
            }
        }
    }

    fn backfill(&mut self, key: &'a Key<Box<Node>>, field: &Field) -> Option<Backfill> {
        if field.auto == Auto::Key {
            self.error(
                Code::MisplacedKeyword,
                key.key,
                "the database numbers this column, so it cannot be filled",
            );
            return None;
        }
        let entries = match &key.value.value {
            Value::Object(entries) => entries,
            Value::Null => return self.no_backfill(key.span, "a column cannot be filled with `null`"),
            _ => return self.backfill_value(&key.value, field),
        };
        match entries.as_slice() {
            [only] if only.key.value == "value" => self.backfill_value(&only.value, field),
            [only] if only.key.value == "sql" => self.backfill_sql(&only.value),
            [only] if only.key.value == "values" => self.backfill_values(&only.value, field),
            _ => self.no_backfill(
                key.span,
                "an object must have exactly one key here: `value`, `sql` or `values`",
            ),
        }
    }

    fn backfill_value(&mut self, node: &'a Node, field: &Field) -> Option<Backfill> {
        let (ty, rules) = (field.ty.clone(), field.rules.clone());
        self.checked(node, &ty, false, &rules, Code::BadDefault, "the backfill").map(Backfill::Value)
    }

    fn backfill_sql(&self, node: &Node) -> Option<Backfill> {
        let is_said = |text: &String| !text.trim().is_empty();
        match &node.value {
            Value::Text(text) if is_said(text) => {
                Some(Backfill::Sql { sqlite: text.clone(), postgres: text.clone() })
            }
            Value::Object(entries) => {
                let of = |name: &str| {
                    let entry = entries.iter().find(|entry| entry.key.value == name)?;
                    match &entry.value.value {
                        Value::Text(text) if is_said(text) => Some(text.clone()),
                        _ => None,
                    }
                };
                match (of("sqlite"), of("postgres"), entries.len()) {
                    (Some(sqlite), Some(postgres), 2) => Some(Backfill::Sql { sqlite, postgres }),
                    _ => self
                        .no_backfill(node.span, "expected an expression for `sqlite` and one for `postgres`"),
                }
            }
            _ => self.no_backfill(node.span, "expected an expression in SQL"),
        }
    }

    /// Reads texts that are not values of the enum any more, and the values that replace them.
    fn backfill_values(&self, node: &Node, field: &Field) -> Option<Backfill> {
        let (Type::Enum(id), Value::Object(entries)) = (&field.ty, &node.value) else {
            return self.no_backfill(node.span, "`values` must be an object, in a property with an `enum`");
        };
        let variants = &self.enums[*id].variants;
        let is_integer = variants.iter().any(|variant| matches!(variant.value, Literal::Integer(_)));
        let mut values = Vec::new();
        for entry in entries {
            let old = &entry.key.value;
            let old = match old.parse() {
                Ok(number) if is_integer => Literal::Integer(number),
                _ if is_integer => return self.no_backfill(entry.key.span, "expected an integer"),
                _ => Literal::Text(old.clone()),
            };
            if variants.iter().any(|variant| variant.value == old) {
                return self.no_backfill(entry.key.span, "this is still a value of the property");
            }
            match self.literal(&entry.value, &field.ty, false, &[]) {
                Ok(new) => values.push((old, new)),
                Err(misfit) => {
                    self.misfit(&misfit, Code::BadDefault, "the backfill");
                    return None;
                }
            }
        }
        Some(Backfill::Values(values))
    }

    fn no_backfill<T>(&self, span: Span, message: &str) -> Option<T> {
        let message = format!("{message}, in {}", quote("x-backfill"));
        self.report(Diagnostic::error(Code::InvalidValue, span, message).help(FORMS));
        None
    }
}
