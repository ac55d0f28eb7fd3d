//! Structured JSON values and enums: their types and conversions.

use askama::Template;
use proc_macro2::TokenStream;
use quote::quote;

use super::file::Item;
use super::meta::{self, Shape};
use super::record::{self, Record, type_text};
use super::tokens::optional;
use super::uses::Uses;
use super::{docs, file, names, ty, union};
use crate::emit::docs as text;
use crate::escape;
use crate::ir::{Additional, Api, Enum, Home, Literal, Object, ObjectId, Property, Use, Variant};

/// Returns the items of all objects, enums and unions of a file.
pub fn items_of(api: &Api, here: Home, uses: &mut Uses) -> Vec<Item> {
    let enums = api.enums.values().filter(|item| item.home == here).map(enum_item);
    let mut items: Vec<Item> = enums.collect();
    for (id, _) in api.objects.iter().filter(|(_, object)| object.home == here) {
        items.extend(object_items(api, id, uses));
    }
    items.extend(union::items_of(api, here, uses).into_iter().map(Item::from));
    items
}

/// Returns the file of an object that has its own file.
pub fn object_file(api: &Api, id: ObjectId) -> String {
    let object = &api.objects[id];
    let mut uses = Uses::default();
    let items = object_items(api, id, &mut uses);
    uses.forget("crate::types", &object.rust.pascal());
    uses.forget("crate::types", &object.rust.shouting());
    let docs = [text::summary(&object.docs, &format!("The type `{}`.", object.rust.pascal()))];
    file::render(&docs, &object.origin, &uses, items)
}

/// Returns the file of an enum that has its own file.
pub fn enum_file(item: &Enum) -> String {
    let docs = [text::summary(&item.docs, &format!("The values of `{}`.", item.rust.pascal()))];
    file::render(&docs, &item.origin, &Uses::default(), vec![enum_item(item)])
}

