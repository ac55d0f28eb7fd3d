//! Structs of plain fields, and how they come from slots and go into them.
//!
//! Their layout is always the same, so they are templates and no tokens: reading tokens back takes three times as long
//! as printing them, and these items are half of a crate.

use askama::Template;
use proc_macro2::TokenStream;

use super::file::Item;

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
    /// Whether it is read from slots.
    pub from_object: bool,
    /// How many slots it is put into, if it is.
    pub into_object: Option<usize>,
    /// Whether code for that is made only where it is called.
    pub inline: bool,
}

/// A field of a struct.
pub struct Field {
    /// The lines of its documentation.
    pub docs: Vec<String>,
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: String,
    /// Its slot.
    pub slot: usize,
    /// Whether the slot always holds a value.
    pub always: bool,
    /// Whether its value is in no log: `Debug` leaves it out.
    pub secret: bool,
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

impl Field {
    /// Its name as `Debug` writes it.
    fn plain(&self) -> &str {
        self.name.trim_start_matches("r#")
    }
}

impl From<Record> for Item {
    fn from(record: Record) -> Self {
        Self::of(&record)
    }
}

/// A type as text: tokens are printed with a space between any two.
pub fn type_text(ty: &TokenStream) -> String {
    ty.to_string().replace(' ', "").replace(',', ", ")
}
