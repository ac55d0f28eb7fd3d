//! JSON Schema 2020-12, with the `x-` keywords for databases.

use std::borrow::Cow;

use schemars::{JsonSchema, SchemaGenerator, json_schema};

use super::constraint::Constraint;
use super::file::FileColumn;
use super::shape::{object, words};
use crate::diag::Reported;
use crate::source::{Span, Spanned};
use crate::syntax::{Cursor, Decode, Key, Mapping, Node, Value};

object! {
    /// A JSON Schema 2020-12: an object, `true` for any value, or `false` for none.
    /// As a model it describes a table, as a property of a model a column.
    pub struct Schema, or word {
        /// The name in Rust of a model, of a type, or of the field of a property. The default follows from its name.
        /// The name on the wire, in the database and in TypeScript does not change.
        "x-rust-name" optional rust_name: String,
        /// The type of the values: `string`, `integer` (64 bits), `number` (64-bit float), `boolean`, `array`,
        /// `object`.
        /// `["string", "null"]` also allows null, `["string", "integer"]` allows both.
        "type" optional types: TypeNames,
        /// The format of a string.
        /// These have a type in Rust: `date-time`, `date`, `time`, `duration`, `uuid`, `byte` (base64),
        /// `decimal` (with `x-max-digits` and `x-decimal-places`).
        /// These are texts: `email`, `uri`, `hostname`, `ipv4`, `ipv6`, `ip` (`ipv4` or `ipv6`), `slug`,
        /// `unicode-slug`.
        /// In payloads, formats of texts are annotations unless `x-format` is `assert`.
        "format" optional format: String,
        /// The allowed values. In fields they are all strings or all integers, and null where `type` allows it.
        /// In payloads they can be any JSON.
        "enum" optional variants: Vec<Node>,
        /// The names of the values of `enum` in Rust and TypeScript, in the same order: `["Low", "High"]`.
        /// The default is names that follow from the values.
        "x-enum-varnames" optional enum_names: Vec<Spanned<String>>,
        /// The same as `x-enum-varnames`, under the name that some OpenAPI generators use.
        "x-enumNames" optional enum_names_alias: Vec<Spanned<String>>,
        /// The descriptions of the values of `enum`, in the same order, for the generated documentation.
        "x-enum-descriptions" optional enum_descriptions: Vec<Spanned<String>>,
        /// The only allowed value.
        "const" optional constant: Node,
        /// The least allowed number.
        "minimum" optional minimum: Number,
        /// The greatest allowed number.
        "maximum" optional maximum: Number,
        /// The number that all values must be greater than.
        "exclusiveMinimum" optional exclusive_minimum: Number,
        /// The number that all values must be less than.
        "exclusiveMaximum" optional exclusive_maximum: Number,
        /// The number that all values must be a multiple of. It is greater than 0 and has at most 37 digits.
        "multipleOf" optional multiple_of: Number,
        /// The least length of a text, in code points.
        /// Without this key payloads accept an empty text; fields refuse it, unless `default` is `""`.
        "minLength" optional min_length: u64,
        /// The greatest length of a text, in code points.
        "maxLength" optional max_length: u64,
        /// A regular expression that must match somewhere in the text; it is not anchored.
        /// In fields it is one of Rust's `regex`, in payloads one of ECMA-262 with the flag `u`.
        "pattern" optional pattern: String,
        /// The dialect of `pattern` in fields: `python` is that of Python's `re`, as in Django's validators.
        /// The default is that of Rust's `regex`.
        "x-pattern-dialect" optional pattern_dialect: PatternDialect,
        /// The least number of items in an array. The default is 0.
        /// Beside `x-many-to-many` it can be 0 only, which allows an empty list, as Django's `blank=True` does.
        "minItems" optional min_items: u64,
        /// The greatest number of items in an array.
        "maxItems" optional max_items: u64,
        /// Whether the items of an array must differ from each other. The default is `false`.
        "uniqueItems" optional unique_items: bool,
        /// The value of a new row, or of a payload, in which the property is absent. It must be valid.
        "default" optional default: Node,
        /// Whether clients can read the column and not write it. The default is `false`.
        "readOnly" optional read_only: bool,
        /// Whether clients can write the column and not read it. The default is `false`.
        "writeOnly" optional write_only: bool,
        /// Whether it is deprecated; the generated documentation says so. The default is `false`.
        "deprecated" optional deprecated: bool,
        /// A short title, which begins the generated documentation. It also names a form of `oneOf` or `anyOf`.
        "title" optional title: String,
        /// The description in Markdown, for the generated documentation.
        "description" optional description: String,
        /// Examples of values, for readers of the definition.
        "examples" optional examples: Vec<Node>,
        /// A comment for readers of the definition. It has no effect.
        "$comment" optional comment: String,
        /// The address of the dialect of this schema, or of a meta-schema for editors.
        /// The default dialect is JSON Schema 2020-12.
        "$schema" optional schema: String,
        /// A reference to another type: `#/$defs/Address`, `types.json#/$defs/Address`, `address.json`.
        /// `#/serializers/User` is a row in what the application sends.
        "$ref" optional reference: String,
        /// The properties of an object by name. Those of a model are the columns of the table.
        "properties" optional properties: Mapping<Schema>,
        /// The names of the properties that must be present. The default is none.
        /// A column that is not listed must have a `default` or allow null.
        "required" optional required: Vec<Spanned<String>>,
        /// The properties that `properties` does not name. `false` refuses them.
        /// `true` or a schema keeps them beside `properties`; without `properties` it makes a map.
        /// Without this key they are ignored; an object without `properties` is a map of any JSON.
        /// A model allows only `false`.
        "additionalProperties" optional additional: Additional,
        /// The schema of every item of an array, or of those after `prefixItems`. The default is any JSON.
        "items" optional items: Box<Schema>,
        /// Several schemas of which at least one must match; the first match determines the type.
        /// Of one schema and `{"type": "null"}` it is that schema or null.
        "anyOf" optional any_of: Vec<Schema>,
        /// Several schemas of which exactly one must match.
        "oneOf" optional one_of: Vec<Schema>,
        /// Several schemas all of which must match.
        "allOf" optional all_of: Vec<Schema>,
        /// The property that determines which schema of `oneOf` or `anyOf` a value has (OpenAPI).
        /// The default is a property that is required in each of them, with another `const` in each, if there is one.
        "discriminator" optional discriminator: Discriminator,
        /// The named types of a file that is itself one type.
        "$defs" optional defs: Mapping<Schema>,

