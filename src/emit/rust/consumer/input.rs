//! The expression that reads the input of an action.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::rust::meta;
use crate::ir::Object;

/// Returns the expression that reads an input from a request; `lookup` is the consumer, if its lookup argument is in the
/// frame, too.
pub fn read_input(
    object: &Object,
    meta: &Ident,
    lookup: Option<TokenStream>,
    coerce: bool,
    request: &TokenStream,
) -> TokenStream {
    if object.schema.is_none() && !coerce {
        return match lookup {
            Some(consumer) => quote!(crud::detail_input(#consumer &#meta, #request)?),
            None => quote!(crud::input(&#meta, #request)?),
        };
    }
    let schema = object.schema.as_ref().map_or_else(
        || quote!(None),
        |schema| {
            let schema = meta::schema_text(schema);
            quote!(Some(#schema))
        },
    );
    let coercion = if coerce { quote!(crud::Coercion::Drf) } else { quote!(crud::Coercion::None) };
    match lookup {
        Some(consumer) => quote!(crud::detail_input_by(#consumer &#meta, #schema, #coercion, #request)?),
        None => quote!(crud::input_by(&#meta, #schema, #coercion, #request)?),
    }
}
