//! A consumer: its handler trait, its action enum, its struct and its dispatch.

use proc_macro2::TokenStream;
use quote::quote;

use super::handler::{self, Method};
use super::model::index_literal;
use super::serializer::{self, Input};
use super::uses::Uses;
use super::{decode, docs, file, names, object, observer};
use crate::ir::{Action, ActionKind, Api, Consumer, ConsumerId, CustomAction, Home, Output, SerializerOf};

/// The file of a consumer.
pub fn file(api: &Api, id: ConsumerId) -> String {
    let consumer = &api.consumers[id];
    let here = Home::Consumer(id);
    let mut uses = Uses::default();
    let methods = handler::methods(api, consumer, here, &mut uses);
    let mut items = Vec::new();
    if !methods.is_empty() {
        items.push(handler_trait(consumer, &methods, &mut uses));
    }
    items.push(decode::action_enum(api, consumer, here, &mut uses));
    items.extend(object::items_of(api, here, &mut uses));
    items.push(consumer_struct(consumer, !methods.is_empty(), &mut uses));
    items.push(dispatch(api, consumer, !methods.is_empty(), &mut uses));
    items.push(decode::decode(api, consumer, &mut uses));
    items.push(descriptor(api, consumer, &mut uses));
    items.extend(observer::items(api, consumer, here, &mut uses));
    let docs = crate::emit::docs::lines(
        &consumer.docs,
        &format!("The stream `{}`, on `{}`.", consumer.stream, consumer.path),
    );
    file::render(&docs, &consumer.origin, &uses, items)
}

fn handler_trait(consumer: &Consumer, methods: &[Method], uses: &mut Uses) -> TokenStream {
    uses.runtime(&["Context", "Result"]);
    let name = handler::ident(consumer);
    let docs = docs::line(&format!("What the application does for `{}`.", consumer.stream));
    let message = format!("`{{Self}}` does not serve `{}`", consumer.stream);
    let note = format!("implement `{name}` for it: `dcrf scaffold` writes the stubs");
    let methods = methods.iter().map(|Method { docs, name, arguments, output, .. }| {
        quote!(#docs fn #name(&self, #arguments) -> impl Future<Output = Result<#output>> + Send;)
    });
    quote! {
        #docs
        #[diagnostic::on_unimplemented(message = #message, note = #note)]
        pub trait #name: Send + Sync + 'static {
            #(#methods)*
        }
    }
}

fn consumer_struct(consumer: &Consumer, has_handler: bool, uses: &mut Uses) -> TokenStream {
    let name = names::pascal(&consumer.base.join("consumer"));
    if !has_handler {
        let docs = docs::line(&format!("Serves `{}`.", consumer.stream));
        return quote! {
            #docs
            #[derive(Debug, Clone, Copy)]
            pub struct #name;
        };
    }
    uses.add("std::sync", "Arc");
    let handler = handler::ident(consumer);
    let docs =
        docs::line(&format!("Serves `{}`: what is the application's own is done by `H`.", consumer.stream));
    quote! {
        #docs
        #[derive(Debug)]
        pub struct #name<H> {
            handler: Arc<H>,
        }

        impl<H: #handler> #name<H> {
            #[doc = " Serves it by this handler."]
            pub fn new(handler: Arc<H>) -> Self {
                Self { handler }
            }
        }
    }
}

