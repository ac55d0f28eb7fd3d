//! Tests that the JSON of a value is read as the same value, for every kind, with random types and values.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::value::RawValue;

use super::{Reading, accept, check_deep};
use crate::ground::scalar::{Bytes, DateTime, Decimal, Duration, Json, TextForm, Uuid};
use crate::schema::format::FormatMeta;
use crate::schema::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta, UnionMeta, VariantMeta};
use crate::schema::value::{Object, Value};

const WORDS: &[Literal] = &[Literal::Text(""), Literal::Text("mid"), Literal::Text("5")];
const GRADES: &[Literal] = &[Literal::Integer(-1), Literal::Integer(3)];
const MIXED: &[Literal] =
    &[Literal::Integer(1), Literal::Text("1"), Literal::Boolean(true), Literal::Number("0.5")];

static LEAF: ObjectMeta = ObjectMeta {
    name: "Leaf",
    properties: &[
        PropertyMeta::new("kind", TypeMeta::plain(Kind::Text).rules(&[Rule::Const(Literal::Text("leaf"))]))
            .required(),
        PropertyMeta::new("size", TypeMeta::plain(Kind::Decimal { max_digits: 6, decimal_places: 2 }))
            .required(),
        PropertyMeta::new("note", TypeMeta::plain(Kind::Text).nullable()),
    ],
    closed: true,
    additional: None,
};

static BRANCH: ObjectMeta = ObjectMeta {
    name: "Branch",
    properties: &[
        PropertyMeta::new("kind", TypeMeta::plain(Kind::Choice(&[Literal::Text("branch")]))).required(),
        PropertyMeta::new("left", TypeMeta::plain(Kind::Union(|| &TREE)).nullable()).required(),
        PropertyMeta::new("right", TypeMeta::plain(Kind::Union(|| &TREE)).nullable()),
    ],
    closed: false,
    additional: Some(&TypeMeta::plain(Kind::Union(|| &FORMS)).nullable()),
};

static TREE: UnionMeta = UnionMeta {
    name: "Tree",
    tag: Some("kind"),
    exactly_one: true,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &LEAF))).tag(Literal::Text("leaf")),
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &BRANCH))).tag(Literal::Text("branch")),
    ],
};

/// An object with one property, by which it is distinguished from others.
static POINT: ObjectMeta = ObjectMeta {
    name: "Point",
    properties: &[PropertyMeta::new("x", TypeMeta::plain(Kind::Float)).required()],
    closed: true,
    additional: None,
};

static FORMS: UnionMeta = UnionMeta {
    name: "Forms",
    tag: None,
    exactly_one: false,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Integer)),
        VariantMeta::new(TypeMeta::plain(Kind::Float)),
        VariantMeta::new(TypeMeta::plain(Kind::Uuid)),
        VariantMeta::new(TypeMeta::plain(Kind::Text)),
        VariantMeta::new(TypeMeta::plain(Kind::Boolean)),
        VariantMeta::new(TypeMeta::plain(Kind::List(&TypeMeta::plain(Kind::Integer)))),
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &POINT))),
        VariantMeta::new(TypeMeta::plain(Kind::Map(&TypeMeta::plain(Kind::Boolean)))),
    ],
};

/// Returns a reference that lasts as long as the test program; random types are small.
fn forever(ty: TypeMeta) -> &'static TypeMeta {
    Box::leak(Box::new(ty))
}

fn kinds() -> impl Strategy<Value = Kind> {
    let decimals = (1..=28_u32)
        .prop_flat_map(|digits| (Just(digits), 0..=digits))
        .prop_map(|(max_digits, decimal_places)| Kind::Decimal { max_digits, decimal_places });
    let texts: Vec<Kind> = TextForm::ALL.iter().copied().map(Kind::Form).chain([Kind::Text]).collect();
    let times = vec![Kind::Date, Kind::DateTime, Kind::Time, Kind::Duration];
    let others = vec![
        Kind::Boolean,
        Kind::Integer,
        Kind::BigInteger,
        Kind::Float,
        Kind::Uuid,
        Kind::Bytes,
        Kind::Json,
    ];
    let closed = vec![Kind::Choice(WORDS), Kind::Choice(GRADES), Kind::Choice(MIXED)];
    let generated =
        vec![Kind::Object(|| &LEAF), Kind::Object(|| &BRANCH), Kind::Union(|| &TREE), Kind::Union(|| &FORMS)];
    prop_oneof![decimals, select(texts), select(times), select(others), select(closed), select(generated)]
}

