//! Types of values: scalars, enums, objects, lists and maps, with their rules.

use dcrf_scalars::TextForm;

use super::arena::Node;
use super::docs::Docs;
use super::format::Format;
use super::ids::{ConsumerId, EnumId, EnumKind, ModelId, ObjectId, ObjectKind, SerializerId, UnionId};
use super::name::Name;
use crate::source::Origin;

/// The type of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// A single value.
    Scalar(Scalar),
    /// One of a closed set of values.
    Enum(EnumId),
    /// A JSON object with known properties.
    Object(ObjectId),
    /// A value of one of several forms.
    Union(UnionId),
    /// A JSON array.
    List(Box<Element>),
    /// A JSON array with an item of each type: from 1 to [`Type::ITEMS`].
    Tuple(Vec<Element>),
    /// A JSON object with arbitrary keys.
    Map(Box<Element>),
    /// A row as a serializer of a model shows it. The application returns it.
    Row(SerializerId),
    /// Any JSON value, which is kept as it is written.
    Json,
}

impl Type {
    /// The greatest number of items of a tuple: for longer ones Rust implements no traits.
    pub const ITEMS: usize = 12;

    /// Tells whether a column of the type contains JSON.
    pub fn is_json(&self) -> bool {
        match self {
            Self::Object(_)
            | Self::Union(_)
            | Self::List(_)
            | Self::Tuple(_)
            | Self::Map(_)
            | Self::Row(_)
            | Self::Json => true,
            Self::Scalar(_) | Self::Enum(_) => false,
        }
    }
}

/// The values in a list or map, or the output of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The type of each value.
    pub ty: Type,
    /// Whether a value may be `null`.
    pub nullable: bool,
    /// The rules of each value.
    pub rules: Vec<Rule>,
}

/// A single value, named after JSON Schema's type or format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    /// `boolean`
    Boolean,
    /// `integer`, 64 bits
    Integer,
    /// `integer`, `format: biginteger`, which no column has
    BigInteger,
    /// `number`, 64 bits of binary floating point
    Float,
    /// `string`
    Text,
    /// `string`, with the `format` of a text form
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
        /// `x-max-digits`, at most 28; [`Precision::UNBOUNDED`](dcrf_scalars::Precision::UNBOUNDED) for `null`
        max_digits: u32,
        /// `x-decimal-places`, at most `max_digits`; the same for `null`
        decimal_places: u32,
    },
    /// `string`, `format: byte` (base64)
    Bytes,
}

impl Scalar {
    /// Tells whether the value is a text in Rust and in the database, so that rules about length and blank texts apply.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Form(_))
    }
}

/// The paths that a field takes (`file_path`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath {
    /// The directory, without a slash at its end.
    pub path: String,
    /// A pattern that matches somewhere in the name of the file or directory.
    pub pattern: Option<String>,
    /// Whether the directories below are included.
    pub recursive: bool,
    /// Whether paths of files are taken.
    pub files: bool,
    /// Whether paths of directories are taken.
    pub folders: bool,
}

/// A rule of values beyond their type, named after the keyword of JSON Schema.
///
/// Numbers are kept as the decimal text that was written, checked against the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// `minLength`, in code points
    MinLength(u64),
    /// `maxLength`, in code points
    MaxLength(u64),
    /// `pattern`, which is searched for and not anchored
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
    /// DRF's `allow_empty=False`: the list or map must not be empty. Its message is another one than that of
    /// `minItems`.
    NotEmpty,
    /// `maxItems`
    MaxItems(u64),
    /// `uniqueItems: true`
    UniqueItems,
    /// `multiple_choice: true`: the list is DRF's `MultipleChoiceField`.
    MultipleChoice,
    /// `file_path`: the text is DRF's `FilePathField`.
    FilePath(FilePath),
    /// The text of a JSON Schema, which says more than the type does
    Schema(String),
    /// `const`
    Const(Constant),
}

/// The only value that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constant {
    /// The value as one of its type.
    pub value: Literal,
    /// The value as it is written: the text of a date or a decimal may differ from the canonical one.
    pub written: Literal,
    /// The canonical text, which all equal JSON values have.
    pub canonical: String,
}

