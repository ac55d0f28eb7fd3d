//! The action enum of a consumer, and how it is decoded from a request.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::input::read_input;
use super::method::row_type;
use super::names::{action_ident, static_of};
use super::subscription;
use crate::emit::rust::uses::Uses;
use crate::emit::rust::{docs, meta, names, ty};
use crate::ir::{
    Action, ActionKind, ActionPayload, Api, BuiltIn, Consumer, CustomAction, Home, Input, Name, SerializerOf,
    Takes,
};

/// Returns the field of a variant that holds the key of the row: the lookup argument, `pk`.
pub fn key_ident(consumer: &Consumer) -> Ident {
    let argument = consumer.lookup.as_ref().map_or("pk", |lookup| lookup.argument.as_str());
    let name = Name::parse(argument);
    let snake = name.snake();
    let is_identifier = snake.starts_with(|c: char| c.is_ascii_lowercase()) && snake.is_ascii();
    match snake.as_str() {
        "ctx" | "data" | "given" | "groups" | "input" | "named" | "other" | "request" | "row" => {
            names::ident("key")
        }
        // An argument can be any text on the wire, but the field needs a valid name.
        _ if !is_identifier => names::ident("key"),
        _ => names::snake(&name),
    }
}

/// Returns `enum UserAction`.
pub fn action_enum(api: &Api, consumer: &Consumer, here: Home, uses: &mut Uses) -> TokenStream {
    let name = action_ident(consumer);
    let docs =
        docs::line(&format!("The actions of `{}`, with their decoded, validated inputs.", consumer.stream));
    let variants: Vec<TokenStream> =
        consumer.actions.iter().map(|action| variant(api, consumer, action, here, uses)).collect();
    quote! {
        #docs
        #[derive(Debug)]
        #[allow(missing_docs, reason = "the fields of a variant are what the action is about, and its input")]
        #[allow(clippy::large_enum_variant, reason = "an action lives as long as its request")]
        pub enum #name { #(#variants),* }
    }
}

