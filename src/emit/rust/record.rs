//! Structs of plain fields, and how they come from slots and go into them.
//!
//! Their layout is always the same, so they are templates and no tokens: reading tokens back takes three times as long
//! as printing them, and these items are half of a crate.

use askama::Template;
use proc_macro2::TokenStream;

use super::file::Item;
use super::layout::WIDTH;

/// A struct, with its conversions.
#[derive(Template)]
#[template(path = "rust/record.rs.j2", escape = "none")]
pub struct Record {
    /// The lines of its documentation.
    pub docs: Vec<String>,
    /// What it derives beside `Debug`.
    pub derives: &'static [&'static str],
    /// Its name.
    pub name: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What it is read from, if it is.
    pub from: Option<From>,
    /// What it is put into, if it is.
    pub into: Option<Into>,
}

/// What a struct is read from.
pub enum From {
    /// The slots of a payload, which is the value of a field, too.
    Payload,
    /// Those of an object that this descriptor is of, which is a value.
    Described(String),
}

/// What a struct is put into.
pub struct Into {
    /// An object of so many slots.
    pub slots: usize,
    /// Whether that is a value, too.
    pub value: bool,
}

/// A field of a struct.
pub struct Field {
    /// The lines of its documentation.
    pub docs: Vec<String>,
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: String,
    /// Its slot; none: it holds what stands beside the slots.
    pub slot: Option<usize>,
    /// Whether the slot always holds a value.
    pub always: bool,
    /// Whether its value is in no log: `Debug` leaves it out.
    pub secret: bool,
    /// Other attributes, each a line.
    pub attributes: Vec<String>,
}

impl Record {
    /// Whether `Debug` has to leave something out.
    fn hides(&self) -> bool {
        self.fields.iter().any(|field| field.secret)
    }

    /// `#[derive(…)]`, if it derives anything.
    fn attribute(&self) -> String {
        let debug = if self.hides() { None } else { Some("Debug") };
        let derives: Vec<&str> = debug.into_iter().chain(self.derives.iter().copied()).collect();
        if derives.is_empty() { String::new() } else { format!("#[derive({})]\n", derives.join(", ")) }
    }
}

impl Record {
    /// `debug! { … }`
    fn debug(&self) -> String {
        let field = |field: &Field| {
            if field.secret { format!("{}: \"…\"", field.name) } else { field.name.clone() }
        };
        let open = format!("dcrf_runtime::debug! {{ {} {{", self.name);
        wrapped(&open, &self.fields.iter().map(field).collect::<Vec<_>>(), "} }")
    }

    /// `from_object! { … }`
    fn read(&self, from: &From) -> String {
        let via = match from {
            From::Payload => " via payload".to_owned(),
            From::Described(meta) => format!(" via {meta}"),
        };
        let open = format!("dcrf_runtime::from_object! {{ {}{via}:", self.name);
        wrapped(&open, &self.slots("take"), "}")
    }

    /// `into_object! { … }`
    fn written(&self, into: &Into) -> String {
        let value = if into.value { " as value" } else { "" };
        let open = format!("dcrf_runtime::into_object! {{ {}[{}]{value}:", self.name, into.slots);
        wrapped(&open, &self.slots("set"), "}")
    }

    /// `take 0 name`, `take_optional 1 other`
    fn slots(&self, how: &str) -> Vec<String> {
        let maybe = if how == "take" { "take_optional" } else { "set_some" };
        let slot = |field: &Field| match field.slot {
            Some(slot) => format!("{} {slot} {}", if field.always { how } else { maybe }, field.name),
            None => format!("{how}_additional {}", field.name),
        };
        self.fields.iter().map(slot).collect()
    }
}

/// A list in braces: in one line, or filling lines of 100 characters.
pub fn wrapped(open: &str, items: &[String], close: &str) -> String {
    let space = if items.is_empty() { "" } else { " " };
    let flat = format!("{open}{space}{} {close}", items.join(", "));
    if flat.chars().count() <= WIDTH {
        return flat;
    }
    let mut text = open.to_owned();
    let mut line = String::new();
    for (index, item) in items.iter().enumerate() {
        let item = if index + 1 < items.len() { format!("{item},") } else { item.clone() };
        if line.chars().count() + 1 + item.chars().count() > WIDTH || line.is_empty() {
            text.push_str(&line);
            text.push('\n');
            line = format!("    {item}");
        } else {
            line = format!("{line} {item}");
        }
    }
    format!("{text}{line}\n{close}")
}

impl std::convert::From<Record> for Item {
    fn from(record: Record) -> Self {
        Self::of(&record)
    }
}

/// A type as text: tokens are printed with a space between any two.
pub fn type_text(ty: &TokenStream) -> String {
    ty.to_string().replace(' ', "").replace(',', ", ")
}
