//! A serializer: its descriptor, and what `create`, `update` and `patch` take.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::meta::{self, Shape};
use super::model::{index_literal, optional};
use super::uses::Uses;
use super::{docs, file, names, object, ty};
use crate::ir::{
    Access, ActionKind, Api, FieldSource, Home, Model, Serializer, SerializerField, SerializerId,
    SerializerOf,
};

/// The file of a serializer.
pub fn file(api: &Api, id: SerializerId) -> String {
    let serializer = &api.serializers[id];
    let mut uses = Uses::default();
    let here = Home::Serializer(id);
    let mut items = object::items_of(api, here, &mut uses);
    if let SerializerOf::Model(model) = serializer.of {
        let model = &api.models[model];
        for input in inputs(api, id) {
            items.push(input_items(api, serializer, model, input, here, &mut uses));
        }
        items.push(descriptor(api, serializer, model, here, &mut uses));
    }
    let docs = crate::emit::docs::lines(&serializer.docs, &format!("`{}`.", serializer.name.pascal()));
    file::render(&docs, &serializer.origin, &uses, items)
}

/// What a payload is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A new row.
    Create,
    /// All of a row.
    Update,
    /// Parts of a row.
    Patch,
}

impl Input {
    /// `UserCreate`
    pub fn ident(self, serializer: &Serializer) -> Ident {
        names::pascal(&serializer.base.join(self.word()))
    }

    fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
        }
    }
}

/// The payloads that some consumer takes by this serializer.
pub fn inputs(api: &Api, id: SerializerId) -> Vec<Input> {
    let used = |wanted: fn(&ActionKind) -> bool| {
        api.consumers
            .values()
            .filter(|consumer| consumer.serializer == Some(id))
            .any(|consumer| consumer.actions.iter().any(|action| wanted(&action.kind)))
    };
    let mut inputs = Vec::new();
    if used(|kind| matches!(kind, ActionKind::Create)) {
        inputs.push(Input::Create);
    }
    if used(|kind| matches!(kind, ActionKind::Update)) {
        inputs.push(Input::Update);
    }
    if used(|kind| matches!(kind, ActionKind::Patch)) || (api.serializers[id].validate && !inputs.is_empty())
    {
        inputs.push(Input::Patch);
    }
    inputs
}

/// The static that describes a serializer: `USER_SERIALIZER`.
pub fn static_of(serializer: &Serializer) -> Ident {
    names::shouting(&serializer.base.join("serializer"))
}

fn input_items(
    api: &Api,
    serializer: &Serializer,
    model: &Model,
    input: Input,
    here: Home,
    uses: &mut Uses,
) -> TokenStream {
    uses.runtime(&["FromObject", "IntoObject", "Object", "Result"]);
    let name = input.ident(serializer);
    let (mut fields, mut takes, mut sets) = (Vec::new(), Vec::new(), Vec::new());
    for (index, field) in serializer.fields.iter().enumerate() {
        if field.access == Access::ReadOnly {
            continue;
        }
        let FieldSource::Column(column) = field.source;
        let (ident, index) = (names::snake(&field.name), index_literal(index));
        let always = match input {
            Input::Create => field.required || field.default.is_some(),
            Input::Update => field.required,
            Input::Patch => false,
        };
        let ty = ty::rust(api, &model.fields[column].ty, here, uses);
        let ty = optional(optional(ty, field.nullable), !always);
        let docs = docs::attributes(&field.docs, &format!("`{}`.", field.wire));
        fields.push(quote!(#docs pub #ident: #ty));
        if always {
            takes.push(quote!(#ident: object.take(#index)?));
            sets.push(quote!(object.set(#index, self.#ident);));
        } else {
            takes.push(quote!(#ident: object.take_optional(#index)?));
            sets.push(quote!(object.set_some(#index, self.#ident);));
        }
    }
    let docs = docs::line(match input {
        Input::Create => "What `create` takes, validated; what is `None` was not sent and has no default.",
        Input::Update => "What `update` takes, validated; what is `None` was not sent and keeps its value.",
        Input::Patch => "What `patch` takes, validated; what is `None` was not sent and keeps its value.",
    });
    let len = index_literal(serializer.fields.len());
    let (from, into) = if fields.is_empty() {
        (quote!(_object: Object), quote!(Object::empty(#len)))
    } else {
        (quote!(mut object: Object), quote!(let mut object = Object::empty(#len); #(#sets)* object))
    };
    quote! {
        #docs
        #[derive(Debug, Clone, PartialEq)]
        pub struct #name { #(#fields),* }

        impl FromObject for #name {
            fn from_object(#from) -> Result<Self> {
                Ok(Self { #(#takes),* })
            }
        }

        impl IntoObject for #name {
            fn into_object(self) -> Object { #into }
        }
    }
}

fn descriptor(api: &Api, serializer: &Serializer, model: &Model, here: Home, uses: &mut Uses) -> TokenStream {
    uses.meta(&["SerializerMeta"]);
    if !serializer.fields.is_empty() {
        uses.meta(&["FieldMeta"]);
    }
    uses.add("crate::models", &model.name.shouting());
    let (meta, model_meta) = (static_of(serializer), meta::static_of(&model.name));
    let docs = docs::line(&format!("The fields of `{}`.", serializer.name.pascal()));
    let (name, validate) = (serializer.name.pascal(), serializer.validate);
    let fields: Vec<TokenStream> =
        serializer.fields.iter().map(|field| field_meta(api, field, model, here, uses)).collect();
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
    let FieldSource::Column(column) = field.source;
    let shape = Shape { model: true, nullable: field.nullable, blank: field.blank, rules: &field.rules };
    let ty = meta::type_meta(api, &model.fields[column].ty, shape, here, uses);
    let (wire, column) = (&field.wire, index_literal(column));
    let mut tokens = quote!(FieldMeta::new(#wire, #column, #ty));
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
    }
    if !field.messages.is_empty() {
        let messages = field.messages.iter().map(|(code, text)| quote!((#code, #text)));
        tokens.extend(quote!(.messages(&[#(#messages),*])));
    }
    if field.validate {
        tokens.extend(quote!(.validate()));
    }
    tokens
}
