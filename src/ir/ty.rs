//! Types of values: scalars, enums, objects, lists and maps, with the rules they obey.

use dcrf_scalars::TextForm;

use super::arena::Node;
use super::docs::Docs;
use super::ids::{ConsumerId, EnumId, EnumKind, ModelId, ObjectId, ObjectKind, SerializerId, UnionId};
use super::name::Name;
use crate::source::Origin;

/// What a value is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A single value.
    Scalar(Scalar),
    /// One of a closed set.
    Enum(EnumId),
    /// A JSON object with known properties.
    Object(ObjectId),
    /// A value of one of several forms.
    Union(UnionId),
    /// A JSON array.
    List(Box<Element>),
    /// A JSON object with arbitrary keys.
    Map(Box<Element>),
    /// A row as a serializer of a model shows it, made by the application.
    Row(SerializerId),
    /// Any JSON value, kept as it is written.
    Json,
}

impl Type {
    /// Whether a column of it holds JSON.
    pub fn is_json(&self) -> bool {
        match self {
            Self::Object(_) | Self::Union(_) | Self::List(_) | Self::Map(_) | Self::Row(_) | Self::Json => {
                true
            }
            Self::Scalar(_) | Self::Enum(_) => false,
        }
    }
}

/// The values inside a list or map, or the output of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// What each is.
    pub ty: Type,
    /// Whether `null` may stand for one.
    pub nullable: bool,
    /// What each obeys.
    pub rules: Vec<Rule>,
}

/// A single value, named after JSON Schema's type or format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// `boolean`
    Boolean,
    /// `integer`, 64 bits
    Integer,
    /// `number`, 64 bits of binary floating point
    Float,
    /// `string`
    Text,
    /// `string`, with the `format` of a form
    Form(TextForm),
    /// `string`, `format: uuid`
    Uuid,
    /// `string`, `format: date`
    Date,
    /// `string`, `format: date-time`
    DateTime,
    /// `string`, `format: time`
    Time,
    /// `string`, `format: duration`
    Duration,
    /// `string`, `format: decimal`
    Decimal {
        /// `x-max-digits`, at most 28
        max_digits: u32,
        /// `x-decimal-places`, at most `max_digits`
        decimal_places: u32,
    },
    /// `string`, `format: byte` (base64)
    Bytes,
}

impl Scalar {
    /// Whether the value is text in Rust and in the database, so that rules of length and blankness apply.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Form(_))
    }
}

/// What a value obeys beyond its type; named after JSON Schema's keywords.
///
/// Numbers are kept as the decimal text that was written, checked to fit the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// `minLength`, in code points
    MinLength(u64),
    /// `maxLength`, in code points
    MaxLength(u64),
    /// `pattern`, searched for, not anchored
    Pattern(String),
    /// `minimum`
    Minimum(String),
    /// `maximum`
    Maximum(String),
    /// `exclusiveMinimum`
    ExclusiveMinimum(String),
    /// `exclusiveMaximum`
    ExclusiveMaximum(String),
    /// `multipleOf`
    MultipleOf(String),
    /// `minItems`
    MinItems(u64),
    /// DRF's `allow_empty=False`: no empty list or map, in other words than `minItems`
    NotEmpty,
    /// `maxItems`
    MaxItems(u64),
    /// `uniqueItems: true`
    UniqueItems,
    /// What this text of JSON Schema says, which is more than the type does
    Schema(String),
    /// `const`
    Const(Constant),
}

/// The only value that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constant {
    /// The value as one of its type.
    pub value: Literal,
    /// The value as it is written: a text of a date or a decimal need not be the canonical one.
    pub written: Literal,
    /// The one text of all JSON that is this value.
    pub canonical: String,
}

/// A value written in the definition (`default`, `const`, `enum`), checked to fit its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number with a fraction or an exponent, or one of a `number`: its decimal text.
    Number(String),
    /// A text; also dates, decimals, uuids in their canonical form.
    Text(String),
    /// An array or object, or a value of a type that takes any JSON: compact JSON text with sorted nothing, as written.
    Json(String),
}

/// In which generated file a type is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// With the model whose property defines it inline.
    Model(ModelId),
    /// With the serializer that is this object.
    Serializer(SerializerId),
    /// With the consumer whose action takes or gives it.
    Consumer(ConsumerId),
    /// A file of its own: a named type of `$defs` or of another file.
    Types,
}

/// A JSON object with known properties.
#[derive(Debug, Clone)]
pub struct Object {
    /// The name of the type.
    pub name: Name,
    /// Its name in Rust: unique in the crate, whatever the case.
    pub rust: Name,
    /// Where it is put.
    pub home: Home,
    /// In definition order; names unique whatever the case.
    pub properties: Vec<Property>,
    /// `additionalProperties: false`: an unknown key is an error.
    pub closed: bool,
    /// `additionalProperties` beside `properties`: unknown keys are kept.
    pub additional: Option<Additional>,
    /// Of the input of an action: the JSON Schema that it obeys, where its type says less.
    pub schema: Option<String>,
    /// From `title` and `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

impl Node for Object {
    type Kind = ObjectKind;
}

/// A property of an [`Object`].
#[derive(Debug, Clone)]
pub struct Property {
    /// Its name as words.
    pub name: Name,
    /// Its name as written: the key on the wire.
    pub wire: String,
    /// What it is.
    pub ty: Type,
    /// Whether `null` is a value of it.
    pub nullable: bool,
    /// Whether it has to be there.
    pub required: bool,
    /// What it is when absent.
    pub default: Option<Literal>,
    /// What it obeys.
    pub rules: Vec<Rule>,
    /// Of an object that is a serializer: whether `""` is taken, where `extra_kwargs` say so (texts).
    pub allow_blank: Option<bool>,
    /// Of an object that is a serializer: whether texts are taken as they are, with the space around them.
    pub untrimmed: bool,
    /// Of an object that is a serializer: `error_messages`, by DRF's codes.
    pub messages: Vec<(String, String)>,
    /// Whether it must be boxed in Rust, as it leads back to the object itself without a list or map between.
    pub boxed: bool,
    /// From `title` and `description`.
    pub docs: Docs,
}

/// What an object holds beside its known properties.
#[derive(Debug, Clone)]
pub struct Additional {
    /// The name of the member that holds it: no property has it.
    pub name: Name,
    /// What the values are.
    pub element: Element,
}

/// A closed set of values.
#[derive(Debug, Clone)]
pub struct Enum {
    /// The name of the type.
    pub name: Name,
    /// Its name in Rust: unique in the crate, whatever the case.
    pub rust: Name,
    /// Where it is put.
    pub home: Home,
    /// In definition order; names unique, values all texts or all integers.
    pub variants: Vec<Variant>,
    /// Whether the definition names the values.
    pub named: bool,
    /// From `title` and `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

impl Node for Enum {
    type Kind = EnumKind;
}

/// One value of an [`Enum`].
#[derive(Debug, Clone)]
pub struct Variant {
    /// Its name in UpperCamelCase: `InProgress`, `Value5` for the integer 5.
    pub name: String,
    /// [`Literal::Text`] or [`Literal::Integer`].
    pub value: Literal,
    /// What it means.
    pub description: Option<String>,
}
