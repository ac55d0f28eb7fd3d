//! Observers, signals and events: their descriptors, and the types of their messages.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::names::{self as own, observer_static, shown_by, signal_static};
use crate::emit::docs as text;
use crate::emit::rust::meta::{schema_text, static_of};
use crate::emit::rust::tokens::index_literal;
use crate::emit::rust::uses::Uses;
use crate::emit::rust::{docs, names};
use crate::ir::{
    Api, ConnectSource, Consumer, Dependency, Event, Groups, Home, Latest, ModelId, Object, Observer,
    OnConnect, Overflow, Rows, Signal,
};

/// Returns the exports of a consumer for them.
pub fn exports(api: &Api, consumer: &Consumer) -> Vec<String> {
    let observers = consumer.all_observers().map(|observer| observer_static(consumer, observer).to_string());
    let signals = consumer.signals.iter().map(|signal| signal_static(consumer, signal).to_string());
    let sent = consumer.signals.iter().map(|signal| (&signal.ty, signal.payload));
    let sent = sent.chain(consumer.events.iter().map(|event| (&event.ty, event.payload)));
    let wrappers = sent.filter(|(ty, payload)| api.objects[*payload].rust != **ty);
    observers.chain(signals).chain(wrappers.map(|(ty, _)| ty.pascal())).collect()
}

/// Returns the descriptors, and the types of the messages.
pub fn items(api: &Api, consumer: &Consumer, here: Home, uses: &mut Uses) -> Vec<TokenStream> {
    let mut items: Vec<TokenStream> =
        consumer.all_observers().map(|observer| descriptor(api, consumer, observer, uses)).collect();
    for signal in &consumer.signals {
        items.push(signal_items(api, consumer, signal, here, uses));
    }
    items.extend(consumer.events.iter().map(|event| event_items(api, consumer, event, here, uses)));
    items
}

