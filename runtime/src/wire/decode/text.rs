//! Reads texts: DRF's `CharField` and the fields derived from it.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::fault::Fault;
use super::python;
use super::shape::{self, Shape};
use crate::ground::scalar::TextForm;
use crate::ground::scalar::python::strip;
use crate::schema::meta::{Rule, TypeMeta};

/// Reads a text as DRF's `CharField` does: numbers become texts, and white space and blank texts are treated as the
/// type requires. A text that is not valid Unicode is returned with replacement characters for the rules, which refuse
/// it; with `stored` it is refused at once.
pub(super) fn text(ty: &TypeMeta, raw: &RawValue, shape: &Shape<'_>, stored: bool) -> Result<String, Fault> {
    let text: Cow<'_, str> = match shape {
        Shape::Text(text) => text.as_ref().into(),
        Shape::Integer(digits) => (*digits).into(),
        Shape::Float(digits) => return Ok(python::float(digits.parse().unwrap_or(f64::NAN))),
        Shape::Surrogate(unit) if stored => return Err(Fault::surrogate(*unit)),
        Shape::Surrogate(_) => shape::lossy(raw).into(),
        _ => return Err(not_a_text(ty)),
    };
    let text = if ty.trim { strip(&text) } else { &text };
    if text.is_empty() && !ty.blank {
        return Err(Fault::blank());
    }
    Ok(text.to_owned())
}

/// Returns the error for a value that is not a text: the field's own `invalid`, which in DRF's fields for addresses,
/// slugs and patterns has the same message as the error for a text of another form.
fn not_a_text(ty: &TypeMeta) -> Fault {
    let text = match ty.kind.form() {
        Some(form) => form.message_of_no_text(),
        None if ty.rules.iter().any(|rule| matches!(rule, Rule::Regex(_))) => {
            "This value does not match the required pattern."
        }
        None => "Not a valid string.",
    };
    Fault::new("invalid", text)
}

/// Returns the error for a text that does not have its form.
pub(super) const fn form_fault(form: TextForm) -> Fault {
    Fault::new(form.code(), form.message())
}

/// Returns an IP address in its canonical form; a text that is not an address is returned for the rules, which refuse
/// it.
pub(super) fn address(
    ty: &TypeMeta,
    form: TextForm,
    raw: &RawValue,
    shape: &Shape<'_>,
    stored: bool,
) -> Result<String, Fault> {
    let lossy;
    let no_address = Fault::new("invalid", form.message_of_no_text());
    let given: &str = match shape {
        Shape::Text(text) => text,
        Shape::Surrogate(unit) if stored => return Err(Fault::surrogate(*unit)),
        Shape::Surrogate(_) => {
            lossy = shape::lossy(raw);
            &lossy
        }
        _ => return Err(no_address),
    };
    let text = if ty.trim { strip(given) } else { given };
    if text.is_empty() && ty.drf {
        return if ty.blank { Ok(String::new()) } else { Err(Fault::blank()) };
    }
    // A text with a colon can only be an IPv6 address, and is read before it is trimmed.
    if given.contains(':') && ty.drf && form != TextForm::Ipv4 {
        return form.canonical(given).map(Cow::into_owned).ok_or(no_address);
    }
    match form.canonical(text) {
        Some(canonical) => Ok(canonical.into_owned()),
        None if stored => Err(form_fault(form)),
        None => Ok(text.to_owned()),
    }
}
