//! The meta-schema: committed as it is written, and of one mind with the decoder.

use std::fs;
use std::path::Path;

use dcrf::ast::Document;
use dcrf::diag::Sink;
use dcrf::source::SourceMap;
use dcrf::syntax::{Cursor, Decode, parse};
use dcrf_scalars::TextForm;

use crate::ui;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_committed_schema_is_fresh() {
    let path = root().join("schemas/definitions.schema.json");
    ui::check_golden(&path, &dcrf::schema::meta_schema()).unwrap_or_else(|difference| panic!("{difference}"));
}

#[test]
fn every_key_is_described() {
    let schema: serde_json::Value =
        serde_json::from_str(&dcrf::schema::meta_schema()).expect("the schema is JSON");
    let mut silent = Vec::new();
    let definitions = schema["$defs"].as_object().expect("the schema has definitions");
    for (name, definition) in
        definitions.iter().map(|(name, value)| (name.as_str(), value)).chain([("root", &schema)])
    {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            if property["description"].as_str().is_none_or(str::is_empty) {
                silent.push(format!("{name}.{key}"));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:?}");
}

/// A form of texts is named wherever its `format` is described.
#[test]
fn every_format_is_described() {
    let guide = fs::read_to_string(root().join("docs/definitions.md")).expect("a file");
    let of_format = |line: &&str| line.starts_with("| `format` |");
    let guide = guide.lines().find(of_format).expect("`format` is described").to_owned();
    let schema: serde_json::Value =
        serde_json::from_str(&dcrf::schema::meta_schema()).expect("the schema is JSON");
    let schema = schema["$defs"]["Schema"]["properties"]["format"]["description"].to_string();
    for form in TextForm::ALL {
        let name = format!("`{}`", form.format());
        assert!(guide.contains(&name), "docs/definitions.md: {guide}");
        assert!(schema.contains(&name), "src/ast/schema.rs: {schema}");
    }
}

/// Whether the decoder takes the form of a document; what it means is not asked.
pub(crate) fn decodes(text: &str) -> bool {
    let sink = Sink::new();
    let (_, tree) = parse("definitions.json", text.as_bytes().to_vec(), &mut SourceMap::new(), &sink);
    let Ok(tree) = tree else { return false };
    Document::decode(Cursor::new(&tree, &sink)).is_ok() && sink.count() == 0
}

#[test]
fn decoder_and_schema_agree() {
    let schema: serde_json::Value =
        serde_json::from_str(&dcrf::schema::meta_schema()).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let mut files: Vec<_> = ui::cases().into_iter().map(|case| case.join("definitions.json")).collect();
    for example in fs::read_dir(root().join("examples")).into_iter().flatten().flatten() {
        let name = example.file_name();
        files.push(example.path().join(&name).with_extension("json"));
    }
    let mut disagreements = Vec::new();
    let mut compared = 0;
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        // What is no JSON, or has a key twice, is not for a schema to judge.
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        if file.components().any(|part| part.as_os_str() == "duplicate-key") {
            continue;
        }
        compared += 1;
        let (decoder, schema) = (decodes(&text), validator.is_valid(&value));
        if decoder != schema {
            let why: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
            disagreements.push(format!("{}: decoder {decoder}, schema {schema} {why:?}", file.display()));
        }
    }
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    assert!(compared > 20, "only {compared} files were compared");
}
