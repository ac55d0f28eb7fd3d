//! A model: the typed row, a new row, changes of a row, and the descriptor of its table.

use askama::Template;
use proc_macro2::TokenStream;
use quote::quote;

use super::file::Item;
use super::meta::{self, Shape};
use super::record::{self, Record, type_text};
use super::tokens::{index_literal, optional};
use super::uses::Uses;
use super::{column, constraints, docs, file, names, object, ty};
use crate::emit::docs as text;
use crate::ir::{
    self, Api, Auto, Between, Collation, Expressions, Field, Home, Literal, Model, ModelId, OnDelete,
    Relation, Rule,
};

/// Returns the file of a model.
pub fn file(api: &Api, id: ModelId) -> String {
    let model = &api.models[id];
    let mut emitter = Emitter { api, model, here: Home::Model(id), uses: Uses::default() };
    let mut items = vec![emitter.row(), emitter.new_row(), emitter.changes()];
    items.extend(object::items_of(api, emitter.here, &mut emitter.uses));
    items.push(column::columns(api, id, &mut emitter.uses));
    items.extend(emitter.relations().map(Item::from));
    items.extend([emitter.conversions(), emitter.descriptor().into()]);
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
    /// Returns `struct User`.
    fn row(&mut self) -> Item {
        let fallback = format!("A row of the table `{}`.", self.model.table);
        let docs = text::lines(&self.model.docs, &fallback);
        let model = self.model;
        let mut fields = Vec::with_capacity(model.fields.len());
        for (slot, field) in model.fields.iter().enumerate() {
            let ty = self.ty(field);
            if field.secret {
                // The type keeps the value out of events, and out of logs by default.
                let ty = quote!(dcrf_runtime::WriteOnly<#ty>);
                fields.push(record::Field { secret: false, ..self.field(slot, field, &ty, true) });
            } else {
                fields.push(self.field(slot, field, &ty, true));
            }
        }
        self.record(docs, &["Clone", "PartialEq"], model.rust.pascal(), fields)
    }

    /// Returns `struct NewUser` with its `IntoObject`.
    fn new_row(&mut self) -> Item {
        let name = names::pascal(&self.model.rust);
        let model = self.model;
        let mut fields = Vec::new();
        let mut all_optional = true;
        for (slot, field) in model.fields.iter().enumerate().filter(|(_, field)| is_given(field.auto)) {
            let defaulted = field.default.is_some() || field.auto != Auto::No;
            all_optional &= defaulted || field.nullable;
            let ty = optional(self.ty(field), defaulted);
            fields.push(self.field(slot, field, &ty, !defaulted));
        }
        let docs = vec![format!("A [`{name}`] that is not stored yet; a `None` field gets its default.")];
        let derives: &'static [&'static str] = if all_optional { &["Clone", "Default"] } else { &["Clone"] };
        self.stored(docs, derives, format!("New{name}"), fields)
    }

    /// Returns `struct UserChanges` with its `IntoObject`.
    fn changes(&mut self) -> Item {
        let name = names::pascal(&self.model.rust);
        let model = self.model;
        let mut fields = Vec::new();
        for (slot, field) in model.fields.iter().enumerate() {
            if !is_given(field.auto) || slot == model.key {
                continue;
            }
            let ty = optional(self.ty(field), true);
            fields.push(self.field(slot, field, &ty, false));
        }
        let docs = vec![format!("Changes of a [`{name}`]; a `None` field keeps its value.")];
        let name = format!("{name}Changes");
        if !self.is_performed() {
            return self.stored(docs, &["Clone", "Default"], name, fields);
        }
        let (from, into) = (Some(record::From::Columns), self.object_conversion());
        Record { docs, derives: &["Clone", "Default"], name, fields, from, into, serialize: None }.into()
    }

    /// Tells whether the handler of a consumer is given values of the model to prepare.
    fn is_performed(&self) -> bool {
        let of_this = |consumer: &ir::Consumer| {
            consumer.serializer.is_some_and(|id| match self.api.serializers[id].of {
                ir::SerializerOf::Model(id) => std::ptr::eq(&self.api.models[id], self.model),
                ir::SerializerOf::Object(_) => false,
            })
        };
        self.api.consumers.iter().any(|(_, consumer)| consumer.performs.values() && of_this(consumer))
    }

    /// Returns the conversion to the slots of the model.
    fn object_conversion(&self) -> Option<record::Into> {
        Some(record::Into { slots: self.model.fields.len(), value: false })
    }

    /// Returns the type of a column's values.
    fn ty(&mut self, field: &Field) -> TokenStream {
        let ty = ty::rust(self.api, &field.ty, self.here, &mut self.uses);
        optional(ty, field.nullable)
    }

    fn record(
        &self,
        docs: Vec<String>,
        derives: &'static [&'static str],
        name: String,
        fields: Vec<record::Field>,
    ) -> Item {
        Record { docs, derives, name, fields, from: None, into: None, serialize: None }.into()
    }

    /// Returns a struct that is stored. An application uses few of them, and the compiler only makes code for these.
    fn stored(
        &self,
        docs: Vec<String>,
        derives: &'static [&'static str],
        name: String,
        fields: Vec<record::Field>,
    ) -> Item {
        let into = self.object_conversion();
        Record { docs, derives, name, fields, from: None, into, serialize: None }.into()
    }

    /// Returns `impl FromRow for User` and `impl Model for User`.
    fn conversions(&mut self) -> Item {
        self.uses.runtime(&["Model"]);
        let model = self.model;
        let key = &model.fields[model.key];
        let key_type = ty::rust(self.api, &key.ty, self.here, &mut self.uses);
        let name = names::pascal(&model.rust).to_string();
        let fields: Vec<String> =
            model.fields.iter().map(|field| names::snake(&field.name).to_string()).collect();
        let into_row = record::wrapped("dcrf_runtime::into_row! {", &fields, "}");
        let into_row: Vec<String> = into_row.lines().map(|line| format!("    {line}")).collect();
        Item::of(&Conversions {
            from_row: record::wrapped(&format!("dcrf_runtime::from_row! {{ {name} {{"), &fields, "} }"),
            into_row: into_row.join("\n"),
            name,
            key: names::snake(&key.name).to_string(),
            key_type: type_text(&key_type),
            meta: meta::static_of(&model.rust).to_string(),
        })
    }

    /// Returns `static USER: ModelMeta`.
    fn descriptor(&mut self) -> TokenStream {
        self.uses.meta(&["ColumnMeta", "ModelMeta"]);
        let model = self.model;
        let meta = meta::static_of(&model.rust);
        let docs = docs::line(&format!("The descriptor of the table `{}`.", model.table));
        let (name, verbose, table, key) =
            (&model.wire, model.spoken().spaced(), &model.table, index_literal(model.key));
        let columns: Vec<TokenStream> = model.fields.iter().map(|field| self.column(field)).collect();
        let constraints = constraints::of(model, &mut self.uses);
        let ordering = meta::ordering(&model.ordering, &mut self.uses);
        let relations: Vec<TokenStream> =
            model.relations.iter().map(|relation| self.relation(relation)).collect();
        let (of, by) = (table, &model.fields[model.key].column);
        let mut given = 0;
        let named = model.fields.iter().map(|field| {
            let column = &field.column;
            if field.auto == Auto::Key {
                return quote!(#column);
            }
            given += 1;
            let parameter = index_literal(given);
            quote!(#column = #parameter)
        });
        let named: Vec<TokenStream> = named.collect();
        quote! {
            #docs
            pub static #meta: ModelMeta = ModelMeta {
                name: #name,
                verbose_name: #verbose,
                table: #table,
                columns: &[#(#columns),*],
                key: #key,
                constraints: &[#(#constraints),*],
                ordering: #ordering,
                relations: &[#(#relations),*],
                sql: dcrf_runtime::sql! { #of by #by: #(#named),* },
            };
        }
    }

    /// Returns `impl Book { pub const GENRES: ManyToMany<Book, Genre> }`, with which the application reads and writes
    /// related rows. One-to-one relations have constants in the model at their other end.
    fn relations(&mut self) -> Option<TokenStream> {
        let name = names::pascal(&self.model.rust);
        let mut constants = Vec::new();
        for (index, relation) in self.model.relations.iter().enumerate() {
            let (ty, fallback) = match &relation.via {
                ir::Via::Table(Between { model: None, .. }) => ("ManyToMany", "rows"),
                ir::Via::One(_) => ("OneToOne", "row"),
                ir::Via::Table(_) | ir::Via::Column(_) => continue,
            };
            self.uses.runtime(&[ty]);
            let target = &self.api.models[relation.target];
            self.uses.generated(self.here, Home::Model(relation.target), &target.rust.pascal());
            let fallback = format!("The {fallback} of `{}` related to it.", target.wire);
            let docs = docs::attributes(&relation.docs, &fallback);
            let constant = names::ident(&column::const_name(self.model, &relation.name));
            let target = names::pascal(&target.rust);
            let (ty, index) = (names::ident(ty), index_literal(index));
            constants.push(quote!(#docs pub const #constant: #ty<#name, #target> = #ty::new(#index);));
        }
        (!constants.is_empty()).then(|| quote!(impl #name { #(#constants)* }))
    }

    fn relation(&mut self, relation: &Relation) -> TokenStream {
        self.uses.meta(&["RelationMeta", "RelationVia"]);
        let name = &relation.wire;
        let target = &self.api.models[relation.target];
        self.uses.generated(self.here, Home::Model(relation.target), &target.rust.shouting());
        let target = meta::static_of(&target.rust);
        let via = match &relation.via {
            ir::Via::Column(column) => {
                let column = index_literal(*column);
                quote!(RelationVia::Column(#column))
            }
            ir::Via::One(column) => {
                let column = index_literal(*column);
                quote!(RelationVia::One(#column))
            }
            ir::Via::Table(Between { table, from, to, model: None }) => {
                quote!(RelationVia::Table { table: #table, from: #from, to: #to })
            }
            ir::Via::Table(Between { from, to, model: Some(through), .. }) => {
                let model = &self.api.models[*through];
                self.uses.generated(self.here, Home::Model(*through), &model.rust.shouting());
                let column = |name: &str| model.fields.iter().position(|field| field.column == name);
                let [from, to] = [from, to].map(|name| {
                    index_literal(column(name).expect("invariant: the model has both foreign keys"))
                });
                let model = meta::static_of(&model.rust);
                quote!(RelationVia::Through { model: || &#model, from: #from, to: #to })
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
        let kind = meta::kind(self.api, &field.ty, false, self.here, &mut self.uses);
        let shape = meta::shape(&field.ty, shape, &mut self.uses);
        let mut tokens = quote!(ColumnMeta::of(#wire, #kind) #shape);
        if field.column != field.wire {
            let column = &field.column;
            tokens.extend(quote!(.column(#column)));
        }
        if let Some(file) = &field.file {
            tokens.extend(meta::file(file, &mut self.uses));
        }
        if field.collation == Some(Collation::Database) {
            self.uses.meta(&["Collation"]);
            tokens.extend(quote!(.collation(Collation::Database)));
        }
        if let Some(sql) = &field.sql {
            for (database, sql) in [("sqlite", &sql.sqlite), ("postgres", &sql.postgres)] {
                if let Some(Expressions { ty, read, write }) = sql {
                    let database = names::ident(database);
                    tokens.extend(quote!(.#database(#ty, #read, #write)));
                }
            }
        } else if self.is_stored_by_django(field) {
            tokens.extend(quote!(.django()));
        }
        if field.secret {
            tokens.extend(quote!(.secret()));
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
            self.uses.generated(self.here, Home::Model(foreign_key.model), &other.rust.shouting());
            let other = meta::static_of(&other.rust);
            tokens.extend(quote!(.references(|| &#other)));
            let on_delete = match foreign_key.on_delete {
                OnDelete::Cascade => Some("Cascade"),
                OnDelete::SetNull => Some("SetNull"),
                OnDelete::SetDefault => Some("SetDefault"),
                OnDelete::DoNothing => Some("DoNothing"),
                OnDelete::Protect | OnDelete::Restrict => None,
            };
            if let Some(on_delete) = on_delete.map(names::ident) {
                self.uses.meta(&["OnDelete"]);
                tokens.extend(quote!(.on_delete(OnDelete::#on_delete)));
            }
        }
        tokens
    }

    /// Tells whether values are stored in Django's own form. Those of a foreign key are stored like the key that it
    /// refers to.
    fn is_stored_by_django(&self, field: &Field) -> bool {
        use ir::Scalar::{DateTime, Decimal, Duration, Form, Time, Uuid};
        let (mut owner, mut key) = (self.model, field);
        while let Some(foreign_key) = &key.foreign_key {
            owner = &self.api.models[foreign_key.model];
            key = &owner.fields[owner.key];
        }
        let differs = match &field.ty {
            ir::Type::Scalar(Form(form)) => form.is_ip(),
            ir::Type::Scalar(scalar) => matches!(scalar, DateTime | Decimal { .. } | Duration | Time | Uuid),
            // The texts of JSON are spelled as Python spells them.
            ty => ty.is_json(),
        };
        differs && owner.storage == ir::Storage::Django
    }

    fn field(&self, slot: usize, field: &Field, ty: &TokenStream, always: bool) -> record::Field {
        let fallback = match &field.foreign_key {
            Some(foreign_key) => {
                format!("The key of a `{}`.", self.api.models[foreign_key.model].rust.pascal())
            }
            None if std::ptr::eq(field, &self.model.fields[self.model.key]) => "The primary key.".to_owned(),
            None => format!("The field `{}`.", field.wire),
        };
        let docs = text::lines(&field.docs, &fallback);
        let (name, secret) = (names::snake(&field.name).to_string(), field.secret);
        record::Field {
            docs,
            name,
            ty: type_text(ty),
            slot: Some(slot),
            always,
            secret,
            attributes: Vec::new(),
        }
    }
}

/// The conversions of a row to a struct, and back.
#[derive(Template)]
#[template(path = "rust/row.rs.j2", escape = "none")]
struct Conversions {
    name: String,
    from_row: String,
    into_row: String,
    key: String,
    key_type: String,
    meta: String,
}

/// Tells whether the value of the column may be given when a row is written.
fn is_given(auto: Auto) -> bool {
    auto.may_be_given()
}

/// Tells whether a text column accepts `""`: its default is blank, or its schema allows it.
pub fn takes_blank(field: &Field) -> bool {
    field.default == Some(Literal::Text(String::new())) || field.rules.contains(&Rule::MinLength(0))
}

fn auto(auto: Auto) -> Option<proc_macro2::Ident> {
    let name = match auto {
        Auto::No => return None,
        Auto::Key => "Key",
        Auto::Uuid => "Uuid",
        Auto::DefaultUuid => "DefaultUuid",
        Auto::DefaultNow => "DefaultNow",
        Auto::NowAdd => "NowAdd",
        Auto::Now => "Now",
    };
    Some(names::ident(name))
}
