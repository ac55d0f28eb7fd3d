//! The methods of the handler, and how they are called.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::names::handler_ident;
use crate::emit::rust::names;
use crate::emit::rust::uses::Uses;
use crate::ir::hooks::Hook;
use crate::ir::{Api, Consumer, Model, Serializer, SerializerId, SerializerOf};

/// A method of the handler trait.
pub struct Method {
    /// The documentation, as attributes.
    pub docs: TokenStream,
    /// The name of the method.
    pub name: Ident,
    /// The arguments after `&self`.
    pub arguments: TokenStream,
    /// The names of the arguments.
    pub names: Vec<Ident>,
    /// The type inside of the `Result` that its future returns.
    pub output: TokenStream,
    /// The origin of the method, for the message of a stub: `publish of posts`.
    pub label: String,
    /// A variant of the method with a default body, which the application may replace with a better one.
    pub provided: Option<TokenStream>,
}

/// The methods that an `Arc` has through the prelude: a plain call would not reach the handler's methods of these
/// names.
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

/// Returns the call of a method of the handler.
pub fn call(consumer: &Consumer, name: &str, method: &Ident, arguments: &TokenStream) -> TokenStream {
    if SMART_POINTER.contains(&name) {
        let handler = handler_ident(consumer);
        quote!(#handler::#method(&*self.handler, #arguments))
    } else {
        quote!(self.handler.#method(#arguments))
    }
}
/// Returns the serializer of a hook, with its model.
pub fn parts<'a>(api: &'a Api, hook: &Hook) -> (&'a Serializer, &'a Model) {
    let serializer = &api.serializers[hook.serializer];
    let SerializerOf::Model(model) = serializer.of else {
        unreachable!("invariant: hooks are of serializers of models");
    };
    (serializer, &api.models[model])
}

/// Returns the name of the method that computes a method field for all rows.
pub fn all_ident(hook: &Hook) -> Ident {
    names::ident(&format!("{}_all", hook.name))
}

/// Returns the type of the rows of a serializer of a model.
pub fn row_type(api: &Api, serializer: Option<SerializerId>, uses: &mut Uses) -> TokenStream {
    let of = serializer.map(|id| api.serializers[id].of);
    let Some(SerializerOf::Model(model)) = of else {
        unreachable!("invariant: rows are shown by serializers of models");
    };
    let name = names::pascal(&api.models[model].rust);
    uses.add("crate::models", &name.to_string());
    quote!(#name)
}