fn dispatch(api: &Api, consumer: &Consumer, has_handler: bool, uses: &mut Uses) -> TokenStream {
    uses.runtime(&["Context", "Dispatch", "Request"]);
    uses.add("dcrf_runtime::dispatch", "ReplyFuture");
    uses.meta(&["ConsumerMeta"]);
    let name = names::pascal(&consumer.base.join("consumer"));
    let action = decode::action_ident(consumer);
    let meta = static_of(consumer);
    let (generics, ty) = if has_handler {
        let handler = handler::ident(consumer);
        (quote!(<H: #handler>), quote!(#name<H>))
    } else {
        (quote!(), quote!(#name))
    };
    let arms: Vec<TokenStream> = consumer.actions.iter().map(|item| arm(api, consumer, item, uses)).collect();
    let body = if arms.is_empty() {
        uses.runtime(&["Error"]);
        quote!({
            let _ = ctx;
            Err(Error::MethodNotAllowed(request.action().to_owned()))
        })
    } else {
        let decoded = decode::call(consumer);
        quote!({ match #action::#decoded { #(#arms)* } })
    };
    let hooks = hooks(api, consumer, uses);
    let observed = observer::hooks(consumer, uses);
    quote! {
        impl #generics Dispatch for #ty {
            fn meta(&self) -> &'static ConsumerMeta { &#meta }

            fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
                Box::pin(async move #body)
            }

            #hooks

            #observed
        }
    }
}

fn arm(api: &Api, consumer: &Consumer, action: &Action, uses: &mut Uses) -> TokenStream {
    let pattern = decode::pattern(consumer, action);
    let meta = static_of(consumer);
    let key = decode::key_ident(consumer);
    if let ActionKind::Custom(custom) = &action.kind {
        return custom_arm(api, consumer, action, custom, &pattern, uses);
    }
    if matches!(action.kind, ActionKind::Subscribe { .. } | ActionKind::Unsubscribe(_)) {
        let call = observer::call(consumer, &action.kind, uses);
        return quote!(#pattern => #call,);
    }
    if let ActionKind::SubscribeInstance | ActionKind::UnsubscribeInstance = action.kind {
        uses.runtime(&["observer"]);
        let function = names::snake(&action.name);
        let single = observer::observer_static(consumer, &consumer.observers[0]);
        return quote!(#pattern => observer::#function(&#meta, &#single, ctx, #key.into()).await,);
    }
    uses.runtime(&["crud"]);
    let call = match &action.kind {
        ActionKind::List => quote!(crud::list(&#meta, ctx, input)),
        ActionKind::Retrieve => quote!(crud::retrieve(&#meta, ctx, #key.into())),
        ActionKind::Create => quote!(crud::create(&#meta, ctx, data.into_object())),
        ActionKind::Update => quote!(crud::update(&#meta, ctx, #key.into(), data.into_object())),
        ActionKind::Patch => quote!(crud::patch(&#meta, ctx, #key.into(), data.into_object())),
        ActionKind::Delete => quote!(crud::delete(&#meta, ctx, #key.into())),
        _ => unreachable!("invariant: returned above"),
    };
    if matches!(action.kind, ActionKind::Create | ActionKind::Update | ActionKind::Patch) {
        uses.runtime(&["IntoObject"]);
    }
    quote!(#pattern => #call.await,)
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

fn custom_arm(
    api: &Api,
    consumer: &Consumer,
    action: &Action,
    custom: &CustomAction,
    pattern: &TokenStream,
    uses: &mut Uses,
) -> TokenStream {
    uses.runtime(&["Reply"]);
    let method = names::snake(&action.name);
    let mut arguments = quote!(ctx);
    if custom.detail {
        arguments.extend(quote!(, row));
    }
    if custom.input.is_some() {
        arguments.extend(quote!(, input));
    }
    let status = proc_macro2::Literal::u16_unsuffixed(custom.status);
    let call = if SMART_POINTER.contains(&action.name.snake().as_str()) {
        let handler = handler::ident(consumer);
        quote!(#handler::#method(&*self.handler, #arguments).await?)
    } else {
        quote!(self.handler.#method(#arguments).await?)
    };
    match &custom.output {
        None => quote!(#pattern => { #call; Ok(Reply::empty(#status)) }),
        Some(Output::Value(_)) => quote!(#pattern => { let output = #call; Reply::json(#status, &output) }),
        Some(Output::Row { serializer, nullable }) => {
            let shown = shown_by(api, *serializer, uses);
            let reply = names::ident(if *nullable { "row_or_null" } else { "row" });
            quote!(#pattern => { let row = #call; Ok(Reply::#reply(#status, &#shown, row)) })
        }
        Some(Output::Rows(serializer)) => {
            let shown = shown_by(api, *serializer, uses);
            quote!(#pattern => { let rows = #call; Ok(Reply::rows(#status, &#shown, rows)) })
        }
    }
}

/// The static of a serializer of a model.
pub fn shown_by(api: &Api, id: crate::ir::SerializerId, uses: &mut Uses) -> proc_macro2::Ident {
    let shown = serializer::static_of(&api.serializers[id]);
    uses.add("crate::serializers", &shown.to_string());
    shown
}

/// `validate_field` and `validate`, where the application checks something.
fn hooks(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    let Some((serializer, _)) = handler::validated_serializer(api, consumer) else {
        return TokenStream::new();
    };
    let mut hooks = TokenStream::new();
    let fields: Vec<_> = serializer.fields.iter().filter(|field| field.validate).collect();
    if !fields.is_empty() {
        uses.runtime(&["FromValue", "Result", "Value"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        let arms = fields.iter().map(|field| {
            let (wire, method) = (&field.wire, handler::validate_ident(field));
            quote! {
                #wire => Ok(self.handler.#method(ctx, FromValue::from_value(value)?).await?.into()),
            }
        });
        hooks.extend(quote! {
            fn validate_field<'a>(
                &'a self,
                ctx: &'a Context,
                field: &'a str,
                value: Value,
            ) -> BoxFuture<'a, Result<Value>> {
                Box::pin(async move { match field { #(#arms)* _ => Ok(value), } })
            }
        });
    }
    if serializer.validate {
        uses.runtime(&["FromObject", "FromRow", "IntoObject", "Object", "Result", "Row"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        let data = Input::Patch.ident(serializer);
        uses.add("crate::serializers", &data.to_string());
        hooks.extend(quote! {
            fn validate<'a>(
                &'a self,
                ctx: &'a Context,
                row: Option<Row>,
                data: Object,
            ) -> BoxFuture<'a, Result<Object>> {
                Box::pin(async move {
                    let row = row.map(FromRow::from_row).transpose()?;
                    let data = #data::from_object(data)?;
                    Ok(self.handler.validate(ctx, row, data).await?.into_object())
                })
            }
        });
    }
    hooks
}

/// `USER_CONSUMER`
pub fn static_of(consumer: &Consumer) -> proc_macro2::Ident {
    names::shouting(&consumer.base.join("consumer"))
}

fn descriptor(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    let meta = static_of(consumer);
    let docs = docs::line(&format!("The stream `{}`.", consumer.stream));
    let (name, stream, path) = (consumer.name.pascal(), &consumer.stream, &consumer.path);
    if !consumer.actions.is_empty() {
        uses.meta(&["ActionMeta"]);
    }
    let actions = consumer.actions.iter().map(|action| {
        let wire = &action.wire;
        let mut tokens = quote!(ActionMeta::new(#wire));
        if let ActionKind::Custom(custom) = &action.kind {
            if custom.atomic {
                tokens.extend(quote!(.atomic()));
            }
            if custom.detached {
                tokens.extend(quote!(.detached()));
            }
        }
        tokens
    });
    let actions: Vec<TokenStream> = actions.collect();
    let model = bound_model(api, consumer, uses);
    quote! {
        #docs
        pub static #meta: ConsumerMeta = ConsumerMeta {
            name: #name,
            stream: #stream,
            path: #path,
            actions: &[#(#actions),*],
            model: #model,
        };
    }
}

fn bound_model(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    let (Some(id), Some(lookup)) = (consumer.serializer, &consumer.lookup) else { return quote!(None) };
    let SerializerOf::Model(_) = api.serializers[id].of else {
        unreachable!("invariant: a consumer's serializer is of a model");
    };
    uses.meta(&["BoundModel"]);
    let shown = shown_by(api, id, uses);
    let (field, argument) = (index_literal(lookup.field), &lookup.argument);
    let ordering = consumer.ordering.iter().map(|part| {
        let (field, descending) = (index_literal(part.field), part.descending);
        quote!((#field, #descending))
    });
    let pagination = match consumer.pagination {
        None => quote!(None),
        Some(pagination) => {
            uses.meta(&["Pagination"]);
            let page_size = proc_macro2::Literal::u64_unsuffixed(pagination.page_size);
            let max_limit = pagination.max_limit.map_or(quote!(None), |limit| {
                let limit = proc_macro2::Literal::u64_unsuffixed(limit);
                quote!(Some(#limit))
            });
            quote!(Some(Pagination { page_size: #page_size, max_limit: #max_limit }))
        }
    };
    let columns = |list: &[usize]| {
        let list = list.iter().map(|column| index_literal(*column));
        quote!(&[#(#list),*])
    };
    let (filter, search, order_by) =
        (columns(&consumer.filter), columns(&consumer.search), columns(&consumer.order_by));
    quote! {
        Some(BoundModel {
            serializer: &#shown,
            lookup: #field,
            lookup_argument: #argument,
            ordering: &[#(#ordering),*],
            pagination: #pagination,
            filter: #filter,
            search: #search,
            order_by: #order_by,
        })
    }
}
