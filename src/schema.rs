//! The meta-schema, by which editors validate and explain definitions. It is generated from the types of `ast`.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::Value;

use crate::ast::Document;

/// Returns the meta-schema of definition documents: JSON Schema 2020-12, indented, with a final line feed.
pub fn meta_schema() -> String {
    let settings = SchemaSettings::draft2020_12()
        .for_deserialize()
        .with_transform(RecursiveTransform(absent_is_not_null as fn(&mut schemars::Schema)));
    let mut schema = settings.into_generator().into_root_schema_for::<Document>();
    schema.insert("title".into(), "dcrf definitions".into());
    let mut text = serde_json::to_string_pretty(&schema).expect("invariant: a schema is JSON");
    text.push('\n');
    text
}

/// Removes the null that schemars adds for `Option`: in a definition, a key is present or absent.
fn absent_is_not_null(schema: &mut schemars::Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(variants)) = object.get_mut("anyOf") {
        variants.retain(|variant| variant.get("type") != Some(&Value::from("null")));
        if let [Value::Object(only)] = variants.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            for (key, value) in only {
                object.entry(key).or_insert(value);
            }
        }
    }
}
