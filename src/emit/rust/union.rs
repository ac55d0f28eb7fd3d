//! Unions: enums in which each variant has a payload.

use proc_macro2::TokenStream;
use quote::quote;

use super::meta::{self, Shape};
use super::tokens::index_literal;
use super::uses::Uses;
use super::{docs, file, names, ty};
use crate::emit::docs as text;
use crate::ir::{Api, Form, Home, UnionId};

/// Returns the file of a union that has its own file.
pub fn union_file(api: &Api, id: UnionId) -> String {
    let union = &api.unions[id];
    let mut uses = Uses::default();
    let items = vec![union_items(api, id, &mut uses)];
    uses.forget("crate::types", &union.rust.pascal());
    uses.forget("crate::types", &union.rust.shouting());
    let docs = [text::summary(&union.docs, &format!("The type `{}`.", union.rust.pascal()))];
    file::render(&docs, &union.origin, &uses, items)
}

/// Returns the items of all unions of a file.
pub fn items_of(api: &Api, here: Home, uses: &mut Uses) -> Vec<TokenStream> {
    let unions = api.unions.iter().filter(|(_, union)| union.home == here);
    unions.map(|(id, _)| union_items(api, id, uses)).collect()
}

fn union_items(api: &Api, id: UnionId, uses: &mut Uses) -> TokenStream {
    let (union, by) = (&api.unions[id], api.conversions.of_union(id));
    uses.add("serde", "Serialize");
    let name = names::pascal(&union.rust);
    let meta = meta::static_of(&union.rust);
    let docs = docs::attributes(&union.docs, &text::described(&union.origin));
    let unknown = format!("{{other}} is no form of {}", union.rust.pascal());
    let (mut variants, mut reads, mut writes, mut metas) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (index, form) in union.forms.iter().enumerate() {
        let (ident, index) = (names::pascal(&form.name), index_literal(index));
        let payload = ty::rust(api, &form.ty, union.home, uses);
        let payload = if form.boxed { quote!(Box<#payload>) } else { payload };
        let docs = docs::attributes(&form.docs, &fallback(form));
        variants.push(quote!(#docs #ident(#payload)));
        reads.push(quote!((#index, value) => Ok(Self::#ident(FromValue::from_value(value)?))));
        writes.push(quote!(#name::#ident(value) => Self::variant(#index, value)));
        if by.is_any() {
            metas.push(variant_meta(api, form, union.home, uses));
        }
    }
    let (wire, exactly_one) = (union.name.pascal(), union.exactly_one);
    let tag = match &union.tag {
        Some(tag) => quote!(Some(#tag)),
        None => quote!(None),
    };
    let read = by.read.then(|| {
        uses.runtime(&["Error", "FromValue", "Result", "Value"]);
        quote! {
            impl FromValue for #name {
                fn from_value(value: Value) -> Result<Self> {
                    match value.into_variant(&#meta)? {
                        #(#reads,)*
                        (other, _) => Err(Error::internal(format!(#unknown))),
                    }
                }
            }
        }
    });
    let written = by.written.then(|| {
        uses.runtime(&["Value"]);
        quote! {
            impl From<#name> for Value {
                fn from(value: #name) -> Self {
                    match value { #(#writes),* }
                }
            }
        }
    });
    let descriptor = by.is_any().then(|| {
        uses.meta(&["UnionMeta", "VariantMeta"]);
        let docs = docs::line(&format!("The descriptor of [`{name}`]."));
        quote! {
            #docs
            pub static #meta: UnionMeta = UnionMeta {
                name: #wire,
                tag: #tag,
                exactly_one: #exactly_one,
                variants: &[#(#metas),*],
            };
        }
    });
    quote! {
        #docs
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        #[allow(clippy::large_enum_variant, reason = "the forms are as large as the definition says")]
        pub enum #name { #(#variants),* }

        #read

        #written

        #descriptor
    }
}

fn fallback(form: &Form) -> String {
    match &form.tag {
        Some(crate::ir::Literal::Text(value)) => format!("The form with the tag `{value}`."),
        Some(crate::ir::Literal::Integer(value)) => format!("The form with the tag `{value}`."),
        _ => format!("The form `{}`.", form.name.spaced()),
    }
}

fn variant_meta(api: &Api, form: &Form, here: Home, uses: &mut Uses) -> TokenStream {
    let shape = Shape { model: false, nullable: false, blank: false, rules: &form.rules, inside: false };
    let ty = meta::type_meta(api, &form.ty, shape, here, uses);
    match &form.tag {
        Some(tag) => {
            let tag = meta::literal(tag, uses);
            quote!(VariantMeta::new(#ty).tag(#tag))
        }
        None => quote!(VariantMeta::new(#ty)),
    }
}
