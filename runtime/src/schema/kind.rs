//! What values are: kinds and types, objects and unions.

use super::literal::{Literal, Rule};
use super::storage::Storage;
use crate::ground::scalar::TextForm;

/// What a value is: its kind, whether `null` may stand for it, and what it obeys.
#[derive(Debug, Clone, Copy)]
pub struct TypeMeta {
    /// The kind.
    pub kind: Kind,
    /// Whether `null` is a value.
    pub nullable: bool,
    /// Whether `""` is a value (texts only).
    pub blank: bool,
    /// Whether it is a field of a serializer, which is read as DRF reads it, and not plain JSON, to which JSON Schema
    /// applies: see [`decode`](crate::decode).
    pub drf: bool,
    /// Whether texts are trimmed before anything else, as DRF does (and JSON Schema does not).
    pub trim: bool,
    /// What values obey beyond their kind.
    pub rules: &'static [Rule],
    /// How a column stores them.
    pub storage: Storage,
}

impl TypeMeta {
    /// A value of a serializer or model: texts are trimmed and not blank (DRF).
    pub const fn new(kind: Kind) -> Self {
        Self { kind, nullable: false, blank: false, drf: true, trim: true, rules: &[], storage: Storage::Own }
    }

    /// A value of a JSON Schema object: texts are taken as they are.
    pub const fn plain(kind: Kind) -> Self {
        Self {
            kind,
            nullable: false,
            blank: true,
            drf: false,
            trim: false,
            rules: &[],
            storage: Storage::Own,
        }
    }

    /// `null` is a value.
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// `""` is a value.
    pub const fn blank(mut self) -> Self {
        self.blank = true;
        self
    }

    /// The same, read as DRF reads it: what a client names in filters and groups may be written as in a field. In plain
    /// JSON any text may be empty, but a choice only if `""` is one of the choices.
    pub(crate) const fn named(mut self) -> Self {
        if matches!(self.kind, Kind::Choice(_)) {
            self.blank = self.blank && self.drf;
        }
        self.drf = true;
        self
    }

    /// Texts are taken with the space around them (DRF's `trim_whitespace=False`).
    pub const fn untrimmed(mut self) -> Self {
        self.trim = false;
        self
    }

    /// Stored so.
    pub const fn stored(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// Whether PostgreSQL has it as `inet`.
    pub(crate) fn is_inet(&self) -> bool {
        self.storage == Storage::Django && matches!(self.kind, Kind::Form(form) if form.is_ip())
    }

    /// With rules.
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
    /// `String` of a form with a rule of its own; each form has a name here, too: [`Kind::Email`].
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
    /// One of these; stored as text or integer.
    Choice(&'static [Literal]),
    /// [`Json`](crate::Json): any JSON, kept as written
    Json,
    /// `Vec<_>`; a column of it is JSON
    List(&'static TypeMeta),
    /// `BTreeMap<String, _>`; a column of it is JSON
    Map(&'static TypeMeta),
    /// A generated struct; a column of it is JSON. A function, as objects may be recursive.
    Object(fn() -> &'static ObjectMeta),
    /// A generated enum of several forms; a column of it is JSON. A function, as forms may hold the union itself.
    Union(fn() -> &'static UnionMeta),
}

/// Forms as kinds, by their names: generated code has these.
macro_rules! forms {
    ($($name:ident $docs:literal,)*) => {
        #[expect(non_upper_case_globals, reason = "they are named as the other kinds are")]
        impl Kind {
            $(#[doc = $docs] pub const $name: Self = Self::Form(TextForm::$name);)*
        }

        /// Every form has a name: this does not compile otherwise.
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
    /// Whether a column of it holds JSON.
    pub(crate) const fn is_json(&self) -> bool {
        matches!(self, Self::Json | Self::List(_) | Self::Map(_) | Self::Object(_) | Self::Union(_))
    }

    /// Its name with what it is of, as messages have it; a form by its own name.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Form(form) => format!("{form:?}"),
            kind => format!("{kind:?}"),
        }
    }

    /// The form of its texts; none of a text without a rule, and of what is no text.
    pub(crate) const fn form(&self) -> Option<TextForm> {
        match self {
            Self::Form(form) => Some(*form),
            _ => None,
        }
    }

    /// Whether its values are texts on the wire, a closed set of texts not among them.
    pub(crate) const fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Form(_))
    }
}

/// A JSON object with known properties: the input of an action, a JSON column.
#[derive(Debug)]
pub struct ObjectMeta {
    /// The type's name.
    pub name: &'static str,
    /// The properties, in the order of an [`Object`](crate::Object)'s slots.
    pub properties: &'static [PropertyMeta],
    /// Whether an unknown key is an error.
    pub closed: bool,
    /// What the values of unknown keys are, where they are kept; else they are ignored.
    pub additional: Option<&'static TypeMeta>,
}

/// A property of an [`ObjectMeta`].
#[derive(Debug)]
pub struct PropertyMeta {
    /// The key on the wire.
    pub name: &'static str,
    /// What it is.
    pub ty: TypeMeta,
    /// Whether it has to be there.
    pub required: bool,
    /// What it is when absent.
    pub default: Option<Literal>,
    /// Texts that stand for DRF's, by DRF's codes.
    pub messages: &'static [(&'static str, &'static str)],
}

impl PropertyMeta {
    /// An optional property.
    pub const fn new(name: &'static str, ty: TypeMeta) -> Self {
        Self { name, ty, required: false, default: None, messages: &[] }
    }

    /// It has to be there.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// With a default.
    pub const fn default(mut self, default: Literal) -> Self {
        self.default = Some(default);
        self
    }

    /// With texts that stand for DRF's.
    pub const fn messages(mut self, messages: &'static [(&'static str, &'static str)]) -> Self {
        self.messages = messages;
        self
    }
}

/// A value of one of several forms.
#[derive(Debug)]
pub struct UnionMeta {
    /// The type's name.
    pub name: &'static str,
    /// The property whose value tells which form it is, where there is one; all forms are objects then.
    pub tag: Option<&'static str>,
    /// Whether a value that matches several forms is refused (`oneOf`); else the first counts (`anyOf`).
    pub exactly_one: bool,
    /// The forms, in the order of the definition.
    pub variants: &'static [VariantMeta],
}

/// One form of a union.
#[derive(Debug)]
pub struct VariantMeta {
    /// What values of it are; never `null`.
    pub ty: TypeMeta,
    /// What the tag says of values of this form, where the union has one.
    pub tag: Option<Literal>,
}

impl VariantMeta {
    /// A form that is told by its shape.
    pub const fn new(ty: TypeMeta) -> Self {
        Self { ty, tag: None }
    }

    /// A form that is told by the union's tag.
    pub const fn tag(mut self, tag: Literal) -> Self {
        self.tag = Some(tag);
        self
    }
}
