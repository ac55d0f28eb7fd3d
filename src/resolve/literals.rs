//! Values in a definition: checks whether they fit their type, and returns their canonical form.
//!
//! `dcrf-scalars` validates them, as it does in the runtime: a value fits if the runtime accepts it as the generated
//! crate contains it.

use std::fmt::Display;
use std::str::FromStr;

use dcrf_scalars::{
    BigInteger, Bytes, Date, DateTime, Duration, Exact, FieldPattern, Limit, Number, Parts, Precision, Time,
    Uuid,
};

use super::numbers::{decimal, integer};
use super::resolver::Resolver;
use super::rules::describe;
use crate::diag::quote;
use crate::ir::{Constant, Form, Literal, Rule, Scalar, Type, Union};
use crate::source::Span;
use crate::syntax::{Node, Value};

/// Why a value does not fit.
#[derive(Debug, Clone)]
pub(super) struct Misfit {
    pub(super) span: Span,
    pub(super) reason: String,
    pub(super) help: Option<String>,
}

impl Resolver<'_> {
    /// Returns a value as a literal of a type. [`deep`](Self::deep) checks the contents of objects, arrays and maps
    /// later, because their types may not be known yet.
    pub(super) fn literal(
        &self,
        node: &Node,
        ty: &Type,
        nullable: bool,
        rules: &[Rule],
    ) -> Result<Literal, Misfit> {
        if node.value == Value::Null {
            return match nullable {
                true => Ok(Literal::Null),
                false => Err(expected(node, ty)),
            };
        }
        // PostgreSQL has no such character in texts, and DRF refuses it in payloads.
        if node.holds_nul() {
            return Err(misfit(node, "the character U+0000 cannot be stored"));
        }
        let literal = match (ty, &node.value) {
            (Type::Scalar(scalar), _) => scalar_literal(node, *scalar)?,
            (Type::Enum(id), _) => self.enum_literal(node, *id)?,
            (Type::List(_) | Type::Tuple(_), Value::Array(_))
            | (Type::Object(_) | Type::Map(_), Value::Object(_))
            // The form of a union is determined when all forms are known.
            | (Type::Union(_) | Type::Row(_) | Type::Json, _) => Literal::Json(node.to_json()),
            _ => return Err(expected(node, ty)),
        };
        obeys(node, &literal, rules)?;
        Ok(literal)
    }

    fn enum_literal(&self, node: &Node, id: crate::ir::EnumId) -> Result<Literal, Misfit> {
        let literal = match &node.value {
            Value::Text(text) => Some(Literal::Text(text.clone())),
            Value::Boolean(value) => Some(Literal::Boolean(*value)),
            Value::Number(text) => {
                Some(integer(text).map_or_else(|| Literal::Number(text.clone()), Literal::Integer))
            }
            _ => None,
        };
        let variants = &self.enums[id].variants;
        let is = |own: &Literal, other: &Literal| match (own, other) {
            (Literal::Number(own), Literal::Number(other)) => Exact::parse(own) == Exact::parse(other),
            (own, other) => own == other,
        };
        literal.filter(|literal| variants.iter().any(|variant| is(&variant.value, literal))).ok_or_else(
            || {
                let values: Vec<String> = variants
                    .iter()
                    .map(|variant| match &variant.value {
                        Literal::Text(text) => quote(&format!("{text:?}")),
                        Literal::Integer(number) => quote(&number.to_string()),
                        Literal::Boolean(value) => quote(&value.to_string()),
                        Literal::Number(text) => quote(text),
                        other => format!("{other:?}"),
                    })
                    .collect();
                misfit(node, format!("expected one of {}", values.join(", ")))
            },
        )
    }

    /// Checks a value and everything in it.
    pub(super) fn deep(&self, node: &Node, ty: &Type, nullable: bool, rules: &[Rule]) -> Result<(), Misfit> {
        let literal = self.literal(node, ty, nullable, rules)?;
        if literal == Literal::Null {
            return Ok(());
        }
        match (ty, &node.value) {
            (Type::List(element), Value::Array(items)) => items
                .iter()
                .try_for_each(|item| self.deep(item, &element.ty, element.nullable, &element.rules)),
            (Type::Tuple(elements), Value::Array(items)) if items.len() == elements.len() => {
                elements.iter().zip(items).try_for_each(|(element, item)| {
                    self.deep(item, &element.ty, element.nullable, &element.rules)
                })
            }
            (Type::Tuple(_), _) => Err(misfit(node, "it does not have the number of items of its type")),
            (Type::Map(element), Value::Object(entries)) => entries
                .iter()
                .try_for_each(|entry| self.deep(&entry.value, &element.ty, element.nullable, &element.rules)),
            (Type::Object(id), Value::Object(entries)) => {
                let object = &self.objects[*id];
                for entry in entries {
                    let property = object.properties.iter().find(|property| property.wire == entry.key.value);
                    match (property, &object.additional) {
                        (Some(property), _) => {
                            self.deep(&entry.value, &property.ty, property.nullable, &property.rules)?;
                        }
                        (None, Some(additional)) => {
                            let element = &additional.element;
                            self.deep(&entry.value, &element.ty, element.nullable, &element.rules)?;
                        }
                        (None, None) if object.closed => {
                            let reason = format!("there is no property {}", quote(&entry.key.value));
                            return Err(Misfit { span: entry.key.span, reason, help: None });
                        }
                        (None, None) => {}
                    }
                }
                let missing = object.properties.iter().find(|property| {
                    property.required && !entries.iter().any(|entry| entry.key.value == property.wire)
                });
                match missing {
                    Some(property) => {
                        Err(misfit(node, format!("it needs the property {}", quote(&property.wire))))
                    }
                    None => Ok(()),
                }
            }
            (Type::Union(id), _) => self.one_of_forms(node, &self.unions[*id]),
            _ => Ok(()),
        }
    }

    fn one_of_forms(&self, node: &Node, union: &Union) -> Result<(), Misfit> {
        let tag = union.tag.as_deref().and_then(|tag| entry(node, tag)).map(|sent| &sent.value);
        let told = |form: &&Form| match (&form.tag, tag) {
            (Some(Literal::Text(text)), Some(Value::Text(sent))) => sent == text,
            (Some(Literal::Integer(number)), Some(Value::Number(sent))) => integer(sent) == Some(*number),
            _ => union.tag.is_none(),
        };
        let candidates: Vec<&Form> = union.forms.iter().filter(told).collect();
        if let [only] = candidates.as_slice() {
            return self.deep(node, &only.ty, false, &only.rules);
        }
        let fits = |form: &&&Form| self.deep(node, &form.ty, false, &form.rules).is_ok();
        match candidates.iter().filter(fits).count() {
            0 => Err(misfit(node, "it does not match any of the forms")),
            1 => Ok(()),
            _ if union.exactly_one => Err(misfit(node, "it matches several of the forms")),
            _ => Ok(()),
        }
    }
}

