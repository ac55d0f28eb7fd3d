//! The README of the generated crate: its actions, with the frames that a client sends and receives.

use askama::Template;

use dcrf_scalars::{FileKind, Precision};
use serde_json::{Map, Value, json};

use super::consumer::handler;
use super::file;
use super::renamed::{Renamed, renamed};
use crate::emit::docs::{banner, lines, summary};
use crate::escape;
use crate::ir::{
    Access, Action, ActionKind, Answers, Api, BuiltIn, Consumer, CustomAction, Element, Enum, FieldSource,
    FileColumn, Groups, Input, Link, LinkValue, Literal, Model, NestedOf, Object, ObjectId, Output,
    PageStyle, Scalar, Serializer, SerializerField, SerializerOf, Source, Takes, Type,
};

#[derive(Template)]
#[template(path = "rust/README.md.j2", escape = "none")]
struct Readme {
    banner: String,
    name: String,
    docs: Vec<String>,
    handler: bool,
    module: String,
    renamed: Vec<Renamed>,
    consumers: Vec<ConsumerView>,
}

struct ConsumerView {
    name: String,
    stream: String,
    path: String,
    docs: Vec<String>,
    actions: Vec<ActionView>,
}

struct ActionView {
    name: String,
    docs: String,
    request: String,
    reply: String,
}

/// Returns the text of `README.md`.
pub fn readme(api: &Api) -> String {
    let consumers = api.consumers.values().map(|consumer| ConsumerView {
        name: consumer.name.pascal(),
        stream: escape::markdown_code(&consumer.stream),
        path: escape::markdown_code(&consumer.path),
        docs: lines(&consumer.docs, ""),
        actions: consumer
            .actions
            .iter()
            .enumerate()
            .map(|(id, action)| view(api, consumer, action, id + 1))
            .collect(),
    });
    let readme = Readme {
        banner: escape::html_comment(&banner(&api.origin)),
        name: api.name.kebab(),
        docs: lines(&api.docs, ""),
        handler: api.consumers.values().any(|consumer| handler::is_needed(api, consumer)),
        module: api.name.snake(),
        renamed: renamed(api),
        consumers: consumers.collect(),
    };
    file::text(&readme)
}

fn view(api: &Api, consumer: &Consumer, action: &Action, id: usize) -> ActionView {
    let mut request = Map::new();
    request.insert("action".to_owned(), json!(action.wire));
    request.insert("request_id".to_owned(), json!(id));
    let (status, data) = match &action.kind {
        ActionKind::Custom(custom) => {
            if custom.detail {
                insert_key(api, consumer, &mut request);
            }
            if let Some(taken) = &custom.payload {
                let data = payload(api, &api.serializers[taken.serializer], Input::Create);
                match (&taken.argument, data) {
                    (None, Value::Object(fields)) => request.extend(fields),
                    (argument, data) => {
                        request.insert(argument.clone().unwrap_or_default(), data);
                    }
                }
            }
            if let Some(input) = custom.input {
                request.extend(object(api, &api.objects[input], 0));
            }
            (custom.status, output(api, custom))
        }
        ActionKind::BuiltIn(action) => built_in(api, consumer, *action, &mut request),
        ActionKind::Subscribe { to, input } => {
            subscription(api, consumer, *to, *input, &mut request);
            (201, present(api, consumer, *to))
        }
        ActionKind::Unsubscribe { from, .. } => {
            subscription(api, consumer, *from, None, &mut request);
            (204, Value::Null)
        }
        ActionKind::View(_) => {
            request.insert("query".to_owned(), json!({}));
            request.insert("parameters".to_owned(), json!({}));
            (200, Value::Null)
        }
    };
    let reply = json!({
        "errors": [], "data": data, "action": action.wire, "response_status": status, "request_id": id,
    });
    let reply = if action.reply { reply.to_string() } else { "(nothing)".to_owned() };
    ActionView {
        name: escape::markdown_code(&action.wire),
        docs: summary(&action.docs, ""),
        request: escape::json(&Value::Object(request).to_string()),
        reply: escape::json(&reply),
    }
}

/// Adds the arguments of a built-in action to the request, and returns its answer.
fn built_in(
    api: &Api,
    consumer: &Consumer,
    action: BuiltIn,
    request: &mut Map<String, Value>,
) -> (u16, Value) {
    let payload = |request: &mut Map<String, Value>, input: Input| {
        let serializer = consumer.serializer_of(action);
        let data = serializer.map_or(Value::Null, |id| payload(api, &api.serializers[id], input));
        request.insert("data".to_owned(), data);
    };
    match action.takes() {
        Takes::Query => {}
        Takes::Key => insert_key(api, consumer, request),
        Takes::Data => payload(request, Input::Create),
        Takes::KeyAndData(input) => {
            insert_key(api, consumer, request);
            payload(request, input);
        }
    }
    let row = || consumer.serializer_of(action).map_or(Value::Null, |id| row(api, &api.serializers[id]));
    let (status, answers) = action.answers();
    let data = match answers {
        Answers::Rows => page(consumer, row(), request),
        Answers::Row => row(),
        Answers::Number => json!(1),
        Answers::Nothing => Value::Null,
    };
    (status, data)
}

