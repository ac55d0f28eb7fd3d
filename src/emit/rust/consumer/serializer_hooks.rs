//! The application's part of the serializers of a consumer: the methods of `Dispatch` that call the handler.

use proc_macro2::TokenStream;
use quote::quote;

use super::method;
use super::names::shown_by;
use crate::emit::rust::names;
use crate::emit::rust::uses::Uses;
use crate::ir::hooks::HookKind;
use crate::ir::{self, Api, Consumer, FieldSource, Input, Output, SerializerField};

/// Returns `validate_field`, `validate` and `method`, if the application implements something for a serializer.
pub fn hooks(api: &Api, consumer: &Consumer, uses: &mut Uses) -> TokenStream {
    let (mut fields, mut wholes, mut methods) = (Vec::new(), Vec::new(), Vec::new());
    for hook in ir::hooks::hooks(&api.serializers, consumer) {
        let (serializer, model) = method::parts(api, &hook);
        let (shown, ident) = (serializer.name.pascal(), names::ident(&hook.name));
        match hook.kind {
            HookKind::ValidateField(field) => {
                let wire = &serializer.fields[field].wire;
                let call =
                    method::call(consumer, &hook.name, &ident, &quote!(ctx, FromValue::from_value(value)?));
                fields.push(quote!((#shown, #wire) => Ok(#call.await?.into()),));
            }
            HookKind::Validate => {
                let data = Input::Patch.ident(serializer);
                uses.add("crate::serializers", &data.to_string());
                let call = method::call(consumer, &hook.name, &ident, &quote!(ctx, row, data));
                wholes.push(quote! {
                    #shown => {
                        let row = row.map(FromRow::from_row).transpose()?;
                        let data = #data::from_object(data)?;
                        Ok(#call.await?.into_object())
                    }
                });
            }
            HookKind::Method(field) => {
                let field = &serializer.fields[field];
                let all = method::all_ident(&hook);
                let row = names::pascal(&model.rust);
                uses.add("crate::models", &row.to_string());
                let call = method::call(consumer, &all.to_string(), &all, &quote!(ctx, &rows));
                let shown_values = method_values(api, field, uses);
                let wire = &field.wire;
                methods.push(quote! {
                    (#shown, #wire) => {
                        let rows: Vec<#row> = crud::typed(rows)?;
                        let values = #call.await?;
                        #shown_values
                    }
                });
            }
        }
    }
    let mut hooks = TokenStream::new();
    if !fields.is_empty() {
        uses.runtime(&["FromValue", "Result", "Value"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        hooks.extend(quote! {
            fn validate_field<'a>(
                &'a self,
                ctx: &'a Context,
                serializer: &'a str,
                field: &'a str,
                value: Value,
            ) -> BoxFuture<'a, Result<Value>> {
                Box::pin(async move { match (serializer, field) { #(#fields)* _ => Ok(value), } })
            }
        });
    }
    if !wholes.is_empty() {
        uses.runtime(&["FromObject", "FromRow", "IntoObject", "Object", "Result", "Row"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        hooks.extend(quote! {
            fn validate<'a>(
                &'a self,
                ctx: &'a Context,
                serializer: &'a str,
                row: Option<Row>,
                data: Object,
            ) -> BoxFuture<'a, Result<Object>> {
                Box::pin(async move { match serializer { #(#wholes)* _ => Ok(data), } })
            }
        });
    }
    if !methods.is_empty() {
        uses.runtime(&["Error", "Result", "Row", "crud"]);
        uses.add("dcrf_runtime::dispatch", "BoxFuture");
        hooks.extend(quote! {
            fn method<'a>(
                &'a self,
                ctx: &'a Context,
                serializer: &'a str,
                field: &'a str,
                rows: &'a [Row],
            ) -> BoxFuture<'a, Result<Vec<Vec<u8>>>> {
                Box::pin(async move {
                    match (serializer, field) {
                        #(#methods)*
                        _ => Err(Error::internal("no such method field")),
                    }
                })
            }
        });
    }
    hooks
}

/// Returns the values of a method field as JSON texts.
fn method_values(api: &Api, field: &SerializerField, uses: &mut Uses) -> TokenStream {
    match &field.source {
        FieldSource::Method(Output::Row { serializer, nullable }) => {
            let shown = shown_by(api, *serializer, uses);
            let texts = names::ident(if *nullable { "rows_or_nulls" } else { "rows_of_rows" });
            quote!(crud::#texts(self, ctx, &#shown, values).await)
        }
        FieldSource::Method(Output::Rows(serializer)) => {
            let shown = shown_by(api, *serializer, uses);
            quote!(crud::lists_of_rows(self, ctx, &#shown, values).await)
        }
        _ => quote!(crud::values(values)),
    }
}