fn variant(api: &Api, consumer: &Consumer, action: &Action, here: Home, uses: &mut Uses) -> TokenStream {
    let name = names::pascal(&action.rust);
    let docs = docs::attributes(&action.docs, fallback(&action.kind));
    let body = match &action.kind {
        ActionKind::BuiltIn(built_in) => built_in_variant(api, consumer, *built_in, here, uses),
        kind @ (ActionKind::Subscribe { .. } | ActionKind::Unsubscribe { .. }) => {
            subscription::variant(api, consumer, kind, here, uses)
        }
        ActionKind::View(_) => quote!(),
        ActionKind::Custom(custom) => custom_variant(api, consumer, custom, here, uses),
    };
    quote!(#docs #name #body)
}

fn built_in_variant(
    api: &Api,
    consumer: &Consumer,
    built_in: BuiltIn,
    here: Home,
    uses: &mut Uses,
) -> TokenStream {
    let key = key_ident(consumer);
    match built_in.takes() {
        Takes::Query => {
            uses.add("dcrf_runtime::crud", "ListInput");
            quote!((ListInput))
        }
        Takes::Key => {
            let ty = key_type(api, consumer, here, uses);
            quote!({ #key: #ty })
        }
        Takes::Data => {
            let data = input_type(api, consumer, built_in, Input::Create, uses);
            quote!((#data))
        }
        Takes::KeyAndData(input) => {
            let ty = key_type(api, consumer, here, uses);
            let data = input_type(api, consumer, built_in, input, uses);
            quote!({ #key: #ty, data: #data })
        }
    }
}

fn fallback(kind: &ActionKind) -> &'static str {
    match kind {
        ActionKind::BuiltIn(built_in) => built_in.sentence(),
        ActionKind::Subscribe { .. } => "Subscribes to an observer or a signal.",
        ActionKind::Unsubscribe { .. } => "Ends a subscription to an observer or a signal.",
        ActionKind::View(_) => "Sends a request to the service.",
        ActionKind::Custom(_) => "An action that the application implements.",
    }
}

fn custom_variant(
    api: &Api,
    consumer: &Consumer,
    custom: &CustomAction,
    here: Home,
    uses: &mut Uses,
) -> TokenStream {
    let input = custom.input.map(|input| {
        let object = &api.objects[input];
        uses.generated(here, object.home, &object.rust.pascal());
        names::pascal(&object.rust)
    });
    let data = custom.payload.as_ref().map(|payload| payload_type(api, payload, uses));
    match (custom.detail, data, input) {
        (false, None, None) => quote!(),
        (false, None, Some(input)) => quote!((#input)),
        (detail, data, input) => {
            let row = detail.then(|| row_type(api, consumer.serializer, uses)).map(|row| quote!(row: #row,));
            let data = data.map(|data| quote!(data: #data,));
            let input = input.map(|input| quote!(input: #input));
            quote!({ #row #data #input })
        }
    }
}

/// Returns the type of the payload that an action of the application takes.
pub fn payload_type(api: &Api, payload: &ActionPayload, uses: &mut Uses) -> Ident {
    let name = Input::Create.ident(&api.serializers[payload.serializer]);
    uses.add("crate::serializers", &name.to_string());
    name
}

/// Returns the type of the lookup column.
pub fn key_type(api: &Api, consumer: &Consumer, here: Home, uses: &mut Uses) -> TokenStream {
    let (Some(id), Some(lookup)) = (consumer.serializer, &consumer.lookup) else {
        unreachable!("invariant: built-in actions have a serializer and a lookup");
    };
    let SerializerOf::Model(model) = api.serializers[id].of else {
        unreachable!("invariant: a consumer's serializer is of a model");
    };
    ty::rust(api, &api.models[model].fields[lookup.field].ty, here, uses)
}

/// Returns the type of the payload that a built-in action takes.
pub fn input_type(api: &Api, consumer: &Consumer, built_in: BuiltIn, input: Input, uses: &mut Uses) -> Ident {
    let Some(id) = consumer.serializer_of(built_in) else {
        unreachable!("invariant: built-in actions have a serializer");
    };
    let name = input.ident(&api.serializers[id]);
    uses.add("crate::serializers", &name.to_string());
    name
}

/// Returns the pattern of a variant in `Dispatch::act`.
pub fn pattern(consumer: &Consumer, action: &Action) -> TokenStream {
    let (ty, name) = (action_ident(consumer), names::pascal(&action.rust));
    match &action.kind {
        ActionKind::Custom(custom) => {
            match (custom.detail, custom.payload.is_some(), custom.input.is_some()) {
                (false, false, false) => quote!(#ty::#name),
                (false, false, true) => quote!(#ty::#name(input)),
                (detail, payload, input) => {
                    let held = [(detail, "row"), (payload, "data"), (input, "input")];
                    let held = held.iter().filter(|(is, _)| *is).map(|(_, name)| names::ident(name));
                    quote!(#ty::#name { #(#held),* })
                }
            }
        }
        kind @ (ActionKind::Subscribe { .. } | ActionKind::Unsubscribe { .. }) => {
            let held = subscription::pattern(consumer, kind);
            quote!(#ty::#name #held)
        }
        _ => quote!(#ty::#name),
    }
}

/// Returns the call of `decode` in `Dispatch::act`.
pub fn call(consumer: &Consumer) -> TokenStream {
    let given = is_given(consumer).then(|| quote!(, given));
    quote!(decode(request #given)?)
}

/// Tells whether an action of the application's own needs a row or a payload.
pub fn is_given(consumer: &Consumer) -> bool {
    let needs = |custom: &CustomAction| custom.detail || custom.payload.is_some();
    consumer.actions.iter().any(|action| matches!(&action.kind, ActionKind::Custom(custom) if needs(custom)))
}

/// Tells whether the consumer performs an action itself; the runtime performs the others.
pub fn is_own(kind: &ActionKind) -> bool {
    !matches!(kind, ActionKind::BuiltIn(_))
}

/// Returns the runtime's `ActionKind` of an action; `None` for the default kind, an action of the application's own.
pub fn kind_of(action: &Action) -> Option<Ident> {
    match &action.kind {
        ActionKind::BuiltIn(_) => Some(names::pascal(&action.name)),
        ActionKind::Custom(custom) if custom.detail => Some(names::ident("CustomOnRow")),
        _ => None,
    }
}

/// Returns `impl UserAction { fn decode }`, for the actions that the consumer performs itself.
pub fn decode(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    let own = || consumer.actions.iter().filter(|action| is_own(&action.kind));
    if own().next().is_none() {
        return TokenStream::new();
    }
    uses.runtime(&["Error", "Request", "Result"]);
    let name = action_ident(consumer);
    let arms: Vec<TokenStream> = own().map(|action| decode_arm(api, consumer, action, uses)).collect();
    let given = is_given(consumer).then(|| quote!(, given: ActionInput));
    quote! {
        impl #name {
            #[doc = " Reads which of the consumer's own actions is requested, and decodes and validates its input."]
            fn decode(request: &Request<'_> #given) -> Result<Self> {
                let action = match request.action() {
                    #(#arms)*
                    other => return Err(Error::MethodNotAllowed(other.to_owned())),
                };
                Ok(action)
            }
        }
    }
}

fn decode_arm(api: &Api, consumer: &Consumer, action: &Action, uses: &mut Uses) -> TokenStream {
    let (wire, name) = (&action.wire, names::pascal(&action.rust));
    match &action.kind {
        ActionKind::View(_) => quote!(#wire => Self::#name,),
        ActionKind::Custom(custom) => custom_decode_arm(api, consumer, action, custom, uses),
        kind => {
            let body = subscription::decode(api, consumer, kind, &name, uses);
            quote!(#wire => #body,)
        }
    }
}

fn custom_decode_arm(
    api: &Api,
    consumer: &Consumer,
    action: &Action,
    custom: &CustomAction,
    uses: &mut Uses,
) -> TokenStream {
    let (wire, name, meta) = (&action.wire, names::pascal(&action.rust), static_of(consumer));
    if custom.input.is_some() {
        uses.runtime(&["crud"]);
    }
    let input = custom.input.map(|input| {
        let object = &api.objects[input];
        uses.runtime(&["FromObject"]);
        if object.home == Home::Types {
            uses.add("crate::types", &object.rust.shouting());
        }
        let (ty, input_meta) = (names::pascal(&object.rust), meta::static_of(&object.rust));
        // The lookup argument is in the frame, too. It only matters to inputs that read every key.
        let looks_at_all = object.closed || object.additional.is_some();
        let looks_at_all = looks_at_all || object.schema.is_some();
        let lookup = (custom.detail && looks_at_all).then(|| quote!(&#meta,));
        // So is the payload.
        let payload = custom.payload.as_ref().and_then(|payload| payload.argument.as_ref());
        let request = match payload.filter(|_| looks_at_all) {
            Some(argument) => quote!(&request.without(#argument)),
            None => quote!(request),
        };
        let read = read_input(object, &input_meta, lookup, custom.coerce, &request);
        quote!(#ty::from_object(#read)?)
    });
    let body = match (custom.detail, custom.payload.is_some(), input) {
        (false, false, None) => quote!(Self::#name),
        (false, false, Some(input)) => quote!(Self::#name(#input)),
        (true, false, input) => {
            uses.runtime(&["FromRow"]);
            let row = row_type(api, consumer.serializer, uses);
            let input = input.map(|input| quote!(, input: #input));
            quote!(Self::#name { row: #row::from_row(given.row()?)? #input })
        }
        (false, true, input) => {
            let input = input.map(|input| quote!(, input: #input));
            quote!(Self::#name { data: given.data()? #input })
        }
        (true, true, input) => {
            let input = input.map(|input| quote!(, input: #input));
            quote!({
                let (row, data) = given.row_and_data()?;
                Self::#name { row, data #input }
            })
        }
    };
    quote!(#wire => #body,)
}
