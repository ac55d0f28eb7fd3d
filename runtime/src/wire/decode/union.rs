//! Values of one of several forms: which form JSON is of, and what is said where it is of none.
//!
//! Where the union has a tag, the tag decides, and the errors are those of its form. Where it has none, the forms are
//! told apart by the types of JSON as they are written: DRF's coercions (`"5"` for 5) would make forms alike that are
//! not. If only one form is of the value's JSON type, the value is read as that, coercions and errors included.

use serde_json::value::RawValue;

use super::coerce::{Reading, accept};
use super::fault::{Fault, Refusal};
use super::shape::{self, Shape};
use super::{equality, python, rules};
use crate::ground::error::Detail;
use crate::schema::meta::{Kind, Literal, Rule, TypeMeta, UnionMeta};
use crate::schema::value::Value;

const fn no_match() -> Fault {
    Fault::new("no_match", "Does not match any of the allowed forms.")
}

/// Reads a value of a union; it is not `null`.
pub(super) fn union(
    meta: &'static UnionMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Value, Refusal> {
    match meta.tag {
        Some(tag) => by_tag(meta, tag, raw, shape, reading),
        None => by_shape(meta, raw, shape, reading),
    }
}

fn by_tag(
    meta: &'static UnionMeta,
    tag: &str,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Value, Refusal> {
    let entries = if matches!(shape, Shape::Map) { shape::entries(raw) } else { None };
    let Some(entries) = entries else {
        return Err(Refusal::Whole(vec![super::not_a_dictionary(shape)]));
    };
    let refuse =
        |fault: Fault| Refusal::Nested(Detail::Map(vec![(tag.to_owned(), Refusal::from(fault).detail(&[]))]));
    let Some(sent) = entries.iter().rev().find(|(key, _)| key == tag).map(|(_, value)| *value) else {
        return Err(refuse(Fault::required()));
    };
    let shape = Shape::of(sent);
    if matches!(shape, Shape::Null) {
        return Err(refuse(Fault::null()));
    }
    let says = |literal: &Literal| equality::is(sent, literal);
    let found = meta.variants.iter().position(|variant| variant.tag.as_ref().is_some_and(says));
    let Some(index) = found else { return Err(refuse(rules::invalid_choice(&python::str(sent)))) };
    accept(&meta.variants[index].ty, raw, reading).map(|value| Value::variant(index, value))
}

fn by_shape(
    meta: &'static UnionMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
    reading: Reading,
) -> Result<Value, Refusal> {
    let candidates = meta.variants.iter().enumerate().filter(|(_, variant)| takes(&variant.ty, raw, shape));
    let candidates: Vec<usize> = candidates.map(|(index, _)| index).collect();
    let read = |index: usize, reading: Reading| {
        accept(&meta.variants[index].ty, raw, reading).map(|value| Value::variant(index, value))
    };
    if let [only] = candidates.as_slice() {
        return read(*only, reading);
    }
    let reading = reading.forked(candidates.len())?;
    let one_is_enough = !meta.exactly_one || !reading.is_strict();
    let mut matches = candidates.iter().filter_map(|index| read(*index, reading.exact()).ok());
    match (matches.next(), one_is_enough) {
        (Some(first), true) => Ok(first),
        (Some(first), false) => match matches.next() {
            None => Ok(first),
            Some(_) => Err(Fault::new("ambiguous", "Matches more than one of the allowed forms.").into()),
        },
        // What was stored under other rules is read as the first form that it can be.
        (None, _) if !reading.is_strict() => {
            candidates.iter().find_map(|index| read(*index, reading).ok()).ok_or_else(|| no_match().into())
        }
        (None, _) => Err(no_match().into()),
    }
}

/// Judges a value that typed code made: it must be good, and read again as the form that it is.
pub(super) fn check(meta: &'static UnionMeta, index: usize, value: &Value) -> Result<(), Refusal> {
    let Some(variant) = meta.variants.get(index) else { return Err(no_match().into()) };
    rules::check_deep(&variant.ty, value)?;
    if meta.tag.is_some() {
        return Ok(());
    }
    let mut json = Vec::new();
    crate::wire::encode::value(&mut json, &variant.ty, value);
    let Ok(raw) = serde_json::from_slice::<&RawValue>(&json) else { return Err(no_match().into()) };
    match by_shape(meta, raw, &Shape::of(raw), Reading::STRICT)? {
        Value::Variant(read, _) if read == index => Ok(()),
        _ => Err(Fault::new("ambiguous", "Matches another of the allowed forms first.").into()),
    }
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
        Kind::Text
        | Kind::Email
        | Kind::Url
        | Kind::Slug
        | Kind::UnicodeSlug
        | Kind::Ip
        | Kind::Ipv4
        | Kind::Ipv6 => text,
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