/// A value that is written in the definition (`default`, `const`, `enum`), checked against its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number with a fraction or an exponent, or any value of a `number`: its decimal text.
    Number(String),
    /// A text; also a date, a decimal or a uuid in its canonical form.
    Text(String),
    /// An array or object, or a value of a type that takes any JSON: compact JSON text with the keys in the order in
    /// which they are written.
    Json(String),
}

/// The generated file that contains a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// That of the model whose property defines the type inline.
    Model(ModelId),
    /// That of the serializer that is this object.
    Serializer(SerializerId),
    /// That of the consumer whose action takes or returns the type.
    Consumer(ConsumerId),
    /// A file of the type's own: it is a named type of `$defs` or of another file.
    Types,
}

/// A JSON object with known properties.
#[derive(Debug, Clone)]
pub struct Object {
    /// The name of the type as words.
    pub name: Name,
    /// The name in Rust, which is unique in the crate regardless of case.
    pub rust: Name,
    /// The file that contains the type.
    pub home: Home,
    /// The properties in definition order. Their names are unique regardless of case.
    pub properties: Vec<Property>,
    /// Whether an unknown key is an error (`additionalProperties: false`).
    pub closed: bool,
    /// The unknown keys, if they are kept (`additionalProperties` beside `properties`).
    pub additional: Option<Additional>,
    /// The JSON Schema of the input of an action, if the type says less than it.
    pub schema: Option<String>,
    /// The documentation from `title` and `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

impl Node for Object {
    type Kind = ObjectKind;
}

/// A property of an [`Object`].
#[derive(Debug, Clone)]
pub struct Property {
    /// The name of the property as words.
    pub name: Name,
    /// The name as written, which is the key on the wire.
    pub wire: String,
    /// The type of its values.
    pub ty: Type,
    /// Whether `null` is allowed.
    pub nullable: bool,
    /// Whether the property must be present.
    pub required: bool,
    /// The value of an absent property.
    pub default: Option<Literal>,
    /// The rules of its values.
    pub rules: Vec<Rule>,
    /// Whether `""` is allowed, if `extra_kwargs` say so. It belongs to texts of an object that is a serializer.
    pub allow_blank: Option<bool>,
    /// Whether texts keep the space around them. It belongs to an object that is a serializer.
    pub untrimmed: bool,
    /// `error_messages` by DRF's codes. They belong to an object that is a serializer.
    pub messages: Vec<(String, String)>,
    /// How values are read and shown. It belongs to an object that is a serializer.
    pub format: Format,
    /// Whether the property must be a `Box` in Rust, because it leads back to the object itself without a list or map
    /// between.
    pub boxed: bool,
    /// The documentation from `title` and `description`.
    pub docs: Docs,
}

/// The keys of an object beside its known properties.
#[derive(Debug, Clone)]
pub struct Additional {
    /// The name of the member that contains them. No property has this name.
    pub name: Name,
    /// The type and the rules of their values.
    pub element: Element,
}

/// A closed set of values.
#[derive(Debug, Clone)]
pub struct Enum {
    /// The name of the type as words.
    pub name: Name,
    /// The name in Rust, which is unique in the crate regardless of case.
    pub rust: Name,
    /// The file that contains the type.
    pub home: Home,
    /// The variants in definition order. Their names are unique; the values of a column are all texts or all integers.
    pub variants: Vec<Variant>,
    /// Whether the definition names the values.
    pub named: bool,
    /// The documentation from `title` and `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

impl Enum {
    /// Tells whether the values are neither all texts nor all integers. Only payloads have such values.
    pub fn is_mixed(&self) -> bool {
        let all = |of: fn(&Literal) -> bool| self.variants.iter().all(|variant| of(&variant.value));
        !all(|value| matches!(value, Literal::Text(_))) && !all(|value| matches!(value, Literal::Integer(_)))
    }
}

impl Node for Enum {
    type Kind = EnumKind;
}

/// One value of an [`Enum`].
#[derive(Debug, Clone)]
pub struct Variant {
    /// The name in UpperCamelCase: `InProgress`, `Value5` for the integer 5.
    pub name: String,
    /// The value: [`Literal::Text`] or [`Literal::Integer`]; in a mixed enum also [`Literal::Boolean`] or
    /// [`Literal::Number`].
    pub value: Literal,
    /// The description of the value.
    pub description: Option<String>,
}
