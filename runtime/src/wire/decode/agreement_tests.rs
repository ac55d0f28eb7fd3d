//! If types express a JSON Schema completely, they validate every value as this schema does.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::value::RawValue;

use super::{Reading, accept, schema};
use crate::schema::meta::{Kind, Literal, ObjectMeta, PropertyMeta, Rule, TypeMeta, UnionMeta, VariantMeta};

const LIST: Kind = Kind::List(&TypeMeta::plain(Kind::Integer).rules(&[Rule::Minimum("0")]));

const MIXED: &[Literal] =
    &[Literal::Integer(1), Literal::Text("a"), Literal::Boolean(true), Literal::Number("2.5")];
const TUPLE: Kind =
    Kind::Tuple(&[TypeMeta::plain(Kind::Choice(MIXED)), TypeMeta::plain(Kind::Text).nullable()]);

static OBJECT: ObjectMeta = ObjectMeta {
    name: "Object",
    properties: &[
        PropertyMeta::new("a", TypeMeta::plain(Kind::Text).rules(&[Rule::MaxLength(1)])).required(),
        PropertyMeta::new("b", TypeMeta::plain(LIST).nullable()),
    ],
    closed: true,
    additional: None,
};

static FORMS: UnionMeta = UnionMeta {
    name: "Forms",
    tag: None,
    exactly_one: true,
    variants: &[
        VariantMeta::new(TypeMeta::plain(Kind::Integer).rules(&[Rule::Maximum("2")])),
        VariantMeta::new(TypeMeta::plain(Kind::Float).rules(&[Rule::Minimum("2")])),
        VariantMeta::new(TypeMeta::plain(Kind::Text)),
        VariantMeta::new(TypeMeta::plain(Kind::Object(|| &OBJECT))),
    ],
};

