//! What `tests/twin/twin.json` says of the fields of each serializer, as far as payloads are made from it.

use serde_json::{Map, Value};

/// The definition.
pub const TEXT: &str = include_str!("../../../../twin/twin.json");

/// A consumer of the definition.
#[derive(Debug, Clone)]
pub struct Target {
    pub stream: String,
    pub serializer: String,
    pub mixins: Vec<String>,
    /// The name of the key of its rows.
    pub key: String,
    pub fields: Vec<Field>,
}

/// A field of a serializer.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub shape: Shape,
    /// Whether a payload that lacks it may be good.
    pub is_optional: bool,
}

/// What a client writes for a field.
#[derive(Debug, Clone)]
pub enum Shape {
    /// A value of a schema, to which the settings of the field have been applied.
    Value(Map<String, Value>),
    /// The key of a row that this serializer shows; whether it may be null.
    Key(String, bool),
    /// A list of keys of rows that this serializer shows.
    Keys(String),
    /// A row; whether it may be null.
    Row(Vec<Field>, bool),
    /// A list of rows.
    Rows(Vec<Field>),
    /// Nothing: what is sent has no effect.
    Ignored,
}

/// The settings of a field that stand in the place of a keyword of its schema.
const SETTINGS: [(&str, &str); 7] = [
    ("min_length", "minLength"),
    ("max_length", "maxLength"),
    ("min_value", "minimum"),
    ("max_value", "maximum"),
    ("allow_null", "allow_null"),
    ("allow_blank", "allow_blank"),
    ("trim_whitespace", "trim_whitespace"),
];

struct Definition(Value);

/// Returns every consumer of the definition.
pub fn targets() -> Vec<Target> {
    let definition = Definition(serde_json::from_str(TEXT).expect("the definition is JSON"));
    let consumers = definition.0["consumers"].as_object().expect("there are consumers");
    consumers.iter().map(|(name, consumer)| definition.target(name, consumer)).collect()
}

impl Definition {
    fn target(&self, name: &str, consumer: &Value) -> Target {
        let serializer = consumer["serializer"].as_str().expect("a consumer has a serializer");
        let model = self.model_of(serializer);
        let properties = model["properties"].as_object().expect("a model has properties");
        let key = properties.iter().find(|(_, property)| property["x-primary-key"] == true);
        Target {
            stream: snake(name.strip_suffix("Consumer").unwrap_or(name)),
            serializer: serializer.to_owned(),
            mixins: texts(&consumer["mixins"]),
            key: key.map_or_else(|| "id".to_owned(), |(name, _)| name.clone()),
            fields: self.fields(serializer),
        }
    }

    fn model_of(&self, serializer: &str) -> &Value {
        &self.0["models"][self.0["serializers"][serializer]["model"].as_str().expect("a model")]
    }

    fn fields(&self, name: &str) -> Vec<Field> {
        let serializer = &self.0["serializers"][name];
        let model = self.model_of(name);
        let excluded = texts(&serializer["exclude"]);
        let names = match &serializer["fields"] {
            Value::Array(_) => texts(&serializer["fields"]),
            _ => model["properties"].as_object().expect("properties").keys().cloned().collect(),
        };
        let names = names.into_iter().filter(|name| !excluded.contains(name));
        names.map(|field| self.field(serializer, model, field)).collect()
    }

    fn field(&self, serializer: &Value, model: &Value, name: String) -> Field {
        let settings = &serializer["extra_kwargs"][&name];
        let source = settings["source"].as_str().unwrap_or(&name);
        let property = &model["properties"][source];
        let is_listed =
            |key: &str, name: &str| texts(key_of(serializer, model, key)).contains(&name.to_owned());
        let has_default = property.get("default").is_some() || settings.get("default").is_some();
        let is_required =
            is_listed("required", source) || source == name && property.get("x-many-to-many").is_some();
        let is_read_only = settings["read_only"] == true
            || is_listed("read_only_fields", &name)
            || property["readOnly"] == true
            || settings.get("hidden").is_some()
            || property.get("x-auto-now").or_else(|| property.get("x-auto-now-add")).is_some();
        let is_optional = match settings["required"].as_bool() {
            Some(required) => !required,
            None => has_default || !is_required,
        };
        let shape =
            if is_read_only { Shape::Ignored } else { self.shape(serializer, property, settings, &name) };
        Field { name, shape, is_optional }
    }

    fn shape(&self, serializer: &Value, property: &Value, settings: &Value, name: &str) -> Shape {
        let allows_null = texts(&property["type"]).contains(&"null".to_owned());
        if let Some(nested) = serializer["nested"].get(name) {
            let fields = || self.fields(nested["serializer"].as_str().expect("a serializer"));
            return match (nested["read_only"] == true, nested["many"] == true) {
                (true, _) => Shape::Ignored,
                (_, true) => Shape::Rows(fields()),
                _ => Shape::Row(fields(), allows_null),
            };
        }
        if let Some(to) = property["x-foreign-key"].as_str() {
            return Shape::Key(self.shown_by(to), allows_null);
        }
        if let Some(to) = property["x-many-to-many"].as_str() {
            return match property.get("x-through") {
                Some(_) => Shape::Ignored,
                None => Shape::Keys(self.shown_by(to)),
            };
        }
        let is_number = property["type"] == "integer" && property["x-primary-key"] == true;
        match property.as_object() {
            Some(schema) if !is_number => Shape::Value(with_settings(schema, settings)),
            _ => Shape::Ignored,
        }
    }

    /// Returns the serializer of a consumer that shows rows of a model.
    fn shown_by(&self, model: &str) -> String {
        let consumers = self.0["consumers"].as_object().expect("consumers").values();
        let mut serializers = consumers.filter_map(|consumer| consumer["serializer"].as_str());
        let found = serializers.find(|name| self.0["serializers"][*name]["model"] == model);
        found.unwrap_or_else(|| panic!("no consumer shows {model}")).to_owned()
    }
}

/// Returns a list of names of the serializer, or that of the model.
fn key_of<'a>(serializer: &'a Value, model: &'a Value, key: &str) -> &'a Value {
    if key == "required" { &model[key] } else { &serializer[key] }
}

fn with_settings(schema: &Map<String, Value>, settings: &Value) -> Map<String, Value> {
    let mut schema = schema.clone();
    for (setting, keyword) in SETTINGS {
        if let Some(value) = settings.get(setting) {
            schema.insert(keyword.to_owned(), value.clone());
        }
    }
    schema
}

/// Returns the texts of a list, or the only text.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => vec![text.clone()],
        _ => Vec::new(),
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
