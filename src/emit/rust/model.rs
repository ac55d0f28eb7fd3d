//! A model: the typed row, a new row, changes of a row, and the descriptor of its table.

use proc_macro2::TokenStream;
use quote::quote;

use super::meta::{self, Shape};
use super::uses::Uses;
use super::{column, docs, file, names, object, ty};
use crate::emit::docs as text;
use crate::emit::sql::Statements;
use crate::ir::{self, Api, Auto, Between, Field, Home, Literal, Model, ModelId, OnDelete, Relation, Rule};

/// The file of a model.
pub fn file(api: &Api, id: ModelId) -> String {
    let model = &api.models[id];
    let mut emitter = Emitter { api, model, here: Home::Model(id), uses: Uses::default() };
    let mut items = vec![emitter.row(), emitter.new_row(), emitter.changes()];
    items.extend(object::items_of(api, emitter.here, &mut emitter.uses));
    items.push(column::columns(api, id, &mut emitter.uses));
    items.extend(emitter.many_to_many());
    items.extend([emitter.row_conversion(), emitter.model_impl(), emitter.descriptor()]);
    let docs = [format!("The `{}` model: the rows of the table `{}`.", model.wire, model.table)];
    file::render(&docs, &model.origin, &emitter.uses, items)
}

struct Emitter<'a> {
    api: &'a Api,
    model: &'a Model,
    here: Home,
    uses: Uses,
}

