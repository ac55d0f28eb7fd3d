//! The descriptor of a consumer.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::{shown_by, static_of};
use super::{access, decode};
use crate::emit::rust::tokens::index_literal;
use crate::emit::rust::uses::Uses;
use crate::emit::rust::{docs, meta, names};
use crate::ir::{ActionKind, Api, Consumer, FieldPath, PageStyle, SerializerOf};

/// Returns `.throttles(&[…])` of an action, if it has any.
fn throttles_of(consumer: &Consumer, action: &str, uses: &mut Uses) -> TokenStream {
    let own = consumer.action_throttles.iter().filter(|(name, _)| name == action);
    let own: Vec<_> = own.flat_map(|(_, throttles)| throttles.clone()).collect();
    access::throttles(&own, uses)
}

/// Returns `static USER_CONSUMER: ConsumerMeta`.
pub fn descriptor(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    let meta = static_of(consumer);
    let docs = docs::line(&format!("The descriptor of the stream `{}`.", consumer.stream));
    let (name, stream, path) = (consumer.name.pascal(), &consumer.stream, &consumer.path);
    if !consumer.actions.is_empty() {
        uses.meta(&["ActionMeta"]);
    }
    let actions = consumer.actions.iter().map(|action| {
        if let ActionKind::BuiltIn(built_in) = action.kind {
            let name = names::shouting(&action.name);
            let throttles = throttles_of(consumer, &action.wire, uses);
            let perform = consumer.performs(built_in).map(|_| quote!(.perform()));
            // A write runs in one transaction, whatever the application does in it.
            let atomic = built_in.writes().then(|| quote!(.atomic()));
            let overridden = consumer.overrides.contains(&built_in).then(|| quote!(.overridden() #atomic));
            let mut own = consumer.action_permissions.iter().filter(|(action, _)| *action == built_in);
            let own = own.next().map(|(_, permissions)| access::own_list(permissions, uses));
            let mut by = consumer.action_serializers.iter().filter(|(action, _)| *action == built_in);
            let serializer = by.next().map(|(_, id)| shown_by(api, *id, uses));
            let serializer = serializer.map(|shown| quote!(.serializer(&#shown)));
            return quote!(ActionMeta::#name #serializer #overridden #perform #own #throttles);
        }
        let wire = &action.wire;
        let mut tokens = quote!(ActionMeta::new(#wire));
        if let Some(kind) = decode::kind_of(action) {
            uses.meta(&["ActionKind"]);
            tokens.extend(quote!(.kind(ActionKind::#kind)));
        }
        if let ActionKind::Custom(custom) = &action.kind {
            if let Some(payload) = &custom.payload {
                let shown = shown_by(api, payload.serializer, uses);
                let argument = match &payload.argument {
                    Some(name) => quote!(Some(#name)),
                    None => quote!(None),
                };
                tokens.extend(quote!(.payload(&#shown, #argument)));
            }
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
        tokens.extend(throttles_of(consumer, wire, uses));
        tokens
    });
    let actions: Vec<TokenStream> = actions.collect();
    let (model, access) = (bound_model(api, consumer, uses), access::descriptor(api, consumer, uses));
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
    let mut tokens = quote!(BoundModel::new(&#shown, #field, #argument));
    if !consumer.ordering.is_empty() {
        let ordering = meta::ordering(&consumer.ordering, uses);
        tokens.extend(quote!(.ordering(#ordering)));
    }
    if let Some(pagination) = consumer.pagination {
        uses.meta(&["PageStyle", "Pagination"]);
        let page_size = proc_macro2::Literal::u64_unsuffixed(pagination.page_size);
        let max_limit = pagination.max_limit.map_or(quote!(None), |limit| {
            let limit = proc_macro2::Literal::u64_unsuffixed(limit);
            quote!(Some(#limit))
        });
        let style = match pagination.style {
            PageStyle::LimitOffset => quote!(PageStyle::LimitOffset),
            PageStyle::Streamed => quote!(PageStyle::Streamed),
            PageStyle::Cursor => quote!(PageStyle::Cursor),
        };
        let pagination = quote!(Pagination { page_size: #page_size, max_limit: #max_limit, style: #style });
        tokens.extend(quote!(.pagination(#pagination)));
    }
    for (method, list) in
        [("filter", &consumer.filter), ("search", &consumer.search), ("order_by", &consumer.order_by)]
    {
        if !list.is_empty() {
            let (method, list) = (names::ident(method), reaches(list, uses));
            tokens.extend(quote!(.#method(#list)));
        }
    }
    quote!(Some(#tokens))
}

/// Returns the fields that clients may name in a filter, a search or an order.
fn reaches(list: &[FieldPath], uses: &mut Uses) -> TokenStream {
    if !list.is_empty() {
        uses.meta(&["FieldPath"]);
    }
    let list = list.iter().map(|FieldPath { wire, path, field }| {
        let field = index_literal(*field);
        if path.is_empty() {
            quote!(FieldPath::new(#wire, #field))
        } else {
            let path = meta::steps(path, uses);
            quote!(FieldPath::through(#wire, #path, #field))
        }
    });
    quote!(&[#(#list),*])
}