/// Returns a page with one row, and adds its arguments to the request.
fn page(consumer: &Consumer, row: Value, request: &mut Map<String, Value>) -> Value {
    let Some(pagination) = consumer.pagination else { return json!([row]) };
    request.insert("limit".to_owned(), json!(pagination.page_size));
    if pagination.style == PageStyle::Cursor {
        request.insert("cursor".to_owned(), Value::Null);
        return json!({"results": [row], "next": null, "previous": null});
    }
    request.insert("offset".to_owned(), json!(0));
    json!({"count": 1, "results": [row], "limit": pagination.page_size, "offset": 0})
}

/// Returns the answer of a subscription: the members of its groups if the signal has presence, and otherwise null.
fn present(api: &Api, consumer: &Consumer, source: Source) -> Value {
    let Source::Signal(index) = source else { return Value::Null };
    let signal = &consumer.signals[index];
    if !signal.presence {
        return Value::Null;
    }
    let mut member = object(api, &api.objects[signal.payload], 0);
    member.insert("key".to_owned(), json!("1"));
    member.insert("present".to_owned(), json!(true));
    json!([member])
}

/// Adds the arguments that name the groups: the values of the first group, or the input.
fn subscription(
    api: &Api,
    consumer: &Consumer,
    source: Source,
    input: Option<ObjectId>,
    request: &mut Map<String, Value>,
) {
    if let Some(input) = input {
        request.extend(object(api, &api.objects[input], 0));
    }
    match source {
        Source::Observer(index) => {
            let observer = &consumer.observers[index];
            let Groups::By(sets) = &observer.groups else { return };
            for column in sets.iter().take(1).flatten() {
                let field = &api.models[observer.model].fields[*column];
                request.insert(field.wire.clone(), example(api, &field.ty, 0));
            }
        }
        Source::Signal(index) => {
            let signal = &consumer.signals[index];
            let Groups::By(sets) = &signal.groups else { return };
            for property in sets.iter().take(1).flatten() {
                let property = &api.objects[signal.payload].properties[*property];
                request.insert(property.wire.clone(), example(api, &property.ty, 0));
            }
        }
    }
}

fn insert_key(api: &Api, consumer: &Consumer, request: &mut Map<String, Value>) {
    let Some(lookup) = &consumer.lookup else { return };
    let serializer = consumer.serializer.map(|id| &api.serializers[id]);
    let Some(SerializerOf::Model(model)) = serializer.map(|serializer| serializer.of) else { return };
    let example = example(api, &api.models[model].fields[lookup.field].ty, 0);
    request.insert(lookup.argument.clone(), example);
}

/// The number of levels of nested rows that an example shows.
const NESTED: usize = 3;

fn row(api: &Api, serializer: &Serializer) -> Value {
    row_inside(api, serializer, 0)
}

/// Returns a row that is nested in `level` others.
fn row_inside(api: &Api, serializer: &Serializer, level: usize) -> Value {
    fields(api, serializer, level, false, |access, _| access != Access::WriteOnly)
}

fn payload(api: &Api, serializer: &Serializer, input: Input) -> Value {
    let mut first = true;
    fields(api, serializer, 0, true, |access, required| match (access, input) {
        (Access::ReadOnly, _) => false,
        (_, Input::Patch) => std::mem::take(&mut first),
        _ => required,
    })
}

/// Returns the fields of a payload, if they are `taken`, or of a row.
fn fields(
    api: &Api,
    serializer: &Serializer,
    level: usize,
    taken: bool,
    mut wanted: impl FnMut(Access, bool) -> bool,
) -> Value {
    let SerializerOf::Model(model) = serializer.of else { return json!({}) };
    let shown = serializer.fields.iter().filter(|field| wanted(field.access, field.required));
    let model = &api.models[model];
    let shown = shown.map(|field| {
        let file = field.column().and_then(|column| model.fields[column].file.as_ref());
        let value =
            file.map_or_else(|| field_example(api, model, field, level), |file| file_example(file, taken));
        (field.wire.clone(), value)
    });
    Value::Object(shown.collect())
}