        /// The name of the table, or of the table of a many-to-many relation.
        /// The default is the name of the model in snake_case; for a relation,
        /// the name of the model's table and that of the property, joined by `_`.
        "x-table" optional table: String,
        /// The name of the column.
        /// The default is the name of the property in snake_case, for a foreign key with `_id` at its end.
        "x-column" optional column: String,
        /// Whether migrations create and change the table.
        /// `false` means that another application owns it: no migration touches it. The default is `true`.
        "x-managed" optional managed: bool,
        /// How the values of the table are stored. The default is `own`; `django` requires `"x-managed": false`.
        "x-storage" optional storage: Storage,
        /// The order of the texts of the table or of the column.
        /// The default is `codepoint`, and `database` where `x-managed` is `false`.
        "x-collation" optional collation: Collation,
        /// Whether observers also receive events for rows that others than the server write, such as a batch job.
        /// Triggers record such changes in the database. The default is `false`.
        "x-observe-database" optional observe_database: bool,
        /// Whether the column is the primary key: an integer, which the database numbers, a `uuid` or a text.
        /// The server generates a `uuid` that the client does not send.
        /// The default is `false`; a model without a primary key gets an integer `id`.
        "x-primary-key" optional primary_key: bool,
        /// Whether no two rows may have the same value in the column. A column of JSON cannot be unique.
        /// The default is `false`.
        "x-unique" optional unique: bool,
        /// Lists of columns; no two rows may have the same values in all columns of a list. The default is none.
        "x-unique-together" optional unique_together: Vec<Vec<Spanned<String>>>,
        /// Of a model, rules about its rows that the database enforces: unique sets of some rows, and checks.
        /// The default is none.
        "x-constraints" optional constraints: Vec<Constraint>,
        /// Of a model, the order of its rows where nothing else determines it: `name`, `-created`, `room__name`.
        /// The primary key is always its last part. The default is the order of the primary key.
        "x-ordering" optional ordering: Vec<Spanned<String>>,
        /// For a property, whether its column has an index; the default is `false`.
        /// For a model, lists of columns, each of which gets an index.
        "x-index" optional index: Index,
        /// The model whose primary key the column contains.
        /// `type` is that of the key; `["integer", "null"]` allows null.
        "x-foreign-key" optional foreign_key: String,
        /// The model to whose rows this row belongs one to one: a foreign key whose values are unique.
        /// The reverse relation (`x-related-name`) is one row or null.
        "x-one-to-one" optional one_to_one: String,
        /// What happens to this row when the row that it refers to is deleted. The default is `cascade`.
        "x-on-delete" optional on_delete: OnDelete,
        /// The name of the reverse relation in the other model: the list of rows that refer to a row, or, for
        /// `x-one-to-one`, the one row that does, or null.
        /// Without this key there is no reverse relation.
        "x-related-name" optional related_name: String,
        /// The model whose rows are related to a row, through a table of the relation.
        /// On the wire it is a list of keys, which must be given and not be empty unless `minItems` is 0.
        "x-many-to-many" optional many_to_many: String,
        /// The model that is the table of the many-to-many relation, with one foreign key to each of both models.
        /// The relation is read-only then. Without this key migrations create a table.
        "x-through" optional through: String,
        /// What the server gives a new row as the value of the column if none is given:
        /// `now` for a `date-time` or a `time`, `today` for a `date`, `uuid4` (a random UUID) for a `uuid`.
        "x-default" optional default_by: DefaultBy,
        /// Whether the server sets the `date-time`, `date` or `time` to the current time when the row is created.
        /// The default is `false`.
        "x-auto-now-add" optional auto_now_add: bool,
        /// Whether the server sets the `date-time`, `date` or `time` to the current time at every write.
        /// The default is `false`.
        "x-auto-now" optional auto_now: bool,
        /// The former name of a renamed model or property:
        /// the next migration renames its table or column and does not drop it.
        "x-was" optional was: String,
        /// The value of existing rows in a column that is new or does not allow null any more: a value,
        /// `{"value": …}`, `{"sql": "…"}`, or `{"sql": {"sqlite": "…", "postgres": "…"}}`.
        /// For an enum that loses values it is `{"values": {"old": "new"}}`.
        "x-backfill" optional backfill: Box<Node>,
        /// The SQL type of the column where the property's type has no such column,
        /// and the expressions that read and write it:
        /// `{"type": "citext", "read": "{column}::text", "write": "{value}"}`.
        /// Each is a text for PostgreSQL, or an object with one text for each database:
        /// `{"postgres": "…", "sqlite": "…"}`.
        /// The default of `read` is `{column}`, that of `write` is `{value}`.
        "x-sql" optional sql: Box<Node>,
        /// The files whose names are the values of the column, a `string`: it is Django's `FileField` or `ImageField`.
        /// Rows show URLs; clients send base64 or an upload.
        "x-file" optional file: FileColumn,
        /// In the place of a model or property that is deleted from the definition:
        /// `true` allows the next migration to drop its table or column.
        /// The default is `false`.
        "x-drop" optional drop: bool,
        /// The number of digits of a `decimal`, before and after the point: from 1 to 28. A `decimal` requires it.
        /// `null` sets no other bound than 28; a column needs a number.
        "x-max-digits" optional max_digits: Count,
        /// The number of digits of a `decimal` after the point: at most `x-max-digits`. A `decimal` requires it.
        /// `null` keeps the places that a number has; a column needs a number.
        "x-decimal-places" optional decimal_places: Count,

