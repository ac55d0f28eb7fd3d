//! Tests plain JSON, to which JSON Schema applies, in comparison to fields of serializers, which are read as DRF reads
//! them.

use serde_json::value::RawValue;

use super::tests::{check, read};
use super::{Reading, accept, check_deep};
use crate::ground::scalar::Json;
use crate::schema::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta, UnionMeta, VariantMeta};
use crate::schema::value::{FromValue as _, Object, Value};

/// Tells whether plain JSON is accepted.
fn takes(ty: &TypeMeta, json: &str) -> bool {
    let raw: &RawValue = serde_json::from_str(json).expect(json);
    accept(ty, raw, Reading::STRICT).is_ok()
}

#[test]
fn tuples_have_an_item_of_each_type() {
    const PAIR: TypeMeta = TypeMeta::plain(Kind::Tuple(&[
        TypeMeta::plain(Kind::Date),
        TypeMeta::plain(Kind::Integer).nullable(),
    ]));
    let raw: &RawValue = serde_json::from_str(r#"["2024-02-29", null]"#).expect("JSON");
    let value = accept(&PAIR, raw, Reading::STRICT).expect("a pair");
    let mut json = Vec::new();
    crate::wire::encode::value(&mut json, &PAIR, &value);
    assert_eq!(json, br#"["2024-02-29",null]"#);
    let (date, number) = <(crate::Date, Option<i64>)>::from_value(value).expect("typed");
    assert_eq!((date.to_string().as_str(), number), ("2024-02-29", None));
    assert!(check_deep(&PAIR, &Value::from((date, number))).is_ok());
    let stored = Value::Json(Json::trusted(r#"["2024-02-29", 7]"#.to_owned()));
    assert_eq!(<(crate::Date, Option<i64>)>::from_value(stored).expect("typed"), (date, Some(7)));
    for wrong in ["[]", r#"["2024-02-29"]"#, r#"["2024-02-29",1,1]"#, r#"[1,1]"#, "{}", "null"] {
        assert!(!takes(&PAIR, wrong), "{wrong}");
        assert!(
            <(crate::Date, Option<i64>)>::from_value(Value::Json(Json::trusted(wrong.to_owned()))).is_err()
        );
    }
}

#[test]
fn what_is_sent_is_told_by_place_and_rule() {
    const SCHEMA: &str = r#"{"properties":{"a/b":{"items":{"minimum":0}},"c":{"enum":["x"]}}}"#;
    let told = |json: &str| super::validate(SCHEMA, json.as_bytes());
    assert_eq!(told(r#"{"a/b":[1,0],"c":"x"}"#), Ok(()));
    let place = "/a~1b/1: Ensure this value is greater than or equal to 0.";
    assert_eq!(told(r#"{"a/b":[1,-1]}"#), Err(place.to_owned()));
    let secret = told(r#"{"c":"s3cret"}"#).expect_err("it is no value of the enum");
    assert_eq!(secret, "/c: This is not a value of `const` or `enum`.");
}

/// Unlike DRF's `ListField`, a column of a list does not convert its items.
#[test]
fn items_of_columns_are_plain() {
    const TEXTS: TypeMeta = TypeMeta::new(Kind::List(&TypeMeta::plain(Kind::Text)));
    const INTEGERS: TypeMeta = TypeMeta::new(Kind::List(&TypeMeta::plain(Kind::Integer)));
    assert!(takes(&TEXTS, r#"["a", " "]"#) && takes(&INTEGERS, "[1, 2.0]"));
    assert!(!takes(&TEXTS, r#"["a", 1]"#) && !takes(&INTEGERS, r#"["5"]"#));
    let raw: &RawValue = serde_json::from_str(r#"["a", 1]"#).expect("JSON");
    let errors = accept(&TEXTS, raw, Reading::STRICT).map_err(|refusal| refusal.detail(&[]).to_string());
    assert_eq!(errors, Err(r#"{"1":["Not a valid string."]}"#.to_owned()));
}

#[test]
fn values_of_several_types_are_written_as_they_are() {
    crate::choice! {
        /// Values of several types.
        pub enum Mixed: mixed {
            /// The value `1`.
            One = Integer(1),
            /// The value `1`.
            Text = Text("1"),
            /// The value `true`.
            True = Boolean(true),
            /// The value `0.5`.
            Half = Number("0.5"),
        }
    }
    const MIXED: TypeMeta = TypeMeta::plain(Kind::Choice(Mixed::VALUES));
    let all = [(Mixed::One, "1"), (Mixed::Text, "\"1\""), (Mixed::True, "true"), (Mixed::Half, "0.5")];
    for (own, text) in all {
        let raw: &RawValue = serde_json::from_str(text).expect("JSON");
        let value = accept(&MIXED, raw, Reading::STRICT).expect(text);
        assert_eq!(Value::from(own), value);
        assert!(check_deep(&MIXED, &value).is_ok(), "{text}");
        let mut json = Vec::new();
        crate::wire::encode::value(&mut json, &MIXED, &value);
        assert_eq!(json, text.as_bytes());
        assert_eq!(serde_json::to_string(&own).expect("JSON"), text);
        assert_eq!(Mixed::from_value(value).expect(text), own);
        let stored = Value::Json(Json::trusted(text.to_owned()));
        assert_eq!(Mixed::from_value(stored).expect(text), own);
    }
    assert!(takes(&MIXED, "1.0") && takes(&MIXED, "5e-1"));
    for wrong in ["0", "false", "\"true\"", "null", "[1]"] {
        assert!(!takes(&MIXED, wrong), "{wrong}");
    }
}

/// JSON values of every type, in several spellings.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "0.0",
    "-0.0",
    "0e5",
    "1",
    "1.0",
    "10e-1",
    "2",
    "100",
    "1e2",
    "1.00E+2",
    "0.1",
    "1e-1",
    "9007199254740992",
    "9007199254740993",
    "9007199254740993.0",
    "12345678901234567890",
    "12345678901234567891",
    "1.2345678901234567890e19",
    "\"\"",
    "\" \"",
    "\"0\"",
    "\"1\"",
    "\"true\"",
    "\"null\"",
    "\"é\"",
    "\"\\u00e9\"",
    "\"\\u00E9 \"",
    "[]",
    "{}",
    "[0]",
    "[false]",
    "[1,2]",
    "[1.0, 2]",
    "[2,1]",
    "{\"a\":false}",
    "{\"a\":0}",
    "{\"a\":1,\"b\":[true,null]}",
    "{ \"b\": [true, null], \"a\": 1.0 }",
    "{\"a\":1,\"b\":[true]}",
];

/// The equal values in `VALUES`, listed by hand.
const SAME: &[&[&str]] = &[
    &["0", "-0", "0.0", "-0.0", "0e5"],
    &["1", "1.0", "10e-1"],
    &["100", "1e2", "1.00E+2"],
    &["0.1", "1e-1"],
    &["9007199254740993", "9007199254740993.0"],
    &["12345678901234567890", "1.2345678901234567890e19"],
    &["\"é\"", "\"\\u00e9\""],
    &["[1,2]", "[1.0, 2]"],
    &["{\"a\":1,\"b\":[true,null]}", "{ \"b\": [true, null], \"a\": 1.0 }"],
];

fn same(one: &str, other: &str) -> bool {
    one == other || SAME.iter().any(|line| line.contains(&one) && line.contains(&other))
}

#[test]
fn any_json_is_its_constant_or_not() {
    for constant in VALUES {
        let rules: &'static [Rule] = Box::leak(Box::new([Rule::Const(Literal::Json(constant))]));
        let ty = TypeMeta::plain(Kind::Json).rules(rules);
        for json in VALUES {
            assert_eq!(takes(&ty, json), same(constant, json), "{json} of const {constant}");
            let value = Value::Json(Json::trusted(*json));
            assert_eq!(
                check_deep(&ty, &value).is_ok(),
                same(constant, json),
                "typed {json} of const {constant}"
            );
        }
    }
}

#[test]
fn constants_of_a_type_are_compared_before_anything_is_read_into_them() {
    let typed: &[(Kind, Literal, &str)] = &[
        (Kind::Boolean, Literal::Boolean(false), "false"),
        (Kind::Boolean, Literal::Boolean(true), "true"),
        (Kind::Integer, Literal::Integer(0), "0"),
        (Kind::Integer, Literal::Integer(1), "1"),
        (Kind::Integer, Literal::Integer(100), "100"),
        (Kind::Integer, Literal::Integer(9_007_199_254_740_993), "9007199254740993"),
        (Kind::Float, Literal::Number("0"), "0"),
        (Kind::Float, Literal::Number("0.1"), "0.1"),
        (Kind::Float, Literal::Number("9007199254740992"), "9007199254740992"),
        (Kind::Text, Literal::Text("1"), "\"1\""),
        (Kind::Text, Literal::Text("é"), "\"é\""),
        (Kind::List(&WHOLE), Literal::Json("[1,2]"), "[1,2]"),
        (Kind::Map(&JSON), Literal::Json("{\"a\":0}"), "{\"a\":0}"),
    ];
    for (kind, literal, constant) in typed {
        let rules: &'static [Rule] = Box::leak(Box::new([Rule::Const(*literal)]));
        for json in VALUES {
            let ty = TypeMeta::plain(*kind).rules(rules);
            assert_eq!(takes(&ty, json), same(constant, json), "{json} of {kind:?} {constant}");
        }
    }
}

const JSON: TypeMeta = TypeMeta::plain(Kind::Json);
const WHOLE: TypeMeta = TypeMeta::plain(Kind::Integer);
const NUMBER: TypeMeta = TypeMeta::plain(Kind::Float);
const MOMENT: TypeMeta = TypeMeta::plain(Kind::DateTime);
const WORD: TypeMeta = TypeMeta::new(Kind::Text);

static PAIR: ObjectMeta = ObjectMeta {
    name: "Pair",
    properties: &[
        PropertyMeta::new("a", TypeMeta::plain(Kind::Integer)).required(),
        PropertyMeta::new("b", TypeMeta::plain(Kind::Text)).default(Literal::Text("x")),
    ],
    closed: false,
    additional: None,
};

#[test]
fn constants_are_objects_too() {
    let ty =
        TypeMeta::plain(Kind::Object(|| &PAIR)).rules(&[Rule::Const(Literal::Json("{\"a\":1,\"b\":\"y\"}"))]);
    check(
        ty,
        &[
            (r#"{"a": 1, "b": "y"}"#, r#"{"a":1,"b":"y"}"#),
            (r#"{"b": "y", "a": 1.0}"#, r#"{"a":1,"b":"y"}"#),
            (r#"{"a": 1, "b": "z"}"#, r#"["Ensure this value is {\"a\":1,\"b\":\"y\"}."]"#),
            (r#"{"a": 1, "b": "y", "c": 1}"#, r#"["Ensure this value is {\"a\":1,\"b\":\"y\"}."]"#),
        ],
    );
    let mut object = Object::empty(2);
    object.set(0, 1_i64);
    object.set(1, "y");
    assert_eq!(check_deep(&ty, &Value::Object(object.clone())), Ok(()));
    object.set(1, "z");
    assert!(check_deep(&ty, &Value::Object(object)).is_err());
    // The default that is added is not a part of the written value.
    let ty = TypeMeta::plain(Kind::Object(|| &PAIR)).rules(&[Rule::Const(Literal::Json("{\"a\":1}"))]);
    check(ty, &[(r#"{"a": 1}"#, r#"{"a":1,"b":"x"}"#)]);
    let written =
        accept(&ty, serde_json::from_str(r#"{"a":1}"#).expect("JSON"), Reading::STRICT).expect("good");
    assert_eq!(check_deep(&ty, &written), Ok(()));
}

#[test]
fn moments_are_compared_as_they_are_written() {
    let rules = &[Rule::Const(Literal::Text("2024-02-29T13:30:00+01:00"))];
    let refused = r#"["Ensure this value is \"2024-02-29T13:30:00+01:00\"."]"#;
    let shown = "\"2024-02-29T12:30:00Z\"";
    let plain = TypeMeta::plain(Kind::DateTime).rules(rules);
    check(plain, &[("\"2024-02-29T13:30:00+01:00\"", shown), (shown, refused)]);
    // A field compares the value that was read.
    let field = TypeMeta::new(Kind::DateTime).rules(rules);
    check(field, &[("\"2024-02-29T13:30:00+01:00\"", shown), (shown, shown)]);
}

#[test]
fn fields_take_what_drf_takes_for_a_constant() {
    let no = TypeMeta::new(Kind::Boolean).rules(&[Rule::Const(Literal::Boolean(false))]);
    for json in ["false", "0", "0.0", "\"no\""] {
        assert_eq!(read(&no, json), "false", "{json}");
    }
    check(no, &[("true", r#"["Ensure this value is false."]"#), ("1", r#"["Ensure this value is false."]"#)]);
    let one = TypeMeta::new(Kind::Integer).rules(&[Rule::Const(Literal::Integer(1))]);
    check(one, &[("\"1\"", "1"), ("1.0", "1"), ("true", r#"["A valid integer is required."]"#)]);
    let json = TypeMeta::new(Kind::Json).rules(&[Rule::Const(Literal::Json("{\"a\":[1,null]}"))]);
    check(json, &[("{\"a\": [1.0, null]}", "{\"a\": [1.0, null]}")]);
    assert!(!takes(&json, "{\"a\": [true, null]}"));
    // The rule does not apply to `null`.
    check(one.nullable(), &[("null", "null")]);
}

#[test]
fn choices_of_plain_json_are_values_and_not_texts() {
    const GRADES: &[Literal] = &[Literal::Integer(0), Literal::Integer(100)];
    let plain = TypeMeta::plain(Kind::Choice(GRADES));
    for json in ["0", "-0", "0.0", "-0.0", "0e7"] {
        assert_eq!(read(&plain, json), "0", "{json}");
    }
    check(plain, &[("1e2", "100"), ("100.00", "100")]);
    for json in ["false", "\"0\"", "null", "\"\"", "[]", "[0]", "1", "true", "1e400"] {
        assert!(!takes(&plain, json), "{json}");
    }
    check(plain, &[("false", r#"["\"False\" is not a valid choice."]"#)]);
    const WORDS: &[Literal] = &[Literal::Text("1"), Literal::Text("true"), Literal::Text("é")];
    let words = TypeMeta::plain(Kind::Choice(WORDS));
    check(words, &[("\"\\u0031\"", "\"1\""), ("\"\\u00e9\"", "\"é\"")]);
    for json in ["1", "true", "1.0", "\"True\"", "\"\""] {
        assert!(!takes(&words, json), "{json}");
    }
    let field = TypeMeta::new(Kind::Choice(WORDS));
    check(field, &[("1", "\"1\""), ("true", r#"["\"True\" is not a valid choice."]"#)]);
}

static ONE_OR_WORD: UnionMeta = UnionMeta {
    name: "OneOrWord",
    tag: None,
    exactly_one: true,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Integer).rules(&[Rule::Const(Literal::Integer(1))])),
        VariantMeta::new(TypeMeta::plain(Kind::Choice(&[Literal::Integer(7), Literal::Integer(100)]))),
        VariantMeta::new(TypeMeta::plain(Kind::Text).rules(&[Rule::Const(Literal::Text("1"))])),
    ],
};

static KINDS: UnionMeta = UnionMeta {
    name: "Kinds",
    tag: Some("kind"),
    exactly_one: true,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &FIRST))).tag(Literal::Integer(1)),
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &SECOND))).tag(Literal::Integer(2)),
    ],
};

static FIRST: ObjectMeta = ObjectMeta {
    name: "First",
    properties: &[PropertyMeta::new(
        "kind",
        TypeMeta::plain(Kind::Integer).rules(&[Rule::Const(Literal::Integer(1))]),
    )
    .required()],
    closed: true,
    additional: None,
};

static SECOND: ObjectMeta = ObjectMeta {
    name: "Second",
    properties: &[PropertyMeta::new("kind", TypeMeta::plain(Kind::Choice(&[Literal::Integer(2)]))).required()],
    closed: true,
    additional: None,
};

#[test]
fn forms_are_told_apart_by_values() {
    let ty = TypeMeta::plain(Kind::Union(|| &ONE_OR_WORD));
    check(ty, &[("1", "1"), ("1.0", "1"), ("\"1\"", "\"1\""), ("1e2", "100"), ("7.0", "7")]);
    for json in ["2", "true", "\"7\"", "0", "null"] {
        assert!(!takes(&ty, json), "{json}");
    }
    let kinds = TypeMeta::plain(Kind::Union(|| &KINDS));
    check(
        kinds,
        &[
            (r#"{"kind": 1.0}"#, r#"{"kind":1}"#),
            (r#"{"kind": 20e-1}"#, r#"{"kind":2}"#),
            (r#"{"kind": "1"}"#, r#"{"kind":["\"1\" is not a valid choice."]}"#),
            (r#"{"kind": true}"#, r#"{"kind":["\"True\" is not a valid choice."]}"#),
        ],
    );
}

#[test]
fn items_are_unique_as_values() {
    let any = TypeMeta::plain(Kind::List(&JSON)).rules(&[Rule::UniqueItems]);
    for (json, unique) in [
        ("[0, -0.0]", false),
        ("[0, false]", true),
        ("[1, true, \"1\"]", true),
        ("[1, 1.0, true]", false),
        ("[100, 1e2]", false),
        ("[9007199254740992, 9007199254740993]", true),
        ("[{\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": 1.0}]", false),
        ("[[1], [true]]", true),
        ("[\"é\", \"\\u00e9\"]", false),
        ("[null, \"null\"]", true),
        ("[]", true),
    ] {
        assert_eq!(takes(&any, json), unique, "{json}");
    }
    let numbers = TypeMeta::plain(Kind::List(&NUMBER)).rules(&[Rule::UniqueItems]);
    assert!(!takes(&numbers, "[0, -0.0]"));
    assert!(
        takes(&numbers, "[9007199254740992, 9007199254740993]"),
        "they differ, whatever a float holds of them"
    );
    let moments = TypeMeta::plain(Kind::List(&MOMENT)).rules(&[Rule::UniqueItems]);
    assert!(takes(&moments, "[\"2024-02-29T12:30:00Z\", \"2024-02-29T13:30:00+01:00\"]"));
    // Fields are compared by the values that were read.
    let words = TypeMeta::new(Kind::List(&WORD)).rules(&[Rule::UniqueItems]);
    assert!(!takes(&words, "[1, \"1\"]") && !takes(&words, "[\"a\", \" a\"]"));
    let typed = Value::List(vec![Value::Float(0.0), Value::Float(-0.0)]);
    assert!(check_deep(&numbers, &typed).is_err());
}

#[test]
fn limits_of_plain_numbers_are_exact() {
    let step = |step: &'static str| {
        let rules: &'static [Rule] = Box::leak(Box::new([Rule::MultipleOf(step)]));
        TypeMeta::plain(Kind::Float).rules(rules)
    };
    for (multiple_of, json, good) in [
        ("0.01", "100000000", true),
        ("0.01", "4.35", true),
        ("0.01", "4.351", false),
        ("0.01", "1e308", true),
        ("1e-7", "1e308", true),
        ("1e-7", "0.0000001", true),
        ("1e-7", "1.5e-7", false),
        ("1e-8", "12391239123", true),
        ("0.1", "0.3", true),
        ("0.1", "0.30000000000000004", false),
        ("0.5", "-1e308", true),
        ("3", "1e308", false),
        ("1e300", "2e300", true),
        ("7", "0", true),
        ("7", "-0.0", true),
        ("0.123456789", "1e308", false),
    ] {
        assert_eq!(takes(&step(multiple_of), json), good, "{json} by {multiple_of}");
    }
    let integer = TypeMeta::plain(Kind::Integer).rules(&[Rule::MultipleOf("0.5")]);
    assert!(takes(&integer, "3") && takes(&integer, "9223372036854775807"));
    let tens = TypeMeta::plain(Kind::Integer).rules(&[Rule::MultipleOf("1e1")]);
    assert!(takes(&tens, "30") && !takes(&tens, "35"));
    let most = TypeMeta::plain(Kind::Float).rules(&[Rule::Maximum("9007199254740992")]);
    assert!(takes(&most, "9007199254740992.0") && !takes(&most, "9007199254740993"));
    let least = TypeMeta::plain(Kind::Float).rules(&[Rule::ExclusiveMinimum("0.1")]);
    assert!(takes(&least, "0.10000000000000000001") && !takes(&least, "0.1"));
    // DRF's floats are Python's.
    let field = TypeMeta::new(Kind::Float).rules(&[Rule::MultipleOf("0.1")]);
    assert!(takes(&field, "0.30000000000000004") && takes(&field, "100000000") && !takes(&field, "0.35"));
}
