//! The tables of values in DRF's own tests: every field of them is a property of the serializer `DrfTables`, and answers
//! as DRF does. `runtime/tests/drf/tables.py` makes the recording.

use dcrf_runtime::meta::{Kind, PropertyMeta};
use dcrf_runtime::{Error, FromObject as _, Json, Object, Value, decode, encode};
use kitchen::serializers::{DRF_TABLES, DrfTables};
use serde_json::{Value as Answer, json};

const SEEN: &str = include_str!("../../../../../runtime/tests/drf/tables.json");
const DEFINITION: &str = include_str!("../../../../kitchen/kitchen.json");

/// Returns why a class has no property.
fn unsayable(class: &str) -> Option<&'static str> {
    Some(match class {
        "TestFileField" | "TestFieldFieldWithName" | "TestInvalidImageField" | "TestValidImageField" => {
            "its values are files of a form; here they are base64 or uploads, which have tests of their own"
        }
        "TestListFieldWithDjangoValidationErrors" => "a list of keys is a relation, which has rows",
        "TestBinaryJSONField" => "its values are bytes, which are no JSON",
        _ => return None,
    })
}

fn classes() -> Vec<Answer> {
    serde_json::from_str(SEEN).expect("the file is JSON")
}

fn text<'a>(value: &'a Answer, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn position(field: &str) -> (usize, &'static PropertyMeta) {
    let mut properties = DRF_TABLES.properties.iter().enumerate();
    let found = properties.find(|(_, property)| property.name == field);
    found.unwrap_or_else(|| panic!("there is no property {field}"))
}

/// Reads an object with this one property, and returns what is shown of it, or the errors.
fn answer(field: &str, input: &str) -> Answer {
    let json: Json = format!("{{\"{field}\": {input}}}").parse().expect(input);
    let read = decode::data(&DRF_TABLES, Some(&json)).and_then(DrfTables::from_object);
    match read {
        Ok(read) => {
            let shown = serde_json::to_value(&read).expect("it is serialized");
            json!({"ok": shown[field]})
        }
        Err(Error::Validation(detail)) => {
            let detail: Answer = serde_json::from_str(&detail.to_string()).expect("errors");
            json!({"errors": detail[field]})
        }
        Err(error) => panic!("{field} of {input}: {error}"),
    }
}

/// Tells whether two answers are equal; numbers are compared as numbers.
fn same(found: &Answer, said: &Answer) -> bool {
    match (found, said) {
        (Answer::Number(found), Answer::Number(said)) => found.as_f64() == said.as_f64(),
        (Answer::Array(found), Answer::Array(said)) => {
            found.len() == said.len() && found.iter().zip(said).all(|(found, said)| same(found, said))
        }
        (Answer::Object(found), Answer::Object(said)) => {
            found.len() == said.len()
                && found.iter().all(|(key, found)| said.get(key).is_some_and(|said| same(found, said)))
        }
        _ => found == said,
    }
}

#[test]
fn every_class_is_a_property() {
    let definition: Answer = serde_json::from_str(DEFINITION).expect("the definition is JSON");
    let tables = &definition["serializers"]["DrfTables"];
    let (mut said, mut unsaid) = (0, 0);
    for class in classes() {
        let (name, field) = (text(&class, "class"), text(&class, "field"));
        if class.get("unsayable").is_some() {
            assert!(unsayable(name).is_some(), "{name} has no reason");
            unsaid += 1;
            continue;
        }
        assert_eq!(tables["properties"][field], class["property"], "{name}");
        let kwargs = tables["extra_kwargs"].get(field).cloned().unwrap_or_else(|| json!({}));
        assert_eq!(kwargs, class["extra_kwargs"], "{name}");
        said += 1;
    }
    assert_eq!((said, unsaid), (64, 6));
    assert_eq!(tables["properties"].as_object().map(serde_json::Map::len), Some(said));
}

#[test]
fn every_input_is_answered_as_by_drf() {
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for class in classes() {
        let field = text(&class, "field");
        for pair in class["inputs"].as_array().into_iter().flatten() {
            let (input, said) = (pair[0].as_str().expect("JSON"), &pair[1]);
            compared += 1;
            let found = answer(field, input);
            if !same(&found, said) {
                wrong.push(format!("{field} of {input}: {found}, not {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= 271, "{compared}");
}

/// Returns the value of a text in the default form of a kind.
fn stored(kind: &Kind, text: &str) -> Value {
    match kind {
        Kind::Date => Value::Date(text.parse().expect(text)),
        Kind::DateTime => Value::DateTime(text.parse().expect(text)),
        Kind::Time => Value::Time(text.parse().expect(text)),
        Kind::Duration => Value::Duration(text.parse().expect(text)),
        Kind::Decimal { .. } => Value::Decimal(text.parse().expect(text)),
        Kind::Uuid => Value::Uuid(text.parse().expect(text)),
        other => panic!("{other:?} has no outputs"),
    }
}

#[test]
fn every_value_is_shown_as_by_drf() {
    let mut compared = 0;
    for class in classes() {
        let field = text(&class, "field");
        for pair in class["outputs"].as_array().into_iter().flatten() {
            let (value, said) = (pair[0].as_str().expect("a text"), &pair[1]);
            let (index, property) = position(field);
            let mut object = Object::empty(DRF_TABLES.properties.len());
            object.set(index, stored(&property.ty.kind, value));
            let mut json = Vec::new();
            encode::object(&mut json, &DRF_TABLES, &object);
            let shown: Answer = serde_json::from_slice(&json).expect("JSON");
            assert!(same(&shown[field], said), "{field} of {value}: {}, not {said}", shown[field]);
            compared += 1;
        }
    }
    assert!(compared >= 20, "{compared}");
}
