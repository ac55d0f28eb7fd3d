//! Observers, signals and events: their descriptors, what sends them, and the actions that subscribe.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::handler::{self, Method};
use super::meta::static_of;
use super::model::index_literal;
use super::uses::Uses;
use super::{consumer, docs, names};
use crate::emit::docs as text;
use crate::ir::{
    ActionKind, Api, Consumer, Event, Groups, Home, ModelId, Object, Observer, Overflow, Rows, Signal, Source,
};

/// `ROOM_MESSAGE_ACTIVITY_OBSERVER`
pub fn observer_static(consumer: &Consumer, observer: &Observer) -> Ident {
    names::shouting(&consumer.base.join(&observer.name.snake()).join("observer"))
}

/// `STOVE_BELL_SIGNAL`
pub fn signal_static(consumer: &Consumer, signal: &Signal) -> Ident {
    names::shouting(&consumer.base.join(&signal.name.snake()).join("signal"))
}

/// What a consumer exports beside its types.
pub fn exports(api: &Api, consumer: &Consumer) -> Vec<String> {
    let observers = consumer.observers.iter().map(|observer| observer_static(consumer, observer).to_string());
    let signals = consumer.signals.iter().map(|signal| signal_static(consumer, signal).to_string());
    let sent = consumer.signals.iter().map(|signal| (&signal.ty, signal.payload));
    let sent = sent.chain(consumer.events.iter().map(|event| (&event.ty, event.payload)));
    let wrappers = sent.filter(|(ty, payload)| api.objects[*payload].name != **ty);
    observers.chain(signals).chain(wrappers.map(|(ty, _)| ty.pascal())).collect()
}

/// The descriptors, and the types that are sent.
pub fn items(api: &Api, consumer: &Consumer, here: Home, uses: &mut Uses) -> Vec<TokenStream> {
    let mut items: Vec<TokenStream> =
        consumer.observers.iter().map(|observer| descriptor(api, consumer, observer, uses)).collect();
    for signal in &consumer.signals {
        items.push(signal_items(api, consumer, signal, here, uses));
    }
    items.extend(consumer.events.iter().map(|event| event_items(api, consumer, event, here, uses)));
    items
}

