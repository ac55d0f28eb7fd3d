//! The differences that are meant: `tests/twin/differences.md` says why.

use super::compare::Difference;
use super::payloads::Request;
use super::values::LONG_FLOAT;

/// The names, in the order of that file.
pub const NAMES: &[&str] = &[
    "lone surrogates",
    "unicode slugs",
    "changed keys",
    "spelling of keys",
    "long durations",
    "read-only defaults",
    "separators without digits",
    "digits of UUIDs",
    "sets with other fields",
    "digits of floats",
    "defaults of unique sets",
    "negative zeros",
    "zones of addresses",
    "order of keys",
    "checks beside unique sets",
    "new rows of a patch",
    "a row in two fields",
];

/// Returns the name of a difference that is meant.
pub fn name_of(request: &Request, found: &Difference) -> Option<&'static str> {
    let field = found.path.rsplit('/').next().unwrap_or_default();
    let is_error = found.part == "errors";
    Some(match () {
        () if is_error && found.django.contains("\\ud") && found.service.contains("\\ud") => {
            "lone surrogates"
        }
        () if found.part == "status" && found.service == "400" && sends_lone_surrogate(request) => {
            "lone surrogates"
        }
        () if field == "unicode_slug" && is_error && found.django.contains('\u{201c}') => "unicode slugs",
        () if changes_key(request) => "changed keys",
        () if is_error && is_about_a_key(&found.django) && is_about_a_key(&found.service) => {
            "spelling of keys"
        }
        () if found.service.contains("106751990") || sends(request, "999999999 00:00:00") => "long durations",
        () if request.serializer == "PairSomeSerializer"
            && request.action != "create"
            && (found.part == "status" || field == "non_field_errors") =>
        {
            "read-only defaults"
        }
        () if sends(request, ".Z\"") && !found.path.contains('/') => "separators without digits",
        () if sends(request, "\u{ff10}1234567") => "digits of UUIDs",
        () if is_error
            && found.service.contains("right, preset")
            && !found.django.contains("right, preset") =>
        {
            "sets with other fields"
        }
        () if has_long_float(request) => "digits of floats",
        () if lacks_of_a_set(request) => "defaults of unique sets",
        () if is_zero(&found.django) && found.django.replacen('-', "", 1) == found.service => {
            "negative zeros"
        }
        () if found.part == "status" && found.service == "400" && sends(request, "%eth0") => {
            "zones of addresses"
        }
        () if is_error && is_about_a_key(&found.django) && is_about_a_type(&found.service) => "order of keys",
        () if request.action == "patch"
            && request.serializer == "BookWithAuthorSerializer"
            && found.part == "status"
            && found.service == "400"
            && sends(request, "\"editor\": {") =>
        {
            "new rows of a patch"
        }
        () if found.part == "data"
            && request.serializer == "BookWithAuthorSerializer"
            && sends(request, "\"author\": {")
            && sends(request, "\"editor\": {") =>
        {
            "a row in two fields"
        }
        () if is_error && is_check_beside(&found.django, &found.service) => "checks beside unique sets",
        () => return None,
    })
}

/// Whether an existing row is sent another key.
fn changes_key(request: &Request) -> bool {
    let name = match request.serializer.as_str() {
        "TextKeySerializer" => "code",
        "UuidKeySerializer" => "id",
        _ => return false,
    };
    let sent = request.data.as_ref().and_then(|data| data.entries()).into_iter().flatten();
    request.action != "create"
        && sent.rev().find(|(key, _)| key == name).is_some_and(|(_, key)| Some(key) != request.key.as_ref())
}

/// Whether a column of JSON is sent a number with more digits than a float keeps.
fn has_long_float(request: &Request) -> bool {
    request.serializer == "DocumentSerializer"
        && [LONG_FLOAT, "12345678901234567890.0"].iter().any(|number| sends(request, number))
}

/// Whether this is the text of a decimal that is zero.
fn is_zero(text: &str) -> bool {
    text.trim_matches('"').parse::<f64>() == Ok(0.0)
}

/// Whether a text is somewhere in a payload.
fn sends(request: &Request, text: &str) -> bool {
    request.data.as_ref().is_some_and(|data| data.to_string().contains(text))
}

/// Whether an update lacks a field of a set that is unique together, for which Django REST Framework has a default.
fn lacks_of_a_set(request: &Request) -> bool {
    let fields: &[&str] = match request.serializer.as_str() {
        "PairSerializer" => &["preset", "maybe"],
        "PairRenamedSerializer" => &["maybe"],
        "BookingSerializer" => &["state", "code"],
        _ => return false,
    };
    let sent: Vec<&str> =
        request.data.iter().flat_map(|data| data.entries()).flatten().map(|(key, _)| key.as_str()).collect();
    request.action == "update" && fields.iter().any(|field| !sent.contains(field))
}

/// Whether the service names a check that is violated beside what Django says.
fn is_check_beside(django: &str, service: &str) -> bool {
    let said = django.trim_end_matches(']');
    service
        .strip_prefix(said)
        .is_some_and(|more| more.starts_with(",\"Constraint “") && more.ends_with("is violated.\"]"))
}

/// Whether a message says that a key has the wrong type.
fn is_about_a_type(message: &str) -> bool {
    message.contains("Incorrect type. ") || message.contains("is not a valid UUID.")
}

/// Whether half of a character is somewhere in a payload.
fn sends_lone_surrogate(request: &Request) -> bool {
    sends(request, "\"\\ud800\"") || sends(request, "\"x\\udc00y\"")
}

fn is_about_a_key(message: &str) -> bool {
    message.contains("Invalid pk ") || message.contains("There is no author ")
}
