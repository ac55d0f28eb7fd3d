//! JSON Schema 2020-12, with the `x-` keywords for databases.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};

use super::shape::{object, words};
use crate::diag::Reported;
use crate::source::{Span, Spanned};
use crate::syntax::{Cursor, Decode, Key, Mapping, Node, Value};

object! {
    /// A type of values (`true`: any, `false`: none), as JSON Schema 2020-12 has it; of a model, a table; of its property, a column.
    pub struct Schema, or word {
        /// What a model or a type is called in Rust, or the field of a property; the name on the wire stays.
        "x-rust-name" optional rust_name: String,
        /// What the values are: `string`, `integer`, `number`, `boolean`, `array`, `object`; `["string", "null"]` allows null.
        "type" optional types: TypeNames,
        /// What strings are: `date-time`, `date`, `time`, `duration`, `email`, `uri`, `hostname`, `uuid`, `ipv4`, `ipv6`, `ip`, `decimal`, `slug`, `unicode-slug`, `byte`.
        "format" optional format: String,
        /// The values that are allowed: strings or integers.
        "enum" optional variants: Vec<Node>,
        /// What the values of `enum` are called in Rust and TypeScript, in their order: `["Low", "High"]`. Left out: names
        /// that follow from the values.
        "x-enum-varnames" optional enum_names: Vec<Spanned<String>>,
        /// `x-enum-varnames`, as some generators call it.
        "x-enumNames" optional enum_names_alias: Vec<Spanned<String>>,
        /// What the values of `enum` mean, in their order, for the documentation.
        "x-enum-descriptions" optional enum_descriptions: Vec<Spanned<String>>,
        /// The only value that is allowed.
        "const" optional constant: Node,
        /// The least value.
        "minimum" optional minimum: Number,
        /// The greatest value.
        "maximum" optional maximum: Number,
        /// What values must be greater than.
        "exclusiveMinimum" optional exclusive_minimum: Number,
        /// What values must be less than.
        "exclusiveMaximum" optional exclusive_maximum: Number,
        /// What values must be a multiple of; greater than 0.
        "multipleOf" optional multiple_of: Number,
        /// The least number of characters.
        "minLength" optional min_length: u64,
        /// The greatest number of characters.
        "maxLength" optional max_length: u64,
        /// A regular expression that must be found in the text.
        "pattern" optional pattern: String,
        /// The least number of items.
        "minItems" optional min_items: u64,
        /// The greatest number of items.
        "maxItems" optional max_items: u64,
        /// Whether the items must differ.
        "uniqueItems" optional unique_items: bool,
        /// What the value is when it is not given.
        "default" optional default: Node,
        /// Whether clients may only read it.
        "readOnly" optional read_only: bool,
        /// Whether clients may only write it.
        "writeOnly" optional write_only: bool,
        /// Whether it is about to go.
        "deprecated" optional deprecated: bool,
        /// A short title, for the documentation.
        "title" optional title: String,
        /// What it is, in Markdown, for the documentation.
        "description" optional description: String,
        /// Examples of values, for readers of the definition.
        "examples" optional examples: Vec<Node>,
        /// A remark for readers of the definition; it goes nowhere.
        "$comment" optional comment: String,
        /// The address of a schema of this schema, for editors.
        "$schema" optional schema: String,
        /// Another type: `#/$defs/Address`, `types.json#/$defs/Address`, `address.json`.
        "$ref" optional reference: String,
        /// The properties of an object.
        "properties" optional properties: Mapping<Schema>,
        /// The properties that have to be there.
        "required" optional required: Vec<Spanned<String>>,
        /// Whether other properties are allowed, or what they are.
        "additionalProperties" optional additional: Additional,
        /// What the items of an array are.
        "items" optional items: Box<Schema>,
        /// Any of some types; of two, of which one is `{"type": "null"}`: the other, or null.
        "anyOf" optional any_of: Vec<Schema>,
        /// Exactly one of some types.
        "oneOf" optional one_of: Vec<Schema>,
        /// All of some types at once.
        "allOf" optional all_of: Vec<Schema>,
        /// Of `oneOf` and `anyOf`: the property that tells which of the types it is (OpenAPI). Left out: a property
        /// that has another `const` in each is found by itself.
        "discriminator" optional discriminator: Discriminator,
        /// Named types of a file that is one type.
        "$defs" optional defs: Mapping<Schema>,

