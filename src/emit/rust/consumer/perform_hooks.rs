//! The handler's methods that prepare the writes of the built-in actions, and the method of `Dispatch` that calls them.

use proc_macro2::TokenStream;
use quote::quote;

use super::method::{Method, row_type};
use crate::emit::rust::uses::Uses;
use crate::emit::rust::{docs, names};
use crate::ir::{Api, Consumer, Performs};

/// Returns the methods that the application has to write.
pub fn methods(api: &Api, consumer: &Consumer, uses: &mut Uses) -> Vec<Method> {
    let Performs { create, update, destroy } = consumer.performs;
    if !consumer.performs.any() {
        return Vec::new();
    }
    let row = row_type(api, consumer.serializer, uses);
    let changes = names::ident(&format!("{row}Changes"));
    if consumer.performs.values() {
        uses.add("crate::models", &changes.to_string());
    }
    let method = |name: &str, text: &str, arguments: TokenStream, given: &[&str], output: TokenStream| {
        let names = std::iter::once("ctx").chain(given.iter().copied()).map(names::ident);
        Method {
            docs: docs::from_lines(&[
                text.to_owned(),
                String::new(),
                "`ctx.db()` is the transaction of the write, which an error rolls back.".to_owned(),
            ]),
            name: names::ident(name),
            arguments: quote!(ctx: &Context, #arguments),
            names: names.collect(),
            output,
            label: format!("`{name}` of `{}`", consumer.stream),
            provided: None,
        }
    };
    let mut methods = Vec::new();
    if create {
        let text =
            "Returns the values of a new row, which `create` stores; `None` gives a column its default.";
        let arguments = quote!(values: #changes);
        methods.push(method("perform_create", text, arguments, &["values"], quote!(#changes)));
    }
    if update {
        let text = "Returns the values of a row that `update` and `patch` change; `None` changes nothing.";
        let arguments = quote!(row: #row, values: #changes);
        methods.push(method("perform_update", text, arguments, &["row", "values"], quote!(#changes)));
    }
    if destroy {
        let text = "Prepares the deletion of a row, or refuses it.";
        methods.push(method("perform_destroy", text, quote!(row: #row), &["row"], quote!(())));
    }
    methods
}

/// Returns `Dispatch::perform`.
pub fn dispatch(consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    let Performs { create, update, destroy } = consumer.performs;
    if !consumer.performs.any() {
        return TokenStream::new();
    }
    uses.runtime(&["Object", "Result"]);
    uses.add("dcrf_runtime::dispatch", "BoxFuture");
    uses.add("dcrf_runtime::dispatch", "Write");
    if consumer.performs.values() {
        uses.runtime(&["FromObject", "IntoObject"]);
    }
    if update || destroy {
        uses.runtime(&["FromRow"]);
    }
    let values = quote!(FromObject::from_object(values)?);
    let row = quote!(FromRow::from_row(row)?);
    let create = create.then(|| {
        quote! {
            Write::Create(values) => {
                Ok(self.handler.perform_create(ctx, #values).await?.into_object())
            }
        }
    });
    let update = update.then(|| {
        quote! {
            Write::Update(row, values) => {
                Ok(self.handler.perform_update(ctx, #row, #values).await?.into_object())
            }
        }
    });
    let destroy = destroy.then(|| {
        quote! {
            Write::Destroy(row) => {
                self.handler.perform_destroy(ctx, #row).await?;
                Ok(Object::empty(0))
            }
        }
    });
    let all = create.is_some() && update.is_some() && destroy.is_some();
    let others = (!all).then(|| quote!(write => Ok(write.into_values()),));
    quote! {
        fn perform<'a>(&'a self, ctx: &'a Context, write: Write) -> BoxFuture<'a, Result<Object>> {
            Box::pin(async move { match write { #create #update #destroy #others } })
        }
    }
}
