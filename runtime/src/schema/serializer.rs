//! Serializers: their fields, and the sources of these.

use super::format::FormatMeta;
use super::kind::TypeMeta;
use super::literal::{Literal, Rule};
use super::model::ModelMeta;
use super::path::PathStep;
use super::storage::Storage;

/// The description of a model's serializer.
#[derive(Debug)]
pub struct SerializerMeta {
    /// The name in the definition.
    pub name: &'static str,
    /// The model whose rows it serializes.
    pub model: &'static ModelMeta,
    /// The fields, in the order of replies and of an [`Object`](crate::Object)'s slots.
    pub fields: &'static [FieldMeta],
    /// Whether the application validates the whole payload: see [`Dispatch::validate`](crate::Dispatch::validate).
    pub validate: bool,
}

/// A field of a serializer.
#[derive(Debug)]
pub struct FieldMeta {
    /// The key on the wire.
    pub name: &'static str,
    /// The source of its value.
    pub source: Source,
    /// The type of its values. For nested serializers and for keys it tells whether `null` is valid (`nullable`),
    /// whether a list may be empty (`blank`), and how long the list may be (`rules`).
    pub ty: TypeMeta,
    /// Whether it is readable and writable.
    pub access: Access,
    /// Whether `create` and `update` require it.
    pub required: bool,
    /// The value that `create` stores if none is given.
    pub default: Option<Literal>,
    /// Whether `update` stores the default, too, as it does in DRF with the `default` of a serializer's field.
    pub default_in_update: bool,
    /// Messages that replace DRF's, by DRF's codes (`required`, `null`, `blank`, `invalid`, `max_length`, `unique`, …).
    pub messages: &'static [(&'static str, &'static str)],
    /// Whether a hidden field stores the current time.
    pub now: bool,
    /// Whether the application validates it: see [`Dispatch::validate_field`](crate::Dispatch::validate_field).
    pub validate: bool,
    /// The frame as which each of its keys is shown; `None` if the keys themselves are shown.
    pub link: Option<&'static LinkMeta>,
    /// The column of the other model by which rows are named in the place of their keys (DRF's `SlugRelatedField`).
    pub slug: Option<usize>,
    /// The stream of the consumer whose queryset determines which rows the field's keys may name; for a nested field,
    /// the queryset and the permissions of that consumer determine which rows may be changed. `None` allows all rows.
    pub within: Option<&'static str>,
}

impl FieldMeta {
    /// Describes an optional field that is readable and writable.
    pub const fn new(name: &'static str, column: usize, ty: TypeMeta) -> Self {
        Self::of(name, Source::Column(column), ty)
    }

    /// Describes an optional field that reads and writes the column of this field of the model, and accepts the values
    /// of the column.
    ///
    /// # Panics
    /// Panics if the model has no such field: in a constant this is a compile error.
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

    /// Sets a name on the wire that is not that of the column (DRF's `source`).
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Sets another type than that of the column.
    pub const fn ty(mut self, ty: TypeMeta) -> Self {
        self.ty = ty;
        self
    }

