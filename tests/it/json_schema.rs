//! JSON Schema as it is judged here and by the crate `jsonschema`: random schemas and values, and what the two say of
//! them.
//!
//! `DCRF_SCHEMA_CASES=300000 DCRF_SCHEMA_SEED=7 cargo test --test it json_schema` looks for longer.
//!
//! What differs and why, so that it is not made up here:
//! - numbers beyond 64 bits, which `jsonschema` reads as floats;
//! - `$dynamicRef`, `$id` and anchors, which the test suite covers;
//! - patterns that only one of the engines takes.

use crate::random_schemas::Dice;
use dcrf_scalars::schema::{Documents, Graph, Value as Json, bundle, compile};

fn graph(schema: &str) -> Option<(Graph, String)> {
    let mut documents = Documents::new();
    let number = documents.add("memory:/", Json::parse(schema, 128).expect("JSON").into_owned());
    let place = documents.root(number);
    // What leads to itself is refused here, and never ends there.
    let compiled = compile(&documents, &place).ok()?;
    let text = bundle(&documents, &place, &compiled);
    Some((compiled.graph, text))
}

#[test]
fn json_schema_is_judged_as_the_crate_jsonschema_does() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let cases = number("DCRF_SCHEMA_CASES", 1000);
    let mut dice = Dice::of_seed(number("DCRF_SCHEMA_SEED", 1));
    let (mut judged, mut good, mut wrong) = (0_u64, 0_u64, Vec::new());
    for _ in 0..cases {
        let schema = dice.whole_schema();
        let text = schema.to_string();
        let Some((own, bundled)) = graph(&text) else { continue };
        let Ok(other) = jsonschema::draft202012::new(&schema) else {
            wrong.push(format!("refused there: {text}"));
            continue;
        };
        let (again, _) = graph(&bundled).expect("what is bundled is a schema");
        for round in 0..6 {
            let value = if round < 3 { dice.value(3) } else { dice.near(&schema, 3) };
            let json = value.to_string();
            let read = Json::parse(&json, 64).expect("JSON");
            let refusals = own.judge(&read, json.len()).expect("few steps");
            let expected = other.is_valid(&value);
            judged += 1;
            good += u64::from(expected);
            if refusals.is_empty() != expected || again.takes(&read, json.len()) != Ok(expected) {
                wrong.push(format!("{json} is good there: {expected}; {:?}; {text}", refusals.told()));
            }
        }
    }
    println!("{judged} values of {cases} schemas, {good} of them good");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
    assert!(good > judged / 10 && good < judged * 9 / 10, "{good} of {judged}");
}
