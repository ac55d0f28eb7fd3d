//! The runtime's descriptors of a definition, read out of the Rust that the generator writes for it.
//!
//! Compiling a crate for each random definition would take seconds. What the runtime needs of such a crate is data: the
//! `static` items of its models, serializers and consumers, and the values of its enums. They are read here as the
//! compiler would read them, so that the descriptors are those which users get, and not what somebody believes them to
//! be; whatever is written otherwise than this knows stops the test with a sentence.

mod consumers;
mod models;
mod read;
mod serializers;
mod slots;
mod types;

use std::cell::RefCell;
use std::collections::HashMap;

use dcrf_runtime::meta::{
    ColumnMeta, ConsumerMeta, FieldMeta, Literal, ModelMeta, ObjectMeta, ObserverMeta, SerializerMeta,
};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Ident, Item, Token};

use crate::compiled::Compiled;
use slots::Slots;

/// The descriptors of a crate. They are leaked; what they take of the few places for references between them is given
/// back when this is dropped, after which they must not be used any more.
pub struct Descriptors {
    written: Written,
    slots: Slots,
    alter: Alter,
    /// The functions that give models, and what puts the model into the function's place.
    links: RefCell<HashMap<String, Link>>,
    models: RefCell<HashMap<String, &'static ModelMeta>>,
    objects: RefCell<HashMap<String, &'static ObjectMeta>>,
    serializers: RefCell<HashMap<String, &'static SerializerMeta>>,
    consumers: RefCell<HashMap<String, &'static ConsumerMeta>>,
    observers: RefCell<HashMap<String, &'static ObserverMeta>>,
    literals: RefCell<HashMap<String, &'static [Literal]>>,
}

type Link = (fn() -> &'static ModelMeta, Option<Put>);
type Put = Box<dyn FnOnce(&'static ModelMeta) + Send>;

/// Changes descriptors: to see that a test notices when one is wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alter {
    /// Those of columns, each with the name of its table.
    pub columns: Option<AlterColumn>,
    /// Those of fields, each with the name of the serializer's `static`.
    pub fields: Option<AlterField>,
}

/// Changes the descriptor of a column of a table.
pub type AlterColumn = fn(&'static str, &mut ColumnMeta);
/// Changes the descriptor of a field of a serializer.
pub type AlterField = fn(&str, &mut FieldMeta);

/// The expressions of a crate.
#[derive(Default)]
struct Written {
    /// Of each `static`, by its name.
    statics: HashMap<String, Expr>,
    /// The values of each enum, by the enum's name.
    values: HashMap<String, Expr>,
}

impl Descriptors {
    /// Reads a crate.
    ///
    /// # Panics
    /// If it is not Rust, or not as generated crates are.
    pub fn of(compiled: &Compiled) -> Self {
        Self::altered(compiled, Alter::default())
    }

    /// Reads a crate, and changes what it says.
    ///
    /// # Panics
    /// As [`of`](Self::of).
    pub fn altered(compiled: &Compiled, alter: Alter) -> Self {
        Self {
            written: Written::of(compiled),
            slots: Slots::take(),
            alter,
            links: RefCell::default(),
            models: RefCell::default(),
            objects: RefCell::default(),
            serializers: RefCell::default(),
            consumers: RefCell::default(),
            observers: RefCell::default(),
            literals: RefCell::default(),
        }
    }

    /// The expression of a `static`.
    fn written(&self, name: &str) -> &Expr {
        self.written.statics.get(name).unwrap_or_else(|| panic!("the crate has no static {name}"))
    }

    /// What is known under a name, or what `make` makes of it.
    fn known<T: ?Sized>(
        known: &RefCell<HashMap<String, &'static T>>,
        name: &str,
        make: impl FnOnce() -> &'static T,
    ) -> &'static T {
        if let Some(found) = known.borrow().get(name) {
            return found;
        }
        let made = make();
        known.borrow_mut().insert(name.to_owned(), made);
        made
    }
}

impl Written {
    fn of(compiled: &Compiled) -> Self {
        let mut written = Self::default();
        let files =
            compiled.files.iter().filter(|(path, _)| path.starts_with("src/") && path.ends_with(".rs"));
        for (path, text) in files {
            let items = items(text);
            let file = syn::parse_file(&items).unwrap_or_else(|error| panic!("{path}: {error}:\n{items}"));
            file.items.into_iter().for_each(|item| written.add(item));
        }
        written
    }

    fn add(&mut self, item: Item) {
        match item {
            Item::Static(item) => {
                self.statics.insert(item.ident.to_string(), *item.expr);
            }
            Item::Macro(item) if item.mac.path.segments.last().is_some_and(|last| last.ident == "choice") => {
                let Choice { name, values } =
                    item.mac.parse_body().unwrap_or_else(|error| panic!("the values of an enum: {error}"));
                self.values.insert(name, values);
            }
            _ => {}
        }
    }
}

/// What stands in `choice!`: the values as an array of literals.
struct Choice {
    name: String,
    values: Expr,
}

impl Parse for Choice {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        input.parse::<Token![pub]>()?;
        input.parse::<Token![enum]>()?;
        let name = input.parse::<Ident>()?.to_string();
        input.parse::<Token![:]>()?;
        let kind = input.parse::<Ident>()?.to_string();
        let inside;
        syn::braced!(inside in input);
        let mut values: Vec<Expr> = Vec::new();
        while !inside.is_empty() {
            inside.call(Attribute::parse_outer)?;
            inside.parse::<Ident>()?;
            inside.parse::<Token![=]>()?;
            let value: Expr = inside.parse()?;
            values.push(match kind.as_str() {
                "text" => syn::parse_quote!(Literal::Text(#value)),
                "mixed" => syn::parse_quote!(Literal::#value),
                _ => syn::parse_quote!(Literal::Integer(#value)),
            });
            inside.parse::<Option<Token![,]>>()?;
        }
        Ok(Self { name, values: syn::parse_quote!([#(#values),*]) })
    }
}

/// The items of a file that matter here, as they are laid out: each from its first line to the line that closes it.
/// The rest, most of a crate, is not worth parsing.
fn items(text: &str) -> String {
    let mut found = String::new();
    // What closes the item at hand.
    let mut end: Option<fn(&str) -> bool> = None;
    for line in text.lines() {
        if line.starts_with("pub static ") {
            // An expression that stands below its `=` is indented, its last line by one level.
            end = Some(match line.ends_with('=') {
                true => |line| line.ends_with(';') && line.starts_with("    ") && !line.starts_with("     "),
                false => |line| line.ends_with(';') && !line.starts_with(' '),
            });
        } else if end.is_none() && line == "dcrf_runtime::choice! {" {
            end = Some(|line| line == "}");
        }
        let Some(is_end) = end else { continue };
        found.push_str(line);
        found.push('\n');
        if is_end(line) {
            end = None;
        }
    }
    found
}
