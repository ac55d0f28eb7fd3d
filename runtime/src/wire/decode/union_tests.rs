//! Tests unions, and the additional entries of objects.

use serde_json::value::RawValue;

use super::tests::{check, read};
use super::{Reading, accept, arguments};
use crate::ground::scalar::Json;
use crate::schema::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta, UnionMeta, VariantMeta};
use crate::schema::value::{Object, Value};

const fn kind(name: &'static [Rule]) -> TypeMeta {
    TypeMeta::plain(Kind::Text).rules(name)
}

static CIRCLE: ObjectMeta = ObjectMeta {
    name: "Circle",
    properties: &[
        PropertyMeta::new("kind", kind(&[Rule::Const(Literal::Text("circle"))])).required(),
        PropertyMeta::new("radius", TypeMeta::plain(Kind::Integer).rules(&[Rule::Minimum("1")])).required(),
    ],
    closed: true,
    additional: None,
};

static GROUP: ObjectMeta = ObjectMeta {
    name: "Group",
    properties: &[
        PropertyMeta::new("kind", kind(&[Rule::Const(Literal::Text("group"))])).required(),
        PropertyMeta::new("of", TypeMeta::plain(Kind::List(&TypeMeta::plain(Kind::Union(|| &SHAPE)))))
            .required(),
    ],
    closed: false,
    additional: None,
};

static SHAPE: UnionMeta = UnionMeta {
    name: "Shape",
    tag: Some("kind"),
    exactly_one: true,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &CIRCLE))).tag(Literal::Text("circle")),
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &GROUP))).tag(Literal::Text("group")),
    ],
};

const NO_MATCH: &str = r#"["Does not match any of the allowed forms."]"#;

