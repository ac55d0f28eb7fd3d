//! Random schemas as payloads: what the generator makes of them accepts what the crate `jsonschema` accepts.
//!
//! `DCRF_SCHEMA_CASES=100000 DCRF_SCHEMA_SEED=7 cargo test -p dcrf-oracle --test it schemas` looks for longer.

#[path = "../../../it/random_schemas.rs"]
mod random_schemas;

use std::borrow::Cow;
use std::collections::BTreeMap;

use dcrf_oracle::compiled::Compiled;
use dcrf_oracle::descriptors::Descriptors;
use dcrf_runtime::decode;
use random_schemas::Dice;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The definition of an action that takes a value of the schema.
fn definition(schema: &Value) -> String {
    // The definitions of the schema are those of the whole, so that references lead to types.
    let mut schema = schema.clone();
    let defs = schema.as_object_mut().and_then(|map| map.remove("$defs")).unwrap_or_else(|| json!({}));
    let input = json!({ "type": "object", "properties": { "value": schema } });
    let actions = json!({ "take": { "input": input } });
    json!({ "name": "drawn", "$defs": defs, "consumers": { "DrawnConsumer": { "actions": actions } } })
        .to_string()
}

/// Tells how a crate types the value: a word for the statistics.
fn typed(crate_: &Compiled) -> &'static str {
    let all: String = crate_
        .files
        .iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .map(|(_, text)| text.as_str())
        .collect();
    [("Kind::Tuple", "tuples"), (": mixed", "mixed enums"), ("ObjectMeta = ObjectMeta", "objects")]
        .iter()
        .find(|(written, _)| {
            all.matches(written).count() > usize::from(*written == "ObjectMeta = ObjectMeta")
        })
        .map_or("others", |(_, word)| word)
}

#[test]
fn payloads_take_what_json_schema_takes() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let cases = number("DCRF_SCHEMA_CASES", 300);
    let mut dice = Dice::of_seed(number("DCRF_SCHEMA_SEED", 1));
    let (mut judged, mut good, mut refused, mut wrong) = (0_u64, 0_u64, 0_u64, Vec::new());
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for _ in 0..cases {
        let schema = dice.whole_schema();
        let text = definition(&schema);
        let Ok(generated) = Compiled::after(&text, &BTreeMap::new(), &[]) else {
            refused += 1;
            continue;
        };
        let texts = generated.files.values();
        // What holds itself or has forms is not read from generated code here.
        if texts.clone().any(|text| text.contains("Kind::Union"))
            || texts.map(|text| text.matches("ObjectMeta = ObjectMeta").count()).sum::<usize>() > 12
        {
            *kinds.entry("not read").or_default() += 1;
            continue;
        }
        *kinds.entry(typed(&generated)).or_default() += 1;
        let descriptors = Descriptors::of(&generated);
        let meta = descriptors.object_named("TAKE_INPUT");
        let other = jsonschema::draft202012::new(&schema).expect("a schema");
        for round in 0..8 {
            let value = if round < 3 { dice.value(3) } else { dice.near(&schema, 3) };
            let json = value.to_string();
            let raw: &RawValue = serde_json::from_str(&json).expect("JSON");
            let read = decode::arguments(meta, &[(Cow::Borrowed("value"), raw)], &[]);
            let expected = other.is_valid(&value);
            judged += 1;
            good += u64::from(expected);
            if read.is_ok() != expected {
                wrong.push(format!("{json} is good there: {expected}; {read:?}; {schema}"));
            }
        }
    }
    println!(
        "{judged} values of {cases} schemas, {good} of them good; {refused} schemas are refused; {kinds:?}"
    );
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
    assert!(good > judged / 10 && good < judged * 9 / 10, "{good} of {judged}");
}