fn types() -> impl Strategy<Value = TypeMeta> {
    let leaf = (kinds(), any::<bool>()).prop_map(|(kind, nullable)| {
        let ty = TypeMeta::plain(kind);
        // For the kind `Json`, `null` is a value and not its absence.
        if nullable && !matches!(kind, Kind::Json) { ty.nullable() } else { ty }
    });
    leaf.prop_recursive(3, 8, 2, |inner| {
        let tuple = vec(inner.clone(), 1..4)
            .prop_map(|types| TypeMeta::plain(Kind::Tuple(Box::leak(types.into_boxed_slice()))));
        let list = inner.clone().prop_map(|item| TypeMeta::plain(Kind::List(forever(item))));
        let map = inner.prop_map(|item| TypeMeta::plain(Kind::Map(forever(item))));
        prop_oneof![list, map, tuple]
    })
}

/// Generates values of a type; `depth` is the number of levels that trees may still grow.
fn values(ty: TypeMeta, depth: u32) -> BoxedStrategy<Value> {
    let own = of_kind(ty.kind, depth);
    if ty.nullable { prop_oneof![1 => Just(Value::Null), 3 => own].boxed() } else { own }
}

fn of_kind(kind: Kind, depth: u32) -> BoxedStrategy<Value> {
    match kind {
        Kind::Boolean => any::<bool>().prop_map(Value::Boolean).boxed(),
        Kind::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        Kind::BigInteger => "-?[1-9][0-9]{0,60}".prop_map(|it| Value::Json(Json::trusted(it))).boxed(),
        Kind::Float => any::<f64>().prop_filter("finite", |it| it.is_finite()).prop_map(Value::Float).boxed(),
        Kind::Decimal { max_digits, decimal_places } => decimals(max_digits, decimal_places),
        Kind::Date => moments().prop_map(|it| Value::Date(it.into_inner().date().into())).boxed(),
        Kind::Time => moments().prop_map(|it| Value::Time(it.into_inner().time().into())).boxed(),
        Kind::DateTime => moments().prop_map(Value::DateTime).boxed(),
        Kind::Duration => any::<i64>().prop_map(Duration::from_micros).prop_map(Value::Duration).boxed(),
        Kind::Uuid => any::<u128>().prop_map(|it| Value::Uuid(Uuid::from_u128(it))).boxed(),
        Kind::Bytes => vec(any::<u8>(), 0..20).prop_map(|it| Value::Bytes(Bytes::new(it))).boxed(),
        Kind::Choice(choices) => select(choices).prop_map(|it| super::chosen(&it)).boxed(),
        Kind::Json => json().prop_map(|it| Value::Json(Json::trusted(it.to_string()))).boxed(),
        Kind::List(item) => vec(values(*item, depth), 0..4).prop_map(Value::List).boxed(),
        Kind::Tuple(types) => {
            types.iter().map(|ty| values(*ty, depth)).collect::<Vec<_>>().prop_map(Value::List).boxed()
        }
        Kind::Map(item) => btree_map(any::<String>(), values(*item, depth), 0..4)
            .prop_map(|entries| Value::Map(entries.into_iter().collect()))
            .boxed(),
        Kind::Object(meta) => objects(meta(), depth).prop_map(Value::Object).boxed(),
        Kind::Union(meta) => variants(meta(), depth),
        Kind::Text => {
            let texts = any::<String>().prop_filter("no U+0000", |it| !it.contains('\0'));
            texts.prop_map(Value::Text).boxed()
        }
        Kind::Form(form) => texts_of(form).prop_map(Value::Text).boxed(),
    }
}

