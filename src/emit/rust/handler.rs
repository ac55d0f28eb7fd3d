//! The trait of what the application does for a consumer.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::model::optional;

use super::uses::Uses;
use super::{access, docs, names, observer, ty};
use crate::ir::hooks::{Hook, HookKind, hooks};
use crate::ir::{
    Action, ActionKind, Api, Consumer, CustomAction, FieldSource, Home, Input, Model, Output, Serializer,
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
    /// Another form of it, with a body: whoever has a better one writes it.
    pub provided: Option<TokenStream>,
}

/// The handler's name: `UserHandler`.
pub fn ident(consumer: &Consumer) -> Ident {
    names::pascal(&consumer.base.join("handler"))
}

/// Every method that the application writes for a consumer; none: it needs no handler.
pub fn methods(api: &Api, consumer: &Consumer, here: Home, uses: &mut Uses) -> Vec<Method> {
    let mut methods = Vec::new();
    for hook in hooks(&api.serializers, consumer) {
        let (serializer, model) = parts(api, &hook);
        match hook.kind {
            HookKind::ValidateField(field) => {
                methods.push(validate_field(
                    api,
                    consumer,
                    &hook,
                    &serializer.fields[field],
                    model,
                    here,
                    uses,
                ));
            }
            HookKind::Validate => methods.push(validate(consumer, &hook, serializer, model, uses)),
            HookKind::Method(field) => {
                methods.push(method(api, consumer, &hook, &serializer.fields[field], model, here, uses));
            }
        }
    }
    if is_view(consumer) {
        uses.runtime(&["View"]);
        methods.push(Method {
            docs: docs::from_lines(&[
                "The service that answers.".to_owned(),
                String::new(),
                "Asked for every request: make it once, and give out clones.".to_owned(),
            ]),
            name: names::ident("view"),
            arguments: quote!(ctx: &Context),
            names: idents(&["ctx"]),
            output: quote!(View),
            label: format!("`view` of `{}`", consumer.stream),
            provided: None,
        });
    }
    methods.extend(access::methods(api, consumer, uses));
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
        || is_view(consumer)
        || access::is_needed(consumer)
        || observer::asks_application(consumer)
        || !hooks(&api.serializers, consumer).is_empty()
}

/// Whether a consumer is an HTTP service.
fn is_view(consumer: &Consumer) -> bool {
    consumer.actions.iter().any(|action| matches!(action.kind, ActionKind::View(_)))
}

/// The serializer that a hook is of, with its model.
pub fn parts<'a>(api: &'a Api, hook: &Hook) -> (&'a Serializer, &'a Model) {
    let serializer = &api.serializers[hook.serializer];
    let SerializerOf::Model(model) = serializer.of else {
        unreachable!("invariant: hooks are of serializers of models");
    };
    (serializer, &api.models[model])
}

fn validate_field(
    api: &Api,
    consumer: &Consumer,
    hook: &Hook,
    field: &SerializerField,
    model: &Model,
    here: Home,
    uses: &mut Uses,
) -> Method {
    let input = Input::Create.value_type(api, field, model, here, uses);
    let ty = optional(input, field.nullable);
    Method {
        docs: docs::line(&format!(
            "Checks a value of `{}` that is otherwise good, and gives the one to store.",
            field.wire
        )),
        name: names::ident(&hook.name),
        arguments: quote!(ctx: &Context, value: #ty),
        names: idents(&["ctx", "value"]),
        output: ty,
        label: format!("`{}` of `{}`", hook.name, consumer.stream),
        provided: None,
    }
}

fn validate(
    consumer: &Consumer,
    hook: &Hook,
    serializer: &Serializer,
    model: &Model,
    uses: &mut Uses,
) -> Method {
    let (row, data) = (names::pascal(&model.name), Input::Patch.ident(serializer));
    uses.add("crate::models", &row.to_string());
    uses.add("crate::serializers", &data.to_string());
    Method {
        docs: docs::from_lines(&[
            "Checks a payload whose fields are all good, and gives the values to store.".to_owned(),
            String::new(),
            "`row` is the row to be changed; none for `create`.".to_owned(),
        ]),
        name: names::ident(&hook.name),
        arguments: quote!(ctx: &Context, row: Option<#row>, data: #data),
        names: idents(&["ctx", "row", "data"]),
        output: quote!(#data),
        label: format!("`{}` of `{}`", hook.name, consumer.stream),
        provided: None,
    }
}

/// A method field, and beside it the form that gets all the rows at once.
fn method(
    api: &Api,
    consumer: &Consumer,
    hook: &Hook,
    field: &SerializerField,
    model: &Model,
    here: Home,
    uses: &mut Uses,
) -> Method {
    let FieldSource::Method(output) = &field.source else {
        unreachable!("invariant: the hook of a method field");
    };
    let row = names::pascal(&model.name);
    uses.add("crate::models", &row.to_string());
    let output = output_type(api, Some(output), here, uses);
    let (name, all) = (names::ident(&hook.name), all_ident(hook));
    let fallback =
        format!("The field `{}` of `{}`.", field.wire, api.serializers[hook.serializer].name.pascal());
    let all_docs = docs::from_lines(&[
        format!("`{}` of many rows, in their order: as many values as rows.", hook.name),
        String::new(),
        "Write it where it is cheaper than one by one: with one query for all, say.".to_owned(),
    ]);
    let provided = quote! {
        #all_docs
        fn #all(&self, ctx: &Context, rows: &[#row]) -> impl Future<Output = Result<Vec<#output>>> + Send {
            async move {
                let mut values = Vec::with_capacity(rows.len());
                for row in rows {
                    values.push(self.#name(ctx, row).await?);
                }
                Ok(values)
            }
        }
    };
    Method {
        docs: docs::attributes(&field.docs, &fallback),
        name,
        arguments: quote!(ctx: &Context, row: &#row),
        names: idents(&["ctx", "row"]),
        output,
        label: format!("`{}` of `{}`", hook.name, consumer.stream),
        provided: Some(provided),
    }
}

/// The form of a method field that gets all the rows.
pub fn all_ident(hook: &Hook) -> Ident {
    names::ident(&format!("{}_all", hook.name))
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
        provided: None,
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

/// Methods that an `Arc` has through the prelude: called plainly, they would be meant instead of the handler's.
const SMART_POINTER: &[&str] = &[
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "clamp",
    "clone",
    "clone_from",
    "cmp",
    "deref",
    "drop",
    "eq",
    "fmt",
    "ge",
    "gt",
    "hash",
    "into",
    "le",
    "lt",
    "max",
    "min",
    "ne",
    "partial_cmp",
    "to_owned",
    "to_string",
    "try_into",
    "type_id",
];

/// The call of a method of the handler.
pub fn call(consumer: &Consumer, name: &str, method: &Ident, arguments: &TokenStream) -> TokenStream {
    if SMART_POINTER.contains(&name) {
        let handler = ident(consumer);
        quote!(#handler::#method(&*self.handler, #arguments))
    } else {
        quote!(self.handler.#method(#arguments))
    }
}
