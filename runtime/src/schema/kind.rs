//! Kinds and types of values, objects and unions.

use super::file::FileMeta;
use super::format::FormatMeta;
use super::literal::{Literal, Rule};
use super::storage::Storage;
use crate::ground::scalar::TextForm;

/// The type of a value: its kind, whether it may be `null`, and its rules.
#[derive(Debug, Clone, Copy)]
pub struct TypeMeta {
    /// The kind.
    pub kind: Kind,
    /// Whether `null` is valid.
    pub nullable: bool,
    /// Whether `""` is valid (texts only).
    pub blank: bool,
    /// Whether it is the type of a serializer's field, which is read as DRF reads it. Otherwise it is plain JSON, to
    /// which JSON Schema applies: see [`decode`](crate::decode).
    pub drf: bool,
    /// Whether texts are trimmed before they are validated, as in DRF (JSON Schema does not trim).
    pub trim: bool,
    /// The rules that values must obey beyond their kind.
    pub rules: &'static [Rule],
    /// The form in which a column stores values.
    pub storage: Storage,
    /// How values are read and shown, if it differs from the default.
    pub format: Option<&'static FormatMeta>,
    /// The rules of the files whose names its texts are.
    pub file: Option<&'static FileMeta>,
}

impl TypeMeta {
    /// Describes a value of a serializer or model: texts are trimmed and must not be blank (DRF).
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            nullable: false,
            blank: false,
            drf: true,
            trim: true,
            rules: &[],
            storage: Storage::Own,
            format: None,
            file: None,
        }
    }

    /// Describes a value in plain JSON, to which JSON Schema applies: texts are accepted unchanged.
    pub const fn plain(kind: Kind) -> Self {
        Self {
            kind,
            nullable: false,
            blank: true,
            drf: false,
            trim: false,
            rules: &[],
            storage: Storage::Own,
            format: None,
            file: None,
        }
    }

    /// Makes `null` valid.
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Makes `""` valid.
    pub const fn blank(mut self) -> Self {
        self.blank = true;
        self
    }

    /// Returns the same type, read as DRF reads fields: values that a client names in filters and groups may be written
    /// as in a field. In plain JSON any text may be empty, but a choice only if `""` is one of the choices.
    pub(crate) const fn named(mut self) -> Self {
        if matches!(self.kind, Kind::Choice(_)) {
            self.blank = self.blank && self.drf;
        }
        self.drf = true;
        self
    }

    /// Keeps the white space around texts (DRF's `trim_whitespace=False`).
    pub const fn untrimmed(mut self) -> Self {
        self.trim = false;
        self
    }

    /// Sets the form in which a column stores values.
    pub const fn stored(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// Tells whether PostgreSQL stores it as `inet`.
    pub(crate) fn is_inet(&self) -> bool {
        self.storage == Storage::Django && matches!(self.kind, Kind::Form(form) if form.is_ip())
    }

    /// Sets how values are read and shown.
    pub const fn format(mut self, format: &'static FormatMeta) -> Self {
        self.format = Some(format);
        self
    }

    /// Makes its texts the names of stored files, which are shown as URLs.
    pub const fn file(mut self, file: &'static FileMeta) -> Self {
        self.file = Some(file);
        self
    }

    /// Returns the type of the texts themselves, which are not shown as URLs of files.
    pub(crate) const fn without_file(mut self) -> Self {
        self.file = None;
        self
    }

    /// Sets the rules.
    pub const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }
}