fn texts_of(form: TextForm) -> BoxedStrategy<String> {
    match form {
        TextForm::Email => "[a-z0-9.+_-]{0,8}[a-z]@[a-z]{1,8}\\.(com|museum)"
            .prop_filter("no two dots", |it| !it.contains("..") && !it.starts_with('.'))
            .boxed(),
        TextForm::Url => {
            "(http|https|ftp)://[a-z]{1,8}\\.org(:[1-9][0-9]{1,3})?(/[a-z0-9._~-]{0,8}){0,2}".boxed()
        }
        TextForm::Hostname => {
            "[a-z0-9]([a-zA-Z0-9-]{0,8}[a-z])?(\\.[a-z]([a-z0-9-]{0,5}[a-z0-9])?){0,3}".boxed()
        }
        TextForm::Slug => "[a-zA-Z0-9_-]{1,12}".boxed(),
        TextForm::UnicodeSlug => "[\\p{L}\\p{Nd}_-]{1,12}".boxed(),
        TextForm::Ip => any::<u128>()
            .prop_map(|it| std::net::IpAddr::from(Ipv6Addr::from(it)).to_canonical().to_string())
            .boxed(),
        TextForm::Ipv4 => any::<u32>().prop_map(|it| Ipv4Addr::from(it).to_string()).boxed(),
        TextForm::Ipv6 => any::<u128>().prop_map(|it| Ipv6Addr::from(it).to_string()).boxed(),
    }
}

fn decimals(max_digits: u32, decimal_places: u32) -> BoxedStrategy<Value> {
    let beyond = 10_i128.pow(max_digits);
    (1 - beyond..beyond)
        .prop_filter_map("28 digits", move |it| Decimal::new(it, decimal_places).map(Value::Decimal))
        .boxed()
}

