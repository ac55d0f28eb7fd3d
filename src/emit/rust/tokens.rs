//! Small parts of code that many items use.

use proc_macro2::TokenStream;
use quote::quote;

/// Returns `Option<T>` or `T`.
pub fn optional(ty: TokenStream, optional: bool) -> TokenStream {
    if optional { quote!(Option<#ty>) } else { ty }
}

/// Returns a position without the suffix that `quote` would give it.
pub fn index_literal(index: usize) -> proc_macro2::Literal {
    proc_macro2::Literal::usize_unsuffixed(index)
}