/// Types, with the schemas from which the generator makes them.
const PAIRS: &[(TypeMeta, &str)] = &[
    (TypeMeta::plain(Kind::Boolean), r#"{"type":"boolean"}"#),
    (TypeMeta::plain(Kind::Boolean).nullable(), r#"{"type":["boolean","null"]}"#),
    (TypeMeta::plain(Kind::Boolean).rules(&[Rule::Const(Literal::Boolean(false))]), r#"{"const":false}"#),
    (
        TypeMeta::plain(Kind::Integer).rules(&[Rule::Minimum("0"), Rule::ExclusiveMaximum("7")]),
        r#"{"type":"integer","minimum":0,"exclusiveMaximum":7}"#,
    ),
    (
        TypeMeta::plain(Kind::Integer).rules(&[Rule::MultipleOf("2"), Rule::Maximum("3")]),
        r#"{"type":"integer","multipleOf":2,"maximum":3}"#,
    ),
    (
        TypeMeta::plain(Kind::Float).rules(&[Rule::MultipleOf("0.1"), Rule::ExclusiveMinimum("-1")]),
        r#"{"type":"number","multipleOf":0.1,"exclusiveMinimum":-1}"#,
    ),
    (TypeMeta::plain(Kind::Integer).rules(&[Rule::Const(Literal::Integer(1))]), r#"{"const":1}"#),
    (
        TypeMeta::plain(Kind::Text).rules(&[Rule::MinLength(1), Rule::MaxLength(2), Rule::Pattern("^\\w*$")]),
        r#"{"type":"string","minLength":1,"maxLength":2,"pattern":"^\\w*$"}"#,
    ),
    (TypeMeta::plain(Kind::Choice(&[Literal::Text("a"), Literal::Text("ab")])), r#"{"enum":["a","ab"]}"#),
    (TypeMeta::plain(Kind::Choice(&[Literal::Integer(0), Literal::Integer(2)])), r#"{"enum":[0,2]}"#),
    (TypeMeta::plain(Kind::Choice(MIXED)), r#"{"enum":[1,"a",true,2.5]}"#),
    (TypeMeta::plain(Kind::Choice(MIXED)).nullable(), r#"{"enum":[1,"a",true,null,2.5]}"#),
    (
        TypeMeta::plain(TUPLE),
        r#"{"type":"array","prefixItems":[{"enum":[1,"a",true,2.5]},{"type":["string","null"]}],"items":false,"minItems":2}"#,
    ),
    (TypeMeta::plain(Kind::Text).rules(&[Rule::Const(Literal::Text("a"))]), r#"{"const":"a"}"#),
    (TypeMeta::plain(Kind::Float).rules(&[Rule::Const(Literal::Number("2.5"))]), r#"{"const":2.5}"#),
    (
        TypeMeta::plain(LIST).rules(&[Rule::MaxItems(2), Rule::UniqueItems]),
        r#"{"type":"array","items":{"type":"integer","minimum":0},"maxItems":2,"uniqueItems":true}"#,
    ),
    (
        TypeMeta::plain(Kind::Map(&TypeMeta::plain(Kind::Boolean).nullable())),
        r#"{"type":"object","additionalProperties":{"type":["boolean","null"]}}"#,
    ),
    (TypeMeta::plain(Kind::Object(|| &OBJECT)), OBJECT_SCHEMA),
    (
        TypeMeta::plain(Kind::Union(|| &FORMS)),
        r#"{"oneOf":[{"type":"integer","maximum":2},{"type":"number","minimum":2},{"type":"string"},
            {"type":"object","properties":{"a":{"type":"string","maxLength":1},
            "b":{"type":["array","null"],"items":{"type":"integer","minimum":0}}},"required":["a"],"additionalProperties":false}]}"#,
    ),
    (TypeMeta::plain(Kind::Json), "true"),
];

const OBJECT_SCHEMA: &str = r#"{"type":"object","properties":{"a":{"type":"string","maxLength":1},
    "b":{"type":["array","null"],"items":{"type":"integer","minimum":0}}},"required":["a"],"additionalProperties":false}"#;

fn values() -> impl Strategy<Value = String> {
    let numbers =
        vec!["-1", "0", "0.0", "1", "1.0", "10e-1", "2", "2e0", "2.5", "0.3", "3", "6", "1e2", "-0.5"];
    let texts =
        vec![r#""""#, r#""a""#, r#""\u0061""#, r#""ab""#, r#""abc""#, r#""é""#, r#""1""#, r#""true""#];
    let words = vec!["null", "true", "false"];
    let leaf = select([numbers, texts, words].concat()).prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        let lists = vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(",")));
        let keys = select(vec!["a", "b", "c", "toString"]);
        let maps = btree_map(keys, inner, 0..3).prop_map(|entries| {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", entries.join(","))
        });
        prop_oneof![lists, maps]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn types_and_json_schema_agree((ty, text) in select(PAIRS), json in values()) {
        let raw: &RawValue = serde_json::from_str(&json).expect("it is JSON");
        let typed = accept(&ty, raw, Reading::STRICT).map(|_| ()).map_err(|refusal| refusal.detail(&[]).to_string());
        let judged = schema::judge(text, raw).map_err(|refusal| refusal.detail(&[]).to_string());
        prop_assert_eq!(typed.is_ok(), judged.is_ok(), "{} by {}: {:?} and {:?}", json, text, typed, judged);
        // If a list or an object has errors inside, only these are reported; and the forms of a union are distinguished
        // by their types alone.
        // For a float that is not a choice, DRF's field reports the number as Python writes it, and JSON Schema as it
        // is written.
        let float = matches!(ty.kind, Kind::Choice(_)) && json.contains(['.', 'e']);
        let flat = !float && !json.starts_with(['[', '{']) && !matches!(ty.kind, Kind::Union(_) | Kind::Map(_));
        if flat {
            prop_assert_eq!(typed, judged, "{} by {}", json, text);
        }
    }
}
