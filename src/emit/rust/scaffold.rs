//! The stubs of the application's code, which are written once, if they do not exist.

use std::collections::HashSet;

use askama::Template;

use super::consumer::handler;
use super::consumer::method::Method;
use super::consumer::names::handler_ident;
use super::file;
use super::uses::Uses;
use crate::ir::{ActionKind, Api, Consumer, ConsumerId, CustomAction, Home, Output, Type};
use crate::output::Plan;

#[derive(Template)]
#[template(path = "rust/scaffold_main.rs.j2", escape = "none")]
struct Main {
    name: String,
    module: String,
    handlers: Vec<String>,
}

/// Returns the files of an application crate that do not depend on its directory: `src/main.rs`, and one file for each
/// consumer with a handler.
pub fn scaffold(api: &Api) -> Plan {
    let mut plan = Plan::default();
    let mut modules = Vec::new();
    for (id, consumer) in api.consumers.iter().filter(|(_, consumer)| handler::is_needed(api, consumer)) {
        // With its suffix the name is not `main` and not a keyword.
        let module = consumer.rust.join("handler").snake();
        plan.add(format!("src/{module}.rs"), handler_file(api, id, consumer));
        modules.push(module);
    }
    modules.sort();
    let main = Main { name: api.name.kebab(), module: api.name.snake(), handlers: modules };
    plan.add("src/main.rs", file::text(&main));
    plan
}

/// Imports the enums and unions that an action returns: like objects, they are in the module of the consumer.
fn uses_of_output(api: &Api, ty: &Type, here: Home, uses: &mut Uses) {
    let (home, name) = match ty {
        Type::List(element) | Type::Map(element) => return uses_of_output(api, &element.ty, here, uses),
        Type::Tuple(elements) => {
            return elements.iter().for_each(|element| uses_of_output(api, &element.ty, here, uses));
        }
        Type::Enum(id) => (api.enums[*id].home, &api.enums[*id].rust),
        Type::Union(id) => (api.unions[*id].home, &api.unions[*id].rust),
        Type::Scalar(_) | Type::Object(_) | Type::Row(_) | Type::Json => return,
    };
    if home == here {
        uses.add("crate::consumers", &name.pascal());
    }
}

fn handler_file(api: &Api, id: ConsumerId, consumer: &Consumer) -> String {
    let mut uses = Uses::default();
    uses.runtime(&["Context", "Error", "Result"]);
    let methods = handler::methods(api, consumer, Home::Consumer(id), &mut uses);
    for action in &consumer.actions {
        if let ActionKind::Custom(CustomAction { output: Some(Output::Value(output)), .. }) = &action.kind {
            uses_of_output(api, &output.ty, Home::Consumer(id), &mut uses);
        }
    }
    let name = handler_ident(consumer);
    let stubs = methods.iter().map(|Method { docs, name, arguments, names, output, label, .. }| {
        let message = format!("{label} is not written yet");
        let unused = match names.as_slice() {
            [only] => quote::quote!(#only),
            names => quote::quote!((#(#names),*)),
        };
        quote::quote! {
            #docs
            async fn #name(&self, #arguments) -> Result<#output> {
                let _ = #unused;
                Err(Error::internal(#message))
            }
        }
    });
    let item = quote::quote!(impl #name for App { #(#stubs)* });
    let written = item.to_string();
    let words: HashSet<&str> = written.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    for object in api.objects.values().filter(|object| object.home == Home::Consumer(id)) {
        let object = object.rust.pascal();
        if words.contains(object.as_str()) {
            uses.add("crate::consumers", &object);
        }
    }
    uses.retain(|name| words.contains(name));
    uses.add("crate", &name.to_string());
    let docs = [format!("The part of the stream `{}` that the application implements.", consumer.stream)];
    let text = file::render(&docs, &consumer.origin, &uses, vec![item]);
    let text = text.replacen(&format!("// {}\n", crate::emit::docs::banner(&consumer.origin)), "", 1);
    // `App` is the only item of the application's own crate.
    let text = text.replace("crate::", &format!("{}::", api.name.snake()));
    text.replacen("\nuse ", "\nuse crate::App;\n\nuse ", 1)
}