fn descriptor(api: &Api, consumer: &Consumer, observer: &Observer, uses: &mut Uses) -> TokenStream {
    uses.meta(&["ObserverMeta"]);
    let name = observer_static(consumer, observer);
    let shown = observer.serializer.map(|id| consumer::shown_by(api, id, uses));
    let mut meta = match (&observer.groups, &shown) {
        (Groups::Instance, Some(shown)) => quote!(ObserverMeta::instance(&#shown)),
        _ => {
            let (wire, model) = (&observer.wire, model_static(api, observer.model, uses));
            let shown = shown.map(|shown| quote!(.serializer(&#shown)));
            quote!(ObserverMeta::new(#wire, &#model)#shown)
        }
    };
    if let Some(groups) = groups(&observer.groups, uses) {
        meta.extend(quote!(.groups(#groups)));
    }
    if is_filtered(api, consumer, observer) {
        let consumer = consumer::static_of(consumer);
        meta.extend(quote!(.filter(&#consumer)));
    }
    if observer.custom_message {
        meta.extend(quote!(.custom_message()));
    }
    if let Some(overflow) = overflow(observer.overflow, uses) {
        meta.extend(quote!(.overflow(#overflow)));
    }
    match observer.rows {
        Rows::All => {}
        Rows::Custom => meta.extend(quote!(.queryset())),
        Rows::Of(consumer) => {
            let stream = &api.consumers[consumer].stream;
            meta.extend(quote!(.within(#stream)));
        }
    }
    if observer.many_to_many {
        meta.extend(quote!(.many_to_many()));
    }
    if api.models[observer.model].observe_database {
        meta.extend(quote!(.database()));
    }
    let fallback = match observer.groups {
        Groups::Instance => "Tells of single rows.".to_owned(),
        _ => format!("Tells of every `{}` that changes.", api.models[observer.model].wire),
    };
    let docs = docs::attributes(&observer.docs, &fallback);
    quote!(#docs pub static #name: ObserverMeta = #meta;)
}

/// Whether subscriptions may be narrowed: the consumer's own rows are, by what its lists are filtered by.
fn is_filtered(api: &Api, consumer: &Consumer, observer: &Observer) -> bool {
    let shown = consumer.serializer.map(|id| api.serializers[id].of);
    let own = shown == Some(crate::ir::SerializerOf::Model(observer.model));
    own && !observer.custom_message
        && !consumer.filter.is_empty()
        && matches!(observer.groups, Groups::All | Groups::By(_))
}

fn model_static(api: &Api, model: ModelId, uses: &mut Uses) -> Ident {
    let model = &api.models[model];
    uses.add("crate::models", &model.name.shouting());
    static_of(&model.name)
}

/// What happens to slow readers; none: they are closed.
fn overflow(overflow: Overflow, uses: &mut Uses) -> Option<TokenStream> {
    let tokens = match overflow {
        Overflow::Close => return None,
        Overflow::Coalesce => quote!(Overflow::Coalesce),
        Overflow::Drop => quote!(Overflow::Drop),
    };
    uses.meta(&["Overflow"]);
    Some(tokens)
}

/// The groups of a descriptor; none: all.
fn groups(groups: &Groups, uses: &mut Uses) -> Option<TokenStream> {
    let tokens = match groups {
        Groups::All | Groups::Instance => return None,
        Groups::Custom => quote!(GroupsMeta::Custom),
        Groups::By(sets) => {
            let sets = sets.iter().map(|set| {
                let set = set.iter().map(|column| index_literal(*column));
                quote!(&[#(#set),*])
            });
            quote!(GroupsMeta::By(&[#(#sets),*]))
        }
    };
    uses.meta(&["GroupsMeta"]);
    Some(tokens)
}

fn signal_items(api: &Api, consumer: &Consumer, signal: &Signal, here: Home, uses: &mut Uses) -> TokenStream {
    uses.meta(&["GroupsMeta", "SignalMeta"]);
    let (name, stream, wire) = (signal_static(consumer, signal), &consumer.stream, &signal.wire);
    let groups = groups(&signal.groups, uses).unwrap_or_else(|| quote!(GroupsMeta::All));
    let object = &api.objects[signal.payload];
    let payload = payload_static(object, here, uses);
    uses.meta(&["Overflow"]);
    let overflow = overflow(signal.overflow, uses).unwrap_or_else(|| quote!(Overflow::Close));
    let ty = names::pascal(&signal.ty);
    let wrapper = wrapper(object, &signal.ty, here, &signal.docs, &format!("The signal `{wire}`."), uses);
    let docs = docs::attributes(&signal.docs, &format!("The signal `{wire}`."));
    quote! {
        #docs
        pub static #name: SignalMeta = SignalMeta {
            name: #wire,
            stream: #stream,
            payload: &#payload,
            groups: #groups,
            overflow: #overflow,
        };

        #wrapper

        impl dcrf_runtime::Signal for #ty {
            const META: &'static SignalMeta = &#name;
        }
    }
}

fn event_items(api: &Api, consumer: &Consumer, event: &Event, here: Home, uses: &mut Uses) -> TokenStream {
    uses.meta(&["ObjectMeta"]);
    let (stream, wire) = (&consumer.stream, &event.wire);
    let object = &api.objects[event.payload];
    let payload = payload_static(object, here, uses);
    let ty = names::pascal(&event.ty);
    let wrapper = wrapper(object, &event.ty, here, &event.docs, &format!("The event `{wire}`."), uses);
    quote! {
        #wrapper

        impl dcrf_runtime::Event for #ty {
            const NAME: &'static str = #wire;
            const STREAM: &'static str = #stream;
            const PAYLOAD: &'static ObjectMeta = &#payload;
        }
    }
}

fn payload_static(object: &Object, here: Home, uses: &mut Uses) -> Ident {
    uses.generated(here, object.home, &object.name.shouting());
    static_of(&object.name)
}

/// A named type may be what several signals carry: each is a type around it.
fn wrapper(
    object: &Object,
    ty: &crate::ir::Name,
    here: Home,
    own: &crate::ir::Docs,
    fallback: &str,
    uses: &mut Uses,
) -> TokenStream {
    if object.name == *ty {
        return TokenStream::new();
    }
    uses.generated(here, object.home, &object.name.pascal());
    uses.runtime(&["IntoObject", "Object"]);
    let (ty, inner) = (names::pascal(ty), names::pascal(&object.name));
    let docs = docs::from_lines(&text::lines(own, fallback));
    quote! {
        #docs
        #[derive(Debug, Clone, PartialEq)]
        pub struct #ty(pub #inner);

        impl IntoObject for #ty {
            fn into_object(self) -> Object { self.0.into_object() }
        }
    }
}

/// The methods that name groups.
pub fn methods(api: &Api, consumer: &Consumer, here: Home, uses: &mut Uses) -> Vec<Method> {
    let mut methods = Vec::new();
    for observer in consumer.observers.iter().filter(|observer| observer.groups == Groups::Custom) {
        let row = names::pascal(&api.models[observer.model].name);
        uses.add("crate::models", &row.to_string());
        methods.push(Method {
            docs: docs::from_lines(&[
                format!("The groups of `{}` that a row is in.", observer.wire),
                String::new(),
                "Asked for a row as it was and as it is: who is in a group that it left is told `delete`."
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
        let row = names::pascal(&api.models[observer.model].name);
        uses.add("crate::models", &row.to_string());
        methods.push(Method {
            docs: docs::from_lines(&[
                format!("What subscribers of `{}` are sent.", observer.wire),
                String::new(),
                "Asked once per change and kind of event, for all who hear of it: `event.into()` is what they are sent by default."
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
        let row = names::pascal(&api.models[observer.model].name);
        uses.add("crate::models", &row.to_string());
        methods.push(Method {
            docs: docs::line(&format!("The rows of which a connection hears by `{}`.", observer.wire)),
            name: queryset_ident(observer),
            arguments: quote!(ctx: &Context),
            names: vec![names::ident("ctx")],
            output: quote!(condition::Filter<#row>),
            label: format!("the queryset of `{}` of `{}`", observer.wire, consumer.stream),
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
            uses.generated(here, object.home, &object.name.pascal());
            let input = names::pascal(&object.name);
            arguments.extend(quote!(, input: #input));
            given.push(names::ident("input"));
        }
        methods.push(Method {
            docs: docs::line(&format!("The groups of `{wire}` that a subscription joins.")),
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

/// Whether the application names any groups of a consumer.
pub fn asks_application(consumer: &Consumer) -> bool {
    let asks = |observer: &Observer| {
        observer.groups == Groups::Custom || observer.custom_message || observer.rows == Rows::Custom
    };
    consumer.observers.iter().any(asks)
        || consumer.signals.iter().any(|signal| signal.groups == Groups::Custom)
}

/// `message_activity_groups`
fn row_groups(observer: &Observer) -> Ident {
    names::snake(&observer.name.join("groups"))
}

/// `message_activity_message`
fn message_ident(observer: &Observer) -> Ident {
    names::snake(&observer.name.join("message"))
}

/// `message_activity_queryset`
fn queryset_ident(observer: &Observer) -> Ident {
    names::snake(&observer.name.join("queryset"))
}

/// `message_activity_groups_for`, where the application names the groups of a subscription; and what it is to.
fn subscriber_groups(consumer: &Consumer, to: Source) -> Option<(Ident, &str)> {
    let (name, wire, groups) = match to {
        Source::Observer(index) => {
            let observer = &consumer.observers[index];
            (&observer.name, &observer.wire, &observer.groups)
        }
        Source::Signal(index) => {
            let signal = &consumer.signals[index];
            (&signal.name, &signal.wire, &signal.groups)
        }
    };
    (*groups == Groups::Custom).then(|| (names::snake(&name.join("groups").join("for")), wire.as_str()))
}

/// `observers` and `row_groups` of `Dispatch`.
pub fn hooks(consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    if consumer.observers.is_empty() {
        return TokenStream::new();
    }
    uses.meta(&["ObserverMeta"]);
    let (statics, count): (Vec<Ident>, _) = (
        consumer.observers.iter().map(|observer| observer_static(consumer, observer)).collect(),
        index_literal(consumer.observers.len()),
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
        let handler = handler::ident(consumer);
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
    let told: Vec<&Observer> = consumer.observers.iter().filter(|observer| observer.custom_message).collect();
    if !told.is_empty() {
        uses.runtime(&["Result", "Row"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        let handler = handler::ident(consumer);
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
        let handler = handler::ident(consumer);
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

/// What the variant of a subscribing action holds, as it is declared.
pub fn variant(
    api: &Api,
    consumer: &Consumer,
    kind: &ActionKind,
    here: Home,
    uses: &mut Uses,
) -> TokenStream {
    match kind {
        ActionKind::Subscribe { to, input } if subscriber_groups(consumer, *to).is_some() => {
            let Some(input) = input else { return TokenStream::new() };
            let object = &api.objects[*input];
            uses.generated(here, object.home, &object.name.pascal());
            let input = names::pascal(&object.name);
            quote!((#input))
        }
        ActionKind::Unsubscribe { from, input } if subscriber_groups(consumer, *from).is_some() => {
            let Some(input) = input else { return TokenStream::new() };
            let object = &api.objects[*input];
            uses.generated(here, object.home, &object.name.pascal());
            let input = names::pascal(&object.name);
            quote!((Option<#input>))
        }
        _ => {
            uses.runtime(&["observer"]);
            quote!((observer::Groups))
        }
    }
}

/// What the variant of a subscribing action holds, as a pattern.
pub fn pattern(consumer: &Consumer, kind: &ActionKind) -> TokenStream {
    match kind {
        ActionKind::Subscribe { to, input } if subscriber_groups(consumer, *to).is_some() => {
            if input.is_some() { quote!((input)) } else { TokenStream::new() }
        }
        ActionKind::Unsubscribe { from, input } if subscriber_groups(consumer, *from).is_some() => {
            if input.is_some() { quote!((input)) } else { TokenStream::new() }
        }
        _ => quote!((groups)),
    }
}

/// How a subscribing action is read.
pub fn decode(
    api: &Api,
    consumer: &Consumer,
    kind: &ActionKind,
    variant: &Ident,
    uses: &mut Uses,
) -> TokenStream {
    let (source, input) = match kind {
        ActionKind::Subscribe { to, input } => (*to, *input),
        ActionKind::Unsubscribe { from, input } => (*from, *input),
        _ => unreachable!("invariant: asked for subscribing actions alone"),
    };
    if subscriber_groups(consumer, source).is_some() {
        let Some(input) = input else { return quote!(Self::#variant) };
        let object = &api.objects[input];
        uses.runtime(&["FromObject", "crud"]);
        if object.home == Home::Types {
            uses.add("crate::types", &object.name.shouting());
        }
        let (ty, meta) = (names::pascal(&object.name), static_of(&object.name));
        let input = quote!(#ty::from_object(crud::input(&#meta, request)?)?);
        if let ActionKind::Unsubscribe { .. } = kind {
            uses.runtime(&["observer"]);
            return quote!({
                let named = observer::names_any(&#meta, request);
                Self::#variant(if named { Some(#input) } else { None })
            });
        }
        return quote!(Self::#variant(#input));
    }
    uses.runtime(&["observer"]);
    match source {
        Source::Observer(index) => {
            let meta = observer_static(consumer, &consumer.observers[index]);
            quote!(Self::#variant(observer::groups(&#meta, request)?))
        }
        Source::Signal(index) => {
            let meta = signal_static(consumer, &consumer.signals[index]);
            quote!(Self::#variant(observer::signal_groups(&#meta, request)?))
        }
    }
}

/// What a subscribing action does: what is to be waited for before, if anything, and then a future.
pub fn call(consumer: &Consumer, kind: &ActionKind, uses: &mut Uses) -> (Option<TokenStream>, TokenStream) {
    uses.runtime(&["observer"]);
    let (source, verb, input) = match kind {
        ActionKind::Subscribe { to, input } => (*to, "subscribe", input.is_some()),
        ActionKind::Unsubscribe { from, input } => (*from, "unsubscribe", input.is_some()),
        _ => unreachable!("invariant: asked for subscribing actions alone"),
    };
    let (function, meta) = match source {
        Source::Observer(index) => {
            (names::ident(verb), observer_static(consumer, &consumer.observers[index]))
        }
        Source::Signal(index) => {
            (names::ident(&format!("{verb}_signal")), signal_static(consumer, &consumer.signals[index]))
        }
    };
    let Some((method, _)) = subscriber_groups(consumer, source) else {
        return (None, quote!(observer::#function(&#meta, ctx, groups)));
    };
    let handler = handler::ident(consumer);
    if verb == "unsubscribe" {
        if !input {
            return (None, quote!(observer::#function(&#meta, ctx, observer::Groups::every())));
        }
        let before = quote! {
            let groups = match input {
                Some(input) => {
                    observer::Groups::custom(#handler::#method(&*self.handler, ctx, input).await?)
                }
                None => observer::Groups::every(),
            };
        };
        return (Some(before), quote!(observer::#function(&#meta, ctx, groups)));
    }
    let input = input.then(|| quote!(, input));
    (
        Some(quote!(let groups = #handler::#method(&*self.handler, ctx #input).await?;)),
        quote!(observer::#function(&#meta, ctx, observer::Groups::custom(groups))),
    )
}
