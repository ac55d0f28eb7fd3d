//! The parameters of the path of a consumer, as a type.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::meta::static_of;
use crate::emit::rust::names;
use crate::emit::rust::uses::Uses;
use crate::ir::{Api, Consumer};

/// Returns `impl PathParameters for OrderPath`, if the path has parameters.
pub fn parameters(api: &Api, consumer: &Consumer, uses: &mut Uses) -> Option<TokenStream> {
    let object = &api.objects[consumer.path_parameters?];
    uses.runtime(&["PathParameters"]);
    uses.meta(&["ObjectMeta"]);
    let (ty, meta) = (names::pascal(&object.rust), static_of(&object.rust));
    Some(quote! {
        impl PathParameters for #ty {
            const META: &'static ObjectMeta = &#meta;
        }
    })
}