        /// Whether formats of texts are assertions in this schema and those inside it (`assert`),
        /// or annotations (`annotate`).
        /// The default is `annotate`, as in JSON Schema.
        /// It is supported in payloads only; in fields formats are always assertions.
        "x-format" optional format_is: FormatIs,
        /// A condition: a value that matches this schema must also match `then`, any other value must match `else`.
        /// It is supported in payloads only.
        "if" optional if_: Box<Schema>,
        /// The schema of the values that match `if`. It is supported in payloads only.
        "then" optional then: Box<Schema>,
        /// The schema of the values that do not match `if`. It is supported in payloads only.
        "else" optional else_: Box<Schema>,
        /// A schema that values must not match. It is supported in payloads only.
        "not" optional not: Box<Schema>,
        /// The schemas of properties by a regular expression that matches somewhere in their names.
        /// It is supported in payloads only.
        "patternProperties" optional pattern_properties: Mapping<Schema>,
        /// The schema of the names of all properties. It is supported in payloads only.
        "propertyNames" optional property_names: Box<Schema>,
        /// The least number of properties in an object. The default is 0. It is supported in payloads only.
        "minProperties" optional min_properties: u64,
        /// The greatest number of properties in an object. It is supported in payloads only.
        "maxProperties" optional max_properties: u64,
        /// For a property, the names of the properties that must be present if it is present.
        /// It is supported in payloads only.
        "dependentRequired" optional dependent_required: Mapping<Vec<Spanned<String>>>,
        /// For a property, the schema that the whole object must match if it is present.
        /// It is supported in payloads only.
        "dependentSchemas" optional dependent_schemas: Mapping<Schema>,
        /// `dependentRequired` and `dependentSchemas` in one, as in older drafts. It is supported in payloads only.
        "dependencies" optional dependencies: Node,
        /// The schemas of the first items of an array, in their order; `items` is the schema of the others.
        /// It is supported in payloads only.
        "prefixItems" optional prefix_items: Vec<Schema>,
        /// A schema that some items of an array must match, at least `minContains` of them.
        /// It is supported in payloads only.
        "contains" optional contains: Box<Schema>,
        /// The least number of items that match `contains`. The default is 1. It is supported in payloads only.
        "minContains" optional min_contains: u64,
        /// The greatest number of items that match `contains`. It is supported in payloads only.
        "maxContains" optional max_contains: u64,
        /// The schema of the items that no other keyword applies to. It is supported in payloads only.
        "unevaluatedItems" optional unevaluated_items: Box<Schema>,
        /// The schema of the properties that no other keyword applies to.
        /// `false` beside `allOf` refuses properties that no part names. Elsewhere it is supported in payloads only.
        "unevaluatedProperties" optional unevaluated_properties: Box<Schema>,
        /// An annotation: the encoding of a text, such as `base64`. It is supported in payloads only.
        "contentEncoding" optional content_encoding: String,
        /// An annotation: the media type of the content of a text. It is supported in payloads only.
        "contentMediaType" optional content_media_type: String,
        /// An annotation: the schema of the content of a text. It is supported in payloads only.
        "contentSchema" optional content_schema: Box<Schema>,
        /// A reference to the type of this `$dynamicAnchor` in the outermost schema that has one.
        /// It is supported in payloads only.
        "$dynamicRef" optional dynamic_ref: String,
        /// A name to which `$dynamicRef` refers. It is supported in payloads only.
        "$dynamicAnchor" optional dynamic_anchor: String,
        /// A name to which `$ref` refers as `#name`. It is supported in payloads only.
        "$anchor" optional anchor: String,
        /// The address of this schema, to which the references inside it are relative.
        /// It is supported in payloads only.
        "$id" optional id: String,
        /// The vocabularies of a dialect, by their addresses. It belongs to a meta-schema.
        "$vocabulary" optional vocabulary: Node,
        /// `$defs`, as in older drafts. It is supported in payloads only.
        "definitions" optional definitions: Mapping<Schema>,
    }
}

