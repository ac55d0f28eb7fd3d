//! The handler trait, with the methods that the application implements for a consumer.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::decode::payload_type;
use super::method::{Method, all_ident, parts, row_type};
use super::names::handler_ident;
use super::{access, observer_hooks, overrides, perform_hooks};
use crate::emit::rust::tokens::optional;
use crate::emit::rust::uses::Uses;
use crate::emit::rust::{docs, names, ty};
use crate::escape;
use crate::ir::hooks::{Hook, HookKind, hooks};
use crate::ir::{
    Action, ActionKind, Api, Consumer, CustomAction, FieldSource, Home, Input, Model, Output, Serializer,
    SerializerField,
};

/// Returns `trait UserHandler`, with the methods that the application writes.
pub fn handler_trait(api: &Api, consumer: &Consumer, methods: &[Method], uses: &mut Uses) -> TokenStream {
    uses.runtime(&["Result"]);
    let name = handler_ident(consumer);
    let docs = docs::line(&format!("The methods that the application implements for `{}`.", consumer.stream));
    let stream = escape::format_string(&consumer.stream);
    let message = format!("`{{Self}}` does not serve `{stream}`");
    let note = format!("implement `{name}` for it: `dcrf scaffold` writes the stubs");
    let provided_by_access = access::provided_methods(api, consumer, uses);
    // The methods about events have no context.
    let has_context = |method: &Method| method.names.iter().any(|name| name == "ctx");
    if methods.iter().any(has_context) || !provided_by_access.is_empty() {
        uses.runtime(&["Context"]);
    }
    // `from_json` may be an action, and then it is a method of a handler.
    let odd = |name: &str| name == "new" || name.starts_with("from") || name.starts_with("into");
    let conventions = methods.iter().any(|method| odd(&method.name.to_string())).then(
        || quote!(#[allow(clippy::wrong_self_convention, reason = "the names are those of the definition")]),
    );
    let methods = methods.iter().map(|Method { docs, name, arguments, output, provided, .. }| {
        quote! {
            #docs
            fn #name(&self, #arguments) -> impl Future<Output = Result<#output>> + Send;
            #provided
        }
    });
    quote! {
        #docs
        #[diagnostic::on_unimplemented(message = #message, note = #note)]
        #conventions
        pub trait #name: Send + Sync + 'static {
            #(#methods)*
            #(#provided_by_access)*
        }
    }
}

/// Returns every method that the application writes for a consumer. If there are none, it needs no handler.
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
                "Returns the service that answers the requests.".to_owned(),
                String::new(),
                "It is called for every request: make the service once, and return clones of it.".to_owned(),
            ]),
            name: names::ident("view"),
            arguments: quote!(ctx: &Context),
            names: idents(&["ctx"]),
            output: quote!(View),
            label: format!("`view` of `{}`", consumer.stream),
            provided: None,
        });
    }
    methods.extend(overrides::methods(api, consumer, here, uses));
    methods.extend(perform_hooks::methods(api, consumer, uses));
    methods.extend(access::methods(api, consumer, uses));
    for action in &consumer.actions {
        if let ActionKind::Custom(custom) = &action.kind {
            methods.push(custom_action(api, consumer, action, custom, here, uses));
        }
    }
    methods.extend(observer_hooks::methods(api, consumer, here, uses));
    methods
}

/// Tells whether the application writes anything for a consumer.
pub fn is_needed(api: &Api, consumer: &Consumer) -> bool {
    let custom = consumer.actions.iter().any(|action| matches!(action.kind, ActionKind::Custom(_)));
    custom
        || is_view(consumer)
        || consumer.performs.any()
        || !consumer.overrides.is_empty()
        || access::is_needed(consumer)
        || observer_hooks::asks_application(consumer)
        || !hooks(&api.serializers, consumer).is_empty()
}

/// Tells whether a consumer is an HTTP service.
fn is_view(consumer: &Consumer) -> bool {
    consumer.actions.iter().any(|action| matches!(action.kind, ActionKind::View(_)))
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
            "Validates a value of `{}` that passes all other checks, and returns the one to store.",
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
    let (row, data) = (names::pascal(&model.rust), Input::Patch.ident(serializer));
    uses.add("crate::models", &row.to_string());
    uses.add("crate::serializers", &data.to_string());
    Method {
        docs: docs::from_lines(&[
            "Validates a payload whose fields are all valid, and returns the values to store.".to_owned(),
            String::new(),
            "`row` is the row to be changed; it is `None` for `create`.".to_owned(),
        ]),
        name: names::ident(&hook.name),
        arguments: quote!(ctx: &Context, row: Option<#row>, data: #data),
        names: idents(&["ctx", "row", "data"]),
        output: quote!(#data),
        label: format!("`{}` of `{}`", hook.name, consumer.stream),
        provided: None,
    }
}

/// Returns the method of a method field, with the provided method that gets all rows at once.
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
    let row = names::pascal(&model.rust);
    uses.add("crate::models", &row.to_string());
    let output = output_type(api, Some(output), here, uses);
    let (name, all) = (names::ident(&hook.name), all_ident(hook));
    let fallback =
        format!("Returns field `{}` of `{}`.", field.wire, api.serializers[hook.serializer].name.pascal());
    let all_docs = docs::from_lines(&[
        format!("Returns `{}` of many rows, in their order: as many values as rows.", hook.name),
        String::new(),
        "Implement it if one query for all rows is cheaper than one for each, for example.".to_owned(),
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
    if let Some(payload) = &custom.payload {
        let data = payload_type(api, payload, uses);
        arguments.extend(quote!(, data: #data));
        given.push("data");
    }
    if let Some(input) = custom.input {
        let object = &api.objects[input];
        uses.generated(here, object.home, &object.rust.pascal());
        let input = names::pascal(&object.rust);
        arguments.extend(quote!(, input: #input));
        given.push("input");
    }
    Method {
        docs: docs::attributes(&action.docs, &format!("Performs the action `{}`.", action.wire)),
        name: names::snake(&action.rust),
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