        /// The name of the table; left out: the name of the model in snake_case.
        "x-table" optional table: String,
        /// The name of the column; left out: the name of the property, of a foreign key with `_id`.
        "x-column" optional column: String,
        /// `false`: somebody else owns the table, and no migration touches it.
        "x-managed" optional managed: bool,
        /// How the values of somebody else's table are stored; left out: `own`.
        "x-storage" optional storage: Storage,
        /// By what the texts of the table or of the column are ordered; left out: `codepoint`, and `database` where
        /// `x-managed` is `false`.
        "x-collation" optional collation: Collation,
        /// Whether observers hear of rows that somebody else than the application writes: triggers note them.
        "x-observe-database" optional observe_database: bool,
        /// Whether it is the primary key.
        "x-primary-key" optional primary_key: bool,
        /// Whether no two rows may have the same value.
        "x-unique" optional unique: bool,
        /// Columns whose values no two rows may share together.
        "x-unique-together" optional unique_together: Vec<Vec<Spanned<String>>>,
        /// Of a property: whether the column has an index. Of a model: indexes over several columns.
        "x-index" optional index: Index,
        /// The model whose row this column refers to.
        "x-foreign-key" optional foreign_key: String,
        /// What happens to this row when the other is deleted.
        "x-on-delete" optional on_delete: OnDelete,
        /// The name of the way back.
        "x-related-name" optional related_name: String,
        /// The model whose rows this property lists, through a table of its own.
        "x-many-to-many" optional many_to_many: String,
        /// The model that is the table between the two of a many-to-many relation.
        "x-through" optional through: String,
        /// Whether the server fills it in when the row is made.
        "x-auto-now-add" optional auto_now_add: bool,
        /// Whether the server fills it in on every write.
        "x-auto-now" optional auto_now: bool,
        /// The former name of a renamed model or property: a migration renames, and does not drop.
        "x-was" optional was: String,
        /// What rows that are there get where the column is new, or may not be null any more: a value, `{"sql": "…"}`, or
        /// `{"sql": {"sqlite": "…", "postgres": "…"}}`; of an enum that loses values `{"values": {"old": "new"}}`.
        "x-backfill" optional backfill: Box<Node>,
        /// The SQL type of a column that holds no value of the property's type, what reads it and
        /// what is written: `{"type": "citext", "read": "{column}::text", "write": "{value}"}`, each a text for PostgreSQL
        /// or an object with one for each database.
        "x-sql" optional sql: Box<Node>,
        /// In the place of a model or property that is gone: a migration may drop its table or column.
        "x-drop" optional drop: bool,
        /// Of a `decimal`: how many digits it has, at most 28.
        "x-max-digits" optional max_digits: u64,
        /// Of a `decimal`: how many of the digits stand after the point.
        "x-decimal-places" optional decimal_places: u64,

        /// Whether formats are asserted in this schema and those inside of it (`assert`), or only remarks (`annotate`,
        /// which is JSON Schema's default).
        "x-format" optional format_is: FormatIs,
        /// If a value is of this, `then` applies, else `else`.
        "if" optional if_: Box<Schema>,
        /// What applies to a value that is of `if`.
        "then" optional then: Box<Schema>,
        /// What applies to a value that is not of `if`.
        "else" optional else_: Box<Schema>,
        /// What values must not be of.
        "not" optional not: Box<Schema>,
        /// What properties are whose names match a regular expression.
        "patternProperties" optional pattern_properties: Mapping<Schema>,
        /// What the names of properties are.
        "propertyNames" optional property_names: Box<Schema>,
        /// The least number of properties.
        "minProperties" optional min_properties: u64,
        /// The greatest number of properties.
        "maxProperties" optional max_properties: u64,
        /// The properties that have to be there beside one that is there.
        "dependentRequired" optional dependent_required: Mapping<Vec<Spanned<String>>>,
        /// What an object is that has a property.
        "dependentSchemas" optional dependent_schemas: Mapping<Schema>,
        /// Of older drafts: `dependentRequired` and `dependentSchemas` in one.
        "dependencies" optional dependencies: Node,
        /// What the first items of an array are, each by its own schema; `items` is about the others.
        "prefixItems" optional prefix_items: Vec<Schema>,
        /// What some item of an array is.
        "contains" optional contains: Box<Schema>,
        /// How many items at least are of `contains`; left out: 1.
        "minContains" optional min_contains: u64,
        /// How many items at most are of `contains`.
        "maxContains" optional max_contains: u64,
        /// What items are that no other keyword is about.
        "unevaluatedItems" optional unevaluated_items: Box<Schema>,
        /// What properties are that no other keyword is about.
        "unevaluatedProperties" optional unevaluated_properties: Box<Schema>,
        /// A remark: how a text is encoded.
        "contentEncoding" optional content_encoding: String,
        /// A remark: what a text holds.
        "contentMediaType" optional content_media_type: String,
        /// A remark: what the value in a text is.
        "contentSchema" optional content_schema: Box<Schema>,
        /// Another type, by the name that the outermost schema on the way gives it.
        "$dynamicRef" optional dynamic_ref: String,
        /// A name for `$dynamicRef`.
        "$dynamicAnchor" optional dynamic_anchor: String,
        /// A name for `$ref`: `#name`.
        "$anchor" optional anchor: String,
        /// The address of this schema, to which references inside of it are relative.
        "$id" optional id: String,
        /// Of a dialect: the vocabularies that it has.
        "$vocabulary" optional vocabulary: Node,
        /// `$defs` of older drafts.
        "definitions" optional definitions: Mapping<Schema>,
    }
}

