//! JSON Schema as it is judged here and by the crate `jsonschema`: random schemas and values, and what the two say of
//! them.
//!
//! `DCRF_SCHEMA_CASES=300000 DCRF_SCHEMA_SEED=7 cargo test --test it json_schema` looks for longer.
//!
//! What differs and why, so that it is not made up here:
//! - numbers beyond 64 bits, which `jsonschema` reads as floats;
//! - `$dynamicRef`, `$id` and anchors, which the test suite covers;
//! - patterns that only one of the engines takes.

use dcrf_scalars::schema::{Documents, Graph, Value as Json, bundle, compile};
use serde_json::{Map, Value, json};

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % sides as u64).expect("it is less than the sides")
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }

    fn value(&mut self, depth: usize) -> Value {
        let sides = if depth == 0 { 9 } else { 13 };
        match self.roll(sides) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 0),
            2 | 3 => json!(self.of(&[-3_i64, -1, 0, 1, 2, 3, 4, 6, 100])),
            4 => json!(self.of(&[-1.5, 0.0, 0.5, 1.0, 2.5, 3.0, 0.1, 1e2])),
            5..=8 => json!(self.of(&NAMES)),
            9 | 10 => (0..self.roll(5)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let entries = (0..self.roll(5)).map(|_| (self.of(&NAMES).to_owned(), self.value(depth - 1)));
                Value::Object(entries.collect())
            }
        }
    }

    fn schema(&mut self, depth: usize) -> Value {
        if depth == 0 || self.roll(12) == 0 {
            return match self.roll(6) {
                0 => json!(true),
                1 => json!(false),
                2 => json!({}),
                3 => json!({ "$ref": self.of(&["#/$defs/one", "#/$defs/two"]) }),
                _ => json!({ "type": self.of(&TYPES) }),
            };
        }
        let keywords: Map<String, Value> = (0..=self.roll(4)).flat_map(|_| self.keyword(depth - 1)).collect();
        Value::Object(keywords)
    }

    fn many(&mut self, depth: usize) -> Value {
        (0..=self.roll(3)).map(|_| self.schema(depth)).collect()
    }

    fn named(&mut self, depth: usize, names: &[&str]) -> Value {
        let entries = (0..=self.roll(3)).map(|_| (self.of(names).to_owned(), self.schema(depth)));
        Value::Object(entries.collect())
    }

    /// Returns the keywords of a tuple: all of its items, or some that are optional, and nothing after them.
    fn tuple(&mut self, depth: usize) -> Vec<(String, Value)> {
        let items: Vec<Value> = (0..=self.roll(3)).map(|_| self.schema(depth)).collect();
        let least = if self.roll(3) == 0 { self.roll(items.len() + 1) } else { items.len() };
        let end = if self.roll(2) == 0 { ("items", json!(false)) } else { ("maxItems", json!(items.len())) };
        [("type", json!("array")), ("minItems", json!(least)), end, ("prefixItems", json!(items))]
            .map(|(key, value)| (key.to_owned(), value))
            .into()
    }

    /// Returns an object with properties, which can be merged with others.
    fn object(&mut self, depth: usize) -> Value {
        let mut object = json!({ "type": "object", "properties": self.named(depth, &NAMES) });
        if self.roll(2) == 0 {
            object["required"] = self.names();
        }
        if self.roll(3) == 0 {
            object["additionalProperties"] = self.schema(depth);
        }
        object
    }

    fn names(&mut self) -> Value {
        let mut names: Vec<&str> = (0..self.roll(3)).map(|_| self.of(&NAMES)).collect();
        names.sort_unstable();
        names.dedup();
        json!(names)
    }

    fn keyword(&mut self, depth: usize) -> Vec<(String, Value)> {
        let count = json!(self.roll(4));
        let number = json!(self.of(&[-1.5, 0.0, 1.0, 2.0, 2.5, 3.0]));
        let (key, value) = match self.roll(47) {
            0 | 1 => ("type", json!(self.of(&TYPES))),
            2 => ("type", json!(["null", self.of(&["string", "integer", "object"])])),
            3 => ("const", self.value(1)),
            4 => ("enum", (0..=self.roll(3)).map(|_| self.value(1)).collect()),
            5 => ("multipleOf", json!(self.of(&[0.5, 1.0, 2.0, 3.0, 0.1]))),
            6 => ("maximum", number),
            7 => ("exclusiveMaximum", number),
            8 => ("minimum", number),
            9 => ("exclusiveMinimum", number),
            10 => ("maxLength", count),
            11 => ("minLength", count),
            12 => ("pattern", json!(self.of(&PATTERNS))),
            13 => ("maxItems", count),
            14 => ("minItems", count),
            15 => ("uniqueItems", json!(self.roll(4) > 0)),
            16 => ("maxProperties", count),
            17 => ("minProperties", count),
            18 => ("required", self.names()),
            19 => ("dependentRequired", json!({ self.of(&NAMES): self.names() })),
            20 | 21 => ("properties", self.named(depth, &NAMES)),
            22 => ("patternProperties", self.named(depth, &PATTERNS)),
            23 | 24 => ("additionalProperties", self.schema(depth)),
            25 => ("propertyNames", self.schema(depth)),
            26 => ("prefixItems", self.many(depth)),
            27 | 28 => ("items", self.schema(depth)),
            29 => {
                let mut all = vec![("contains".to_owned(), self.schema(depth))];
                for bound in ["minContains", "maxContains"] {
                    if self.roll(2) == 0 {
                        all.push((bound.to_owned(), json!(self.roll(3))));
                    }
                }
                return all;
            }
            30 => ("dependentSchemas", self.named(depth, &NAMES)),
            31 | 32 => ("allOf", self.many(depth)),
            33 | 34 => ("anyOf", self.many(depth)),
            35 | 36 => ("oneOf", self.many(depth)),
            37 => ("not", self.schema(depth)),
            38 | 39 => {
                let mut all = vec![("if".to_owned(), self.schema(depth))];
                for branch in ["then", "else"] {
                    if self.roll(3) > 0 {
                        all.push((branch.to_owned(), self.schema(depth)));
                    }
                }
                return all;
            }
            40 | 41 => ("unevaluatedProperties", self.schema(depth)),
            42 => ("unevaluatedItems", self.schema(depth)),
            43 => return self.tuple(depth),
            44 => ("enum", (0..=self.roll(4)).map(|_| self.value(0)).collect()),
            45 => ("allOf", (0..=self.roll(2)).map(|_| self.object(depth)).collect()),
            _ => ("$ref", json!(self.of(&["#/$defs/one", "#/$defs/two"]))),
        };
        vec![(key.to_owned(), value)]
    }
}

