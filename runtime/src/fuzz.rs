//! The functions under fuzzing: they read everything that a client can send. Only tests and `tests/fuzz` call them.

use serde_json::value::RawValue;

use crate::ground::scalar::TextForm;
use crate::schema::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta, UnionMeta, VariantMeta};
use crate::wire::decode::{Reading, accept};
use crate::wire::frame::{Envelope, Wrapper};
use crate::{Request, decode, encode, multiplexer};

static NODE: ObjectMeta = ObjectMeta {
    name: "Node",
    properties: &[
        PropertyMeta::new("kind", TypeMeta::plain(Kind::Choice(&[Literal::Text("node")]))).required(),
        PropertyMeta::new("next", TypeMeta::plain(Kind::Union(|| &TREE)).nullable()),
        PropertyMeta::new("all", TypeMeta::plain(Kind::List(&TypeMeta::plain(Kind::Union(|| &FORMS)))))
            .default(Literal::Json("[]")),
    ],
    closed: false,
    additional: Some(&TypeMeta::plain(Kind::Json)),
};

static END: ObjectMeta = ObjectMeta {
    name: "End",
    properties: &[
        PropertyMeta::new("kind", TypeMeta::plain(Kind::Choice(&[Literal::Text("end")]))).required()
    ],
    closed: true,
    additional: None,
};

static TREE: UnionMeta = UnionMeta {
    name: "Tree",
    tag: Some("kind"),
    exactly_one: true,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &NODE))).tag(Literal::Text("node")),
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &END))).tag(Literal::Text("end")),
    ],
};

static FORMS: UnionMeta = UnionMeta {
    name: "Forms",
    tag: None,
    exactly_one: true,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Integer)),
        VariantMeta::new(TypeMeta::plain(Kind::Date)),
        VariantMeta::new(TypeMeta::plain(Kind::Text).rules(&[Rule::MaxLength(6), Rule::Pattern("^[a-z]")])),
        VariantMeta::new(TypeMeta::plain(Kind::List(&TypeMeta::plain(Kind::Union(|| &FORMS))))),
        VariantMeta::new(TypeMeta::plain(Kind::Map(&TypeMeta::plain(Kind::Union(|| &FORMS))))),
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &END))),
    ],
};

/// All kinds except the forms of texts, which are added in [`frame`].
const KINDS: &[Kind] = &[
    Kind::Boolean,
    Kind::Integer,
    Kind::BigInteger,
    Kind::Float,
    Kind::Decimal { max_digits: Kind::UNBOUNDED, decimal_places: Kind::UNBOUNDED },
    Kind::Decimal { max_digits: 28, decimal_places: 4 },
    Kind::Text,
    Kind::Uuid,
    Kind::Date,
    Kind::DateTime,
    Kind::Time,
    Kind::Duration,
    Kind::Bytes,
    Kind::Choice(&[Literal::Text("a"), Literal::Text("5")]),
    Kind::Choice(&[Literal::Integer(5), Literal::Integer(-1)]),
    Kind::Json,
    Kind::List(&TypeMeta::plain(Kind::Boolean).nullable()),
    Kind::Map(&TypeMeta::plain(Kind::Decimal { max_digits: 5, decimal_places: 2 })),
    Kind::Object(|| &NODE),
    Kind::Union(|| &TREE),
    Kind::Union(|| &FORMS),
];

/// Reads bytes as a frame, both raw and multiplexed, and each argument as a value of every kind.
///
/// # Panics
/// Panics on a bug: an answer that is not JSON, or a value that is different when its JSON is read again.
pub fn frame(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(undeliverable) = multiplexer::unwrap(text, |name| (name == "users").then_some(0)) {
        is_json(&undeliverable.into_frame());
    }
    let request = match Request::parse(text) {
        Ok(request) => request,
        Err(refusal) => {
            let (action, request_id) = (refusal.action, refusal.request_id);
            is_json(&Envelope { wrapper: Wrapper::Raw, action, request_id }.failure(&refusal.error));
            return;
        }
    };
    let envelope =
        Envelope { wrapper: Wrapper::Raw, action: request.action_json(), request_id: request.request_id() };
    match decode::arguments(&NODE, request.arguments(), &["stream"]) {
        Ok(object) => {
            let mut out = Vec::new();
            encode::object(&mut out, &NODE, &object);
            is_json(&envelope.reply(200, &out));
        }
        Err(error) => is_json(&envelope.failure(&error)),
    }
    for (_, argument) in request.arguments() {
        for kind in KINDS.iter().copied().chain(TextForm::ALL.iter().copied().map(Kind::Form)) {
            for ty in [TypeMeta::plain(kind), TypeMeta::new(kind).nullable()] {
                value(&ty, argument);
            }
        }
    }
}

/// Reads JSON as a value, and checks that the JSON of this value is read as the same value.
fn value(ty: &TypeMeta, raw: &RawValue) {
    // Stored values are read leniently, and may break the rules.
    let _ = accept(ty, raw, Reading::STORED);
    match accept(ty, raw, Reading::STRICT) {
        Err(refusal) => is_json(refusal.detail(&[]).to_string().as_bytes()),
        Ok(value) => {
            let mut out = Vec::new();
            encode::value(&mut out, ty, &value);
            let again: &RawValue = serde_json::from_slice(&out).expect("invariant: what is written is JSON");
            assert_eq!(accept(ty, again, Reading::STRICT), Ok(value), "{:?} of {raw}", ty.kind);
        }
    }
}

fn is_json(bytes: &[u8]) {
    let read = serde_json::from_slice::<&RawValue>(bytes);
    assert!(read.is_ok(), "an answer is no JSON: {}", String::from_utf8_lossy(bytes));
}

#[cfg(test)]
mod tests;