/// Returns the value of a key, if the node is an object that has it.
fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.value {
        Value::Object(entries) => {
            entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
        }
        _ => None,
    }
}

fn misfit(node: &Node, reason: impl Into<String>) -> Misfit {
    Misfit { span: node.span, reason: reason.into(), help: None }
}

fn expected(node: &Node, ty: &Type) -> Misfit {
    misfit(node, format!("expected {}, found {}", describe(ty), node.kind()))
}

fn scalar_literal(node: &Node, scalar: Scalar) -> Result<Literal, Misfit> {
    let wrong = || expected(node, &Type::Scalar(scalar));
    match (scalar, &node.value) {
        (Scalar::Boolean, Value::Boolean(value)) => Ok(Literal::Boolean(*value)),
        (Scalar::Integer, Value::Number(text)) => integer(text)
            .map(Literal::Integer)
            .ok_or_else(|| misfit(node, format!("{} is not a 64-bit integer", quote(text)))),
        (Scalar::BigInteger, Value::Number(text)) if text.parse::<BigInteger>().is_ok() => {
            Ok(Literal::Number(text.clone()))
        }
        (Scalar::Float, Value::Number(text)) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Literal::Number(text.clone())),
            _ => Err(misfit(node, format!("{} is too large for 64 bits", quote(text)))),
        },
        (Scalar::Decimal { max_digits, decimal_places }, Value::Number(text) | Value::Text(text)) => {
            let parts = match &node.value {
                Value::Text(text) => Parts::parse_text(text),
                _ => Parts::parse(text),
            };
            decimal(parts, Precision { max_digits, decimal_places }).map(Literal::Text).ok_or_else(|| {
                let reason = format!(
                    "expected a decimal of {max_digits} digits, {decimal_places} of them after the point, found {}",
                    quote(text)
                );
                misfit(node, reason)
            })
        }
        (Scalar::Boolean | Scalar::Integer | Scalar::BigInteger | Scalar::Float, _) => Err(wrong()),
        (_, Value::Text(text)) => text_literal(node, scalar, text),
        _ => Err(wrong()),
    }
}

/// Returns a text as the runtime reads it, in the form in which the runtime shows it.
fn text_literal(node: &Node, scalar: Scalar, text: &str) -> Result<Literal, Misfit> {
    let canonical = match scalar {
        // An empty text is what Django stores for "none" in a text column.
        scalar if scalar.is_text() && text.is_empty() => Some(String::new()),
        Scalar::Form(form) => form.canonical(text).map(String::from),
        Scalar::Uuid => shown::<Uuid>(text),
        Scalar::Date => shown::<Date>(text),
        Scalar::Time => shown::<Time>(text),
        Scalar::DateTime => shown::<DateTime>(text),
        // A column has no longer ones.
        Scalar::Duration => shown::<Duration>(text)
            .filter(|own| own.parse().is_ok_and(|own: Duration| own.column_micros().is_some())),
        Scalar::Bytes => shown::<Bytes>(text),
        _ => Some(text.to_owned()),
    };
    canonical.map(Literal::Text).ok_or_else(|| {
        let reason = format!("{} is not {}", quote(text), describe(&Type::Scalar(scalar)));
        let help = match scalar {
            Scalar::DateTime => Some("write it in ISO 8601: `2024-02-29T13:30:00Z`".to_owned()),
            Scalar::Duration => Some("write it as `[D ]HH:MM:SS[.ffffff]`: `1 02:30:00`".to_owned()),
            _ => None,
        };
        Misfit { span: node.span, reason, help }
    })
}