impl Emitter<'_> {
    /// `struct User`.
    fn row(&mut self) -> TokenStream {
        let name = names::pascal(&self.model.name);
        let docs = docs::attributes(&self.model.docs, &format!("A row of the table `{}`.", self.model.table));
        let fields: Vec<TokenStream> = self
            .model
            .fields
            .iter()
            .map(|field| {
                let ty = ty::rust(self.api, &field.ty, self.here, &mut self.uses);
                let ty = optional(ty, field.nullable);
                self.field(field, &ty)
            })
            .collect();
        quote! {
            #docs
            #[derive(Debug, Clone, PartialEq)]
            pub struct #name { #(#fields),* }
        }
    }

    /// `struct NewUser` with its `IntoObject`.
    fn new_row(&mut self) -> TokenStream {
        let name = names::pascal(&self.model.name);
        let new = names::ident(&format!("New{name}"));
        let mut fields = Vec::new();
        let mut sets = Vec::new();
        let mut all_optional = true;
        for (index, field) in self.model.fields.iter().enumerate() {
            if !is_given(field.auto) {
                continue;
            }
            let (ident, slot) = (names::snake(&field.name), index_literal(index));
            let ty = ty::rust(self.api, &field.ty, self.here, &mut self.uses);
            let defaulted = field.default.is_some() || field.auto == Auto::Uuid;
            let ty = optional(optional(ty, field.nullable), defaulted);
            fields.push(self.field(field, &ty));
            if defaulted {
                sets.push(quote!(object.set_some(#slot, self.#ident);));
            } else {
                all_optional &= field.nullable;
                sets.push(quote!(object.set(#slot, self.#ident);));
            }
        }
        let docs = docs::from_lines(&[format!(
            "A [`{name}`] that is not stored yet; what is `None` has its default."
        )]);
        let default = all_optional.then(|| quote!(, Default));
        let body = self.object_body(&sets);
        quote! {
            #docs
            #[derive(Debug, Clone, PartialEq #default)]
            pub struct #new { #(#fields),* }

            impl IntoObject for #new {
                fn into_object(self) -> Object { #body }
            }
        }
    }

    /// `struct UserChanges` with its `IntoObject`.
    fn changes(&mut self) -> TokenStream {
        let name = names::pascal(&self.model.name);
        let changes = names::ident(&format!("{name}Changes"));
        let mut fields = Vec::new();
        let mut sets = Vec::new();
        for (index, field) in self.model.fields.iter().enumerate() {
            if !is_given(field.auto) || index == self.model.key {
                continue;
            }
            let (ident, slot) = (names::snake(&field.name), index_literal(index));
            let ty = ty::rust(self.api, &field.ty, self.here, &mut self.uses);
            let ty = optional(ty, field.nullable);
            let ty = quote!(Option<#ty>);
            fields.push(self.field(field, &ty));
            sets.push(quote!(object.set_some(#slot, self.#ident);));
        }
        let docs = docs::line(&format!("Changes of a [`{name}`]; what is `None` keeps its value."));
        let body = self.object_body(&sets);
        quote! {
            #docs
            #[derive(Debug, Clone, PartialEq, Default)]
            pub struct #changes { #(#fields),* }

            impl IntoObject for #changes {
                fn into_object(self) -> Object { #body }
            }
        }
    }

    fn object_body(&mut self, sets: &[TokenStream]) -> TokenStream {
        self.uses.runtime(&["IntoObject", "Object"]);
        let len = index_literal(self.model.fields.len());
        if sets.is_empty() {
            return quote!(Object::empty(#len));
        }
        quote! {
            let mut object = Object::empty(#len);
            #(#sets)*
            object
        }
    }

    fn row_conversion(&mut self) -> TokenStream {
        self.uses.runtime(&["FromRow", "Result", "Row"]);
        let name = names::pascal(&self.model.name);
        let fields = self.model.fields.iter().enumerate().map(|(index, field)| {
            let (ident, index) = (names::snake(&field.name), index_literal(index));
            quote!(#ident: row.take(#index)?)
        });
        quote! {
            impl FromRow for #name {
                fn from_row(mut row: Row) -> Result<Self> {
                    Ok(Self { #(#fields),* })
                }
            }
        }
    }

    fn model_impl(&mut self) -> TokenStream {
        self.uses.runtime(&["Model"]);
        let name = names::pascal(&self.model.name);
        let new = names::ident(&format!("New{name}"));
        let changes = names::ident(&format!("{name}Changes"));
        let meta = meta::static_of(&self.model.name);
        let key = &self.model.fields[self.model.key];
        let (key_type, key_ident) =
            (ty::rust(self.api, &key.ty, self.here, &mut self.uses), names::snake(&key.name));
        let key_value =
            if is_copy(&key_type) { quote!(self.#key_ident) } else { quote!(self.#key_ident.clone()) };
        let values = self.model.fields.iter().map(|field| names::snake(&field.name));
        quote! {
            impl Model for #name {
                type Key = #key_type;
                type New = #new;
                type Changes = #changes;

                const META: &'static ModelMeta = &#meta;

                fn key(&self) -> Self::Key { #key_value }

                fn into_row(self) -> Row {
                    Row::new(vec![#(self.#values.into()),*])
                }
            }
        }
    }

    /// `static USER: ModelMeta`.
    fn descriptor(&mut self) -> TokenStream {
        self.uses.meta(&["ColumnMeta", "ModelMeta", "ModelSql"]);
        let model = self.model;
        let meta = meta::static_of(&model.name);
        let docs = docs::line(&format!("The table `{}`.", model.table));
        let (name, verbose, table, key) =
            (&model.wire, model.name.spaced(), &model.table, index_literal(model.key));
        let columns: Vec<TokenStream> = model.fields.iter().map(|field| self.column(field)).collect();
        let together = model.unique_together.iter().map(|columns| {
            let columns = columns.iter().map(|column| index_literal(*column));
            quote!(&[#(#columns),*])
        });
        let relations: Vec<TokenStream> =
            model.relations.iter().map(|relation| self.relation(relation)).collect();
        let Statements { select, get, insert, delete, returning } = Statements::of(model);
        quote! {
            #docs
            pub static #meta: ModelMeta = ModelMeta {
                name: #name,
                verbose_name: #verbose,
                table: #table,
                columns: &[#(#columns),*],
                key: #key,
                unique_together: &[#(#together),*],
                relations: &[#(#relations),*],
                sql: ModelSql {
                    select: #select,
                    get: #get,
                    insert: #insert,
                    delete: #delete,
                    returning: #returning,
                },
            };
        }
    }

    /// `impl Book { pub const GENRES: ManyToMany<Book, Genre> }`: what the application relates rows with.
    fn many_to_many(&mut self) -> Option<TokenStream> {
        let name = names::pascal(&self.model.name);
        let through = |relation: &&(usize, &Relation)| {
            matches!(&relation.1.via, ir::Via::Table(Between { model: None, .. }))
        };
        let relations: Vec<(usize, &Relation)> = self.model.relations.iter().enumerate().collect();
        let mut constants = Vec::new();
        for (index, relation) in relations.iter().filter(through) {
            self.uses.runtime(&["ManyToMany"]);
            let target = &self.api.models[relation.target];
            self.uses.generated(self.here, Home::Model(relation.target), &target.name.pascal());
            let docs =
                docs::attributes(&relation.docs, &format!("The rows of `{}` it is related to.", target.wire));
            let (constant, target) = (names::shouting(&relation.name), names::pascal(&target.name));
            let index = index_literal(*index);
            constants.push(
                quote!(#docs pub const #constant: ManyToMany<#name, #target> = ManyToMany::new(#index);),
            );
        }
        (!constants.is_empty()).then(|| quote!(impl #name { #(#constants)* }))
    }

    fn relation(&mut self, relation: &Relation) -> TokenStream {
        self.uses.meta(&["RelationMeta", "Via"]);
        let name = &relation.wire;
        let target = &self.api.models[relation.target];
        self.uses.generated(self.here, Home::Model(relation.target), &target.name.shouting());
        let target = meta::static_of(&target.name);
        let via = match &relation.via {
            ir::Via::Column(column) => {
                let column = index_literal(*column);
                quote!(Via::Column(#column))
            }
            ir::Via::Table(Between { table, from, to, .. }) => {
                quote!(Via::Table { table: #table, from: #from, to: #to })
            }
        };
        quote!(RelationMeta { name: #name, target: || &#target, via: #via })
    }

    fn column(&mut self, field: &Field) -> TokenStream {
        let wire = &field.wire;
        let shape = Shape {
            model: true,
            nullable: field.nullable,
            blank: takes_blank(field),
            rules: &field.rules,
            inside: false,
        };
        let ty = meta::type_meta(self.api, &field.ty, shape, self.here, &mut self.uses);
        let mut tokens = quote!(ColumnMeta::new(#wire, #ty));
        if field.column != field.wire {
            let column = &field.column;
            tokens.extend(quote!(.column(#column)));
        }
        if let Some(auto) = auto(field.auto) {
            self.uses.meta(&["Auto"]);
            tokens.extend(quote!(.auto(Auto::#auto)));
        }
        if field.unique {
            tokens.extend(quote!(.unique()));
        }
        if let Some(default) = &field.default {
            let default = meta::literal(default, &mut self.uses);
            tokens.extend(quote!(.default(#default)));
        }
        if let Some(foreign_key) = &field.foreign_key {
            let other = &self.api.models[foreign_key.model];
            self.uses.generated(self.here, Home::Model(foreign_key.model), &other.name.shouting());
            let other = meta::static_of(&other.name);
            tokens.extend(quote!(.references(|| &#other)));
            let on_delete = match foreign_key.on_delete {
                OnDelete::Cascade => Some("Cascade"),
                OnDelete::SetNull => Some("SetNull"),
                OnDelete::Protect | OnDelete::Restrict => None,
            };
            if let Some(on_delete) = on_delete.map(names::ident) {
                self.uses.meta(&["OnDelete"]);
                tokens.extend(quote!(.on_delete(OnDelete::#on_delete)));
            }
        }
        tokens
    }

    fn field(&self, field: &Field, ty: &TokenStream) -> TokenStream {
        let ident = names::snake(&field.name);
        let fallback = match &field.foreign_key {
            Some(foreign_key) => {
                format!("The key of a `{}`.", self.api.models[foreign_key.model].name.pascal())
            }
            None if std::ptr::eq(field, &self.model.fields[self.model.key]) => "The primary key.".to_owned(),
            None => format!("`{}`.", field.wire),
        };
        let docs = docs::from_lines(&text::lines(&field.docs, &fallback));
        quote!(#docs pub #ident: #ty)
    }
}

/// Whether whoever writes a row may give the column.
fn is_given(auto: Auto) -> bool {
    matches!(auto, Auto::No | Auto::Uuid)
}

/// Whether a text column takes `""`: its default is blank, or its schema says so.
pub fn takes_blank(field: &Field) -> bool {
    field.default == Some(Literal::Text(String::new())) || field.rules.contains(&Rule::MinLength(0))
}

fn auto(auto: Auto) -> Option<proc_macro2::Ident> {
    let name = match auto {
        Auto::No => return None,
        Auto::Key => "Key",
        Auto::Uuid => "Uuid",
        Auto::NowAdd => "NowAdd",
        Auto::Now => "Now",
    };
    Some(names::ident(name))
}

/// `Option<T>` or `T`.
pub fn optional(ty: TokenStream, optional: bool) -> TokenStream {
    if optional { quote!(Option<#ty>) } else { ty }
}

/// A position, without the suffix that `quote` would give it.
pub fn index_literal(index: usize) -> proc_macro2::Literal {
    proc_macro2::Literal::usize_unsuffixed(index)
}

/// Whether the type of a key is copied: keys are integers, uuids or texts.
fn is_copy(ty: &TokenStream) -> bool {
    ty.to_string() != "String"
}
