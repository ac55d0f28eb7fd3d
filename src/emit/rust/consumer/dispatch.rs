//! The `Dispatch` of a consumer, which performs its actions.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::{action_ident, consumer_ident, handler_ident, shown_by, static_of};
use super::{
    access, decode, method, observer_hooks, overrides, perform_hooks, serializer_hooks, subscription,
};
use crate::emit::rust::meta::schema_text;
use crate::emit::rust::names;
use crate::emit::rust::uses::Uses;
use crate::ir::{Action, ActionKind, Api, Consumer, CustomAction, Output};

/// Returns `impl Dispatch for UserConsumer`.
pub fn dispatch(api: &Api, consumer: &Consumer, has_handler: bool, uses: &mut Uses) -> TokenStream {
    uses.runtime(&["Dispatch"]);
    uses.meta(&["ConsumerMeta"]);
    let name = consumer_ident(consumer);
    let action = action_ident(consumer);
    let meta = static_of(consumer);
    let (generics, ty) = if has_handler {
        let handler = handler_ident(consumer);
        (quote!(<H: #handler>), quote!(#name<H>))
    } else {
        (quote!(), quote!(#name))
    };
    let own = consumer.actions.iter().filter(|action| decode::is_own(&action.kind));
    let arms: Vec<TokenStream> = own.map(|item| arm(api, consumer, item, uses)).collect();
    let act = (!arms.is_empty()).then(|| {
        uses.runtime(&["Context", "Request", "Result"]);
        uses.add("dcrf_runtime::dispatch", "ActionInput");
        uses.add("dcrf_runtime::dispatch", "ReplyFuture");
        let decoded = decode::call(consumer);
        // The runtime performs the others.
        let others = (arms.len() < consumer.actions.len()).then(|| {
            uses.runtime(&["Error"]);
            quote!(_ => return Err(Error::MethodNotAllowed(request.action().to_owned())),)
        });
        let given = if decode::is_given(consumer) { names::ident("given") } else { names::ident("_given") };
        quote! {
            fn act<'a>(
                &'a self,
                ctx: &'a Context,
                request: &'a Request<'a>,
                #given: ActionInput,
            ) -> Result<ReplyFuture<'a>> {
                let reply: ReplyFuture<'a> = match #action::#decoded { #(#arms)* #others };
                Ok(reply)
            }
        }
    });
    let (hooks, access) =
        (serializer_hooks::hooks(api, consumer, uses), access::dispatch(api, consumer, uses));
    let overridden = overrides::dispatch(consumer, uses);
    let performed = perform_hooks::dispatch(consumer, uses);
    let observed = observer_hooks::hooks(consumer, uses);
    quote! {
        impl #generics Dispatch for #ty {
            fn meta(&self) -> &'static ConsumerMeta { &#meta }

            #act

            #hooks
            #overridden
            #performed

            #access
            #observed
        }
    }
}

fn arm(api: &Api, consumer: &Consumer, action: &Action, uses: &mut Uses) -> TokenStream {
    let pattern = decode::pattern(consumer, action);
    if let ActionKind::View(method) = action.kind {
        uses.add("dcrf_runtime::codegen", "Method");
        let method = names::ident(method);
        return boxed(
            &pattern,
            &quote!(self.handler.view(ctx).await?.call(Method::#method, ctx, request).await),
        );
    }
    if let ActionKind::Custom(custom) = &action.kind {
        return custom_arm(api, consumer, action, custom, &pattern, uses);
    }
    let (before, future) = subscription::call(consumer, &action.kind, uses);
    if !action.reply {
        uses.runtime(&["Reply"]);
        return boxed(&pattern, &quote!(#before #future.await?; Ok(Reply::none())));
    }
    match before {
        Some(before) => boxed(&pattern, &quote!(#before #future.await)),
        None => quote!(#pattern => #future,),
    }
}

/// Returns the arm of an action with several steps, which has its own future.
fn boxed(pattern: &TokenStream, body: &TokenStream) -> TokenStream {
    quote!(#pattern => Box::pin(async move { #body }),)
}

fn custom_arm(
    api: &Api,
    consumer: &Consumer,
    action: &Action,
    custom: &CustomAction,
    pattern: &TokenStream,
    uses: &mut Uses,
) -> TokenStream {
    if matches!(custom.output, None | Some(Output::Value(_))) {
        uses.runtime(&["Reply"]);
    }
    let method = names::snake(&action.rust);
    let mut arguments = quote!(ctx);
    if custom.detail {
        arguments.extend(quote!(, row));
    }
    if custom.payload.is_some() {
        arguments.extend(quote!(, data));
    }
    if custom.input.is_some() {
        arguments.extend(quote!(, input));
    }
    let status = proc_macro2::Literal::u16_unsuffixed(custom.status);
    let call = method::call(consumer, &action.rust.snake(), &method, &arguments);
    let call = quote!(#call.await?);
    let body = match &custom.output {
        None if !action.reply => quote!(#call; Ok(Reply::none())),
        None => quote!(#call; Ok(Reply::empty(#status))),
        Some(Output::Value(_)) => match &custom.output_schema {
            Some(schema) => {
                let schema = schema_text(schema);
                quote!(let output = #call; Reply::valid(#status, &output, #schema))
            }
            None => quote!(let output = #call; Reply::json(#status, &output)),
        },
        Some(Output::Row { serializer, nullable }) => {
            uses.runtime(&["crud"]);
            let shown = shown_by(api, *serializer, uses);
            let show = names::ident(if *nullable { "show_or_null" } else { "show" });
            quote!(let row = #call; crud::#show(self, ctx, #status, &#shown, row).await)
        }
        Some(Output::Rows(serializer)) => {
            uses.runtime(&["crud"]);
            let shown = shown_by(api, *serializer, uses);
            quote!(let rows = #call; crud::show_all(self, ctx, #status, &#shown, rows).await)
        }
    };
    boxed(pattern, &body)
}