/// Reads a text as a scalar, and returns the text that shows it.
fn shown<T: FromStr + Display>(text: &str) -> Option<String> {
    text.parse::<T>().ok().map(|value| value.to_string())
}

/// Returns the constant of a `const`. `value` is its value as one of its type.
pub(super) fn constant(node: &Node, value: Literal) -> Constant {
    let written = match (&node.value, &value) {
        (Value::Number(text), Literal::Text(_)) => Literal::Number(text.clone()),
        (Value::Text(text), Literal::Text(_)) => Literal::Text(text.clone()),
        _ => value.clone(),
    };
    Constant { value, written, canonical: node.canonical() }
}

/// Checks whether a value obeys the rules of its type.
fn obeys(node: &Node, literal: &Literal, rules: &[Rule]) -> Result<(), Misfit> {
    let number = match literal {
        Literal::Integer(number) => Some(Number::Integer(*number)),
        Literal::Number(text) | Literal::Text(text) => Exact::parse(text).map(Number::Exact),
        _ => None,
    };
    let beyond = |limit: Limit<'_>| number.as_ref().is_some_and(|number| limit.is_broken_by(number));
    let length = |literal: &Literal| match literal {
        Literal::Text(text) => Some(text.chars().count() as u64),
        _ => None,
    };
    let items = match &node.value {
        Value::Array(items) => Some(items.len() as u64),
        _ => None,
    };
    for rule in rules {
        let broken = match rule {
            Rule::MinLength(least) => length(literal).is_some_and(|length| length < *least),
            Rule::MaxLength(most) => length(literal).is_some_and(|length| length > *most),
            Rule::Pattern(pattern) => match (literal, FieldPattern::new(pattern)) {
                (Literal::Text(text), Ok(pattern)) => !pattern.is_in(text),
                _ => false,
            },
            Rule::Minimum(bound) => beyond(Limit::Minimum(bound)),
            Rule::Maximum(bound) => beyond(Limit::Maximum(bound)),
            Rule::ExclusiveMinimum(bound) => beyond(Limit::ExclusiveMinimum(bound)),
            Rule::ExclusiveMaximum(bound) => beyond(Limit::ExclusiveMaximum(bound)),
            Rule::MultipleOf(step) => beyond(Limit::MultipleOf(step)),
            Rule::MinItems(least) => items.is_some_and(|items| items < *least),
            Rule::MaxItems(most) => items.is_some_and(|items| items > *most),
            Rule::NotEmpty => items == Some(0),
            Rule::UniqueItems => has_twins(node),
            // Repeated choices are removed, and files are those of the server.
            Rule::MultipleChoice | Rule::FilePath(_) => false,
            // JSON Schema validates the default of such a schema.
            Rule::Schema(_) => false,
            Rule::Const(constant) => constant.value != *literal && constant.canonical != node.canonical(),
        };
        if broken {
            return Err(misfit(node, format!("it violates {}", keyword(rule))));
        }
    }
    Ok(())
}

fn has_twins(node: &Node) -> bool {
    let Value::Array(items) = &node.value else { return false };
    let mut seen = std::collections::HashSet::new();
    !items.iter().all(|item| seen.insert(item.canonical()))
}

fn keyword(rule: &Rule) -> String {
    match rule {
        Rule::MinLength(bound) => format!("`minLength` {bound}"),
        Rule::MaxLength(bound) => format!("`maxLength` {bound}"),
        Rule::Pattern(pattern) => format!("`pattern` {}", quote(pattern)),
        Rule::Minimum(bound) => format!("`minimum` {bound}"),
        Rule::Maximum(bound) => format!("`maximum` {bound}"),
        Rule::ExclusiveMinimum(bound) => format!("`exclusiveMinimum` {bound}"),
        Rule::ExclusiveMaximum(bound) => format!("`exclusiveMaximum` {bound}"),
        Rule::MultipleOf(bound) => format!("`multipleOf` {bound}"),
        Rule::MinItems(bound) => format!("`minItems` {bound}"),
        Rule::MaxItems(bound) => format!("`maxItems` {bound}"),
        Rule::NotEmpty => "`allow_empty`".to_owned(),
        Rule::UniqueItems => "`uniqueItems`".to_owned(),
        Rule::MultipleChoice => "`multiple_choice`".to_owned(),
        Rule::FilePath(_) => "`file_path`".to_owned(),
        Rule::Schema(_) => "the schema".to_owned(),
        Rule::Const(_) => "`const`".to_owned(),
    }
}
