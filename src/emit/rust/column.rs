//! The typed columns of a model, of which conditions are made.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::model::index_literal;
use super::uses::Uses;
use super::{docs, names, ty};
use crate::ir::{Api, Field, Home, Model, ModelId, Type};

/// `impl Message { pub const ROOM: … }`
pub fn columns(api: &Api, id: ModelId, uses: &mut Uses) -> TokenStream {
    uses.runtime(&["condition"]);
    let model = &api.models[id];
    let name = names::pascal(&model.name);
    let columns = model.fields.iter().enumerate().map(|(index, field)| {
        let docs = docs::line(&format!("The column `{}`, for conditions.", field.column));
        let (name, index) = (names::ident(&const_name(model, field)), index_literal(index));
        let (kind, types) = types(api, id, field, uses);
        let kind = names::ident(kind);
        quote! {
            #docs
            pub const #name: condition::#kind<#types> = condition::#kind::new(#index);
        }
    });
    let columns: Vec<TokenStream> = columns.collect();
    quote!(impl #name { #(#columns)* })
}

/// The name of a column's constant. `META` is the descriptor's, and so that column gets another.
fn const_name(model: &Model, field: &Field) -> String {
    let taken: HashSet<String> = model.fields.iter().map(|field| field.name.shouting()).collect();
    let mut name = field.name.shouting();
    if name == "META" {
        while taken.contains(&name) {
            name.push_str("_COLUMN");
        }
    }
    name
}

fn types(api: &Api, id: ModelId, field: &Field, uses: &mut Uses) -> (&'static str, TokenStream) {
    let here = Home::Model(id);
    let name = names::pascal(&api.models[id].name);
    if matches!(field.ty, Type::Object(_) | Type::List(_) | Type::Map(_) | Type::Row(_) | Type::Json) {
        return ("JsonColumn", quote!(#name));
    }
    let ty = ty::rust(api, &field.ty, here, uses);
    let Some(foreign_key) = &field.foreign_key else { return ("Column", quote!(#name, #ty)) };
    let other = &api.models[foreign_key.model];
    uses.generated(here, Home::Model(foreign_key.model), &other.name.pascal());
    let other = names::pascal(&other.name);
    ("Column", quote!(#name, #ty, #other))
}
