//! Which form of a union JSON may be of, by the types of JSON as they are written: DRF's coercions (`"5"` for 5) would
//! make forms alike that are not.

use serde_json::value::RawValue;

use super::equality;
use super::fault::Fault;
use super::shape::Shape;
use crate::schema::meta::{Kind, Literal, Rule, TypeMeta};

/// What is said of a value that is of no form.
pub(super) const fn no_match() -> Fault {
    Fault::new("no_match", "Does not match any of the allowed forms.")
}

/// Whether values of a type are written as JSON of this type of JSON; a number that `const` or `enum` name may be
/// written otherwise than they write it.
pub(super) fn takes(ty: &TypeMeta, raw: &RawValue, shape: &Shape<'_>) -> bool {
    let named = match ty.kind {
        Kind::Choice(choices) => choices.iter().any(|choice| equality::is(raw, choice)),
        _ => ty.rules.iter().any(|rule| matches!(rule, Rule::Const(constant) if equality::is(raw, constant))),
    };
    named || takes_kind(&ty.kind, raw, shape)
}

fn takes_kind(kind: &Kind, raw: &RawValue, shape: &Shape<'_>) -> bool {
    let text = matches!(shape, Shape::Text(_) | Shape::Surrogate(_));
    let integer = matches!(shape, Shape::Integer(_));
    let number = integer || matches!(shape, Shape::Float(_));
    match kind {
        Kind::Boolean => matches!(shape, Shape::Boolean(_)),
        Kind::Integer => integer,
        Kind::Float => number,
        Kind::Decimal { .. } => text || number,
        Kind::Text | Kind::Form(_) => text,
        Kind::Uuid | Kind::Date | Kind::DateTime | Kind::Time | Kind::Duration | Kind::Bytes => text,
        Kind::Choice(choices) => choices.iter().any(|choice| match choice {
            Literal::Text(_) => text,
            _ => integer,
        }),
        Kind::Json => true,
        Kind::List(_) => matches!(shape, Shape::List),
        Kind::Map(_) | Kind::Object(_) => matches!(shape, Shape::Map),
        Kind::Union(meta) => meta().variants.iter().any(|variant| takes(&variant.ty, raw, shape)),
    }
}
