//! The application's part of observers and subscriptions: the handler's methods, and their dispatch.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::method::Method;
use super::names::{handler_ident, observer_static};
use super::subscription::subscriber_groups;
use crate::emit::rust::tokens::index_literal;
use crate::emit::rust::uses::Uses;
use crate::emit::rust::{docs, names};
use crate::ir::{ActionKind, Api, Consumer, Groups, Home, Observer, Rows};

/// Returns the methods for groups, messages and querysets.
pub fn methods(api: &Api, consumer: &Consumer, here: Home, uses: &mut Uses) -> Vec<Method> {
    let mut methods = Vec::new();
    for observer in consumer.observers.iter().filter(|observer| observer.groups == Groups::Custom) {
        let row = names::pascal(&api.models[observer.model].rust);
        uses.add("crate::models", &row.to_string());
        methods.push(Method {
            docs: docs::from_lines(&[
                format!("Returns the groups of `{}` that a row belongs to.", observer.wire),
                String::new(),
                "It is called with a row before and after a change: a group that it left receives `delete`."
                    .to_owned(),
            ]),
            name: row_groups(observer),
            arguments: quote!(row: #row),
            names: vec![names::ident("row")],
            output: quote!(Vec<String>),
            label: format!("the groups of `{}` of `{}`", observer.wire, consumer.stream),
            provided: None,
        });
    }
    for observer in consumer.observers.iter().filter(|observer| observer.custom_message) {
        let row = names::pascal(&api.models[observer.model].rust);
        uses.add("crate::models", &row.to_string());
        methods.push(Method {
            docs: docs::from_lines(&[
                format!("Returns the message that subscribers of `{}` receive.", observer.wire),
                String::new(),
                "It is called once per change and kind of event, for all receivers: `event.into()` is the default message."
                    .to_owned(),
            ]),
            name: message_ident(observer),
            arguments: quote!(event: dcrf_runtime::RowEvent<#row>),
            names: vec![names::ident("event")],
            output: quote!(dcrf_runtime::Notice),
            label: format!("the messages of `{}` of `{}`", observer.wire, consumer.stream),
            provided: None,
        });
    }
    for observer in consumer.observers.iter().filter(|observer| observer.rows == Rows::Custom) {
        uses.runtime(&["condition"]);
        let row = names::pascal(&api.models[observer.model].rust);
        uses.add("crate::models", &row.to_string());
        methods.push(Method {
            docs: docs::line(&format!("Returns the rows of `{}` that a connection observes.", observer.wire)),
            name: queryset_ident(observer),
            arguments: quote!(ctx: &Context),
            names: vec![names::ident("ctx")],
            output: quote!(condition::Filter<#row>),
            label: format!("the queryset of `{}` of `{}`", observer.wire, consumer.stream),
            provided: None,
        });
    }
    for observer in consumer.observers.iter().filter(|observer| asks_groups(observer)) {
        methods.push(Method {
            docs: docs::line(&format!(
                "Returns the groups of `{}` that a new connection joins.",
                observer.wire
            )),
            name: connect_groups(observer),
            arguments: quote!(ctx: &Context),
            names: vec![names::ident("ctx")],
            output: quote!(Vec<String>),
            label: format!("the groups of connections of `{}` of `{}`", observer.wire, consumer.stream),
            provided: None,
        });
    }
    for action in &consumer.actions {
        let ActionKind::Subscribe { to, input } = action.kind else { continue };
        let Some((name, wire)) = subscriber_groups(consumer, to) else { continue };
        let mut arguments = quote!(ctx: &Context);
        let mut given = vec![names::ident("ctx")];
        if let Some(input) = input {
            let object = &api.objects[input];
            uses.generated(here, object.home, &object.rust.pascal());
            let input = names::pascal(&object.rust);
            arguments.extend(quote!(, input: #input));
            given.push(names::ident("input"));
        }
        methods.push(Method {
            docs: docs::line(&format!("Returns the groups of `{wire}` that a subscription joins.")),
            name,
            arguments,
            names: given,
            output: quote!(Vec<String>),
            label: format!("`{}` of `{}`", action.wire, consumer.stream),
            provided: None,
        });
    }
    methods
}

/// Tells whether the application implements any of these methods for a consumer.
pub fn asks_application(consumer: &Consumer) -> bool {
    let asks = |observer: &Observer| {
        observer.groups == Groups::Custom || observer.custom_message || observer.rows == Rows::Custom
    };
    consumer.observers.iter().any(asks)
        || consumer.signals.iter().any(|signal| signal.groups == Groups::Custom)
}

/// Returns the name of a method: `message_activity_groups`.
fn row_groups(observer: &Observer) -> Ident {
    names::snake(&observer.name.join("groups"))
}

/// Tells whether the application determines the groups that a new connection joins.
fn asks_groups(observer: &Observer) -> bool {
    observer.on_connect.is_some() && observer.groups == Groups::Custom
}

/// Returns the name of a method: `message_activity_connect_groups`.
fn connect_groups(observer: &Observer) -> Ident {
    names::snake(&observer.name.join("connect groups"))
}

/// Returns the name of a method: `message_activity_message`.
fn message_ident(observer: &Observer) -> Ident {
    names::snake(&observer.name.join("message"))
}

/// Returns the name of a method: `message_activity_queryset`.
fn queryset_ident(observer: &Observer) -> Ident {
    names::snake(&observer.name.join("queryset"))
}

/// Returns `observers` of `Dispatch`, and the methods that call the handler, such as `row_groups`.
pub fn hooks(consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    if consumer.all_observers().next().is_none() {
        return TokenStream::new();
    }
    uses.meta(&["ObserverMeta"]);
    let (statics, count): (Vec<Ident>, _) = (
        consumer.all_observers().map(|observer| observer_static(consumer, observer)).collect(),
        index_literal(consumer.all_observers().count()),
    );
    let mut hooks = quote! {
        fn observers(&self) -> &'static [&'static ObserverMeta] {
            static OBSERVERS: [&ObserverMeta; #count] = [#(&#statics),*];
            &OBSERVERS
        }
    };
    let custom: Vec<&Observer> =
        consumer.observers.iter().filter(|observer| observer.groups == Groups::Custom).collect();
    if !custom.is_empty() {
        uses.runtime(&["FromRow", "Result", "Row"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        let handler = handler_ident(consumer);
        let arms = custom.iter().map(|observer| {
            let (wire, method) = (&observer.wire, row_groups(observer));
            quote!(#wire => #handler::#method(&*self.handler, FromRow::from_row(row)?).await,)
        });
        hooks.extend(quote! {
            fn row_groups<'a>(
                &'a self,
                observer: &'static ObserverMeta,
                row: Row,
            ) -> BoxFuture<'a, Result<Vec<String>>> {
                Box::pin(async move { match observer.name { #(#arms)* _ => Ok(Vec::new()), } })
            }
        });
    }
    let joined: Vec<&Observer> = consumer.observers.iter().filter(|observer| asks_groups(observer)).collect();
    if !joined.is_empty() {
        uses.runtime(&["Result"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        let handler = handler_ident(consumer);
        let arms = joined.iter().map(|observer| {
            let (wire, method) = (&observer.wire, connect_groups(observer));
            quote!(#wire => #handler::#method(&*self.handler, ctx).await,)
        });
        hooks.extend(quote! {
            fn connect_groups<'a>(
                &'a self,
                observer: &'static ObserverMeta,
                ctx: &'a Context,
            ) -> BoxFuture<'a, Result<Vec<String>>> {
                Box::pin(async move { match observer.name { #(#arms)* _ => Ok(Vec::new()), } })
            }
        });
    }
    let told: Vec<&Observer> = consumer.observers.iter().filter(|observer| observer.custom_message).collect();
    if !told.is_empty() {
        uses.runtime(&["Result", "Row"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        let handler = handler_ident(consumer);
        let arms = told.iter().map(|observer| {
            let (wire, method) = (&observer.wire, message_ident(observer));
            quote!(#wire => #handler::#method(&*self.handler, event.typed()?).await,)
        });
        hooks.extend(quote! {
            fn notice<'a>(
                &'a self,
                observer: &'static ObserverMeta,
                event: dcrf_runtime::RowEvent<Row>,
            ) -> BoxFuture<'a, Result<dcrf_runtime::Notice>> {
                Box::pin(async move { match observer.name { #(#arms)* _ => Ok(event.into()), } })
            }
        });
    }
    let narrowed: Vec<&Observer> =
        consumer.observers.iter().filter(|observer| observer.rows == Rows::Custom).collect();
    if !narrowed.is_empty() {
        uses.runtime(&["Result", "condition"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        let handler = handler_ident(consumer);
        let arms = narrowed.iter().map(|observer| {
            let (wire, method) = (&observer.wire, queryset_ident(observer));
            quote!(#wire => Ok(#handler::#method(&*self.handler, ctx).await?.into()),)
        });
        hooks.extend(quote! {
            fn observer_queryset<'a>(
                &'a self,
                observer: &'static ObserverMeta,
                ctx: &'a Context,
            ) -> BoxFuture<'a, Result<condition::Condition>> {
                Box::pin(async move {
                    match observer.name { #(#arms)* _ => Ok(condition::Condition::none()), }
                })
            }
        });
    }
    hooks
}
