//! Small pieces of code that many items are made of.

use proc_macro2::TokenStream;
use quote::quote;

/// `Option<T>` or `T`.
pub fn optional(ty: TokenStream, optional: bool) -> TokenStream {
    if optional { quote!(Option<#ty>) } else { ty }
}

/// A position, without the suffix that `quote` would give it.
pub fn index_literal(index: usize) -> proc_macro2::Literal {
    proc_macro2::Literal::usize_unsuffixed(index)
}
