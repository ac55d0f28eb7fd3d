//! Permissions, the queryset and the hooks of a consumer: the handler's methods, their dispatch, the descriptor.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::method::{self, Method, row_type};
use crate::emit::rust::meta::static_of;
use crate::emit::rust::uses::Uses;
use crate::emit::rust::{docs, names};
use crate::ir::{Api, Consumer, OwnPermission, PermissionExpr, Throttle, ThrottleBy};

/// Tells whether the application implements any of this for a consumer.
pub fn is_needed(consumer: &Consumer) -> bool {
    consumer.queryset
        || consumer.on_connect
        || consumer.on_disconnect
        || !consumer.own_permissions().is_empty()
}

/// Returns the methods that the application has to write.
pub fn methods(api: &Api, consumer: &Consumer, uses: &mut Uses) -> Vec<Method> {
    let mut methods: Vec<Method> = Vec::new();
    for permission in consumer.own_permissions() {
        uses.runtime(&["Context", "Request", "Result"]);
        methods.push(Method {
            docs: docs::line(&format!("Tells whether `{}` allows a request.", permission.wire)),
            name: names::snake(permission.name),
            arguments: quote!(ctx: &Context, request: &Request<'_>),
            names: vec![names::ident("ctx"), names::ident("request")],
            output: quote!(bool),
            label: format!("`{}` of `{}`", permission.wire, consumer.stream),
            provided: None,
        });
    }
    if consumer.queryset {
        uses.runtime(&["condition"]);
        let row = row_type(api, consumer.serializer, uses);
        let output = quote!(condition::Filter<#row>);
        methods.push(told(consumer, "queryset", "Returns the rows that a connection can see.", output));
    }
    for (told_of, name, text) in [
        (consumer.on_connect, "connected", "Handles a new connection; a refusal (such as 403) ends it."),
        (consumer.on_disconnect, "disconnected", "Handles the end of a connection that was made."),
    ] {
        if told_of {
            methods.push(told(consumer, name, text, quote!(())));
        }
    }
    methods
}

fn told(consumer: &Consumer, name: &str, text: &str, output: TokenStream) -> Method {
    Method {
        docs: docs::line(text),
        name: names::ident(name),
        arguments: quote!(ctx: &Context),
        names: vec![names::ident("ctx")],
        output,
        label: format!("`{name}` of `{}`", consumer.stream),
        provided: None,
    }
}

/// Returns the methods with a default that the application may replace: the checks of a permission for a row and for a
/// connection.
pub fn provided_methods(api: &Api, consumer: &Consumer, uses: &mut Uses) -> Vec<TokenStream> {
    let mut methods = Vec::new();
    for permission in consumer.own_permissions() {
        if consumer.serializer.is_some() {
            let row = row_type(api, consumer.serializer, uses);
            let name = row_ident(&permission);
            let docs =
                docs::line(&format!("Tells whether `{}` allows a row; by default it does.", permission.wire));
            methods.push(quote! {
                #docs
                fn #name(&self, ctx: &Context, row: &#row) -> impl Future<Output = Result<bool>> + Send {
                    let _ = (ctx, row);
                    async { Ok(true) }
                }
            });
        }
        if permission.connect {
            let name = connect_ident(&permission);
            let docs = docs::line(&format!(
                "Tells whether `{}` allows a connection; by default it does.",
                permission.wire
            ));
            methods.push(quote! {
                #docs
                fn #name(&self, ctx: &Context) -> impl Future<Output = Result<bool>> + Send {
                    let _ = ctx;
                    async { Ok(true) }
                }
            });
        }
    }
    methods
}

fn row_ident(permission: &OwnPermission<'_>) -> proc_macro2::Ident {
    names::ident(&format!("{}_row", permission.name.snake()))
}

fn connect_ident(permission: &OwnPermission<'_>) -> proc_macro2::Ident {
    names::ident(&format!("{}_connect", permission.name.snake()))
}

/// Returns the methods of `Dispatch` that call the handler.
pub fn dispatch(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    if !is_needed(consumer) {
        return TokenStream::new();
    }
    uses.runtime(&["Result"]);
    uses.add("dcrf_runtime::dispatch", "BoxFuture");
    let mut tokens = permissions(api, consumer, uses);
    if consumer.queryset {
        uses.runtime(&["condition"]);
        tokens.extend(quote! {
            fn queryset<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<condition::Condition>> {
                Box::pin(async move { Ok(self.handler.queryset(ctx).await?.into()) })
            }
        });
    }
    for (told_of, name) in [(consumer.on_connect, "connected"), (consumer.on_disconnect, "disconnected")] {
        if told_of {
            let name = names::ident(name);
            tokens.extend(quote! {
                fn #name<'a>(&'a self, ctx: &'a Context) -> BoxFuture<'a, Result<()>> {
                    Box::pin(self.handler.#name(ctx))
                }
            });
        }
    }
    tokens
}

