//! The names under which errors of columns are reported, and the collection of errors.

use crate::ground::error::{Detail, Error, Result};
use crate::schema::meta::{Access, FieldMeta, ModelMeta, SerializerMeta};

/// The names in errors: columns for the application, or the fields of a serializer for a client.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Naming {
    Columns(&'static ModelMeta),
    Fields(&'static SerializerMeta),
}

/// Messages of the application, by DRF's codes.
pub(crate) type Messages = &'static [(&'static str, &'static str)];

impl Naming {
    /// Returns the name of a column and its own messages. Of several fields of a column, the one that writes it counts. A
    /// column without a field is reported under its own name.
    pub(crate) fn column(self, index: usize) -> (&'static str, Messages) {
        match self {
            Self::Columns(model) => (model.columns[index].name, &[]),
            Self::Fields(serializer) => {
                let of_column = || serializer.fields.iter().filter(|field| field.column() == Some(index));
                let writes = |field: &&FieldMeta| !matches!(field.access, Access::ReadOnly);
                let field = of_column().find(writes).or_else(|| of_column().next());
                field
                    .map_or((serializer.model.columns[index].name, &[]), |field| (field.name, field.messages))
            }
        }
    }
}

/// Errors by field, in the order in which they were found; those of one field are joined.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    entries: Vec<(String, Detail)>,
}

impl Errors {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn add(&mut self, field: &str, detail: Detail) {
        match self.entries.iter_mut().find(|(name, _)| name == field) {
            Some((_, Detail::List(texts))) if matches!(detail, Detail::List(_)) => {
                let Detail::List(more) = detail else { return };
                texts.extend(more.into_iter().filter(|text| !texts.contains(text)).collect::<Vec<_>>());
            }
            // Errors inside of a value and errors of the value itself cannot be reported together: the first one is
            // kept.
            Some(_) => {}
            None => self.entries.push((field.to_owned(), detail)),
        }
    }

    /// Inserts messages into those of a field, at a position.
    pub(crate) fn insert(&mut self, field: &str, at: usize, detail: Detail) {
        match (self.entries.iter_mut().find(|(name, _)| name == field), detail) {
            (Some((_, Detail::List(texts))), Detail::List(more)) => {
                let at = at.min(texts.len());
                texts.splice(at..at, more);
            }
            (_, detail) => self.add(field, detail),
        }
    }

    /// Sorts the errors by the order of a serializer's fields; errors of the whole object come last.
    pub(crate) fn sorted(mut self, serializer: &'static SerializerMeta) -> Self {
        let position = |name: &String| serializer.fields.iter().position(|field| field.name == name);
        self.entries.sort_by_key(|(name, _)| position(name).unwrap_or(usize::MAX));
        self
    }

    pub(crate) fn into_entries(self) -> Vec<(String, Detail)> {
        self.entries
    }

    pub(crate) fn into_result(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Error::Validation(Detail::Map(self.entries))) }
    }
}
