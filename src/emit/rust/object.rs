//! Structured JSON values and closed sets: structs, enums and their conversions.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::meta::{self, Shape};
use super::tokens::{index_literal, optional};
use super::uses::Uses;
use super::{docs, file, names, ty, union};
use crate::emit::docs as text;
use crate::ir::{Additional, Api, Enum, Home, Literal, Object, ObjectId, Property};

/// The items of every object and enum that is put into a file.
pub fn items_of(api: &Api, here: Home, uses: &mut Uses) -> Vec<TokenStream> {
    let enums = api.enums.values().filter(|item| item.home == here).map(|item| enum_items(item, uses));
    let mut items: Vec<TokenStream> = enums.collect();
    for object in api.objects.values().filter(|object| object.home == here) {
        items.push(object_items(api, object, uses));
    }
    items.extend(union::items_of(api, here, uses));
    items
}

/// The file of an object of its own.
pub fn object_file(api: &Api, id: ObjectId) -> String {
    let object = &api.objects[id];
    let mut uses = Uses::default();
    let items = vec![object_items(api, object, &mut uses)];
    uses.forget("crate::types", &object.rust.pascal());
    uses.forget("crate::types", &object.rust.shouting());
    let docs = [text::summary(&object.docs, &format!("The type `{}`.", object.rust.pascal()))];
    file::render(&docs, &object.origin, &uses, items)
}

/// The file of an enum of its own.
pub fn enum_file(item: &Enum) -> String {
    let mut uses = Uses::default();
    let items = vec![enum_items(item, &mut uses)];
    let docs = [text::summary(&item.docs, &format!("The values of `{}`.", item.rust.pascal()))];
    file::render(&docs, &item.origin, &uses, items)
}