/// Returns the type of a property. It distinguishes a missing property from null if both are possible.
fn property_type(api: &Api, property: &Property, here: Home, uses: &mut Uses) -> TokenStream {
    let ty = ty::rust(api, &property.ty, here, uses);
    let ty = if property.boxed { quote!(Box<#ty>) } else { ty };
    optional(optional(ty, property.nullable), is_optional(property))
}

fn is_optional(property: &Property) -> bool {
    !property.required && property.default.is_none()
}

fn object_items(api: &Api, id: ObjectId, uses: &mut Uses) -> Vec<Item> {
    let object = &api.objects[id];
    let by = api.conversions.of_object(id);
    let mut items = vec![record(api, object, by, uses).into()];
    if by.is_any() {
        items.push(descriptor(api, object, uses).into());
    }
    items
}

/// Returns the struct, and how it is read and written.
fn record(api: &Api, object: &Object, by: Use, uses: &mut Uses) -> Record {
    // Serde writes the default forms alone.
    let formatted = object.properties.iter().any(|property| !property.format.is_default());
    if !formatted {
        uses.add("serde", "Serialize");
    }
    let here = object.home;
    let fields = object.properties.iter().enumerate();
    let mut fields: Vec<record::Field> =
        fields.map(|(slot, property)| property_field(api, property, slot, here, uses)).collect();
    fields.extend(object.additional.as_ref().map(|additional| additional_field(api, additional, here, uses)));
    if formatted {
        // They configure what is derived.
        fields.iter_mut().for_each(|field| field.attributes.clear());
    }
    Record {
        docs: text::lines(&object.docs, &text::described(&object.origin)),
        derives: if formatted { &["Clone", "PartialEq"] } else { &["Clone", "PartialEq", "Serialize"] },
        name: names::pascal(&object.rust).to_string(),
        fields,
        from: by.read.then(|| record::From::Described(meta::static_of(&object.rust).to_string())),
        into: by.written.then_some(record::Into { slots: object.properties.len(), value: true }),
        serialize: formatted.then(|| meta::static_of(&object.rust).to_string()),
    }
}

fn descriptor(api: &Api, object: &Object, uses: &mut Uses) -> TokenStream {
    uses.meta(&["ObjectMeta"]);
    let (here, meta) = (object.home, meta::static_of(&object.rust));
    let properties: Vec<TokenStream> =
        object.properties.iter().map(|property| property_meta(api, object, property, here, uses)).collect();
    if !properties.is_empty() {
        uses.meta(&["PropertyMeta"]);
    }
    let (wire, closed) = (object.name.pascal(), object.closed);
    let additional = match &object.additional {
        Some(additional) => {
            let ty = meta::element_meta(api, &additional.element, is_serializer(object), here, uses);
            quote!(Some(&#ty))
        }
        None => quote!(None),
    };
    let docs = docs::line(&format!("The descriptor of [`{}`].", names::pascal(&object.rust)));
    quote! {
        #docs
        pub static #meta: ObjectMeta = ObjectMeta {
            name: #wire,
            properties: &[#(#properties),*],
            closed: #closed,
            additional: #additional,
        };
    }
}

fn property_field(api: &Api, property: &Property, slot: usize, here: Home, uses: &mut Uses) -> record::Field {
    let ident = names::snake(&property.name).to_string();
    let (wire, optional) = (&property.wire, is_optional(property));
    let mut attributes = Vec::new();
    if ident.trim_start_matches("r#") != wire {
        attributes.push(format!("#[serde(rename = {})]", quote!(#wire)));
    }
    if optional {
        attributes.push("#[serde(skip_serializing_if = \"Option::is_none\")]".to_owned());
    }
    record::Field {
        docs: text::lines(&property.docs, &format!("The property `{wire}`.")),
        name: ident,
        ty: type_text(&property_type(api, property, here, uses)),
        slot: Some(slot),
        always: !optional,
        secret: false,
        attributes,
    }
}

/// Returns the member that holds the members which are not properties.
fn additional_field(api: &Api, additional: &Additional, here: Home, uses: &mut Uses) -> record::Field {
    uses.add("std::collections", "BTreeMap");
    let ty = ty::element(api, &additional.element, here, uses);
    record::Field {
        docs: vec!["The other members of the object, by their keys.".to_owned()],
        name: names::snake(&additional.name).to_string(),
        ty: type_text(&quote!(BTreeMap<String, #ty>)),
        slot: None,
        always: true,
        secret: false,
        attributes: vec!["#[serde(flatten)]".to_owned()],
    }
}

/// Tells whether an object is a serializer, or inside of one: its texts are those of DRF, trimmed and not blank.
fn is_serializer(object: &Object) -> bool {
    matches!(object.home, Home::Serializer(_))
}

fn property_meta(
    api: &Api,
    object: &Object,
    property: &Property,
    here: Home,
    uses: &mut Uses,
) -> TokenStream {
    let drf = is_serializer(object);
    let blank_by_itself = property.default == Some(Literal::Text(String::new()))
        || property.rules.contains(&crate::ir::Rule::MinLength(0));
    let blank = property.allow_blank.unwrap_or(blank_by_itself);
    let shape = Shape { model: drf, nullable: property.nullable, blank, rules: &property.rules, inside: drf };
    let mut ty = meta::type_meta(api, &property.ty, shape, here, uses);
    if property.untrimmed {
        ty.extend(quote!(.untrimmed()));
    }
    ty.extend(meta::format(&property.format, uses));
    let wire = &property.wire;
    let mut tokens = quote!(PropertyMeta::new(#wire, #ty));
    if property.required {
        tokens.extend(quote!(.required()));
    }
    if let Some(default) = &property.default {
        let default = meta::literal(default, uses);
        tokens.extend(quote!(.default(#default)));
    }
    if !property.messages.is_empty() {
        let messages = property.messages.iter().map(|(code, text)| quote!((#code, #text)));
        tokens.extend(quote!(.messages(&[#(#messages),*])));
    }
    tokens
}

/// An enum of values: `choice! { … }`.
#[derive(Template)]
#[template(path = "rust/choice.rs.j2", escape = "none")]
struct Choice {
    docs: Vec<String>,
    name: String,
    kind: &'static str,
    variants: Vec<ChoiceVariant>,
}

struct ChoiceVariant {
    docs: String,
    name: String,
    value: String,
}

fn enum_item(item: &Enum) -> Item {
    let kind = match item.variants.first().map(|variant| &variant.value) {
        _ if item.is_mixed() => "mixed",
        Some(Literal::Integer(_)) => "integer",
        _ => "text",
    };
    let variant = |variant: &Variant| {
        let (fallback, value) = match &variant.value {
            Literal::Integer(value) => (format!("The value `{value}`."), value.to_string()),
            Literal::Text(value) if value.is_empty() => {
                ("The empty text.".to_owned(), quote!(#value).to_string())
            }
            Literal::Text(value) => (format!("The value `{value}`."), quote!(#value).to_string()),
            Literal::Boolean(value) => (format!("The value `{value}`."), value.to_string()),
            Literal::Number(value) => (format!("The value `{value}`."), quote!(#value).to_string()),
            other => unreachable!("invariant: a variant is a single value, not {other:?}"),
        };
        let value = match &variant.value {
            _ if kind != "mixed" => value,
            Literal::Integer(_) => format!("Integer({value})"),
            Literal::Boolean(_) => format!("Boolean({value})"),
            Literal::Number(_) => format!("Number({value})"),
            _ => format!("Text({value})"),
        };
        let docs = escape::line(variant.description.as_ref().unwrap_or(&fallback));
        ChoiceVariant { docs, name: names::ident(&variant.name).to_string(), value }
    };
    Item::of(&Choice {
        docs: text::lines(&item.docs, &text::described(&item.origin)),
        name: names::pascal(&item.rust).to_string(),
        kind,
        variants: item.variants.iter().map(variant).collect(),
    })
}
