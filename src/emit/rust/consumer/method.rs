//! A method of the handler, and how it is called.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::names::handler_ident;
use crate::emit::rust::names;
use crate::emit::rust::uses::Uses;
use crate::ir::hooks::Hook;
use crate::ir::{Api, Consumer, Model, Serializer, SerializerId, SerializerOf};

/// A method of the handler trait.
pub struct Method {
    /// Its documentation, as attributes.
    pub docs: TokenStream,
    /// Its name.
    pub name: Ident,
    /// Its arguments after `&self`.
    pub arguments: TokenStream,
    /// The names of these.
    pub names: Vec<Ident>,
    /// What its future gives, inside the `Result`.
    pub output: TokenStream,
    /// Where it comes from, for a stub's message: `publish of posts`.
    pub label: String,
    /// Another form of it, with a body: whoever has a better one writes it.
    pub provided: Option<TokenStream>,
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

/// The call of a method of the handler.
pub fn call(consumer: &Consumer, name: &str, method: &Ident, arguments: &TokenStream) -> TokenStream {
    if SMART_POINTER.contains(&name) {
        let handler = handler_ident(consumer);
        quote!(#handler::#method(&*self.handler, #arguments))
    } else {
        quote!(self.handler.#method(#arguments))
    }
}
/// The serializer that a hook is of, with its model.
pub fn parts<'a>(api: &'a Api, hook: &Hook) -> (&'a Serializer, &'a Model) {
    let serializer = &api.serializers[hook.serializer];
    let SerializerOf::Model(model) = serializer.of else {
        unreachable!("invariant: hooks are of serializers of models");
    };
    (serializer, &api.models[model])
}

/// The form of a method field that gets all the rows.
pub fn all_ident(hook: &Hook) -> Ident {
    names::ident(&format!("{}_all", hook.name))
}

/// The type of the rows of a serializer of a model.
pub fn row_type(api: &Api, serializer: Option<SerializerId>, uses: &mut Uses) -> TokenStream {
    let of = serializer.map(|id| api.serializers[id].of);
    let Some(SerializerOf::Model(model)) = of else {
        unreachable!("invariant: rows are shown by serializers of models");
    };
    let name = names::pascal(&api.models[model].rust);
    uses.add("crate::models", &name.to_string());
    quote!(#name)
}
