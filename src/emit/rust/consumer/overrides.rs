//! The handler's methods for built-in actions that the application overrides, and the method of `Dispatch` that calls
//! them.

use proc_macro2::TokenStream;
use quote::quote;

use super::decode::{input_type, key_type};
use super::method::{self, Method, row_type};
use super::names::static_of;
use crate::emit::rust::uses::Uses;
use crate::emit::rust::{docs, names};
use crate::ir::{Answers, Api, BuiltIn, Consumer, Home, Takes};

/// Returns the methods that the application has to write.
pub fn methods(api: &Api, consumer: &Consumer, here: Home, uses: &mut Uses) -> Vec<Method> {
    let method = |built_in: &BuiltIn| method(api, consumer, *built_in, here, uses);
    consumer.overrides.iter().map(method).collect()
}

fn method(api: &Api, consumer: &Consumer, built_in: BuiltIn, here: Home, uses: &mut Uses) -> Method {
    let row = row_type(api, consumer.serializer, uses);
    let (arguments, given) = match (built_in, built_in.takes()) {
        (_, Takes::Data) => {
            let data = input_type(api, consumer, built_in, crate::ir::Input::Create, uses);
            (quote!(data: #data), vec!["data"])
        }
        (_, Takes::KeyAndData(input)) => {
            let data = input_type(api, consumer, built_in, input, uses);
            (quote!(row: #row, data: #data), vec!["row", "data"])
        }
        (_, Takes::Query) => {
            uses.add("dcrf_runtime::crud", "ListInput");
            (quote!(input: ListInput), vec!["input"])
        }
        (BuiltIn::SubscribeInstance, _) => {
            uses.runtime(&["Request"]);
            let key = key_type(api, consumer, here, uses);
            (quote!(request: &Request<'_>, key: #key), vec!["request", "key"])
        }
        (BuiltIn::UnsubscribeInstance, _) => {
            let key = key_type(api, consumer, here, uses);
            (quote!(key: #key), vec!["key"])
        }
        _ => (quote!(row: #row), vec!["row"]),
    };
    let output = match built_in {
        BuiltIn::Delete => quote!(()),
        _ if built_in.answers().1 == Answers::Row => row,
        _ => {
            uses.runtime(&["Reply"]);
            quote!(Reply)
        }
    };
    let wire = built_in.wire();
    let default = match built_in {
        BuiltIn::Retrieve => "By itself the action returns `row`.".to_owned(),
        _ => {
            let given = std::iter::once("ctx").chain(given.iter().copied()).collect::<Vec<_>>().join(", ");
            format!("By itself the action calls `dcrf_runtime::mixins::{wire}({given})`.")
        }
    };
    Method {
        docs: docs::from_lines(&[format!("Performs the action `{wire}`."), String::new(), default]),
        name: names::ident(wire),
        arguments: quote!(ctx: &Context, #arguments),
        names: std::iter::once("ctx").chain(given).map(names::ident).collect(),
        output,
        label: format!("`{wire}` of `{}`", consumer.stream),
        provided: None,
    }
}

/// Returns `Dispatch::overridden`.
pub fn dispatch(consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    if consumer.overrides.is_empty() {
        return TokenStream::new();
    }
    uses.runtime(&["Context", "Error", "Request", "Result", "Returned"]);
    uses.meta(&["ActionKind"]);
    uses.add("dcrf_runtime::dispatch", "ActionInput");
    uses.add("dcrf_runtime::dispatch", "BoxFuture");
    let arms: Vec<TokenStream> = consumer.overrides.iter().map(|one| arm(consumer, *one, uses)).collect();
    // Subscriptions and lists are not given a row or a payload.
    let is_given = |one: &BuiltIn| {
        !matches!(one, BuiltIn::SubscribeInstance | BuiltIn::UnsubscribeInstance)
            && one.takes() != Takes::Query
    };
    let input = if consumer.overrides.iter().any(is_given) { quote!(input) } else { quote!(_) };
    quote! {
        fn overridden<'a>(
            &'a self,
            ctx: &'a Context,
            request: &'a Request<'a>,
            kind: ActionKind,
            #input: ActionInput,
        ) -> BoxFuture<'a, Result<Returned>> {
            Box::pin(async move {
                Ok(match kind {
                    #(#arms)*
                    _ => return Err(Error::MethodNotAllowed(request.action().to_owned())),
                })
            })
        }
    }
}

fn arm(consumer: &Consumer, built_in: BuiltIn, uses: &mut Uses) -> TokenStream {
    let meta = static_of(consumer);
    let kind = names::ident(&crate::ir::Name::parse(built_in.wire()).pascal());
    let (before, arguments) = match (built_in, built_in.takes()) {
        (_, Takes::Data) => (quote!(), quote!(input.data()?)),
        (_, Takes::KeyAndData(_)) => (quote!(let (row, data) = input.row_and_data()?;), quote!(row, data)),
        (_, Takes::Query) => {
            uses.runtime(&["crud"]);
            (quote!(), quote!(crud::list_input(&#meta, request)?))
        }
        (BuiltIn::SubscribeInstance, _) => {
            uses.runtime(&["crud"]);
            (quote!(), quote!(request, crud::key(&#meta, request)?))
        }
        (BuiltIn::UnsubscribeInstance, _) => {
            uses.runtime(&["crud"]);
            (quote!(), quote!(crud::key(&#meta, request)?))
        }
        _ => {
            uses.runtime(&["FromRow"]);
            (quote!(), quote!(FromRow::from_row(input.row()?)?))
        }
    };
    let ident = names::ident(built_in.wire());
    let call = method::call(consumer, built_in.wire(), &ident, &quote!(ctx, #arguments));
    let body = match built_in {
        BuiltIn::Delete => quote!(#call.await?; Returned::Nothing),
        _ if built_in.answers().1 == Answers::Row => {
            uses.runtime(&["Model"]);
            quote!(Returned::Row(#call.await?.into_row()))
        }
        _ => quote!(Returned::Reply(#call.await?)),
    };
    quote!(ActionKind::#kind => { #before #body })
}