object! {
    /// The property that determines which of several schemas a value has.
    pub struct Discriminator {
        /// The name of the property. In each schema it is required and has another `const`, a text or an integer.
        "propertyName" required property_name: String,
    }
}

impl Schema {
    /// Returns the schema that is `true` or `false`.
    /// It is a function of its own because schemas are large and decoding them is a recursion.
    fn of_word(always: bool, span: Span) -> Box<Self> {
        let not = || Key { key: span, value: Box::new(Self::empty(span)), span };
        Box::new(Self { not: (!always).then(not), ..Self::empty(span) })
    }

    /// Returns the model that `x-foreign-key` or `x-one-to-one` names.
    pub fn referred(&self) -> Option<&Key<String>> {
        self.foreign_key.as_ref().or(self.one_to_one.as_ref())
    }

    /// Tells whether the schema matches no value, as `false` does.
    pub fn is_never(&self) -> bool {
        let not = self.not.as_ref().map(|key| &*key.value);
        not.is_some_and(|not| *not == Self::empty(not.span))
    }
}

impl Decode for Schema {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        Self::decode_boxed(cursor).map(|own| *own)
    }

    /// Reads `true` as an empty schema, and `false` as `not` of an empty schema.
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
    /// Whether formats are assertions.
    pub enum FormatIs {
        /// A text that does not have the format is refused.
        Assert = "assert",
        /// A format is an annotation, which refuses no text.
        Annotate = "annotate",
    }
}