fn field_example(api: &Api, model: &Model, field: &SerializerField, level: usize) -> Value {
    let linked = |key: Value| match &field.link {
        Some(link) => link_example(link, &key),
        None => key,
    };
    match &field.source {
        FieldSource::Column(column) => linked(example(api, &model.fields[*column].ty, 0)),
        FieldSource::Keys(relation) => {
            let relation = &model.relations[*relation];
            let target = &api.models[relation.target];
            let key = linked(example(api, &target.fields[target.key].ty, 0));
            if relation.is_one() { key } else { json!([key]) }
        }
        FieldSource::Nested(_) if level >= NESTED => json!({}),
        FieldSource::Nested(nested) => {
            let inner = row_inside(api, &api.serializers[nested.serializer], level + 1);
            if matches!(nested.of, NestedOf::Relation(_)) { json!([inner]) } else { inner }
        }
        FieldSource::Along { model, column, .. } => example(api, &api.models[*model].fields[*column].ty, 0),
        FieldSource::Method(output) => shown(api, output),
        FieldSource::Payload(ty) => example(api, ty, 0),
    }
}

/// Returns the example of a file: its URL, or what is sent in its place.
fn file_example(file: &FileColumn, taken: bool) -> Value {
    match file.kinds.as_slice() {
        [] if taken => json!("aGVsbG8="),
        kinds if taken && kinds.contains(&FileKind::Gif) => json!("R0lGODlhAQABAAAAACw="),
        _ if taken => json!("upload:67e5504410b1426f9247bb680e5fe0c8"),
        kinds => {
            let extension = kinds.first().map_or("txt", |kind| kind.extension());
            json!(format!("{}{}file.{extension}", file.url(), file.folder()))
        }
    }
}

fn link_example(link: &Link, key: &Value) -> Value {
    let mut payload = Map::new();
    payload.insert("action".to_owned(), json!(link.action));
    for (name, value) in &link.arguments {
        let value = match value {
            LinkValue::Own | LinkValue::Column(_) => key.clone(),
            LinkValue::Json(json) => serde_json::from_str(json).unwrap_or(Value::Null),
        };
        payload.insert(name.clone(), value);
    }
    json!({ "stream": link.stream, "payload": payload })
}

fn output(api: &Api, custom: &CustomAction) -> Value {
    custom.output.as_ref().map_or(Value::Null, |output| shown(api, output))
}

fn shown(api: &Api, output: &Output) -> Value {
    match output {
        Output::Value(Element { ty, .. }) => example(api, ty, 0),
        Output::Row { serializer, .. } => row(api, &api.serializers[*serializer]),
        Output::Rows(serializer) => json!([row(api, &api.serializers[*serializer])]),
    }
}

fn object(api: &Api, object: &Object, depth: usize) -> Map<String, Value> {
    let shown = object.properties.iter().filter(|property| property.required || depth == 0);
    shown.map(|property| (property.wire.clone(), example(api, &property.ty, depth + 1))).collect()
}

/// Returns an example of a type. The recursion ends as soon as no further property is required, at the latest at a
/// depth of 4.
fn example(api: &Api, ty: &Type, depth: usize) -> Value {
    match ty {
        Type::Scalar(scalar) => scalar_example(*scalar),
        Type::Enum(id) => enum_example(&api.enums[*id]),
        Type::Object(id) if depth < 4 => Value::Object(object(api, &api.objects[*id], depth + 1)),
        Type::Union(id) => match api.unions[*id].forms.first() {
            Some(form) => example(api, &form.ty, depth + 1),
            None => json!({}),
        },
        Type::List(element) if depth < 4 => json!([example(api, &element.ty, depth + 1)]),
        Type::Map(element) if depth < 4 => json!({ "key": example(api, &element.ty, depth + 1) }),
        Type::List(_) => json!([]),
        Type::Tuple(elements) => {
            elements.iter().map(|element| example(api, &element.ty, depth + 1)).collect()
        }
        Type::Row(id) => row(api, &api.serializers[*id]),
        Type::Object(_) | Type::Map(_) | Type::Json => json!({}),
    }
}

fn enum_example(item: &Enum) -> Value {
    match item.variants.first().map(|variant| &variant.value) {
        Some(Literal::Integer(value)) => json!(value),
        Some(Literal::Boolean(value)) => json!(value),
        Some(Literal::Text(value)) => json!(value),
        Some(Literal::Number(value)) => serde_json::from_str(value).unwrap_or_default(),
        _ => Value::Null,
    }
}

fn scalar_example(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Boolean => json!(true),
        Scalar::Integer | Scalar::BigInteger => json!(1),
        Scalar::Float => json!(1.5),
        Scalar::Text => json!("text"),
        Scalar::Form(form) => json!(form.example()),
        Scalar::Uuid => json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
        Scalar::Date => json!("2024-02-29"),
        Scalar::DateTime => json!("2024-02-29T12:30:00Z"),
        Scalar::Time => json!("12:30:00"),
        Scalar::Duration => json!("01:30:00"),
        Scalar::Decimal { decimal_places: 0 | Precision::UNBOUNDED, .. } => json!("1"),
        Scalar::Decimal { decimal_places, .. } => json!(format!("0.{}", "5".repeat(decimal_places as usize))),
        Scalar::Bytes => json!("AAEC"),
    }
}