const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];
const NAMES: [&str; 8] = ["", "a", "b", "ab", "é", "toString", "1", "a/b~c"];
const PATTERNS: [&str; 6] = ["^a", "b$", "^\\d$", ".", "^$", "[é-ü]"];

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
    let mut dice = Dice(number("DCRF_SCHEMA_SEED", 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut judged, mut good, mut wrong) = (0_u64, 0_u64, Vec::new());
    for _ in 0..cases {
        let mut schema = dice.schema(3);
        if let Value::Object(map) = &mut schema {
            // Definitions lead to nothing but themselves and types: circles are looked for elsewhere.
            let defs = json!({
                "one": { "properties": { "a": dice.schema(0) }, "items": { "$ref": "#/$defs/two" } },
                "two": { "type": ["integer", "array"], "items": { "$ref": "#/$defs/one" } },
            });
            map.insert("$defs".to_owned(), defs);
        }
        let text = schema.to_string();
        let Some((own, bundled)) = graph(&text) else { continue };
        let Ok(other) = jsonschema::draft202012::new(&schema) else {
            wrong.push(format!("refused there: {text}"));
            continue;
        };
        let (again, _) = graph(&bundled).expect("what is bundled is a schema");
        for _ in 0..6 {
            let value = dice.value(3);
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