/// Generates date-times from the year 1 to the year 9999.
fn moments() -> impl Strategy<Value = DateTime> {
    (-62_135_596_800_000_000..=253_402_300_799_999_999_i64).prop_filter_map("a moment", DateTime::from_micros)
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let map = btree_map(any::<String>(), inner.clone(), 0..3);
        prop_oneof![
            vec(inner, 0..3).prop_map(Into::into),
            map.prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn objects(meta: &'static ObjectMeta, depth: u32) -> BoxedStrategy<Object> {
    let slots: Vec<BoxedStrategy<Option<Value>>> = meta
        .properties
        .iter()
        .map(|property| {
            let constant = property.ty.rules.iter().find_map(|rule| match rule {
                Rule::Const(literal) => Some(Just(super::chosen(literal)).boxed()),
                _ => None,
            });
            // A tree that has grown enough ends with `null`, if it may be null.
            let ends = depth == 0 && property.ty.nullable;
            let end = ends.then(|| Just(Value::Null).boxed());
            let own = constant.or(end).unwrap_or_else(|| values(property.ty, depth.saturating_sub(1)));
            if property.required { own.prop_map(Some).boxed() } else { proptest::option::of(own).boxed() }
        })
        .collect();
    let beside = match meta.additional {
        Some(ty) => btree_map(any::<String>(), values(*ty, depth), 0..3).boxed(),
        None => Just(std::collections::BTreeMap::new()).boxed(),
    };
    let known = |key: &str| meta.properties.iter().any(|property| property.name == key);
    (slots, beside)
        .prop_map(move |(slots, beside)| {
            let mut object = Object::empty(slots.len());
            for (index, value) in slots.into_iter().enumerate() {
                object.set_some(index, value);
            }
            let beside = beside.into_iter().filter(|(key, _)| !known(key));
            beside.for_each(|(key, value)| object.add(key, value));
            object
        })
        .boxed()
}

/// Generates values of the forms; for a union without a tag, values that do not match a form before their own.
fn variants(meta: &'static UnionMeta, depth: u32) -> BoxedStrategy<Value> {
    let leaves = if depth == 0 && meta.tag.is_some() { 1 } else { meta.variants.len() };
    let forms = meta.variants.iter().take(leaves).enumerate().map(|(index, variant)| {
        values(variant.ty, depth).prop_map(move |value| Value::variant(index, value)).boxed()
    });
    let any = proptest::strategy::Union::new(forms);
    let ty = TypeMeta::plain(Kind::Union(if meta.tag.is_some() { || &TREE } else { || &FORMS }));
    any.prop_filter("the first form that matches", move |value| check_deep(&ty, value).is_ok()).boxed()
}

fn typed() -> impl Strategy<Value = (TypeMeta, Value)> {
    types().prop_flat_map(|ty| (Just(ty), values(ty, 3)))
}

fn written(ty: &TypeMeta, value: &Value) -> String {
    let mut out = Vec::new();
    crate::wire::encode::value(&mut out, ty, value);
    String::from_utf8(out).expect("JSON is UTF-8")
}

fn read(ty: &TypeMeta, json: &str, reading: Reading) -> Value {
    let raw: &RawValue = serde_json::from_str(json).expect("what is written is JSON");
    accept(ty, raw, reading).unwrap_or_else(|refusal| panic!("{json} is refused: {refusal:?}"))
}

/// The counterexample that the property below once found.
#[test]
fn zero_has_no_whole_digit() {
    let ty = TypeMeta::plain(Kind::Decimal { max_digits: 1, decimal_places: 1 });
    let zero = Value::Decimal(Decimal::new(0, 1).expect("a decimal"));
    assert_eq!(read(&ty, &written(&ty, &zero), Reading::STRICT), zero);
}

const OF_DAYS: FormatMeta = FormatMeta::DEFAULT.input(&["%A, %d.%m.%Y"]).strftime("%A, %d.%m.%Y");
const OF_YEARS: FormatMeta = FormatMeta::DEFAULT.input(&["iso-8601", "%Y-%j"]).strftime("%Y-%j");
const OF_CLOCKS: FormatMeta = FormatMeta::DEFAULT.input(&["%I:%M:%S.%f %p"]).strftime("%I:%M:%S.%f %p");
const OF_MOMENTS: FormatMeta = FormatMeta::DEFAULT
    .input(&["%d %b %Y %H:%M:%S.%f %z"])
    .strftime("%d %b %Y %H:%M:%S.%f %z")
    .zone("Asia/Kolkata");
const OF_ZONES: FormatMeta = FormatMeta::DEFAULT.zone("America/New_York");
const OF_NAIVE: FormatMeta = FormatMeta::DEFAULT.naive();
const OF_LENGTHS: FormatMeta = FormatMeta::DEFAULT.iso();

/// Fields whose formats lose nothing.
fn formatted() -> impl Strategy<Value = TypeMeta> {
    select(vec![
        TypeMeta::new(Kind::Date).format(&OF_DAYS),
        TypeMeta::new(Kind::Date).format(&OF_YEARS),
        TypeMeta::new(Kind::Time).format(&OF_CLOCKS),
        TypeMeta::new(Kind::DateTime).format(&OF_MOMENTS),
        TypeMeta::new(Kind::DateTime).format(&OF_ZONES),
        TypeMeta::new(Kind::DateTime).format(&OF_NAIVE),
        TypeMeta::new(Kind::Duration).format(&OF_LENGTHS),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_as_what_it_was((ty, value) in typed()) {
        let json = written(&ty, &value);
        prop_assert_eq!(&read(&ty, &json, Reading::STRICT), &value, "{}", json);
        prop_assert_eq!(&read(&ty, &json, Reading::STORED), &value, "stored: {}", json);
        prop_assert_eq!(check_deep(&ty, &value), Ok(()));
    }

    #[test]
    fn what_a_format_shows_is_read_back((ty, value) in formatted().prop_flat_map(|ty| (Just(ty), values(ty, 0)))) {
        let mut json = Vec::new();
        crate::wire::encode::value(&mut json, &ty, &value);
        let raw: &RawValue = serde_json::from_slice(&json).expect("JSON");
        match accept(&ty, raw, Reading::STRICT) {
            Ok(read) => prop_assert_eq!(read, value, "{}", raw),
            // At the ends of time a clock of another time zone is out of range.
            Err(refusal) => {
                let text = refusal.detail(&[]).to_string();
                prop_assert!(text.contains("out of range"), "{} of {}", text, raw);
            }
        }
    }
}
