//! The actions that subscribe to observers and signals, and those that unsubscribe: their variants, and how they are
//! decoded and performed.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::input::read_input;
use super::names::{handler_ident, observer_static, signal_static};
use crate::emit::rust::meta::static_of;
use crate::emit::rust::names;
use crate::emit::rust::uses::Uses;
use crate::ir::{ActionKind, Api, Consumer, Groups, Home, Source};

/// Returns the name `message_activity_groups_for` if the application determines the groups of a subscription, and the
/// name of the observer or signal.
pub fn subscriber_groups(consumer: &Consumer, to: Source) -> Option<(Ident, &str)> {
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

/// Returns the contents of the variant of a subscribing action, as it is declared.
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
            uses.generated(here, object.home, &object.rust.pascal());
            let input = names::pascal(&object.rust);
            quote!((#input))
        }
        ActionKind::Unsubscribe { from, input } if subscriber_groups(consumer, *from).is_some() => {
            let Some(input) = input else { return TokenStream::new() };
            let object = &api.objects[*input];
            uses.generated(here, object.home, &object.rust.pascal());
            let input = names::pascal(&object.rust);
            quote!((Option<#input>))
        }
        _ => {
            uses.runtime(&["observer"]);
            quote!((observer::Groups))
        }
    }
}

/// Returns the contents of the variant of a subscribing action, as a pattern.
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

/// Returns the expression that decodes a subscribing action.
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
            uses.add("crate::types", &object.rust.shouting());
        }
        let (ty, meta) = (names::pascal(&object.rust), static_of(&object.rust));
        let read = read_input(object, &meta, None, false, &quote!(request));
        let input = quote!(#ty::from_object(#read)?);
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

/// Returns how a subscribing action is performed: the statement to await before, if there is one, and a future.
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
            let signal = &consumer.signals[index];
            let kind = if signal.presence && verb == "subscribe" { "presence" } else { "signal" };
            (names::ident(&format!("{verb}_{kind}")), signal_static(consumer, signal))
        }
    };
    let Some((method, _)) = subscriber_groups(consumer, source) else {
        return (None, quote!(observer::#function(&#meta, ctx, groups)));
    };
    let handler = handler_ident(consumer);
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
    if matches!(source, Source::Observer(index) if consumer.observers[index].latest.is_some()) {
        let before =
            quote!(let groups = observer::named(ctx, #handler::#method(&*self.handler, ctx #input)).await?;);
        return (Some(before), quote!(observer::#function(&#meta, ctx, groups)));
    }
    (
        Some(quote!(let groups = #handler::#method(&*self.handler, ctx #input).await?;)),
        quote!(observer::#function(&#meta, ctx, observer::Groups::custom(groups))),
    )
}
