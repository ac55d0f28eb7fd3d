//! A serializer: its descriptor, and the inputs of `create`, `update` and `patch`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::file::Item;
use super::meta::{self, Shape};
use super::record::{self, Record, type_text};
use super::tokens::{index_literal, optional};
use super::uses::Uses;
use super::{docs, file, names, object, ty};
use crate::ir::{
    self, Access, Api, FieldSource, HiddenField, HiddenValue, Home, Input, Link, LinkValue, Model, NestedOf,
    Serializer, SerializerField, SerializerId, SerializerOf, Type,
};

/// Returns the file of a serializer.
pub fn file(api: &Api, id: SerializerId) -> String {
    let serializer = &api.serializers[id];
    let mut uses = Uses::default();
    let here = Home::Serializer(id);
    let mut items: Vec<Item> = object::items_of(api, here, &mut uses);
    if let SerializerOf::Model(model) = serializer.of {
        let model = &api.models[model];
        let inputs = inputs(api, id);
        for &input in &inputs {
            if let Some(same) = input.same(serializer, &inputs) {
                items.push(alias(serializer, input, same).into());
                continue;
            }
            let converted = |other: &Input| other.named(serializer, &inputs) == input;
            let converted =
                inputs.iter().any(|other| converted(other) && api.conversions.of_payload(id, *other));
            items.push(input_items(api, serializer, model, input, converted, here, &mut uses));
        }
        let mut overridden: Vec<Input> = Vec::new();
        for input in ir::given_inputs(api, id) {
            let named = input.named(serializer, &inputs);
            if !overridden.contains(&named) {
                overridden.push(named);
                items.push(payload(serializer, named, &mut uses).into());
            }
        }
        items.push(descriptor(api, serializer, model, here, &mut uses).into());
        if is_shown_as_type(api, id) {
            items.push(shown_as_type(serializer, model, here, &mut uses).into());
        }
    }
    let docs = crate::emit::docs::lines(
        &serializer.docs,
        &format!("The serializer `{}`.", serializer.name.pascal()),
    );
    file::render(&docs, &serializer.origin, &uses, items)
}

impl Input {
    /// Returns the name of the input: `UserCreate`.
    pub fn ident(self, serializer: &Serializer) -> Ident {
        names::pascal(&serializer.rust.join(self.word()))
    }

    /// Tells whether the input always has a value for a field.
    fn always(self, field: &SerializerField) -> bool {
        match self {
            Self::Create => field.required || field.default.is_some(),
            Self::Update => field.required || field.default_in_update,
            Self::Patch => false,
        }
    }

    /// Returns another input with the same fields, because one type is sufficient for both.
    fn same(self, serializer: &Serializer, inputs: &[Self]) -> Option<Self> {
        let other = match self {
            Self::Create => return None,
            Self::Update => Self::Create,
            Self::Patch => Self::Update,
        };
        let mut written = serializer.fields.iter().filter(|field| field.access != Access::ReadOnly);
        let holds_the_same = |field: &SerializerField| {
            self.always(field) == other.always(field) && !matches!(field.source, FieldSource::Nested(_))
        };
        (inputs.contains(&other) && written.all(holds_the_same)).then_some(other)
    }

    /// Returns the input whose type this input has.
    fn named(self, serializer: &Serializer, inputs: &[Self]) -> Self {
        self.same(serializer, inputs).map_or(self, |same| same.named(serializer, inputs))
    }

