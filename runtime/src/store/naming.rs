//! Under which names errors of columns are told, and the errors as they add up.

use crate::ground::error::{Detail, Error, Result};
use crate::schema::meta::{ModelMeta, SerializerMeta};

/// Who is told of errors: the application by its columns, or a client by the fields of a serializer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Naming {
    Columns(&'static ModelMeta),
    Fields(&'static SerializerMeta),
}

/// Texts of the application's own, by DRF's codes.
pub(crate) type Messages = &'static [(&'static str, &'static str)];

impl Naming {
    /// The name of a column and the texts that are its own. A column without a field has its own name.
    pub(crate) fn column(self, index: usize) -> (&'static str, Messages) {
        match self {
            Self::Columns(model) => (model.columns[index].name, &[]),
            Self::Fields(serializer) => {
                let field = serializer.fields.iter().find(|field| field.column() == Some(index));
                field
                    .map_or((serializer.model.columns[index].name, &[]), |field| (field.name, field.messages))
            }
        }
    }
}

/// Errors by field, in the order they were found; those of one field are put together.
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
            // Errors inside of a value and errors of it cannot stand together: the first is enough.
            Some(_) => {}
            None => self.entries.push((field.to_owned(), detail)),
        }
    }

    /// Adds texts to those of a field, behind the first few of them.
    pub(crate) fn insert(&mut self, field: &str, at: usize, detail: Detail) {
        match (self.entries.iter_mut().find(|(name, _)| name == field), detail) {
            (Some((_, Detail::List(texts))), Detail::List(more)) => {
                let at = at.min(texts.len());
                texts.splice(at..at, more);
            }
            (_, detail) => self.add(field, detail),
        }
    }

    /// By the order of a serializer's fields; those of the whole come last.
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
