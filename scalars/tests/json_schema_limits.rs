//! Hostile schemas and values: each is judged, or refused by name, in bounded time.

use std::time::{Duration, Instant};

use dcrf_scalars::schema::{Documents, Graph, Stop, Told, Value, compile};

/// Far more than anything here takes, even where nothing is optimised.
const SOON: Duration = Duration::from_secs(20);

fn graph(schema: &str) -> Graph {
    let mut documents = Documents::new();
    let schema = Value::parse(schema, 1024).expect("JSON").into_owned();
    let number = documents.add("memory:/", schema);
    compile(&documents, &documents.root(number)).expect("a schema").graph
}

fn judge(schema: &str, json: &str) -> Result<bool, Stop> {
    let started = Instant::now();
    let value = Value::parse(json, 64).expect("JSON");
    let judged = graph(schema).judge(&value, json.len()).map(|refusals| refusals.is_empty());
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    judged
}

#[test]
fn a_hundred_thousand_items_are_compared_by_their_hashes() {
    let items = |twin: bool| {
        let last = if twin { "99998" } else { "1e9" };
        let all: Vec<String> =
            (0..99_999).map(|number| number.to_string()).chain([last.to_owned()]).collect();
        format!("[{}]", all.join(","))
    };
    assert_eq!(judge(r#"{"uniqueItems": true}"#, &items(false)), Ok(true));
    assert_eq!(judge(r#"{"uniqueItems": true}"#, &items(true)), Ok(false));
}

#[test]
fn forms_within_forms_end() {
    let mut schema = String::from(r#"{"type": "integer"}"#);
    for _ in 0..40 {
        schema = format!(r#"{{"oneOf": [{{"items": {schema}}}, {{"type": "string"}}]}}"#);
    }
    let bomb = r##"{"$ref": "#/$defs/a", "$defs": {"a": {"oneOf": [{"type": "array", "items": {"$ref": "#/$defs/a"}},
        {"type": "array", "items": {"$ref": "#/$defs/a"}}, {"type": "array", "contains": {"$ref": "#/$defs/a"}}]}}}"##;
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    assert_eq!(judge(bomb, &deep), Err(Stop::Steps));
    assert!(judge(&schema, "[[[1]]]").is_ok());
}

#[test]
fn what_leads_deep_is_refused() {
    let chain: Vec<String> = (0..400)
        .map(|number| format!(r##""{number}": {{"allOf": [{{"$ref": "#/$defs/{}"}}]}}"##, number + 1))
        .collect();
    let schema = format!(r##"{{"$ref": "#/$defs/0", "$defs": {{{}, "400": true}}}}"##, chain.join(","));
    assert_eq!(judge(&schema, "1"), Err(Stop::Depth));
    let tree = r##"{"anyOf": [{"type": "array", "items": {"$ref": "#"}}, {"type": "null"}]}"##;
    let deep = format!("{}{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(judge(tree, &deep), Ok(true));
}

#[test]
fn a_schema_that_leads_to_itself_is_none() {
    for schema in [
        r##"{"$ref": "#"}"##,
        r##"{"allOf": [{"$ref": "#"}]}"##,
        r##"{"not": {"$ref": "#"}}"##,
        r##"{"if": {"$ref": "#/$defs/a"}, "$defs": {"a": {"anyOf": [{"$ref": "#"}]}}}"##,
    ] {
        let mut documents = Documents::new();
        let number = documents.add("memory:/", Value::parse(schema, 64).expect("JSON").into_owned());
        assert!(compile(&documents, &documents.root(number)).is_err(), "{schema}");
    }
}

#[test]
fn patterns_that_step_back_spend_the_budget() {
    let text = format!("\"{}!\"", "a".repeat(60));
    assert_eq!(judge(r#"{"pattern": "^((a+)\\2?)+$"}"#, &text), Err(Stop::Steps));
    // Nothing hides it.
    assert_eq!(judge(r#"{"not": {"pattern": "^((a+)\\2?)+$"}}"#, &text), Err(Stop::Steps));
    assert_eq!(judge(r#"{"pattern": "^(a+)+$"}"#, &text), Ok(false));
}

#[test]
fn numbers_of_any_size_are_judged() {
    let long = "7".repeat(100_000);
    assert_eq!(judge(r#"{"multipleOf": 7}"#, &long), Ok(true));
    assert_eq!(judge(&format!(r#"{{"multipleOf": {}}}"#, "7".repeat(100)), &"7".repeat(1000)), Ok(true));
    assert_eq!(judge(&format!(r#"{{"multipleOf": {}}}"#, "7".repeat(100)), &"7".repeat(1001)), Ok(false));
    assert_eq!(judge(r#"{"multipleOf": 0.5}"#, "1e999999999"), Ok(true));
    assert_eq!(judge(r#"{"multipleOf": 3}"#, "1e999999999"), Ok(false));
    assert_eq!(judge(&format!(r#"{{"maximum": {long}}}"#), &format!("{long}.5")), Ok(false));
}

#[test]
fn all_errors_are_told_by_their_places() {
    let schema = r#"{
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 3, "pattern": "^[a-z]*$"},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 1, "uniqueItems": true},
            "shape": {"oneOf": [
                {"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"minimum": 1}}, "required": ["kind", "radius"]},
                {"type": "object", "properties": {"kind": {"const": "square"}}, "required": ["kind"]}
            ]}
        },
        "required": ["id"],
        "dependentRequired": {"name": ["email"]},
        "minProperties": 9,
        "additionalProperties": false
    }"#;
    let json =
        r#"{"name": "A", "tags": [1, "x", 1], "shape": {"kind": "circle", "radius": 0}, "more": null}"#;
    let value = Value::parse(json, 64).expect("JSON");
    let texts = |texts: &[&str]| Told::Texts(texts.iter().map(|text| (*text).to_owned()).collect());
    let inner = |entries: Vec<(&str, Told)>| {
        Told::Inner(entries.into_iter().map(|(key, told)| (key.to_owned(), told)).collect())
    };
    let told = graph(schema).judge(&value, json.len()).expect("few steps").told();
    let no_string = || texts(&["Not a valid string."]);
    let expected = inner(vec![
        ("non_field_errors", texts(&["Ensure this field has at least 9 entries."])),
        ("id", texts(&["This field is required."])),
        ("email", texts(&["This field is required beside \"name\"."])),
        ("name", texts(&["Enter a valid value.", "Ensure this field has at least 3 characters."])),
        (
            "tags",
            inner(vec![
                (
                    "non_field_errors",
                    texts(&[
                        "Ensure this field has no more than 1 elements.",
                        "Ensure this field has no repeated elements.",
                    ]),
                ),
                ("0", no_string()),
                ("2", no_string()),
            ]),
        ),
        ("shape", inner(vec![("radius", texts(&["Ensure this value is greater than or equal to 1."]))])),
        ("more", texts(&["Unknown field."])),
    ]);
    assert_eq!(told, expected);
}