/// The type of a property: absent and null are told apart where both can be.
fn property_type(api: &Api, property: &Property, here: Home, uses: &mut Uses) -> TokenStream {
    let ty = ty::rust(api, &property.ty, here, uses);
    let ty = if property.boxed { quote!(Box<#ty>) } else { ty };
    optional(optional(ty, property.nullable), is_optional(property))
}

fn is_optional(property: &Property) -> bool {
    !property.required && property.default.is_none()
}

fn object_items(api: &Api, object: &Object, uses: &mut Uses) -> TokenStream {
    uses.runtime(&["FromObject", "FromValue", "IntoObject", "Object", "Result", "Value"]);
    uses.meta(&["ObjectMeta"]);
    uses.add("serde", "Serialize");
    let here = object.home;
    let name = names::pascal(&object.rust);
    let meta = meta::static_of(&object.rust);
    let docs = docs::attributes(&object.docs, &format!("An object `{}`.", object.name.spaced()));
    let len = index_literal(object.properties.len());
    let (mut fields, mut takes, mut sets) = (Vec::new(), Vec::new(), Vec::new());
    for (index, property) in object.properties.iter().enumerate() {
        let (ident, index) = (names::snake(&property.name), index_literal(index));
        fields.push(property_field(api, property, here, uses));
        if is_optional(property) {
            takes.push(quote!(#ident: object.take_optional(#index)?));
            sets.push(quote!(object.set_some(#index, self.#ident);));
        } else {
            takes.push(quote!(#ident: object.take(#index)?));
            sets.push(quote!(object.set(#index, self.#ident);));
        }
    }
    let properties: Vec<TokenStream> =
        object.properties.iter().map(|property| property_meta(api, object, property, here, uses)).collect();
    if !properties.is_empty() {
        uses.meta(&["PropertyMeta"]);
    }
    let (wire, closed) = (object.name.pascal(), object.closed);
    let additional = match &object.additional {
        Some(additional) => {
            let (ident, field) = additional_field(api, additional, here, uses);
            fields.push(field);
            takes.push(quote!(#ident: object.take_additional()?));
            sets.push(quote!(object.set_additional(self.#ident);));
            let ty = meta::element_meta(api, &additional.element, is_serializer(object), here, uses);
            quote!(Some(&#ty))
        }
        None => quote!(None),
    };
    let (from, into) = if takes.is_empty() {
        (quote!(_object: Object), quote!(Object::empty(0)))
    } else {
        (quote!(mut object: Object), quote!(let mut object = Object::empty(#len); #(#sets)* object))
    };
    quote! {
        #docs
        #[derive(Debug, Clone, PartialEq, Serialize)]
        pub struct #name { #(#fields),* }

        impl FromObject for #name {
            fn from_object(#from) -> Result<Self> {
                Ok(Self { #(#takes),* })
            }
        }

        impl IntoObject for #name {
            fn into_object(self) -> Object { #into }
        }

        impl FromValue for #name {
            fn from_value(value: Value) -> Result<Self> {
                Self::from_object(value.into_object(&#meta)?)
            }
        }

        impl From<#name> for Value {
            fn from(value: #name) -> Self {
                Self::Object(value.into_object())
            }
        }

        #[doc = " Its properties."]
        pub static #meta: ObjectMeta = ObjectMeta {
            name: #wire,
            properties: &[#(#properties),*],
            closed: #closed,
            additional: #additional,
        };
    }
}

fn property_field(api: &Api, property: &Property, here: Home, uses: &mut Uses) -> TokenStream {
    let ident = names::snake(&property.name);
    let docs = docs::attributes(&property.docs, &format!("`{}`.", property.wire));
    let ty = property_type(api, property, here, uses);
    let wire = &property.wire;
    let plain = ident.to_string().trim_start_matches("r#") == wire;
    let serde = match (plain, is_optional(property)) {
        (true, false) => quote!(),
        (true, true) => quote!(#[serde(skip_serializing_if = "Option::is_none")]),
        (false, false) => quote!(#[serde(rename = #wire)]),
        (false, true) => quote!(#[serde(rename = #wire, skip_serializing_if = "Option::is_none")]),
    };
    quote!(#docs #serde pub #ident: #ty)
}

/// The member that holds what stands beside the properties.
fn additional_field(api: &Api, additional: &Additional, here: Home, uses: &mut Uses) -> (Ident, TokenStream) {
    uses.add("std::collections", "BTreeMap");
    let ident = names::snake(&additional.name);
    let ty = ty::element(api, &additional.element, here, uses);
    let docs = docs::line("What stands beside the properties, by its key.");
    let field = quote!(#docs #[serde(flatten)] pub #ident: BTreeMap<String, #ty>);
    (ident, field)
}

/// Whether an object is a serializer, or inside of one: its texts are DRF's, trimmed and not blank.
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

fn enum_items(item: &Enum, uses: &mut Uses) -> TokenStream {
    uses.runtime(&["Error", "FromValue", "Result", "Value"]);
    uses.meta(&["Literal"]);
    uses.add("serde", "Serialize");
    uses.add("serde", "Serializer");
    let name = names::pascal(&item.rust);
    let docs = docs::attributes(&item.docs, "One of a closed set of values.");
    let literals: Vec<TokenStream> =
        item.variants.iter().map(|variant| meta::literal(&variant.value, uses)).collect();
    let (mut variants, mut values, mut idents) = (Vec::new(), Vec::new(), Vec::new());
    let mut integers = false;
    for variant in &item.variants {
        let ident = names::ident(&variant.name);
        let (fallback, value) = match &variant.value {
            Literal::Integer(value) => {
                integers = true;
                let literal = proc_macro2::Literal::i64_unsuffixed(*value);
                (format!("`{value}`"), quote!(#literal))
            }
            Literal::Text(value) if value.is_empty() => ("The empty text.".to_owned(), quote!(#value)),
            Literal::Text(value) => (format!("`{value}`"), quote!(#value)),
            other => unreachable!("invariant: a variant is a text or an integer, not {other:?}"),
        };
        let docs = docs::line(variant.description.as_ref().unwrap_or(&fallback));
        variants.push(quote!(#docs #ident));
        values.push(value);
        idents.push(ident);
    }
    let (value_type, matched, serialize) = if integers {
        (quote!(i64), quote!(i64::from_value(value)?), quote!(serialize_i64))
    } else {
        (quote!(&'static str), quote!(String::from_value(value)?.as_str()), quote!(serialize_str))
    };
    let into =
        if integers { quote!(Self::Integer(value.value())) } else { quote!(Self::from(value.value())) };
    let unknown = format!("{{other:?}} is no value of {}", item.rust.pascal());
    quote! {
        #docs
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum #name { #(#variants),* }

        impl #name {
            #[doc = " Every value, in the order of the definition."]
            pub const VALUES: &'static [Literal] = &[#(#literals),*];

            #[doc = " The value on the wire."]
            pub const fn value(self) -> #value_type {
                match self { #(Self::#idents => #values),* }
            }
        }

        impl FromValue for #name {
            fn from_value(value: Value) -> Result<Self> {
                match #matched {
                    #(#values => Ok(Self::#idents),)*
                    other => Err(Error::internal(format!(#unknown))),
                }
            }
        }

        impl From<#name> for Value {
            fn from(value: #name) -> Self { #into }
        }

        impl Serialize for #name {
            fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.#serialize(self.value())
            }
        }
    }
}
