//! What holds for every input: no panic, a program if and only if no error was reported, the same answer twice,
//! and a decoder of one mind with the meta-schema.

use std::io;
use std::path::{Path, PathBuf};

use dcrf::diag::{Diagnostic, Severity, render};
use dcrf::syntax::Loader;
use dcrf::{Compiled, compile};
use serde_json::{Value, json};

use crate::meta_schema::decodes;
use crate::resolved::{BLOG, TYPES};
use crate::ui::{self, rendered};

/// One text for every path that is asked for but `types.json`.
struct One(String);

impl Loader for One {
    fn load(&self, path: &Path) -> io::Result<Vec<u8>> {
        if path == Path::new("types.json") {
            return Ok(TYPES.as_bytes().to_vec());
        }
        Ok(self.0.clone().into_bytes())
    }
}

fn compiled(text: &str) -> Compiled {
    compile(&[PathBuf::from("definitions.json")], &One(text.to_owned()))
}

/// Every document that differs from one in a single value or by a single missing key.
fn mutants(document: &Value) -> Vec<Value> {
    let mut paths = Vec::new();
    walk(document, &mut String::new(), &mut paths);
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(""),
        json!("Post"),
        json!([]),
        json!([{}]),
        json!({}),
        json!(["id"]),
    ];
    let mut mutants = Vec::new();
    for path in &paths {
        for value in &values {
            let mut mutant = document.clone();
            *mutant.pointer_mut(path).expect("the path was walked") = value.clone();
            mutants.push(mutant);
        }
        let (parent, key) = path.rsplit_once('/').unwrap_or_default();
        let mut mutant = document.clone();
        if let Some(Value::Object(parent)) = mutant.pointer_mut(parent) {
            let value = parent.remove(&key.replace("~1", "/").replace("~0", "~"));
            mutants.push(mutant.clone());
            if let (Some(value), Some(Value::Object(parent))) =
                (value, mutant.pointer_mut(path.rsplit_once('/').unwrap_or_default().0))
            {
                parent.insert(format!("{key}x"), value);
                mutants.push(mutant);
            }
        }
    }
    mutants
}

fn walk(value: &Value, path: &mut String, paths: &mut Vec<String>) {
    if !path.is_empty() {
        paths.push(path.clone());
    }
    let children: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    for (key, child) in children {
        let length = path.len();
        path.push('/');
        path.push_str(&key.replace('~', "~0").replace('/', "~1"));
        walk(child, path, paths);
        path.truncate(length);
    }
}

#[test]
fn every_small_change_is_answered() {
    let schema: Value = serde_json::from_str(&dcrf::schema::meta_schema()).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let mut disagreements = Vec::new();
    let cases = ["../golden/chat"].map(|case| {
        std::fs::read_to_string(ui::root().join(case).join("definitions.json")).expect("the case is there")
    });
    for text in cases.into_iter().chain([BLOG.to_owned()]) {
        let document: Value = serde_json::from_str(&text).expect("the case is JSON");
        for mutant in mutants(&document) {
            let text = serde_json::to_string_pretty(&mutant).expect("a value is JSON");
            let first = compiled(&text);
            let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
            assert_eq!(first.api.is_none(), first.diagnostics.iter().any(is_error), "{text}");
            for diagnostic in first.diagnostics.iter().take(2) {
                render::json(diagnostic, &first.sources);
                render::github(diagnostic, &first.sources);
                render::human(diagnostic, &first.sources, true);
            }
            let (decoder, schema) = (decodes(&text), validator.is_valid(&mutant));
            if decoder != schema && disagreements.len() < 5 {
                let why: Vec<String> =
                    validator.iter_errors(&mutant).map(|error| error.to_string()).collect();
                disagreements.push(format!(
                    "{text}\ndecoder {decoder}, schema {schema} {why:?}\n{}",
                    rendered(&first)
                ));
            }
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n\n"));
}

#[test]
fn every_cut_text_is_answered() {
    let case = ui::root().join("../golden/chat/definitions.json");
    let text = std::fs::read_to_string(case).expect("the case is there");
    for end in (0..text.len()).step_by(3).filter(|end| text.is_char_boundary(*end)) {
        let cut = compiled(&text[..end]);
        assert_eq!(cut.api.is_none(), cut.diagnostics.has_errors());
        rendered(&cut);
    }
}

#[test]
fn the_same_input_gives_the_same_program() {
    for case in ui::cases() {
        let once = ui::compile_case(&case);
        let again = ui::compile_case(&case);
        assert_eq!(rendered(&once), rendered(&again));
        assert_eq!(format!("{:?}", once.api), format!("{:?}", again.api));
    }
}
