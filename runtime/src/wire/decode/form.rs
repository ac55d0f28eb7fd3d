//! Determines which forms of a union a JSON value can have, by its JSON type as it is written: with DRF's coercions
//! (`"5"` for 5) different forms would look alike.

use serde_json::value::RawValue;

use super::equality;
use super::fault::Fault;
use super::shape::Shape;
use crate::ground::scalar::Exact;
use crate::schema::meta::{Kind, Literal, Rule, TypeMeta};

/// Returns the error for a value that matches no form.
pub(super) const fn no_match() -> Fault {
    Fault::new("no_match", "Does not match any of the allowed forms.")
}

/// Tells whether values of a type are written with this JSON type. A number in a `const` or `enum` may be written
/// differently from the definition.
pub(super) fn takes(ty: &TypeMeta, raw: &RawValue, shape: &Shape<'_>) -> bool {
    let named = match ty.kind {
        Kind::Choice(choices) => choices.iter().any(|choice| equality::is(raw, choice)),
        _ => ty.rules.iter().any(|rule| matches!(rule, Rule::Const(constant) if equality::is(raw, constant))),
    };
    named || takes_kind(&ty.kind, raw, shape)
}

/// Returns the error for plain JSON whose JSON type is not that of its kind, if the kind would accept it nevertheless
/// because of DRF's coercions.
pub(super) fn of_another_type(ty: &TypeMeta, raw: &RawValue, shape: &Shape<'_>) -> Option<Fault> {
    let is_text = matches!(shape, Shape::Text(_) | Shape::Surrogate(_));
    let fine = match ty.kind {
        Kind::Decimal { .. } | Kind::Duration => is_text,
        Kind::Boolean | Kind::Integer | Kind::BigInteger | Kind::Float | Kind::Text | Kind::Form(_) => {
            takes(ty, raw, shape)
        }
        _ => true,
    };
    let text = match ty.kind {
        _ if fine => return None,
        Kind::Boolean => "Must be a valid boolean.",
        Kind::Integer => "A valid integer is required.",
        Kind::BigInteger => "A valid biginteger is required.",
        Kind::Float => "A valid number is required.",
        _ => "Not a valid string.",
    };
    Some(Fault::new("invalid", text))
}

fn takes_kind(kind: &Kind, raw: &RawValue, shape: &Shape<'_>) -> bool {
    let text = matches!(shape, Shape::Text(_) | Shape::Surrogate(_));
    let number = matches!(shape, Shape::Integer(_) | Shape::Float(_));
    let whole = |text: &str| Exact::parse(text).is_some_and(|number| number.is_integer());
    let integer = matches!(shape, Shape::Integer(_)) || matches!(shape, Shape::Float(text) if whole(text));
    match kind {
        Kind::Boolean => matches!(shape, Shape::Boolean(_)),
        Kind::Integer | Kind::BigInteger => integer,
        Kind::Float => number,
        Kind::Decimal { .. } => text || number,
        Kind::Text | Kind::Form(_) => text,
        Kind::Uuid | Kind::Date | Kind::DateTime | Kind::Time | Kind::Duration | Kind::Bytes => text,
        Kind::Choice(choices) => choices.iter().any(|choice| match choice {
            Literal::Text(_) => text,
            Literal::Boolean(_) => matches!(shape, Shape::Boolean(_)),
            Literal::Number(_) => number,
            _ => integer,
        }),
        Kind::Json => true,
        Kind::List(_) | Kind::Tuple(_) => matches!(shape, Shape::List),
        Kind::Map(_) | Kind::Object(_) => matches!(shape, Shape::Map),
        Kind::Union(meta) => meta().variants.iter().any(|variant| takes(&variant.ty, raw, shape)),
    }
}
