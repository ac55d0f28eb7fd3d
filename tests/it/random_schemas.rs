//! Random schemas and values.

use serde_json::{Map, Value, json};

/// Numbers that look random and are the same in every run (xorshift).
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Creates the numbers of a seed.
    pub(crate) fn of_seed(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Returns a random schema with two definitions, which lead to nothing but themselves and types.
    pub(crate) fn whole_schema(&mut self) -> Value {
        let mut schema = self.schema(3);
        if let Value::Object(map) = &mut schema {
            let defs = json!({
                "one": { "properties": { "a": self.schema(0) }, "items": { "$ref": "#/$defs/two" } },
                "two": { "type": ["integer", "array"], "items": { "$ref": "#/$defs/one" } },
            });
            map.insert("$defs".to_owned(), defs);
        }
        schema
    }

    /// Returns a value that is likely to be valid by a schema.
    pub(crate) fn near(&mut self, schema: &Value, depth: usize) -> Value {
        if depth == 0 || self.roll(8) == 0 {
            return self.value(depth);
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array).filter(|values| !values.is_empty())
        {
            return values[self.roll(values.len())].clone();
        }
        if let Some(first) = schema.get("prefixItems").and_then(Value::as_array) {
            let more = usize::from(self.roll(6) == 0);
            let items: Vec<Value> = first.iter().map(|item| self.near(item, depth - 1)).collect();
            return items.into_iter().chain((0..more).map(|_| json!(1))).collect();
        }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            if let Some(parts) =
                schema.get(keyword).and_then(Value::as_array).filter(|parts| !parts.is_empty())
            {
                let values: Vec<Value> = parts.iter().map(|part| self.near(part, depth - 1)).collect();
                let merged: Map<String, Value> = values
                    .iter()
                    .filter_map(Value::as_object)
                    .flatten()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect();
                return if merged.is_empty() { values[0].clone() } else { Value::Object(merged) };
            }
        }
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let kept: Vec<_> = properties.iter().filter(|_| self.roll(4) > 0).collect();
            return kept.into_iter().map(|(key, inner)| (key.clone(), self.near(inner, depth - 1))).collect();
        }
        match schema.get("type").and_then(Value::as_str) {
            Some("null") => Value::Null,
            Some("boolean") => json!(self.roll(2) == 0),
            Some("integer" | "number") => json!(self.of(&[-1_i64, 0, 1, 2, 3, 6])),
            Some("string") => json!(self.of(&NAMES)),
            Some("array") => {
                let item = schema.get("items").cloned().unwrap_or(Value::Bool(true));
                (0..self.roll(4)).map(|_| self.near(&item, depth - 1)).collect()
            }
            _ => self.value(depth),
        }
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % sides as u64).expect("it is less than the sides")
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }

    /// Returns a random value.
    pub(crate) fn value(&mut self, depth: usize) -> Value {
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
