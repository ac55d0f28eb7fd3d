//! Serializers: their fields, where these have their values from, and where they go.

use super::kind::TypeMeta;
use super::literal::{Literal, Rule};
use super::model::ModelMeta;
use super::storage::Storage;

/// A serializer of a model.
#[derive(Debug)]
pub struct SerializerMeta {
    /// Its name in the definition.
    pub name: &'static str,
    /// Whose rows.
    pub model: &'static ModelMeta,
    /// The fields, in the order of replies and of an [`Object`](crate::Object)'s slots.
    pub fields: &'static [FieldMeta],
    /// Whether the application checks the whole: see [`Dispatch::validate`](crate::Dispatch::validate).
    pub validate: bool,
}

/// A field of a serializer.
#[derive(Debug)]
pub struct FieldMeta {
    /// The key on the wire.
    pub name: &'static str,
    /// What it shows and sets.
    pub source: Source,
    /// What it takes. Of nested serializers and of keys: whether `null` may be given (`nullable`), whether a list may
    /// be empty (`blank`), and how long it is (`rules`).
    pub ty: TypeMeta,
    /// Who may read and write it.
    pub access: Access,
    /// Whether `create` and `update` must be given it.
    pub required: bool,
    /// What `create` stores when it is not given.
    pub default: Option<Literal>,
    /// Texts that stand for DRF's, by DRF's codes (`required`, `null`, `blank`, `invalid`, `max_length`, `unique`, …).
    pub messages: &'static [(&'static str, &'static str)],
    /// Whether the application checks it: see [`Dispatch::validate_field`](crate::Dispatch::validate_field).
    pub validate: bool,
    /// What its keys are shown as, if they are not shown as they are.
    pub link: Option<&'static LinkMeta>,
    /// The stream of the consumer whose queryset says which rows its keys may name; where it is nested, that consumer's
    /// permissions say with it which rows may be changed. None: every row.
    pub within: Option<&'static str>,
}

impl FieldMeta {
    /// A field that is shown and taken, and may be left out.
    pub const fn new(name: &'static str, column: usize, ty: TypeMeta) -> Self {
        Self::of(name, Source::Column(column), ty)
    }

    /// A field that shows and sets the column of this field of the model, takes what the column takes, and may be left
    /// out.
    ///
    /// # Panics
    /// If the model has no such field: where it is called in a constant, it does not compile.
    pub const fn of_column(model: &'static ModelMeta, field: &str) -> Self {
        let mut column = 0;
        while column < model.columns.len() {
            if same(model.columns[column].name, field) {
                let mut ty = model.columns[column].ty;
                ty.storage = Storage::Own;
                return Self::new(model.columns[column].name, column, ty);
            }
            column += 1;
        }
        panic!("the model has no such field")
    }

    /// Under another name on the wire (`source`).
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Taking something else than its column takes.
    pub const fn ty(mut self, ty: TypeMeta) -> Self {
        self.ty = ty;
        self
    }

    /// Taking values that obey other rules than those of its column.
    pub const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.ty = self.ty.rules(rules);
        self
    }

    /// A field of any source that is shown and taken, and may be left out.
    pub const fn of(name: &'static str, source: Source, ty: TypeMeta) -> Self {
        Self {
            name,
            source,
            ty,
            access: Access::ReadWrite,
            required: false,
            default: None,
            messages: &[],
            validate: false,
            link: None,
            within: None,
        }
    }

    /// The column that it shows and sets, if it is of one.
    pub const fn column(&self) -> Option<usize> {
        match self.source {
            Source::Column(column) => Some(column),
            _ => None,
        }
    }

    /// Shown; ignored where it is sent.
    pub const fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    /// Taken; never shown.
    pub const fn write_only(mut self) -> Self {
        self.access = Access::WriteOnly;
        self
    }

    /// `create` and `update` must be given it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// With a default for `create`.
    pub const fn default(mut self, default: Literal) -> Self {
        self.default = Some(default);
        self
    }

    /// With texts of its own.
    pub const fn messages(mut self, messages: &'static [(&'static str, &'static str)]) -> Self {
        self.messages = messages;
        self
    }

    /// Checked by the application.
    pub const fn validate(mut self) -> Self {
        self.validate = true;
        self
    }

    /// About the rows that the consumer of this stream lets see.
    pub const fn within(mut self, stream: &'static str) -> Self {
        self.within = Some(stream);
        self
    }

    /// Shown as a frame.
    pub const fn link(mut self, link: &'static LinkMeta) -> Self {
        self.link = Some(link);
        self
    }
}

/// Whether two names are one, in constants, too.
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Who may read and write a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Shown and taken.
    ReadWrite,
    /// Shown; ignored where it is sent.
    ReadOnly,
    /// Taken; never shown.
    WriteOnly,
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