#[test]
fn a_tag_decides() {
    let shape = TypeMeta::plain(Kind::Union(|| &SHAPE));
    check(
        shape,
        &[
            (r#"{"radius": 5.0, "kind": "circle"}"#, r#"{"kind":"circle","radius":5}"#),
            (r#"{"radius": "5", "kind": "circle"}"#, r#"{"radius":["A valid integer is required."]}"#),
            (r#"{"kind": "x"}"#, r#"{"kind":["\"x\" is not a valid choice."]}"#),
            (r#"{"kind": ["circle"]}"#, r#"{"kind":["\"['circle']\" is not a valid choice."]}"#),
            (r#"{"kind": null}"#, r#"{"kind":["This field may not be null."]}"#),
            (r#"{"radius": 5}"#, r#"{"kind":["This field is required."]}"#),
            (r#"{"kind": "circle"}"#, r#"{"radius":["This field is required."]}"#),
            (r#"{"kind": "circle", "radius": 1, "x": 1}"#, r#"{"x":["Unknown field."]}"#),
            ("5", r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got int."]}"#),
            ("null", r#"["This field may not be null."]"#),
            (
                r#"{"kind": "group", "of": [{"kind": "circle", "radius": 1}, {"kind": "circle", "radius": 0}]}"#,
                r#"{"of":{"1":{"radius":["Ensure this value is greater than or equal to 1."]}}}"#,
            ),
        ],
    );
    check(shape.nullable(), &[("null", "null")]);
}

static SCALARS: UnionMeta = UnionMeta {
    name: "Scalars",
    tag: None,
    exactly_one: true,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Integer).rules(&[Rule::Maximum("9")])),
        VariantMeta::new(TypeMeta::plain(Kind::Text)),
        VariantMeta::new(TypeMeta::plain(Kind::Date)),
        VariantMeta::new(TypeMeta::plain(Kind::List(&TypeMeta::plain(Kind::Boolean)))),
    ],
};

#[test]
fn forms_without_a_tag_are_told_apart_by_their_json() {
    check(
        TypeMeta::plain(Kind::Union(|| &SCALARS)),
        &[
            ("5", "5"),
            ("\"5\"", "\"5\""),
            ("10", r#"["Ensure this value is less than or equal to 9."]"#),
            ("5.0", "5"),
            ("true", NO_MATCH),
            ("{}", NO_MATCH),
            ("\"2024-02-29\"", r#"["Matches more than one of the allowed forms."]"#),
            ("[true, \"yes\"]", r#"{"1":["Must be a valid boolean."]}"#),
            ("[5]", r#"{"0":["Must be a valid boolean."]}"#),
        ],
    );
}

static FIRST: UnionMeta = UnionMeta {
    name: "First",
    tag: None,
    exactly_one: false,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Date)),
        VariantMeta::new(TypeMeta::plain(Kind::Text).rules(&[Rule::MaxLength(12)])),
    ],
};

#[test]
fn of_any_the_first_counts() {
    let ty = TypeMeta::plain(Kind::Union(|| &FIRST));
    check(ty, &[("\"2024-02-29\"", "\"2024-02-29\""), ("\"far too long a text\"", NO_MATCH)]);
    let raw: &RawValue = serde_json::from_str("\"2024-02-29\"").expect("JSON");
    let Ok(Value::Variant(0, date)) = accept(&ty, raw, Reading::STRICT) else { panic!("a date") };
    assert_eq!(super::check_deep(&ty, &Value::Variant(0, date)), Ok(()));
    let text = |text: &str| Value::variant(1, text);
    assert_eq!(super::check_deep(&ty, &text("a text")), Ok(()));
    let refused = super::check_deep(&ty, &text("2024-02-29")).expect_err("it would be read as a date");
    assert_eq!(refused.detail(&[]).to_string(), r#"["Matches another of the allowed forms first."]"#);
}

#[test]
fn what_was_stored_is_of_the_first_form_that_it_can_be() {
    let stored = |json: &str| {
        let json: Json = json.parse().expect("JSON");
        Value::Json(json).into_variant(&SCALARS).ok()
    };
    assert_eq!(stored("\"2024-02-29\""), Some((1, Value::Text("2024-02-29".into()))));
    assert_eq!(stored("11"), Some((0, Value::Integer(11))));
    assert_eq!(stored("{}"), None);
}

static ANY: UnionMeta = UnionMeta {
    name: "Any",
    tag: None,
    exactly_one: true,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::List(&TypeMeta::plain(Kind::Union(|| &ANY))))),
        VariantMeta::new(TypeMeta::plain(Kind::List(&TypeMeta::plain(Kind::Union(|| &ANY))))),
        VariantMeta::new(TypeMeta::plain(Kind::Integer)),
    ],
};

#[test]
fn forms_that_hold_each_other_cost_no_more_than_a_bound() {
    let json = format!("{}1{}", "[".repeat(60), "]".repeat(60));
    assert_eq!(read(&TypeMeta::plain(Kind::Union(|| &ANY)), &json), NO_MATCH);
}

static OPEN: ObjectMeta = ObjectMeta {
    name: "Open",
    properties: &[PropertyMeta::new("name", TypeMeta::plain(Kind::Text)).required()],
    closed: false,
    additional: Some(&TypeMeta::plain(Kind::Integer)),
};

#[test]
fn what_stands_beside_the_properties_is_kept() {
    check(
        TypeMeta::plain(Kind::Object(|| &OPEN)),
        &[
            (r#"{"b": 1, "name": "n", "a": 2, "b": 3}"#, r#"{"name":"n","a":2,"b":3}"#),
            (
                r#"{"a": true, "b": "x"}"#,
                r#"{"name":["This field is required."],"a":["A valid integer is required."],"b":["A valid integer is required."]}"#,
            ),
        ],
    );
    let mut object = Object::empty(1);
    object.set(0, "n");
    object.add("name".into(), Value::Integer(1));
    let refused = super::check_deep(&TypeMeta::plain(Kind::Object(|| &OPEN)), &Value::Object(object));
    let detail = refused.expect_err("the key is taken").detail(&[]).to_string();
    assert_eq!(detail, r#"{"name":["This is a field of its own."]}"#);
}

#[test]
fn arguments_of_the_frame_are_not_those_of_the_action() {
    let request = crate::Request::parse(
        r#"{"action": "a", "stream": "s", "pk": 1, "radius": 2, "kind": "circle", "x": 1}"#,
    );
    let request = request.expect("a request");
    let refused = arguments(&CIRCLE, request.arguments(), &["stream", "pk"]).expect_err("`x` is unknown");
    let crate::Error::Validation(detail) = refused else { panic!("{refused}") };
    assert_eq!(detail.to_string(), r#"{"x":["Unknown field."]}"#);
}