words! {
    /// The dialect of regular expressions.
    pub enum PatternDialect {
        /// Python's `re`. What has no counterpart here is an error.
        Python = "python",
        /// Rust's `regex`.
        Rust = "rust",
    }
}

words! {
    /// A type of JSON values.
    pub enum JsonType {
        /// The value `null`.
        Null = "null",
        /// The values `true` and `false`.
        Boolean = "boolean",
        /// Integers of 64 bits with a sign.
        Integer = "integer",
        /// Numbers: floating-point numbers of 64 bits.
        Number = "number",
        /// Texts.
        String = "string",
        /// Arrays.
        Array = "array",
        /// Objects.
        Object = "object",
    }
}

words! {
    /// The order of texts, by which they are sorted and compared with "less than" and "greater than".
    pub enum Collation {
        /// The order of Unicode code points, which is the same in each database, in the server and in the client.
        Codepoint = "codepoint",
        /// The collation that the database has for the column. The server and the client do not know this order.
        Database = "database",
    }
}

words! {
    /// How the values of a table are stored.
    pub enum Storage {
        /// As the runtime stores them in the tables that migrations create.
        Own = "own",
        /// As the fields of Django's models store them.
        Django = "django",
    }
}

words! {
    /// What happens to a row when the row that it refers to is deleted.
    pub enum OnDelete {
        /// This row is deleted, too.
        Cascade = "cascade",
        /// The other row cannot be deleted.
        Protect = "protect",
        /// The column of this row becomes null, which it must allow.
        SetNull = "set-null",
        /// The other row cannot be deleted, unless this row is deleted by the same statement.
        Restrict = "restrict",
        /// The column of this row gets its `default`, which it must have.
        SetDefault = "set-default",
        /// Nothing: the application has to remove the reference before. Otherwise the database refuses the deletion.
        DoNothing = "do-nothing",
    }
}

words! {
    /// What the server gives a new row as the value of a column if none is given.
    pub enum DefaultBy {
        /// The current time, for a `date-time` or a `time`.
        Now = "now",
        /// The current day in UTC, for a `date`.
        Today = "today",
        /// A random UUID (version 4).
        Uuid4 = "uuid4",
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
    /// Returns the types that are named.
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

/// The properties that `properties` does not name.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Additional {
    /// `false` refuses them, `true` allows them.
    Allowed(bool),
    /// The schema of their values.
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

/// The indexes of a property or of a model.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Index {
    /// For a property: whether its column has an index.
    Single(bool),
    /// For a model: the properties of each index.
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

/// A number of digits, or `null` for no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(pub Option<u64>);

impl Decode for Count {
    fn decode(cursor: Cursor<'_>) -> Result<Self, Reported> {
        match &cursor.node().value {
            Value::Null => Ok(Self(None)),
            _ => u64::decode(cursor).map(|count| Self(Some(count))),
        }
    }
}

impl JsonSchema for Count {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "const": null }] })
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
