//! Interfaces, enums and unions.

use askama::Template;

use super::compound::literal;
use super::interface::{Interface, Member};
use super::names::{Names, key};
use super::ty::Types;
use super::{consumer, docs, file, serializer};
use crate::ir::{Api, Docs, Enum, Home, Object, Origin, Property, Rule, Union, Variant};

#[derive(Template)]
#[template(path = "ts/alias.ts.j2", escape = "none")]
struct Alias {
    docs: String,
    name: String,
    /// Whether each type is on its own line.
    several: bool,
    types: Vec<String>,
}

/// The values of an enum by the names that the definition gives them.
#[derive(Template)]
#[template(path = "ts/values.ts.j2", escape = "none")]
struct Values {
    docs: String,
    name: String,
    values: Vec<Value>,
}

struct Value {
    docs: String,
    name: String,
    value: String,
}

/// Returns the text of the file of a home; `None` if it has no items.
pub(super) fn file(api: &Api, names: &Names, home: Home) -> Option<String> {
    let mut types = Types::new(api, names, home);
    let mut items: Vec<String> = Vec::new();
    for (id, item) in api.enums.iter().filter(|(_, item)| item.home == home) {
        items.push(enumeration(item, names.enumeration(id)));
        items.extend(values(item, names.enumeration(id)));
    }
    for (id, item) in api.objects.iter().filter(|(_, item)| item.home == home) {
        items.push(object(&mut types, item, names.object(id)));
    }
    for (id, item) in api.unions.iter().filter(|(_, item)| item.home == home) {
        items.push(union(&mut types, item, names.union(id)));
    }
    match home {
        Home::Serializer(id) => items.extend(serializer::items(&mut types, id)),
        Home::Consumer(id) => items.extend(consumer::items(&mut types, id)),
        Home::Model(_) | Home::Types => {}
    }
    (!items.is_empty()).then(|| file::render(origin(api, home), &types.imports, items))
}

fn origin(api: &Api, home: Home) -> &Origin {
    match home {
        Home::Model(id) => &api.models[id].origin,
        Home::Serializer(id) => &api.serializers[id].origin,
        Home::Consumer(id) => &api.consumers[id].origin,
        Home::Types => &api.origin,
    }
}

fn enumeration(item: &Enum, name: &str) -> String {
    let values: Vec<String> = item.variants.iter().filter_map(|variant| literal(&variant.value)).collect();
    let one_line: usize = values.iter().map(|value| value.len() + 3).sum();
    let several = one_line + name.len() > 80;
    let types = if several { values } else { vec![values.join(" | ")] };
    alias(&item.docs, &format!("The values of `{name}`."), name, several, types)
}

fn values(item: &Enum, name: &str) -> Option<String> {
    let value = |variant: &Variant| {
        let docs = variant.description.as_ref().map(|text| docs::sentence(text, 2)).unwrap_or_default();
        Some(Value { docs, name: variant.name.clone(), value: literal(&variant.value)? })
    };
    let docs = docs::sentence(&format!("The values of `{name}`, by their names."), 0);
    let values = item.variants.iter().filter_map(value).collect();
    item.named.then(|| file::item(&Values { docs, name: name.to_owned(), values }))
}

fn alias(text: &Docs, fallback: &str, name: &str, several: bool, types: Vec<String>) -> String {
    file::item(&Alias { docs: docs::comment(text, fallback, 0), name: name.to_owned(), several, types })
}

fn object(types: &mut Types<'_>, object: &Object, name: &str) -> String {
    let mut members: Vec<Member> = object.properties.iter().map(|property| member(types, property)).collect();
    if object.additional.is_some() {
        // The index signature has to include the known properties, so it only says that there may be others.
        let docs = docs::sentence("The properties that the definition does not name.", 2);
        members.push(Member {
            docs,
            name: "[key: string]".to_owned(),
            optional: false,
            ty: "unknown".to_owned(),
        });
    }
    let docs = docs::comment(&with_schema(&object.docs, object.schema.is_some()), "", 0);
    file::item(&Interface { docs, name: name.to_owned(), members })
}

fn is_judged(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| matches!(rule, Rule::Schema(_)))
}

/// Adds to the docs that a JSON Schema restricts the type, unless they mention it already.
fn with_schema(docs: &Docs, is_judged: bool) -> Docs {
    const MORE: &str = "Values obey more of JSON Schema than the type says.";
    let mut docs = docs.clone();
    if is_judged && !docs.text.contains("JSON Schema") {
        let between = if docs.text.trim().is_empty() { "" } else { "\n\n" };
        docs.text = format!("{}{between}{MORE}", docs.text.trim_end());
    }
    docs
}

fn member(types: &mut Types<'_>, property: &Property) -> Member {
    Member {
        docs: docs::comment(&with_schema(&property.docs, is_judged(&property.rules)), "", 2),
        name: key(&property.wire),
        optional: !property.required || property.default.is_some(),
        ty: types.formatted(&property.ty, &property.rules, property.nullable, &property.format),
    }
}

fn union(types: &mut Types<'_>, union: &Union, name: &str) -> String {
    let forms = union.forms.iter().map(|form| {
        let ty = types.ruled(&form.ty, &form.rules, false);
        match (&union.tag, form.tag.as_ref().and_then(literal)) {
            (Some(tag), Some(value)) => format!("({ty} & {{ {}: {value} }})", key(tag)),
            _ => ty,
        }
    });
    let forms: Vec<String> = forms.collect();
    alias(&union.docs, "", name, true, forms)
}