fn descriptor(api: &Api, consumer: &Consumer, observer: &Observer, uses: &mut Uses) -> TokenStream {
    uses.meta(&["ObserverMeta"]);
    let name = observer_static(consumer, observer);
    let shown = observer.serializer.map(|id| shown_by(api, id, uses));
    let mut meta = match (&observer.groups, &shown) {
        (Groups::Instance, Some(shown)) => quote!(ObserverMeta::instance(&#shown)),
        (_, Some(shown)) if is_list(consumer, observer) => quote!(ObserverMeta::list(&#shown)),
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
        let consumer = own::static_of(consumer);
        meta.extend(quote!(.filter(&#consumer)));
    }
    if observer.custom_message {
        meta.extend(quote!(.custom_message()));
    }
    if let Some(overflow) = overflow(observer.overflow, uses) {
        meta.extend(quote!(.overflow(#overflow)));
    }
    if let Some(declared) = &observer.on_connect {
        let subscription = on_connect(declared, uses);
        meta.extend(quote!(.on_connect(#subscription)));
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
    if let Some(Latest { age, entries, max_replay }) = observer.latest {
        uses.meta(&["Latest"]);
        let [age, entries, max_replay] = [age, entries, max_replay].map(Literal::u64_unsuffixed);
        meta.extend(quote! {
            .latest(Latest { age: #age, entries: #entries, max_replay: #max_replay })
        });
        if let Some(dependencies) = &observer.depends_on {
            let dependencies = dependencies.iter().map(|dependency| self::dependency(api, *dependency, uses));
            let dependencies: Vec<TokenStream> = dependencies.collect();
            meta.extend(quote!(.depends_on(&[#(#dependencies),*])));
        }
    } else if api.models[observer.model].observe_database {
        meta.extend(quote!(.database()));
    }
    let fallback = match observer.groups {
        Groups::Instance => "Notifies subscribers of the changes of single rows.".to_owned(),
        _ if is_list(consumer, observer) => "Notifies clients of the changes of live lists.".to_owned(),
        _ => format!("Notifies subscribers of every `{}` that changes.", api.models[observer.model].wire),
    };
    let docs = docs::attributes(&observer.docs, &fallback);
    quote!(#docs pub static #name: ObserverMeta = #meta;)
}

/// Returns rows on which rights depend.
fn dependency(api: &Api, Dependency { model, user }: Dependency, uses: &mut Uses) -> TokenStream {
    uses.meta(&["DependencyMeta"]);
    let model = model_static(api, model, uses);
    let user = user.map(index_literal).map(|user| quote!(.user(#user)));
    quote!(DependencyMeta::new(&#model)#user)
}

/// Returns the subscription that every connection has.
fn on_connect(declared: &OnConnect, uses: &mut Uses) -> TokenStream {
    uses.meta(&["OnConnect"]);
    let action = &declared.action;
    let values = declared.values.iter().map(|(column, source)| {
        uses.meta(&["ConnectSource"]);
        let column = index_literal(*column);
        let source = match source {
            ConnectSource::Path(name) => quote!(ConnectSource::Path(#name)),
            ConnectSource::Query(name) => quote!(ConnectSource::Query(#name)),
            ConnectSource::User => quote!(ConnectSource::User),
        };
        quote!((#column, #source))
    });
    let values: Vec<TokenStream> = values.collect();
    quote!(OnConnect { action: #action, values: &[#(#values),*] })
}

/// Tells whether an observer is that of live lists.
fn is_list(consumer: &Consumer, observer: &Observer) -> bool {
    consumer.live_list.as_ref().is_some_and(|list| std::ptr::eq(list, observer))
}

/// Tells whether subscriptions can be filtered: those to the consumer's own rows can, by the fields that filter its
/// lists.
fn is_filtered(api: &Api, consumer: &Consumer, observer: &Observer) -> bool {
    let shown = consumer.serializer.map(|id| api.serializers[id].of);
    let own = shown == Some(crate::ir::SerializerOf::Model(observer.model));
    own && !observer.custom_message
        && !is_list(consumer, observer)
        && !consumer.filter.is_empty()
        && matches!(observer.groups, Groups::All | Groups::By(_))
}

fn model_static(api: &Api, model: ModelId, uses: &mut Uses) -> Ident {
    let model = &api.models[model];
    uses.add("crate::models", &model.rust.shouting());
    static_of(&model.rust)
}

/// Returns what happens to slow readers; `None` if they are disconnected.
fn overflow(overflow: Overflow, uses: &mut Uses) -> Option<TokenStream> {
    let tokens = match overflow {
        Overflow::Close => return None,
        Overflow::Coalesce => quote!(Overflow::Coalesce),
        Overflow::Drop => quote!(Overflow::Drop),
    };
    uses.meta(&["Overflow"]);
    Some(tokens)
}

/// Returns the groups of a descriptor; `None` if it has no groups of its own.
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
    let presence = signal.presence.then(|| {
        let read = (object.rust != signal.ty).then(|| {
            uses.runtime(&["FromObject", "Object", "Result"]);
            quote! {
                impl FromObject for #ty {
                    fn from_object(object: Object) -> Result<Self> { Ok(Self(FromObject::from_object(object)?)) }
                }
            }
        });
        quote!(#read impl dcrf_runtime::Presence for #ty {})
    });
    let docs = docs::attributes(&signal.docs, &format!("The signal `{wire}`."));
    let schema = schema_const(signal.schema.as_deref());
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
            #schema
        }

        #presence
    }
}

fn event_items(api: &Api, consumer: &Consumer, event: &Event, here: Home, uses: &mut Uses) -> TokenStream {
    uses.meta(&["ObjectMeta"]);
    let (stream, wire) = (&consumer.stream, &event.wire);
    let object = &api.objects[event.payload];
    let payload = payload_static(object, here, uses);
    let ty = names::pascal(&event.ty);
    let wrapper = wrapper(object, &event.ty, here, &event.docs, &format!("The event `{wire}`."), uses);
    let schema = schema_const(event.schema.as_deref());
    quote! {
        #wrapper

        impl dcrf_runtime::Event for #ty {
            const NAME: &'static str = #wire;
            const STREAM: &'static str = #stream;
            const PAYLOAD: &'static ObjectMeta = &#payload;
            #schema
        }
    }
}

/// Returns the constant of the JSON Schema of a payload, if its type says less.
fn schema_const(schema: Option<&str>) -> Option<TokenStream> {
    let schema = schema_text(schema?);
    Some(quote!(const SCHEMA: Option<&'static str> = Some(#schema);))
}

fn payload_static(object: &Object, here: Home, uses: &mut Uses) -> Ident {
    uses.generated(here, object.home, &object.rust.shouting());
    static_of(&object.rust)
}

/// Returns a type around the payload if the signal's or event's own type differs from it, because several of them may
/// have the same payload.
fn wrapper(
    object: &Object,
    ty: &crate::ir::Name,
    here: Home,
    own: &crate::ir::Docs,
    fallback: &str,
    uses: &mut Uses,
) -> TokenStream {
    if object.rust == *ty {
        return TokenStream::new();
    }
    uses.generated(here, object.home, &object.rust.pascal());
    uses.runtime(&["IntoObject", "Object"]);
    let (ty, inner) = (names::pascal(ty), names::pascal(&object.rust));
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
