//! Where the fields of serializers come from: columns, related rows, the application.

use super::{ModelMeta, SerializerMeta};

/// Rows of another model that belong to one row: the other end of a foreign key, or a many-to-many relation.
#[derive(Debug)]
pub struct RelationMeta {
    /// Its name in the definition: the field's, or `x-related-name`.
    pub name: &'static str,
    /// Whose rows. A function, as two models may refer to each other.
    pub target: fn() -> &'static ModelMeta,
    /// How they belong to the row.
    pub via: Via,
}

/// How rows belong to a row.
#[derive(Debug, Clone, Copy)]
pub enum Via {
    /// This column of the others holds the key of the row.
    Column(usize),
    /// A table between the two holds pairs of keys.
    Table {
        /// Its name, not quoted.
        table: &'static str,
        /// The column with the key of the row.
        from: &'static str,
        /// The column with the key of the other.
        to: &'static str,
    },
    /// The rows of another model are such pairs (`x-through`).
    Through {
        /// That model. A function, as it refers to both.
        model: fn() -> &'static ModelMeta,
        /// Which of its columns has the key of the row.
        from: usize,
        /// Which of its columns has the key of the other.
        to: usize,
    },
}

/// The table of a many-to-many relation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Between {
    /// Its name, not quoted.
    pub(crate) table: &'static str,
    /// The column with the key of the row.
    pub(crate) from: &'static str,
    /// The column with the key of the other.
    pub(crate) to: &'static str,
}

impl Via {
    /// The table between the two, of a many-to-many relation.
    pub(crate) fn between(&self) -> Option<Between> {
        match *self {
            Self::Column(_) => None,
            Self::Table { table, from, to } => Some(Between { table, from, to }),
            Self::Through { model, from, to } => {
                let model = model();
                let [from, to] = [from, to].map(|column| model.columns[column].column);
                Some(Between { table: model.table, from, to })
            }
        }
    }
}

/// Where a serializer's field has its value from, and where it goes.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// A column of the model.
    Column(usize),
    /// The keys of the rows of one of the model's relations.
    Keys(usize),
    /// Rows, or the row itself, shown by another serializer.
    Nested(&'static NestedMeta),
    /// A column of another row, along foreign keys.
    Along(&'static PathMeta),
    /// The application computes it.
    Method,
}

/// A nested serializer.
#[derive(Debug)]
pub struct NestedMeta {
    /// What shows and takes it.
    pub serializer: &'static SerializerMeta,
    /// What it shows.
    pub of: NestedOf,
}

/// What a nested serializer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedOf {
    /// The row itself (`source: "*"`): some of its fields as an object of their own.
    Row,
    /// The row whose key is in this column.
    ForeignKey(usize),
    /// The rows of one of the model's relations.
    Relation(usize),
}

/// A column of a row that is found along foreign keys (`source: "room.host.username"`).
#[derive(Debug)]
pub struct PathMeta {
    /// The foreign keys, each a column of the model that the one before leads to.
    pub path: &'static [usize],
    /// The column of the last model.
    pub column: usize,
}

/// A frame that a client can send back as it is.
#[derive(Debug)]
pub struct LinkMeta {
    /// The stream that it goes to.
    pub stream: &'static str,
    /// The action that it calls.
    pub action: &'static str,
    /// The arguments of the action.
    pub arguments: &'static [(&'static str, LinkValue)],
}

/// An argument of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkValue {
    /// The value of the field that is shown as a link; of a list, each for itself.
    Own,
    /// A column of the row.
    Column(usize),
    /// JSON text of the definition.
    Json(&'static str),
}