    /// Sets other rules than those of the column.
    pub const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.ty = self.ty.rules(rules);
        self
    }

    /// Sets how values are read and shown.
    pub const fn format(mut self, format: &'static FormatMeta) -> Self {
        self.ty = self.ty.format(format);
        self
    }

    /// Describes an optional field with any source that is readable and writable.
    pub const fn of(name: &'static str, source: Source, ty: TypeMeta) -> Self {
        Self {
            name,
            source,
            ty,
            access: Access::ReadWrite,
            required: false,
            default: None,
            default_in_update: false,
            messages: &[],
            now: false,
            validate: false,
            link: None,
            slug: None,
            within: None,
        }
    }

    /// Returns the column that it reads and writes, if its source is a column.
    pub const fn column(&self) -> Option<usize> {
        match self.source {
            Source::Column(column) => Some(column),
            _ => None,
        }
    }

    /// Makes it read-only: the field is ignored in payloads.
    pub const fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    /// Makes it write-only: the field is not in answers.
    pub const fn write_only(mut self) -> Self {
        self.access = Access::WriteOnly;
        self
    }

    /// Makes a hidden field store the current time.
    pub const fn now(mut self) -> Self {
        self.now = true;
        self
    }

    /// Hides it: `create` and `update` store the key of the user, the current time ([`now`](Self::now)), or its
    /// [`default`](Self::default).
    pub const fn hidden(mut self) -> Self {
        self.access = Access::Hidden;
        self
    }

    /// Makes `create` and `update` require it.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Sets the default of `create`.
    pub const fn default(mut self, default: Literal) -> Self {
        self.default = Some(default);
        self
    }

    /// Makes `update` store the default, too.
    pub const fn in_update(mut self) -> Self {
        self.default_in_update = true;
        self
    }

    /// Sets messages that replace DRF's.
    pub const fn messages(mut self, messages: &'static [(&'static str, &'static str)]) -> Self {
        self.messages = messages;
        self
    }

    /// Lets the application validate it.
    pub const fn validate(mut self) -> Self {
        self.validate = true;
        self
    }

    /// Limits the rows to those that the consumer of this stream admits.
    pub const fn within(mut self, stream: &'static str) -> Self {
        self.within = Some(stream);
        self
    }

    /// Names rows by a column of the other model in the place of their keys.
    pub const fn slug(mut self, column: usize) -> Self {
        self.slug = Some(column);
        self
    }

    /// Returns the model of the rows that its keys name, if it is a field of keys of `model`.
    pub(crate) fn names(&self, model: &'static ModelMeta) -> Option<&'static ModelMeta> {
        match self.source {
            Source::Column(column) => model.columns[column].references.map(|target| target()),
            Source::Keys(relation) => Some((model.relations[relation].target)()),
            _ => None,
        }
    }

    /// Shows its keys as frames.
    pub const fn link(mut self, link: &'static LinkMeta) -> Self {
        self.link = Some(link);
        self
    }
}

/// Tells whether two names are equal; unlike `==` it can be called in constants.
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

/// Whether a field is readable and writable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The field is in answers and payloads.
    ReadWrite,
    /// The field is in answers, and ignored in payloads.
    ReadOnly,
    /// The field is in payloads, and never in answers.
    WriteOnly,
    /// The field is neither in payloads nor in answers: `create` and `update` store a value of the server in its column
    /// (DRF's `HiddenField`).
    Hidden,
}

impl Access {
    /// Tells whether the field is in payloads.
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::ReadWrite | Self::WriteOnly)
    }

    /// Tells whether the field is in answers.
    pub const fn is_shown(self) -> bool {
        matches!(self, Self::ReadWrite | Self::ReadOnly)
    }
}

/// The source of the value of a field. Written values are stored in it, too.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// A column of the model.
    Column(usize),
    /// The keys of the rows of one of the model's relations; the key or `null`, if it is one-to-one.
    Keys(usize),
    /// Rows, or the row itself, by another serializer.
    Nested(&'static NestedMeta),
    /// A column of another row, to which steps lead.
    Along(&'static PathMeta),
    /// The application computes the value.
    Method,
    /// The payload alone: the value is validated, and neither stored nor shown. The field is write-only.
    Payload,
}

/// A nested serializer.
#[derive(Debug)]
pub struct NestedMeta {
    /// The serializer.
    pub serializer: &'static SerializerMeta,
    /// The rows that it serializes.
    pub of: NestedOf,
}

/// The rows that a nested serializer serializes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NestedOf {
    /// The row itself (`source: "*"`): some of its fields are an object of their own.
    Row,
    /// The row whose key is in this column.
    ForeignKey(usize),
    /// The rows of one of the model's relations.
    Relation(usize),
    /// The row or none of one of the model's relations, which is one-to-one.
    Back(usize),
}

/// A column of a row to which steps lead (`source: "room.host.username"`).
#[derive(Debug)]
pub struct PathMeta {
    /// The steps, each of the model that the previous one leads to.
    pub path: &'static [PathStep],
    /// The column of the last model.
    pub column: usize,
}

/// A frame that a client can send back unchanged.
#[derive(Debug)]
pub struct LinkMeta {
    /// The stream of the action.
    pub stream: &'static str,
    /// The name of the action.
    pub action: &'static str,
    /// The arguments of the action.
    pub arguments: &'static [(&'static str, LinkValue)],
}

/// An argument of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkValue {
    /// The value of the field that is shown as a link; for a list, each of its values in a link of its own.
    Own,
    /// A column of the row.
    Column(usize),
    /// A JSON text from the definition.
    Json(&'static str),
}