    /// Returns the type of a field's value that is present and not null.
    pub fn value_type(
        self,
        api: &Api,
        field: &SerializerField,
        model: &Model,
        here: Home,
        uses: &mut Uses,
    ) -> TokenStream {
        match &field.source {
            FieldSource::Column(column) => ty::rust(api, &model.fields[*column].ty, here, uses),
            FieldSource::Keys(relation) => {
                let target = &api.models[model.relations[*relation].target];
                let key = ty::rust(api, &target.fields[target.key].ty, here, uses);
                quote!(Vec<#key>)
            }
            FieldSource::Nested(nested) => {
                let serializer = &api.serializers[nested.serializer];
                let name = self.nested(nested.of).ident(serializer);
                uses.generated(here, Home::Serializer(nested.serializer), &name.to_string());
                if matches!(nested.of, NestedOf::Relation(_)) { quote!(Vec<#name>) } else { quote!(#name) }
            }
            FieldSource::Payload(ty) => ty::rust(api, ty, here, uses),
            FieldSource::Along { .. } | FieldSource::Method(_) => {
                unreachable!("invariant: what is computed is never written")
            }
        }
    }
}

/// Returns the inputs that some consumer accepts with this serializer, or with one that nests it, and the input that
/// the validation of the whole uses.
pub fn inputs(api: &Api, id: SerializerId) -> Vec<Input> {
    let mut used = ir::inputs(api, id);
    if api.serializers[id].validate && !used.is_empty() && !used.contains(&Input::Patch) {
        used.push(Input::Patch);
    }
    used
}

/// Returns the static that describes a serializer: `USER_SERIALIZER`.
pub fn static_of(serializer: &Serializer) -> Ident {
    names::shouting(&serializer.rust.join("serializer"))
}

/// Tells whether a message of a consumer contains rows as the serializer shows them.
pub fn is_shown_as_type(api: &Api, id: SerializerId) -> bool {
    api.consumers.values().any(|consumer| consumer.rows.contains(&id))
}

/// Returns `enum UserSerializer {}`, the type parameter of `ShownRow`.
fn shown_as_type(serializer: &Serializer, model: &Model, here: Home, uses: &mut Uses) -> TokenStream {
    uses.runtime(&["RowSerializer"]);
    let (name, meta) = (ty::shown_type(serializer), static_of(serializer));
    let SerializerOf::Model(id) = serializer.of else {
        unreachable!("invariant: rows are shown by serializers of models");
    };
    uses.generated(here, Home::Model(id), &model.rust.pascal());
    let model = names::pascal(&model.rust);
    let docs = docs::line(&format!(
        "The serializer `{}` as a type: a `ShownRow<{name}>` is a row as it shows it.",
        serializer.name.pascal()
    ));
    quote! {
        #docs
        #[derive(Debug)]
        pub enum #name {}

        impl RowSerializer for #name {
            type Model = #model;
            const META: &'static SerializerMeta = &#meta;
        }
    }
}

fn input_items(
    api: &Api,
    serializer: &Serializer,
    model: &Model,
    input: Input,
    converted: bool,
    here: Home,
    uses: &mut Uses,
) -> Item {
    let name = input.ident(serializer);
    let mut fields = Vec::new();
    for (slot, field) in serializer.fields.iter().enumerate() {
        if field.access == Access::ReadOnly {
            continue;
        }
        let always = input.always(field);
        let ty = input.value_type(api, field, model, here, uses);
        // For the keys of a relation, `null` is an empty list.
        let nullable = field.nullable && !matches!(field.source, FieldSource::Keys(_));
        let ty = type_text(&optional(optional(ty, nullable), !always));
        let docs = crate::emit::docs::lines(&field.docs, &format!("The field `{}`.", field.wire));
        let secret = field.access == Access::WriteOnly
            || field.column().is_some_and(|column| model.fields[column].secret);
        let name = names::snake(&field.name).to_string();
        let slot = Some(slot);
        fields.push(record::Field { docs, name, ty, slot, always, secret, attributes: Vec::new() });
    }
    let docs = match input {
        Input::Create => "The validated input of `create`; a `None` field was not sent and has no default.",
        Input::Update => "The validated input of `update`; a `None` field was not sent and keeps its value.",
        Input::Patch => "The validated input of `patch`; a `None` field was not sent and keeps its value.",
    };
    let record = Record {
        docs: vec![docs.to_owned()],
        derives: &[],
        name: name.to_string(),
        fields,
        from: converted.then_some(record::From::Payload),
        into: converted.then_some(record::Into { slots: serializer.slots(), value: true }),
        serialize: None,
    };
    record.into()
}

/// Returns `impl Payload for UserCreate`.
fn payload(serializer: &Serializer, input: Input, uses: &mut Uses) -> TokenStream {
    uses.runtime(&["Payload"]);
    uses.meta(&["SerializerMeta"]);
    let (name, meta) = (input.ident(serializer), static_of(serializer));
    quote! {
        impl Payload for #name {
            const META: &'static SerializerMeta = &#meta;
        }
    }
}

/// Returns `type UserUpdate = UserCreate`.
fn alias(serializer: &Serializer, input: Input, same: Input) -> TokenStream {
    let (name, other) = (input.ident(serializer), same.ident(serializer));
    let docs =
        docs::line(&format!("The validated input of `{}`: the same as of `{}`.", input.word(), same.word()));
    quote!(#docs pub type #name = #other;)
}

fn descriptor(api: &Api, serializer: &Serializer, model: &Model, here: Home, uses: &mut Uses) -> TokenStream {
    uses.meta(&["SerializerMeta"]);
    if serializer.slots() > 0 {
        uses.meta(&["FieldMeta"]);
    }
    uses.add("crate::models", &model.rust.shouting());
    let (meta, model_meta) = (static_of(serializer), meta::static_of(&model.rust));
    let docs = docs::line(&format!("The descriptor of `{}`.", serializer.name.pascal()));
    let (name, validate) = (serializer.name.pascal(), serializer.validate);
    let mut fields: Vec<TokenStream> =
        serializer.fields.iter().map(|field| field_meta(api, field, model, here, uses)).collect();
    fields.extend(serializer.hidden.iter().map(|field| hidden_meta(field, model, uses)));
    quote! {
        #docs
        pub static #meta: SerializerMeta = SerializerMeta {
            name: #name,
            model: &#model_meta,
            fields: &[#(#fields),*],
            validate: #validate,
        };
    }
}

fn field_meta(api: &Api, field: &SerializerField, model: &Model, here: Home, uses: &mut Uses) -> TokenStream {
    let wire = &field.wire;
    let mut tokens = match &field.source {
        FieldSource::Column(column) => {
            let shape = Shape {
                model: true,
                nullable: field.nullable,
                blank: field.blank,
                rules: &field.rules,
                inside: false,
            };
            of_column(api, field, model, *column, shape, here, uses)
        }
        source => {
            let payload = if let FieldSource::Payload(ty) = source { Some(ty) } else { None };
            let source = source_meta(api, source, here, uses);
            let shape = Shape {
                model: true,
                nullable: field.nullable,
                blank: field.blank,
                rules: &field.rules,
                inside: payload.is_some(),
            };
            let mut ty = meta::type_meta(api, payload.unwrap_or(&Type::Json), shape, here, uses);
            if field.untrimmed {
                ty.extend(quote!(.untrimmed()));
            }
            quote!(FieldMeta::of(#wire, #source, #ty))
        }
    };
    tokens.extend(meta::format(&field.format, uses));
    if let Some(link) = &field.link {
        let link = link_meta(link, uses);
        tokens.extend(quote!(.link(&#link)));
    }
    match field.access {
        Access::ReadWrite => {}
        Access::ReadOnly => tokens.extend(quote!(.read_only())),
        Access::WriteOnly => tokens.extend(quote!(.write_only())),
    }
    if field.required {
        tokens.extend(quote!(.required()));
    }
    if let Some(default) = &field.default {
        let default = meta::literal(default, uses);
        tokens.extend(quote!(.default(#default)));
        if field.default_in_update {
            tokens.extend(quote!(.in_update()));
        }
    }
    if !field.messages.is_empty() {
        let messages = field.messages.iter().map(|(code, text)| quote!((#code, #text)));
        tokens.extend(quote!(.messages(&[#(#messages),*])));
    }
    if field.validate {
        tokens.extend(quote!(.validate()));
    }
    if let Some(slug) = field.slug {
        let slug = index_literal(slug);
        tokens.extend(quote!(.slug(#slug)));
    }
    if let Some(consumer) = field.within {
        let stream = &api.consumers[consumer].stream;
        tokens.extend(quote!(.within(#stream)));
    }
    tokens
}

/// Returns `FieldMeta::of_column(&TASK, "author").hidden()`.
fn hidden_meta(field: &HiddenField, model: &Model, uses: &mut Uses) -> TokenStream {
    let (of, name, wire) = (meta::static_of(&model.rust), &model.fields[field.column].wire, &field.wire);
    let named = (!field.own).then(|| quote!(.named(#wire)));
    let value = match &field.value {
        HiddenValue::User => quote!(),
        HiddenValue::Now => quote!(.now()),
        HiddenValue::Constant(literal) => {
            let literal = meta::literal(literal, uses);
            quote!(.default(#literal))
        }
    };
    quote!(FieldMeta::of_column(&#of, #name)#named.hidden()#value)
}

/// Returns `FieldMeta::of_column(&USER, "name")`, with the differences from the column.
fn of_column(
    api: &Api,
    field: &SerializerField,
    model: &Model,
    column: usize,
    shape: Shape<'_>,
    here: Home,
    uses: &mut Uses,
) -> TokenStream {
    let own = &model.fields[column];
    let (of, name, wire) = (meta::static_of(&model.rust), &own.wire, &field.wire);
    let mut tokens = quote!(FieldMeta::of_column(&#of, #name));
    if name != wire {
        tokens.extend(quote!(.named(#wire)));
    }
    let same_shape = field.nullable == own.nullable && field.blank == super::model::takes_blank(own);
    if !same_shape || field.untrimmed {
        let mut ty = meta::type_meta(api, &own.ty, shape, here, uses);
        if field.untrimmed {
            ty.extend(quote!(.untrimmed()));
        }
        if let Some(file) = &own.file {
            ty.extend(meta::file(file, uses));
        }
        tokens.extend(quote!(.ty(#ty)));
    } else if field.rules != own.rules {
        let rules = meta::rules(&own.ty, shape, uses);
        tokens.extend(quote!(.rules(&[#(#rules),*])));
    }
    tokens
}

/// Returns a `FieldSource` other than a column.
fn source_meta(api: &Api, source: &FieldSource, here: Home, uses: &mut Uses) -> TokenStream {
    uses.meta(&["FieldSource"]);
    match source {
        FieldSource::Column(_) => unreachable!("invariant: columns are described by their position"),
        FieldSource::Keys(relation) => {
            let relation = index_literal(*relation);
            quote!(FieldSource::Keys(#relation))
        }
        FieldSource::Nested(nested) => {
            uses.meta(&["NestedMeta", "NestedOf"]);
            let serializer = static_of(&api.serializers[nested.serializer]);
            uses.generated(here, Home::Serializer(nested.serializer), &serializer.to_string());
            let of = match nested.of {
                NestedOf::Row => quote!(NestedOf::Row),
                NestedOf::ForeignKey(column) => {
                    let column = index_literal(column);
                    quote!(NestedOf::ForeignKey(#column))
                }
                NestedOf::Relation(relation) => {
                    let relation = index_literal(relation);
                    quote!(NestedOf::Relation(#relation))
                }
                NestedOf::Back(relation) => {
                    let relation = index_literal(relation);
                    quote!(NestedOf::Back(#relation))
                }
            };
            quote!(FieldSource::Nested(&NestedMeta { serializer: &#serializer, of: #of }))
        }
        FieldSource::Along { path, column, .. } => {
            uses.meta(&["PathMeta"]);
            let (path, column) = (meta::steps(path, uses), index_literal(*column));
            quote!(FieldSource::Along(&PathMeta { path: #path, column: #column }))
        }
        FieldSource::Method(_) => quote!(FieldSource::Method),
        FieldSource::Payload(_) => quote!(FieldSource::Payload),
    }
}

fn link_meta(link: &Link, uses: &mut Uses) -> TokenStream {
    uses.meta(&["LinkMeta"]);
    let (stream, action) = (&link.stream, &link.action);
    if !link.arguments.is_empty() {
        uses.meta(&["LinkValue"]);
    }
    let arguments = link.arguments.iter().map(|(name, value)| match value {
        LinkValue::Own => quote!((#name, LinkValue::Own)),
        LinkValue::Column(column) => {
            let column = index_literal(*column);
            quote!((#name, LinkValue::Column(#column)))
        }
        LinkValue::Json(json) => quote!((#name, LinkValue::Json(#json))),
    });
    quote!(LinkMeta { stream: #stream, action: #action, arguments: &[#(#arguments),*] })
}
