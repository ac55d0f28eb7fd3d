//! The definition: each group of the suite is an action whose property `value` is of its schema.

use std::fs;
use std::path::Path;

use dcrf_scalars::schema::{Map, Value};

use crate::suite::{self, Group};

/// It is what the suite says: `BLESS=1` writes it anew, and `dcrf generate` then what is made of it.
#[test]
fn the_definition_is_that_of_the_suite() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    is_text_of(&root.join("schemas.json"), &definition(&suite::groups()));
    let remotes = suite::folder().join("remotes/draft2020-12");
    for path in suite::files(&remotes) {
        let name = path.strip_prefix(&remotes).expect("below the remotes").display().to_string();
        let text = with_address(suite::read(&path), &name).compact() + "\n";
        is_text_of(&root.join("remotes").join(name.replace('/', "_")), &text);
    }
}

fn is_text_of(path: &Path, text: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let found = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(found == text, "{} is not what the suite says: BLESS=1 writes it anew", path.display());
}

/// A file that is given is a schema by its `$id`.
fn with_address(schema: Value<'static>, name: &str) -> Value<'static> {
    match schema {
        Value::Map(map) if map.get("$id").is_none() => {
            let address = Value::Text(format!("http://localhost:1234/draft2020-12/{name}").into());
            let own = map.iter().map(|(key, value)| (key.to_owned().into(), value.clone()));
            Value::Map(Map::new(std::iter::once(("$id".into(), address)).chain(own).collect()))
        }
        schema => schema,
    }
}

/// One line an action.
fn definition(groups: &[Group]) -> String {
    let mut text = String::from(
        "{\n  \"name\": \"schemas\",\n  \"description\": \"The test suite of JSON Schema: each group is an action.\",\n  \"runtime\": {\"path\": \"../../../runtime\"},\n  \"consumers\": {",
    );
    let mut open = "";
    for group in groups.iter().filter(|group| group.refused().is_none()) {
        if open == group.file {
            text.push(',');
        } else {
            if !open.is_empty() {
                text.push_str("\n      }\n    },");
            }
            let stream = Value::Text(group.file.as_str().into()).compact();
            text.push_str(&format!(
                "\n    \"{}\": {{\n      \"stream\": {stream},\n      \"actions\": {{",
                consumer(&group.file)
            ));
            open = &group.file;
        }
        let description = Value::Text(group.description.as_str().into()).compact();
        let schema = group.schema.compact();
        let input = format!("{{\"type\":\"object\",\"properties\":{{\"value\":{schema}}}}}");
        text.push_str(&format!(
            "\n        \"{}\": {{\"description\": {description}, \"input\": {input}}}",
            group.action()
        ));
    }
    text + "\n      }\n    }\n  }\n}\n"
}

/// `if-then-else` → `IfThenElseConsumer`
fn consumer(file: &str) -> String {
    let mut name = String::new();
    for word in file.split(['-', '_']) {
        let mut chars = word.chars();
        name.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        name.extend(chars);
    }
    name + "Consumer"
}
