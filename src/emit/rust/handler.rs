//! The trait of what the application does for a consumer.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::model::optional;
use super::serializer::Input;
use super::uses::Uses;
use super::{docs, names, observer, ty};
use crate::ir::{
    Action, ActionKind, Api, Consumer, CustomAction, FieldSource, Home, Model, Output, Serializer,
    SerializerField, SerializerId, SerializerOf,
};

/// A method of the handler trait.
pub struct Method {
    /// Its documentation, as attributes.
    pub docs: TokenStream,
    /// Its name.
    pub name: Ident,
    /// Its arguments after `&self`.
    pub arguments: TokenStream,
    /// The names of these.
    pub names: Vec<Ident>,
    /// What its future gives, inside the `Result`.
    pub output: TokenStream,
    /// Where it comes from, for a stub's message: `publish of posts`.
    pub label: String,
}

/// The handler's name: `UserHandler`.
pub fn ident(consumer: &Consumer) -> Ident {
    names::pascal(&consumer.base.join("handler"))
}

/// Every method that the application writes for a consumer; none: it needs no handler.
pub fn methods(api: &Api, consumer: &Consumer, here: Home, uses: &mut Uses) -> Vec<Method> {
    let mut methods = Vec::new();
    if let Some((serializer, model)) = validated_serializer(api, consumer) {
        for field in serializer.fields.iter().filter(|field| field.validate) {
            methods.push(validate_field(api, consumer, field, model, here, uses));
        }
        if serializer.validate {
            methods.push(validate(consumer, serializer, model, uses));
        }
    }
    for action in &consumer.actions {
        if let ActionKind::Custom(custom) = &action.kind {
            methods.push(custom_action(api, consumer, action, custom, here, uses));
        }
    }
    methods.extend(observer::methods(api, consumer, here, uses));
    methods
}

/// Whether the application writes anything for a consumer.
pub fn is_needed(api: &Api, consumer: &Consumer) -> bool {
    let custom = consumer.actions.iter().any(|action| matches!(action.kind, ActionKind::Custom(_)));
    custom
        || observer::asks_application(consumer)
        || validated_serializer(api, consumer).is_some_and(|(serializer, _)| {
            serializer.validate || serializer.fields.iter().any(|field| field.validate)
        })
}

/// The serializer of a consumer that takes payloads by it, with its model.
pub fn validated_serializer<'a>(api: &'a Api, consumer: &Consumer) -> Option<(&'a Serializer, &'a Model)> {
    let id = consumer.serializer?;
    let writes =
        |action: &Action| matches!(action.kind, ActionKind::Create | ActionKind::Update | ActionKind::Patch);
    let serializer = &api.serializers[id];
    match serializer.of {
        SerializerOf::Model(model) if consumer.actions.iter().any(writes) => {
            Some((serializer, &api.models[model]))
        }
        _ => None,
    }
}

/// The method's name of a field's check.
pub fn validate_ident(field: &SerializerField) -> Ident {
    names::ident(&format!("validate_{}", field.name.snake()))
}

fn validate_field(
    api: &Api,
    consumer: &Consumer,
    field: &SerializerField,
    model: &Model,
    here: Home,
    uses: &mut Uses,
) -> Method {
    let FieldSource::Column(column) = field.source;
    let ty = ty::rust(api, &model.fields[column].ty, here, uses);
    let ty = optional(ty, field.nullable);
    Method {
        docs: docs::line(&format!(
            "Checks a value of `{}` that is otherwise good, and gives the one to store.",
            field.wire
        )),
        name: validate_ident(field),
        arguments: quote!(ctx: &Context, value: #ty),
        names: idents(&["ctx", "value"]),
        output: ty,
        label: format!("`validate_{}` of `{}`", field.wire, consumer.stream),
    }
}

fn validate(consumer: &Consumer, serializer: &Serializer, model: &Model, uses: &mut Uses) -> Method {
    let (row, data) = (names::pascal(&model.name), Input::Patch.ident(serializer));
    uses.add("crate::models", &row.to_string());
    uses.add("crate::serializers", &data.to_string());
    Method {
        docs: docs::from_lines(&[
            "Checks a payload whose fields are all good, and gives the values to store.".to_owned(),
            String::new(),
            "`row` is the row to be changed; none for `create`.".to_owned(),
        ]),
        name: names::ident("validate"),
        arguments: quote!(ctx: &Context, row: Option<#row>, data: #data),
        names: idents(&["ctx", "row", "data"]),
        output: quote!(#data),
        label: format!("`validate` of `{}`", consumer.stream),
    }
}

fn custom_action(
    api: &Api,
    consumer: &Consumer,
    action: &Action,
    custom: &CustomAction,
    here: Home,
    uses: &mut Uses,
) -> Method {
    let mut arguments = quote!(ctx: &Context);
    let mut given = vec!["ctx"];
    if custom.detail {
        let row = row_type(api, consumer.serializer, uses);
        arguments.extend(quote!(, row: #row));
        given.push("row");
    }
    if let Some(input) = custom.input {
        let object = &api.objects[input];
        uses.generated(here, object.home, &object.name.pascal());
        let input = names::pascal(&object.name);
        arguments.extend(quote!(, input: #input));
        given.push("input");
    }
    Method {
        docs: docs::attributes(&action.docs, &format!("The action `{}`.", action.wire)),
        name: names::snake(&action.name),
        arguments,
        names: idents(&given),
        output: output_type(api, custom.output.as_ref(), here, uses),
        label: format!("`{}` of `{}`", action.wire, consumer.stream),
    }
}

fn idents(list: &[&str]) -> Vec<Ident> {
    list.iter().map(|name| names::ident(name)).collect()
}

/// The type of the rows of a serializer of a model.
pub fn row_type(api: &Api, serializer: Option<SerializerId>, uses: &mut Uses) -> TokenStream {
    let of = serializer.map(|id| api.serializers[id].of);
    let Some(SerializerOf::Model(model)) = of else {
        unreachable!("invariant: rows are shown by serializers of models");
    };
    let name = names::pascal(&api.models[model].name);
    uses.add("crate::models", &name.to_string());
    quote!(#name)
}

fn output_type(api: &Api, output: Option<&Output>, here: Home, uses: &mut Uses) -> TokenStream {
    match output {
        None => quote!(()),
        Some(Output::Value(element)) => ty::element(api, element, here, uses),
        Some(Output::Row { serializer, nullable }) => {
            let row = row_type(api, Some(*serializer), uses);
            optional(row, *nullable)
        }
        Some(Output::Rows(serializer)) => {
            let row = row_type(api, Some(*serializer), uses);
            quote!(Vec<#row>)
        }
    }
}
