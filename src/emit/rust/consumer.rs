//! A consumer: its handler trait, its action enum, its struct and its dispatch.

use proc_macro2::TokenStream;
use quote::quote;

use super::handler::{self, Method};
use super::model::index_literal;
use super::serializer;
use super::uses::Uses;
use super::{access, decode, docs, file, names, object, observer};
use crate::escape;
use crate::ir::hooks::HookKind;
use crate::ir::{
    Action, ActionKind, Api, Consumer, ConsumerId, CustomAction, FieldSource, Home, Input, Output, PageStyle,
    Reach, SerializerField, SerializerOf,
};

/// The file of a consumer.
pub fn file(api: &Api, id: ConsumerId) -> String {
    let consumer = &api.consumers[id];
    let here = Home::Consumer(id);
    let mut uses = Uses::default();
    let methods = handler::methods(api, consumer, here, &mut uses);
    let mut items = Vec::new();
    if !methods.is_empty() {
        items.push(handler_trait(api, consumer, &methods, &mut uses));
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

fn handler_trait(api: &Api, consumer: &Consumer, methods: &[Method], uses: &mut Uses) -> TokenStream {
    uses.runtime(&["Context", "Result"]);
    let name = handler::ident(consumer);
    let docs = docs::line(&format!("What the application does for `{}`.", consumer.stream));
    let stream = escape::format_string(&consumer.stream);
    let message = format!("`{{Self}}` does not serve `{stream}`");
    let note = format!("implement `{name}` for it: `dcrf scaffold` writes the stubs");
    let provided_by_access = access::provided_methods(api, consumer, uses);
    // `from_json` may be an action, and then it is asked of a handler.
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

fn consumer_struct(consumer: &Consumer, has_handler: bool, uses: &mut Uses) -> TokenStream {
    let name = names::pascal(&consumer.base.join("consumer"));
    if !has_handler {
        let docs = docs::line(&format!("Serves `{}`.", consumer.stream));
        return quote! {
            #docs
            #[derive(Debug)]
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
    uses.runtime(&["Context", "Dispatch", "Request", "crud"]);
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
    let act = (!arms.is_empty()).then(|| {
        uses.runtime(&["Result"]);
        uses.add("dcrf_runtime::dispatch", "Given");
        let decoded = decode::call(consumer);
        let given = if decode::is_given(consumer) { names::ident("given") } else { names::ident("_given") };
        quote! {
            fn act<'a>(
                &'a self,
                ctx: &'a Context,
                request: &'a Request<'a>,
                #given: Given,
            ) -> Result<ReplyFuture<'a>> {
                let reply: ReplyFuture<'a> = match #action::#decoded { #(#arms)* };
                Ok(reply)
            }
        }
    });
    let (hooks, access) = (hooks(api, consumer, uses), access::dispatch(api, consumer, uses));
    let observed = observer::hooks(consumer, uses);
    quote! {
        impl #generics Dispatch for #ty {
            fn meta(&self) -> &'static ConsumerMeta { &#meta }

            fn call<'a>(&'a self, ctx: &'a Context, request: &'a Request<'a>) -> ReplyFuture<'a> {
                crud::call(self, ctx, request)
            }

            #act

            #hooks

            #access
            #observed
        }
    }
}

fn arm(api: &Api, consumer: &Consumer, action: &Action, uses: &mut Uses) -> TokenStream {
    let pattern = decode::pattern(consumer, action);
    let key = decode::key_ident(consumer);
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
    if matches!(action.kind, ActionKind::Subscribe { .. } | ActionKind::Unsubscribe { .. }) {
        let (before, future) = observer::call(consumer, &action.kind, uses);
        if !action.reply {
            uses.runtime(&["Reply"]);
            return boxed(&pattern, &quote!(#before #future.await?; Ok(Reply::none())));
        }
        return match before {
            Some(before) => boxed(&pattern, &quote!(#before #future.await)),
            None => quote!(#pattern => #future,),
        };
    }
    if let ActionKind::SubscribeInstance | ActionKind::UnsubscribeInstance = action.kind {
        uses.runtime(&["observer"]);
        let function = names::snake(&action.name);
        let single = observer::observer_static(consumer, &consumer.observers[0]);
        let call = match action.kind {
            ActionKind::SubscribeInstance => quote!(#function(self, &#single, ctx, request, #key.into())),
            _ => quote!(#function(self, &#single, ctx, #key.into())),
        };
        return quote!(#pattern => observer::#call,);
    }
    uses.runtime(&["crud"]);
    let call = match &action.kind {
        ActionKind::List => quote!(crud::list(self, ctx, input)),
        ActionKind::Retrieve => quote!(crud::retrieve(self, ctx, request, #key.into())),
        ActionKind::Create => quote!(crud::create(self, ctx, data.into_object())),
        ActionKind::Update => quote!(crud::update(self, ctx, #key.into(), data.into_object())),
        ActionKind::Patch => quote!(crud::patch(self, ctx, #key.into(), data.into_object())),
        ActionKind::Delete => quote!(crud::delete(self, ctx, request, #key.into())),
        _ => unreachable!("invariant: returned above"),
    };
    if matches!(action.kind, ActionKind::Create | ActionKind::Update | ActionKind::Patch) {
        uses.runtime(&["IntoObject"]);
    }
    quote!(#pattern => #call,)
}

/// The arm of an action that takes several steps: a future of its own.
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
    let method = names::snake(&action.name);
    let mut arguments = quote!(ctx);
    if custom.detail {
        arguments.extend(quote!(, row));
    }
    if custom.input.is_some() {
        arguments.extend(quote!(, input));
    }
    let status = proc_macro2::Literal::u16_unsuffixed(custom.status);
    let call = handler::call(consumer, &action.name.snake(), &method, &arguments);
    let call = quote!(#call.await?);
    let body = match &custom.output {
        None if !action.reply => quote!(#call; Ok(Reply::none())),
        None => quote!(#call; Ok(Reply::empty(#status))),
        Some(Output::Value(_)) => quote!(let output = #call; Reply::json(#status, &output)),
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

/// The static of a serializer of a model.
pub fn shown_by(api: &Api, id: crate::ir::SerializerId, uses: &mut Uses) -> proc_macro2::Ident {
    let shown = serializer::static_of(&api.serializers[id]);
    uses.add("crate::serializers", &shown.to_string());
    shown
}

/// `validate_field`, `validate` and `method`, where the application does something for a serializer.
fn hooks(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    let (mut fields, mut wholes, mut methods) = (Vec::new(), Vec::new(), Vec::new());
    for hook in crate::ir::hooks::hooks(&api.serializers, consumer) {
        let (serializer, model) = handler::parts(api, &hook);
        let (shown, ident) = (serializer.name.pascal(), names::ident(&hook.name));
        match hook.kind {
            HookKind::ValidateField(field) => {
                let wire = &serializer.fields[field].wire;
                let call =
                    handler::call(consumer, &hook.name, &ident, &quote!(ctx, FromValue::from_value(value)?));
                fields.push(quote!((#shown, #wire) => Ok(#call.await?.into()),));
            }
            HookKind::Validate => {
                let data = Input::Patch.ident(serializer);
                uses.add("crate::serializers", &data.to_string());
                let call = handler::call(consumer, &hook.name, &ident, &quote!(ctx, row, data));
                wholes.push(quote! {
                    #shown => {
                        let row = row.map(FromRow::from_row).transpose()?;
                        let data = #data::from_object(data)?;
                        Ok(#call.await?.into_object())
                    }
                });
            }
            HookKind::Method(field) => {
                let field = &serializer.fields[field];
                let all = handler::all_ident(&hook);
                let row = names::pascal(&model.name);
                uses.add("crate::models", &row.to_string());
                let call = handler::call(consumer, &all.to_string(), &all, &quote!(ctx, &rows));
                let shown_values = method_values(api, field, uses);
                let wire = &field.wire;
                methods.push(quote! {
                    (#shown, #wire) => {
                        let rows: Vec<#row> = crud::typed(rows)?;
                        let values = #call.await?;
                        #shown_values
                    }
                });
            }
        }
    }
    let mut hooks = TokenStream::new();
    if !fields.is_empty() {
        uses.runtime(&["FromValue", "Result", "Value"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        hooks.extend(quote! {
            fn validate_field<'a>(
                &'a self,
                ctx: &'a Context,
                serializer: &'a str,
                field: &'a str,
                value: Value,
            ) -> BoxFuture<'a, Result<Value>> {
                Box::pin(async move { match (serializer, field) { #(#fields)* _ => Ok(value), } })
            }
        });
    }
    if !wholes.is_empty() {
        uses.runtime(&["FromObject", "FromRow", "IntoObject", "Object", "Result", "Row"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        hooks.extend(quote! {
            fn validate<'a>(
                &'a self,
                ctx: &'a Context,
                serializer: &'a str,
                row: Option<Row>,
                data: Object,
            ) -> BoxFuture<'a, Result<Object>> {
                Box::pin(async move { match serializer { #(#wholes)* _ => Ok(data), } })
            }
        });
    }
    if !methods.is_empty() {
        uses.runtime(&["Error", "Result", "Row", "crud"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        hooks.extend(quote! {
            fn method<'a>(
                &'a self,
                ctx: &'a Context,
                serializer: &'a str,
                field: &'a str,
                rows: &'a [Row],
            ) -> BoxFuture<'a, Result<Vec<Vec<u8>>>> {
                Box::pin(async move {
                    match (serializer, field) {
                        #(#methods)*
                        _ => Err(Error::internal("no such method field")),
                    }
                })
            }
        });
    }
    hooks
}

/// The values of a method field as JSON texts.
fn method_values(api: &Api, field: &SerializerField, uses: &mut Uses) -> TokenStream {
    match &field.source {
        FieldSource::Method(Output::Row { serializer, nullable }) => {
            let shown = shown_by(api, *serializer, uses);
            let texts = names::ident(if *nullable { "rows_or_nulls" } else { "rows_of_rows" });
            quote!(crud::#texts(self, ctx, &#shown, values).await)
        }
        FieldSource::Method(Output::Rows(serializer)) => {
            let shown = shown_by(api, *serializer, uses);
            quote!(crud::lists_of_rows(self, ctx, &#shown, values).await)
        }
        _ => quote!(crud::values(values)),
    }
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
        if let Some(reads) = decode::reads(&action.kind) {
            uses.meta(&["Reads"]);
            tokens.extend(quote!(.reads(Reads::#reads)));
        }
        if let ActionKind::Custom(custom) = &action.kind {
            if custom.atomic {
                tokens.extend(quote!(.atomic()));
            }
            if custom.serializable {
                tokens.extend(quote!(.serializable()));
            }
            if custom.detached {
                tokens.extend(quote!(.detached()));
            }
            tokens.extend(access::list(&custom.permissions, uses));
        }
        tokens
    });
    let actions: Vec<TokenStream> = actions.collect();
    let (model, access) = (bound_model(api, consumer, uses), access::descriptor(consumer, uses));
    quote! {
        #docs
        pub static #meta: ConsumerMeta = ConsumerMeta {
            name: #name,
            stream: #stream,
            path: #path,
            actions: &[#(#actions),*],
            model: #model,
            access: #access,
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
            uses.meta(&["PageStyle"]);
            let style = match pagination.style {
                PageStyle::LimitOffset => quote!(PageStyle::LimitOffset),
                PageStyle::Streamed => quote!(PageStyle::Streamed),
                PageStyle::Cursor => quote!(PageStyle::Cursor),
            };
            quote!(Some(Pagination { page_size: #page_size, max_limit: #max_limit, style: #style }))
        }
    };
    let (filter, search, order_by) =
        (reaches(&consumer.filter, uses), reaches(&consumer.search, uses), reaches(&consumer.order_by, uses));
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

/// What clients may name.
fn reaches(list: &[Reach], uses: &mut Uses) -> TokenStream {
    if !list.is_empty() {
        uses.meta(&["Reach"]);
    }
    let list = list.iter().map(|Reach { wire, path, field }| {
        let (path, field) = (path.iter().map(|field| index_literal(*field)), index_literal(*field));
        if path.len() == 0 {
            quote!(Reach::new(#wire, #field))
        } else {
            quote!(Reach::through(#wire, &[#(#path),*], #field))
        }
    });
    quote!(&[#(#list),*])
}
