//! Texts: DRF's `CharField` and those made of it.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::value::RawValue;

use super::fault::Fault;
use super::shape::{self, Shape};
use super::{net, python};
use crate::schema::meta::{Kind, Rule, TypeMeta};

/// DRF's `CharField`: numbers become texts; trimmed; blank or not. A text that is no Unicode is judged with replacement
/// characters, and refused; `stored`, it is refused at once.
pub(super) fn text(ty: &TypeMeta, raw: &RawValue, shape: &Shape<'_>, stored: bool) -> Result<String, Fault> {
    let text: Cow<'_, str> = match shape {
        Shape::Text(text) => text.as_ref().into(),
        Shape::Integer(digits) => (*digits).into(),
        Shape::Float(digits) => return Ok(python::float(digits.parse().unwrap_or(f64::NAN))),
        Shape::Surrogate(unit) if stored => return Err(Fault::surrogate(*unit)),
        Shape::Surrogate(_) => shape::lossy(raw).into(),
        _ => return Err(not_a_text(ty)),
    };
    let text = if ty.trim { python::strip(&text) } else { &text };
    if text.is_empty() && !ty.blank {
        return Err(Fault::blank());
    }
    Ok(text.to_owned())
}

/// What is no text at all: the field's own `invalid`, which DRF's fields for addresses, slugs and patterns word alike
/// for what is no such text.
fn not_a_text(ty: &TypeMeta) -> Fault {
    let text = match ty.kind {
        Kind::Text if ty.rules.iter().any(|rule| matches!(rule, Rule::Regex(_))) => {
            "This value does not match the required pattern."
        }
        Kind::Email => EMAIL,
        Kind::Url => URL,
        Kind::Slug | Kind::UnicodeSlug => SLUG,
        _ => "Not a valid string.",
    };
    Fault::new("invalid", text)
}

const EMAIL: &str = "Enter a valid email address.";
const URL: &str = "Enter a valid URL.";
const SLUG: &str = "Enter a valid \"slug\" consisting of letters, numbers, underscores or hyphens.";
const UNICODE_SLUG: &str =
    "Enter a valid \"slug\" consisting of Unicode letters, numbers, underscores, or hyphens.";

/// What is said of a text that is not of its kind.
pub(super) fn kind_fault(kind: &Kind) -> Fault {
    match kind {
        Kind::Email => Fault::new("invalid", EMAIL),
        Kind::Url => Fault::new("invalid", URL),
        Kind::UnicodeSlug => Fault::new("invalid_unicode", UNICODE_SLUG),
        Kind::Slug => Fault::new("invalid", SLUG),
        // Validators of Django's, whose words no field changes.
        Kind::Ip => Fault::new("invalid_address", ADDRESS),
        Kind::Ipv4 => Fault::new("invalid_address", "Enter a valid IPv4 address."),
        _ => Fault::new("invalid_address", "Enter a valid IPv6 address."),
    }
}

const ADDRESS: &str = "Enter a valid IPv4 or IPv6 address.";

/// An IP address in its canonical form; what is none is left for the rules to refuse.
pub(super) fn address(
    ty: &TypeMeta,
    raw: &RawValue,
    shape: &Shape<'_>,
    stored: bool,
) -> Result<String, Fault> {
    let lossy;
    let given: &str = match shape {
        Shape::Text(text) => text,
        Shape::Surrogate(unit) if stored => return Err(Fault::surrogate(*unit)),
        Shape::Surrogate(_) => {
            lossy = shape::lossy(raw);
            &lossy
        }
        _ => return Err(Fault::new("invalid", ADDRESS)),
    };
    let text = if ty.trim { python::strip(given) } else { given };
    if text.is_empty() && ty.drf {
        return if ty.blank { Ok(String::new()) } else { Err(Fault::blank()) };
    }
    // With a colon it can only be the one kind, and is read before anything is trimmed.
    if given.contains(':') && ty.drf && !matches!(ty.kind, Kind::Ipv4) {
        return given
            .parse()
            .map(|address| of_version_6(&ty.kind, address))
            .map_err(|_| Fault::new("invalid", ADDRESS));
    }
    let canonical = match ty.kind {
        // DRF shows an IPv4 address in an IPv6 one as what it is.
        Kind::Ip => text.parse::<IpAddr>().map(|address| address.to_canonical().to_string()).ok(),
        Kind::Ipv4 => text.parse::<Ipv4Addr>().map(|address| address.to_string()).ok(),
        _ => text.parse::<Ipv6Addr>().map(|address| address.to_string()).ok(),
    };
    match canonical {
        Some(canonical) => Ok(canonical),
        None if stored => Err(kind_fault(&ty.kind)),
        None => Ok(text.to_owned()),
    }
}

fn of_version_6(kind: &Kind, address: Ipv6Addr) -> String {
    match kind {
        Kind::Ip => IpAddr::from(address).to_canonical().to_string(),
        _ => address.to_string(),
    }
}

/// Whether a text is of its kind, beyond being a text.
pub(crate) fn is_of_text_kind(kind: &Kind, text: &str) -> bool {
    match kind {
        Kind::Email => net::is_email(text),
        Kind::Url => net::is_url(text),
        Kind::Slug => {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        }
        Kind::UnicodeSlug => {
            !text.is_empty() && text.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_'))
        }
        Kind::Ip => text.parse::<IpAddr>().is_ok(),
        Kind::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
        Kind::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
        _ => true,
    }
}
