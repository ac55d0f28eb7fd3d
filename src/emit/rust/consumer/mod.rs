//! A consumer: its handler trait, its action enum, its struct and its dispatch.

mod access;
mod decode;
mod descriptor;
mod dispatch;
pub mod handler;
mod input;
pub mod method;
pub mod names;
pub mod observer;
mod observer_hooks;
mod overrides;
mod path;
mod perform_hooks;
mod serializer_hooks;
mod subscription;

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::file::Item;
use crate::emit::rust::uses::Uses;
use crate::emit::rust::{docs, file, object};
use crate::ir::{Api, Consumer, ConsumerId, Home};
use names::{consumer_ident, handler_ident};

/// Returns the file of a consumer.
pub fn file(api: &Api, id: ConsumerId) -> String {
    let consumer = &api.consumers[id];
    let here = Home::Consumer(id);
    let mut uses = Uses::default();
    let methods = handler::methods(api, consumer, here, &mut uses);
    let mut items: Vec<Item> = Vec::new();
    if !methods.is_empty() {
        items.push(handler::handler_trait(api, consumer, &methods, &mut uses).into());
    }
    items.push(decode::action_enum(api, consumer, here, &mut uses).into());
    items.extend(object::items_of(api, here, &mut uses));
    items.extend(path::parameters(api, consumer, &mut uses).map(Item::from));
    items.push(consumer_struct(consumer, !methods.is_empty(), &mut uses).into());
    items.push(dispatch::dispatch(api, consumer, !methods.is_empty(), &mut uses).into());
    items.push(decode::decode(api, consumer, &mut uses).into());
    items.push(descriptor::descriptor(api, consumer, &mut uses).into());
    items.extend(observer::items(api, consumer, here, &mut uses).into_iter().map(Item::from));
    let docs = crate::emit::docs::lines(
        &consumer.docs,
        &format!("The consumer of the stream `{}`, which is served on `{}`.", consumer.stream, consumer.path),
    );
    file::render(&docs, &consumer.origin, &uses, items)
}

fn consumer_struct(consumer: &Consumer, has_handler: bool, uses: &mut Uses) -> TokenStream {
    let name = consumer_ident(consumer);
    if !has_handler {
        let docs = docs::line(&format!("The consumer of `{}`.", consumer.stream));
        return quote! {
            #docs
            #[derive(Debug)]
            pub struct #name;
        };
    }
    uses.add("std::sync", "Arc");
    let handler = handler_ident(consumer);
    let docs =
        docs::line(&format!("The consumer of `{}`; `H` does the application's part.", consumer.stream));
    quote! {
        #docs
        #[derive(Debug)]
        pub struct #name<H> {
            handler: Arc<H>,
        }

        impl<H: #handler> #name<H> {
            #[doc = " Makes the consumer with its handler."]
            pub fn new(handler: Arc<H>) -> Self {
                Self { handler }
            }
        }
    }
}