object! {
    /// The property that tells which of some types a value is of.
    pub struct Discriminator {
        /// Its name: in each type it is required, with a `const` of its own.
        "propertyName" required property_name: String,
    }
}

impl Schema {
    /// `true` or `false`. A function of its own: schemas are large, and decoding them is a recursion.
    fn of_word(always: bool, span: Span) -> Box<Self> {
        let not = || Key { key: span, value: Box::new(Self::empty(span)), span };
        Box::new(Self { not: (!always).then(not), ..Self::empty(span) })
    }

    /// Whether it takes no value, as `false` does.
    pub fn is_never(&self) -> bool {
        let not = self.not.as_ref().map(|key| &*key.value);
        not.is_some_and(|not| *not == Self::empty(not.span))
    }
}

impl Decode for Schema {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        Self::decode_boxed(cursor).map(|own| *own)
    }

    /// `true` says nothing; `false` is what is not of that.
    fn decode_boxed(cursor: Cursor<'_>) -> Result<Box<Self>, Reported> {
        match cursor.node().value {
            Value::Boolean(always) => Ok(Self::of_word(always, cursor.span())),
            Value::Object(_) => {
                let mut own = Self::of_word(true, cursor.span());
                own.read(cursor).map(|()| own)
            }
            _ => Err(cursor.wrong_type("a schema: an object, `true` for any value, or `false` for none")),
        }
    }
}

words! {
    /// Whether formats are asserted.
    pub enum FormatIs {
        /// A text of another format is refused.
        Assert = "assert",
        /// A format is a remark.
        Annotate = "annotate",
    }
}

words! {
    /// A type of JSON values.
    pub enum JsonType {
        /// `null`
        Null = "null",
        /// `true` and `false`
        Boolean = "boolean",
        /// Whole numbers, 64 bits.
        Integer = "integer",
        /// Numbers, 64 bits of floating point.
        Number = "number",
        /// Texts.
        String = "string",
        /// Lists.
        Array = "array",
        /// Objects.
        Object = "object",
    }
}

words! {
    /// By what texts are ordered and compared with "less than" and "greater than".
    pub enum Collation {
        /// By their Unicode code points: alike in every database, in the server and in the client.
        Codepoint = "codepoint",
        /// By the collation that the database has for the column: nobody else can tell the order.
        Database = "database",
    }
}

words! {
    /// How the values of a table are stored.
    pub enum Storage {
        /// As the runtime stores them in the tables that migrations make.
        Own = "own",
        /// As the fields of Django's models store them.
        Django = "django",
    }
}

words! {
    /// What happens to a row when the row that it refers to is deleted.
    pub enum OnDelete {
        /// This row goes too.
        Cascade = "cascade",
        /// The other cannot be deleted.
        Protect = "protect",
        /// The reference becomes null.
        SetNull = "set-null",
        /// The other cannot be deleted, unless this row goes with it.
        Restrict = "restrict",
    }
}

/// One type of JSON values, or several.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum TypeNames {
    /// One type.
    One(Spanned<JsonType>),
    /// Several types.
    Many(Vec<Spanned<JsonType>>),
}

impl TypeNames {
    /// The types that are named.
    pub fn names(&self) -> &[Spanned<JsonType>] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Decode for TypeNames {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Text(_) => Decode::decode(cursor).map(Self::One),
            Value::Array(_) => Decode::decode(cursor).map(Self::Many),
            _ => Err(cursor.wrong_type("a type or an array of types")),
        }
    }
}

/// What properties beside the known ones are.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Additional {
    /// Whether they are allowed.
    Allowed(bool),
    /// What they are.
    Of(Box<Schema>),
}

impl Decode for Additional {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Boolean(allowed) => Ok(Self::Allowed(*allowed)),
            Value::Object(_) => Decode::decode(cursor).map(Self::Of),
            _ => Err(cursor.wrong_type("a boolean or a schema")),
        }
    }
}

/// Indexes: of a property, or of a model.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Index {
    /// Of a property: whether its column has one.
    Single(bool),
    /// Of a model: the properties of each.
    Together(Vec<Vec<Spanned<String>>>),
}

impl Decode for Index {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Boolean(single) => Ok(Self::Single(*single)),
            Value::Array(_) => Decode::decode(cursor).map(Self::Together),
            _ => Err(cursor.wrong_type("a boolean or an array of arrays of properties")),
        }
    }
}

/// A number as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(pub String);

impl Decode for Number {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Number(text) => Ok(Self(text.clone())),
            _ => Err(cursor.wrong_type("a number")),
        }
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "type": "number" })
    }
}
