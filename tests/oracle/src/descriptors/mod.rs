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
use syn::{Expr, ImplItem, Item};

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
    /// Of `VALUES` of each enum, by the enum's name.
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
            Item::Impl(item) => {
                let syn::Type::Path(ty) = *item.self_ty else { return };
                let Some(name) = ty.path.get_ident().map(ToString::to_string) else { return };
                for item in item.items {
                    if let ImplItem::Const(item) = item
                        && item.ident == "VALUES"
                    {
                        self.values.insert(name.clone(), item.expr);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The items of a file that matter here, as they are laid out: each from its first line to the line that closes it.
/// The rest, most of a crate, is not worth parsing.
fn items(text: &str) -> String {
    let (mut found, mut inside) = (String::new(), false);
    let mut owner = "";
    for line in text.lines() {
        if line.starts_with("impl ") {
            owner = line;
        }
        if line.starts_with("pub static ") {
            inside = true;
        } else if line.starts_with("    pub const VALUES:") {
            inside = true;
            found.push_str(owner);
            found.push('\n');
        }
        if !inside {
            continue;
        }
        found.push_str(line);
        found.push('\n');
        let indented = line.starts_with("    pub const VALUES:") || found.ends_with("    ];\n");
        if line.ends_with(';') && (!line.starts_with(' ') || indented) {
            inside = false;
            if indented {
                found.push_str("}\n");
            }
        }
    }
    found
}
