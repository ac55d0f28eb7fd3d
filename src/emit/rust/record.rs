//! Structs of plain fields, and how they are read from slots and written to slots.
//!
//! Their layout is always the same, so they are templates and not tokens: parsing tokens takes three times as long as
//! printing them, and these items are half of a crate.

use askama::Template;
use proc_macro2::TokenStream;

use super::file::Item;
use super::layout::WIDTH;

/// A struct, with its conversions.
#[derive(Template)]
#[template(path = "rust/record.rs.j2", escape = "none")]
pub struct Record {
    /// The lines of the documentation.
    pub docs: Vec<String>,
    /// The derived traits beside `Debug`.
    pub derives: &'static [&'static str],
    /// The name of the struct.
    pub name: String,
    /// The fields of the struct.
    pub fields: Vec<Field>,
    /// The source that it is read from, if it is read.
    pub from: Option<From>,
    /// The object that it is written to, if it is written.
    pub into: Option<Into>,
    /// The descriptor by which it is serialized, if that is not derived.
    pub serialize: Option<String>,
}

/// The source that a struct is read from.
pub enum From {
    /// The slots of a row's columns.
    Columns,
    /// The slots of a payload, which is also the value of a field.
    Payload,
    /// The slots of an object with this descriptor, which is a value.
    Described(String),
}

/// The object that a struct is written to.
pub struct Into {
    /// The number of slots.
    pub slots: usize,
    /// Whether the object is also a value.
    pub value: bool,
}

/// A field of a struct.
pub struct Field {
    /// The lines of the documentation.
    pub docs: Vec<String>,
    /// The name of the field.
    pub name: String,
    /// The type of the field.
    pub ty: String,
    /// The slot; `None` for the field with the members that have no slot.
    pub slot: Option<usize>,
    /// Whether the slot always has a value.
    pub always: bool,
    /// Whether its value must not be in a log: `Debug` leaves it out.
    pub secret: bool,
    /// The other attributes, each in its own line.
    pub attributes: Vec<String>,
}

impl Record {
    /// Tells whether `Debug` has to leave something out.
    fn hides(&self) -> bool {
        self.fields.iter().any(|field| field.secret)
    }

    /// Returns `#[derive(…)]`, if it derives anything.
    fn attribute(&self) -> String {
        let debug = if self.hides() { None } else { Some("Debug") };
        let derives: Vec<&str> = debug.into_iter().chain(self.derives.iter().copied()).collect();
        if derives.is_empty() { String::new() } else { format!("#[derive({})]\n", derives.join(", ")) }
    }
}

impl Record {
    /// Returns `debug! { … }`.
    fn debug(&self) -> String {
        let field = |field: &Field| {
            if field.secret { format!("{}: \"…\"", field.name) } else { field.name.clone() }
        };
        let open = format!("dcrf_runtime::debug! {{ {} {{", self.name);
        wrapped(&open, &self.fields.iter().map(field).collect::<Vec<_>>(), "} }")
    }

    /// Returns `from_object! { … }`.
    fn read(&self, from: &From) -> String {
        let via = match from {
            From::Columns => String::new(),
            From::Payload => " via payload".to_owned(),
            From::Described(meta) => format!(" via {meta}"),
        };
        let open = format!("dcrf_runtime::from_object! {{ {}{via}:", self.name);
        wrapped(&open, &self.slots("take"), "}")
    }

    /// Returns `into_object! { … }`.
    fn written(&self, into: &Into) -> String {
        let value = if into.value { " as value" } else { "" };
        let open = format!("dcrf_runtime::into_object! {{ {}[{}]{value}:", self.name, into.slots);
        wrapped(&open, &self.slots("set"), "}")
    }

    /// Returns the list of slots: `take 0 name`, `take_optional 1 other`.
    fn slots(&self, how: &str) -> Vec<String> {
        let maybe = if how == "take" { "take_optional" } else { "set_some" };
        let slot = |field: &Field| match field.slot {
            Some(slot) => format!("{} {slot} {}", if field.always { how } else { maybe }, field.name),
            None => format!("{how}_additional {}", field.name),
        };
        self.fields.iter().map(slot).collect()
    }
}

/// Returns a list in braces: in one line, or in filled lines of at most 100 characters.
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

/// Returns a type as text, because tokens are printed with a space between any two.
pub fn type_text(ty: &TokenStream) -> String {
    ty.to_string().replace(' ', "").replace(',', ", ").replace(", )", ",)")
}
