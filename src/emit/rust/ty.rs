//! The types of a definition in Rust.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::names;
use super::uses::Uses;
use crate::ir::{Api, Element, Home, Scalar, Serializer, Type};

/// Returns the type of a value that is present and not null. `here` is the file that it is written in.
pub fn rust(api: &Api, ty: &Type, here: Home, uses: &mut Uses) -> TokenStream {
    match ty {
        Type::Scalar(scalar) => scalar_type(*scalar, uses),
        Type::Enum(id) => {
            let item = &api.enums[*id];
            uses.generated(here, item.home, &item.rust.pascal());
            let name = names::pascal(&item.rust);
            quote!(#name)
        }
        Type::Object(id) => {
            let object = &api.objects[*id];
            uses.generated(here, object.home, &object.rust.pascal());
            let name = names::pascal(&object.rust);
            quote!(#name)
        }
        Type::Union(id) => {
            let union = &api.unions[*id];
            uses.generated(here, union.home, &union.rust.pascal());
            let name = names::pascal(&union.rust);
            quote!(#name)
        }
        Type::List(element) => {
            let element = self::element(api, element, here, uses);
            quote!(Vec<#element>)
        }
        Type::Tuple(elements) => {
            let elements = elements.iter().map(|element| self::element(api, element, here, uses));
            let elements: Vec<TokenStream> = elements.collect();
            match elements.as_slice() {
                [only] => quote!((#only,)),
                elements => quote!((#(#elements),*)),
            }
        }
        Type::Map(element) => {
            uses.add("std::collections", "BTreeMap");
            let element = self::element(api, element, here, uses);
            quote!(BTreeMap<String, #element>)
        }
        Type::Row(serializer) => {
            uses.runtime(&["ShownRow"]);
            let name = shown_type(&api.serializers[*serializer]);
            uses.generated(here, Home::Serializer(*serializer), &name.to_string());
            quote!(ShownRow<#name>)
        }
        Type::Json => named("Json", uses),
    }
}

/// Returns the type of a serializer: `UserSerializer`.
pub fn shown_type(serializer: &Serializer) -> Ident {
    names::pascal(&serializer.rust.join("serializer"))
}

/// Returns the type of the values of a list or map, or of an action's output.
pub fn element(api: &Api, element: &Element, here: Home, uses: &mut Uses) -> TokenStream {
    let ty = rust(api, &element.ty, here, uses);
    if element.nullable { quote!(Option<#ty>) } else { ty }
}

fn scalar_type(scalar: Scalar, uses: &mut Uses) -> TokenStream {
    match scalar {
        Scalar::Boolean => quote!(bool),
        Scalar::Integer => quote!(i64),
        Scalar::BigInteger => named("BigInteger", uses),
        Scalar::Float => quote!(f64),
        Scalar::Text | Scalar::Form(_) => {
            quote!(String)
        }
        Scalar::Uuid => named("Uuid", uses),
        Scalar::Date => named("Date", uses),
        Scalar::DateTime => named("DateTime", uses),
        Scalar::Time => named("Time", uses),
        Scalar::Duration => named("Duration", uses),
        Scalar::Decimal { .. } => named("Decimal", uses),
        Scalar::Bytes => named("Bytes", uses),
    }
}

fn named(name: &str, uses: &mut Uses) -> TokenStream {
    uses.runtime(&[name]);
    let name = names::ident(name);
    quote!(#name)
}