/// The kinds of values.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `bool`
    Boolean,
    /// `i64`
    Integer,
    /// [`BigInteger`](crate::BigInteger), which no column has: a value is its JSON
    BigInteger,
    /// `f64`
    Float,
    /// [`Decimal`](crate::Decimal)
    Decimal {
        /// Digits in all, at most 28.
        max_digits: u32,
        /// Digits after the point.
        decimal_places: u32,
    },
    /// `String`
    Text,
    /// `String` with a form that has a rule of its own; each form has a name here, too: [`Kind::Email`].
    Form(TextForm),
    /// [`Uuid`](crate::Uuid)
    Uuid,
    /// [`Date`](crate::Date)
    Date,
    /// [`DateTime`](crate::DateTime)
    DateTime,
    /// [`Time`](crate::Time)
    Time,
    /// [`Duration`](crate::Duration)
    Duration,
    /// [`Bytes`](crate::Bytes), base64 on the wire
    Bytes,
    /// One of these values, stored as text or integer.
    Choice(&'static [Literal]),
    /// [`Json`](crate::Json): any JSON, kept as it is written
    Json,
    /// `Vec<_>`, stored as JSON
    List(&'static TypeMeta),
    /// A tuple, `(_, _)`: a list with an item of each type, stored as JSON
    Tuple(&'static [TypeMeta]),
    /// `BTreeMap<String, _>`, stored as JSON
    Map(&'static TypeMeta),
    /// A generated struct, stored as JSON. It is a function because objects may be recursive.
    Object(fn() -> &'static ObjectMeta),
    /// A generated enum of several forms, stored as JSON. It is a function because forms may contain the union itself.
    Union(fn() -> &'static UnionMeta),
}

/// Declares the forms as kinds, by their names, for generated code.
macro_rules! forms {
    ($($name:ident $docs:literal,)*) => {
        #[expect(non_upper_case_globals, reason = "they are named as the other kinds are")]
        impl Kind {
            $(#[doc = $docs] pub const $name: Self = Self::Form(TextForm::$name);)*
        }

        /// Every form has a name; otherwise this does not compile.
        const _: fn(TextForm) = |form| match form {
            $(TextForm::$name => (),)*
        };
    };
}

forms! {
    Email "`String` with Django's rule for email addresses",
    Url "`String` with Django's rule for URLs",
    Hostname "`String` with a host name of RFC 1123",
    Slug "`String` of letters, digits, `_` and `-`",
    UnicodeSlug "`String` of letters and digits of any script, `_` and `-`",
    Ip "`String` with an IP address of either version, in its canonical form",
    Ipv4 "`String` with an IPv4 address",
    Ipv6 "`String` with an IPv6 address, in its canonical form",
}

impl Kind {
    /// The digits or places of a decimal that has no bound of its own: 28 digits in all.
    pub const UNBOUNDED: u32 = dcrf_scalars::Precision::UNBOUNDED;

    /// Tells whether a column of this kind contains JSON.
    pub(crate) const fn is_json(&self) -> bool {
        matches!(
            self,
            Self::Json
                | Self::BigInteger
                | Self::List(_)
                | Self::Tuple(_)
                | Self::Map(_)
                | Self::Object(_)
                | Self::Union(_)
        )
    }

    /// Returns its name with its parameters, for messages; a form has its own name.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Form(form) => format!("{form:?}"),
            kind => format!("{kind:?}"),
        }
    }

    /// Returns the form of its texts; `None` for a text without a form, and for a kind that is not a text.
    pub(crate) const fn form(&self) -> Option<TextForm> {
        match self {
            Self::Form(form) => Some(*form),
            _ => None,
        }
    }

    /// Tells whether its values are texts on the wire; a closed set of texts does not count.
    pub(crate) const fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Form(_))
    }
}

/// A JSON object with known properties: the input of an action, or a JSON column.
#[derive(Debug)]
pub struct ObjectMeta {
    /// The name of the type.
    pub name: &'static str,
    /// The properties, in the order of an [`Object`](crate::Object)'s slots.
    pub properties: &'static [PropertyMeta],
    /// Whether unknown keys are errors.
    pub closed: bool,
    /// The type of the values of unknown keys, if they are kept; otherwise they are ignored.
    pub additional: Option<&'static TypeMeta>,
}

/// A property of an [`ObjectMeta`].
#[derive(Debug)]
pub struct PropertyMeta {
    /// The key on the wire.
    pub name: &'static str,
    /// The type.
    pub ty: TypeMeta,
    /// Whether it is required.
    pub required: bool,
    /// The value if it is absent.
    pub default: Option<Literal>,
    /// Messages that replace DRF's, by DRF's codes.
    pub messages: &'static [(&'static str, &'static str)],
}

impl PropertyMeta {
    /// Describes an optional property.
    pub const fn new(name: &'static str, ty: TypeMeta) -> Self {
        Self { name, ty, required: false, default: None, messages: &[] }
    }

    /// Makes it required.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Sets the default.
    pub const fn default(mut self, default: Literal) -> Self {
        self.default = Some(default);
        self
    }

    /// Sets messages that replace DRF's.
    pub const fn messages(mut self, messages: &'static [(&'static str, &'static str)]) -> Self {
        self.messages = messages;
        self
    }
}

/// A union: its values have one of several forms.
#[derive(Debug)]
pub struct UnionMeta {
    /// The name of the type.
    pub name: &'static str,
    /// The property whose value names the form, if there is one; all forms are then objects.
    pub tag: Option<&'static str>,
    /// Whether a value that matches several forms is refused (`oneOf`); otherwise the first matching form counts
    /// (`anyOf`).
    pub exactly_one: bool,
    /// The forms, in the order of the definition.
    pub variants: &'static [VariantMeta],
}

/// A form of a union.
#[derive(Debug)]
pub struct VariantMeta {
    /// The type of its values, which is never nullable.
    pub ty: TypeMeta,
    /// The value of the tag for this form, if the union has a tag.
    pub tag: Option<Literal>,
}

impl VariantMeta {
    /// Describes a form that is recognised by its shape.
    pub const fn new(ty: TypeMeta) -> Self {
        Self { ty, tag: None }
    }

    /// Sets the value of the union's tag by which the form is recognised.
    pub const fn tag(mut self, tag: Literal) -> Self {
        self.tag = Some(tag);
        self
    }
}