fn permissions(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    let own = consumer.own_permissions();
    if own.is_empty() {
        return TokenStream::new();
    }
    let asked = own.iter().map(|permission| {
        let call = method::call(
            consumer,
            &permission.name.snake(),
            &names::snake(permission.name),
            &quote!(ctx, request),
        );
        let wire = permission.wire;
        quote!(#wire => #call.await,)
    });
    let mut tokens = quote! {
        fn has_permission<'a>(
            &'a self,
            ctx: &'a Context,
            name: &'a str,
            request: &'a Request<'a>,
        ) -> BoxFuture<'a, Result<bool>> {
            Box::pin(async move { match name { #(#asked)* _ => Ok(false), } })
        }
    };
    if consumer.serializer.is_some() {
        uses.runtime(&["FromRow", "Row"]);
        let row = row_type(api, consumer.serializer, uses);
        let asked = own.iter().map(|permission| {
            let (wire, method) = (permission.wire, row_ident(permission));
            quote!(#wire => self.handler.#method(ctx, &row).await,)
        });
        tokens.extend(quote! {
            fn has_row_permission<'a>(
                &'a self,
                ctx: &'a Context,
                name: &'a str,
                row: &'a Row,
            ) -> BoxFuture<'a, Result<bool>> {
                Box::pin(async move {
                    let row = #row::from_row(row.clone())?;
                    match name { #(#asked)* _ => Ok(false), }
                })
            }
        });
    }
    let mut asked = own.iter().filter(|permission| permission.connect).peekable();
    if asked.peek().is_some() {
        let asked = asked.map(|permission| {
            let (wire, method) = (permission.wire, connect_ident(permission));
            quote!(#wire => self.handler.#method(ctx).await,)
        });
        tokens.extend(quote! {
            fn can_connect<'a>(&'a self, ctx: &'a Context, name: &'a str) -> BoxFuture<'a, Result<bool>> {
                Box::pin(async move { match name { #(#asked)* _ => Ok(false), } })
            }
        });
    }
    tokens
}

/// Returns the value of `ConsumerMeta::access`.
pub fn descriptor(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    uses.meta(&["AccessMeta"]);
    let mut tokens = quote!(AccessMeta::OPEN);
    if let Some(id) = consumer.path_parameters {
        let parameters = static_of(&api.objects[id].rust);
        tokens.extend(quote!(.path(&#parameters)));
    }
    tokens.extend(list(&consumer.permissions, uses));
    tokens.extend(throttles(&consumer.throttles, uses));
    let flags = [
        (consumer.queryset, "queryset"),
        (consumer.on_connect, "on_connect"),
        (consumer.on_disconnect, "on_disconnect"),
    ];
    for (_, name) in flags.iter().filter(|(set, _)| *set) {
        let name = names::ident(name);
        tokens.extend(quote!(.#name()));
    }
    tokens
}

/// Returns `.permissions(&[…])`, or nothing if everything is allowed.
pub fn list(permissions: &PermissionExpr, uses: &mut Uses) -> TokenStream {
    let all = values(permissions, uses);
    if all.is_empty() { TokenStream::new() } else { quote!(.permissions(&[#(#all),*])) }
}

/// Returns `.own_permissions(&[…])`.
pub fn own_list(permissions: &PermissionExpr, uses: &mut Uses) -> TokenStream {
    let all = values(permissions, uses);
    quote!(.own_permissions(&[#(#all),*]))
}

fn values(permissions: &PermissionExpr, uses: &mut Uses) -> Vec<TokenStream> {
    let all = match permissions {
        PermissionExpr::And(parts) => parts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let all: Vec<_> = all.iter().filter(|part| **part != PermissionExpr::AllowAny).map(value).collect();
    if !all.is_empty() {
        uses.meta(&["PermissionMeta"]);
    }
    all
}

/// Returns `.throttles(&[…])`, if there are any.
pub fn throttles(throttles: &[Throttle], uses: &mut Uses) -> TokenStream {
    if throttles.is_empty() {
        return TokenStream::new();
    }
    uses.meta(&["ThrottleMeta"]);
    let each = throttles.iter().map(|throttle| {
        let (scope, requests) = (&throttle.scope, Literal::u32_unsuffixed(throttle.requests));
        let seconds = Literal::u32_unsuffixed(throttle.seconds);
        let by = match throttle.by {
            ThrottleBy::User => None,
            ThrottleBy::Address => Some(quote!(.by(ThrottleBy::Address))),
            ThrottleBy::Connection => Some(quote!(.by(ThrottleBy::Connection))),
        };
        if by.is_some() {
            uses.meta(&["ThrottleBy"]);
        }
        quote!(ThrottleMeta::new(#scope, #requests, #seconds)#by)
    });
    let each: Vec<TokenStream> = each.collect();
    quote!(.throttles(&[#(#each),*]))
}

fn value(permission: &PermissionExpr) -> TokenStream {
    let parts = |parts: &[PermissionExpr]| parts.iter().map(value).collect::<Vec<_>>();
    match permission {
        PermissionExpr::AllowAny => quote!(PermissionMeta::AllowAny),
        PermissionExpr::IsAuthenticated => quote!(PermissionMeta::IsAuthenticated),
        PermissionExpr::Named { wire, .. } => quote!(PermissionMeta::Named(#wire)),
        PermissionExpr::And(all) => {
            let all = parts(all);
            quote!(PermissionMeta::All(&[#(#all),*]))
        }
        PermissionExpr::Or(any) => {
            let any = parts(any);
            quote!(PermissionMeta::Any(&[#(#any),*]))
        }
        PermissionExpr::Not(part) => {
            let part = value(part);
            quote!(PermissionMeta::Not(&#part))
        }
    }
}
