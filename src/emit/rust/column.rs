//! The typed columns of a model, from which conditions are made.

use std::collections::HashSet;

use askama::Template;
use proc_macro2::TokenStream;
use quote::quote;

use super::file::Item;
use super::layout::WIDTH;
use super::record::type_text;
use super::uses::Uses;
use super::{names, ty};
use crate::escape;
use crate::ir::{Api, Field, Home, Model, ModelId, Name, Type};

/// The constants of a model: `impl Message { pub const ROOM: … }`.
#[derive(Template)]
#[template(path = "rust/columns.rs.j2", escape = "none")]
struct Columns {
    name: String,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    column: String,
    kind: &'static str,
    ty: String,
}

impl Column {
    /// Returns `pub const NAME: condition::Column<User, String> = condition::Column::new(1);`.
    fn constant(&self, index: &usize) -> String {
        let head = format!("pub const {}: {} =", self.name, self.ty);
        let value = format!("condition::{}::new({index});", self.kind);
        let is_long = 4 + head.chars().count() + 1 + value.chars().count() > WIDTH;
        format!("{head}{}{value}", if is_long { "\n        " } else { " " })
    }
}

/// Returns the constants of a model's columns.
pub fn columns(api: &Api, id: ModelId, uses: &mut Uses) -> Item {
    uses.runtime(&["condition"]);
    let model = &api.models[id];
    let columns = model.fields.iter().map(|field| {
        let (kind, types) = types(api, id, field, uses);
        let ty = format!("condition::{kind}<{}>", type_text(&types));
        let name = names::ident(&const_name(model, &field.name)).to_string();
        Column { name, column: escape::line(&field.column), kind, ty }
    });
    let columns = columns.collect();
    Item::of(&Columns { name: names::pascal(&model.rust).to_string(), columns })
}

/// Returns the name of the constant of a column or of a relation. `META` is the name of the descriptor, so that a column
/// with this name gets another one.
pub fn const_name(model: &Model, name: &Name) -> String {
    let taken: HashSet<String> = model.fields.iter().map(|field| field.name.shouting()).collect();
    let mut name = name.shouting();
    if name == "META" {
        while taken.contains(&name) {
            name.push_str("_COLUMN");
        }
    }
    name
}

fn types(api: &Api, id: ModelId, field: &Field, uses: &mut Uses) -> (&'static str, TokenStream) {
    let here = Home::Model(id);
    let name = names::pascal(&api.models[id].rust);
    if matches!(
        field.ty,
        Type::Object(_) | Type::List(_) | Type::Tuple(_) | Type::Map(_) | Type::Row(_) | Type::Json
    ) {
        return ("JsonColumn", quote!(#name));
    }
    let ty = ty::rust(api, &field.ty, here, uses);
    let Some(foreign_key) = &field.foreign_key else { return ("Column", quote!(#name, #ty)) };
    let other = &api.models[foreign_key.model];
    uses.generated(here, Home::Model(foreign_key.model), &other.rust.pascal());
    let other = names::pascal(&other.rust);
    ("Column", quote!(#name, #ty, #other))
}
