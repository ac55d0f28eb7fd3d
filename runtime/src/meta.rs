//! The descriptors that generated code fills in and the erased runtime reads.
//!
//! They are `&'static` data without behaviour: list, retrieve, create, update, patch and delete run over them,
//! so that no query and no codec is compiled once per model.

mod collation;
mod expressions;
mod source;
mod storage;
mod union;

pub use crate::observer::meta::{GroupsMeta, ObservedRows, ObserverMeta, Overflow, SignalMeta};
pub use collation::Collation;
pub use expressions::{ColumnSql, Expressions};
pub(crate) use source::Between;
pub use source::{LinkMeta, LinkValue, NestedMeta, NestedOf, PathMeta, RelationMeta, Source, Via};
pub use storage::Storage;
// What generated code calls them: a definition may well have a type `Source`.
pub use source::{Source as FieldSource, Via as RelationVia};
pub use union::{UnionMeta, VariantMeta};

/// A table.
#[derive(Debug)]
pub struct ModelMeta {
    /// The name in the definition: `User`.
    pub name: &'static str,
    /// The name in messages, in lower case: `user`.
    pub verbose_name: &'static str,
    /// The table's name, not quoted.
    pub table: &'static str,
    /// The columns, in the order of every statement of `sql` and of a [`Row`](crate::Row).
    pub columns: &'static [ColumnMeta],
    /// Which of `columns` is the primary key.
    pub key: usize,
    /// Sets of columns that must be unique together.
    pub unique_together: &'static [&'static [usize]],
    /// Rows of other models that belong to one of its rows.
    pub relations: &'static [RelationMeta],
    /// The constant statements.
    pub sql: ModelSql,
}

impl ModelMeta {
    /// The primary key's column.
    pub const fn key_column(&self) -> &ColumnMeta {
        &self.columns[self.key]
    }
}

/// The constant statements of a model. SQLite and PostgreSQL read the same texts; parameters are `$1`, `$2`, ….
///
/// Where a column is read and written by expressions ([`ColumnSql`]), the runtime composes its own.
#[derive(Debug)]
pub struct ModelSql {
    /// `SELECT` of every column in order, up to and with `FROM`: filter, order and page are appended.
    pub select: &'static str,
    /// `SELECT` of the row whose key is `$1`.
    pub get: &'static str,
    /// `INSERT` of every column but an automatic key, in order, `RETURNING` every column.
    pub insert: &'static str,
    /// `DELETE` of the row whose key is `$1`.
    pub delete: &'static str,
    /// ` RETURNING ` and every column, for statements that the runtime composes.
    pub returning: &'static str,
}

/// A column.
#[derive(Debug)]
pub struct ColumnMeta {
    /// The field's name in the definition.
    pub name: &'static str,
    /// The column's name, not quoted.
    pub column: &'static str,
    /// What it holds.
    pub ty: TypeMeta,
    /// What fills it in.
    pub auto: Auto,
    /// Whether no two rows have the same value (also true of the key).
    pub unique: bool,
    /// What a new row has when it is not given.
    pub default: Option<Literal>,
    /// The model whose key it holds. A function, as two models may refer to each other.
    pub references: Option<fn() -> &'static ModelMeta>,
    /// What happens to a row when the one that it refers to goes.
    pub on_delete: OnDelete,
    /// How its texts are ordered, if it holds texts.
    pub collation: Collation,
    /// How it is read and written, if its type is none that holds the kind; none: as it is.
    pub sql: Option<ColumnSql>,
    /// Whether it is write-only: no event carries it.
    pub secret: bool,
}

impl ColumnMeta {
    /// A column of the same name as its field.
    pub const fn new(name: &'static str, ty: TypeMeta) -> Self {
        Self {
            name,
            column: name,
            ty,
            auto: Auto::No,
            unique: false,
            default: None,
            references: None,
            on_delete: OnDelete::Restrict,
            collation: Collation::Codepoint,
            sql: None,
            secret: false,
        }
    }

    /// With another name in the database.
    pub const fn column(mut self, column: &'static str) -> Self {
        self.column = column;
        self
    }

    /// Filled in by somebody else than the writer.
    pub const fn auto(mut self, auto: Auto) -> Self {
        self.auto = auto;
        self
    }

    /// Unique.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// With a default.
    pub const fn default(mut self, default: Literal) -> Self {
        self.default = Some(default);
        self
    }

    /// Write-only.
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Holding the key of a row of another model.
    pub const fn references(mut self, model: fn() -> &'static ModelMeta) -> Self {
        self.references = Some(model);
        self
    }

    /// With what the database does when the row that it refers to goes.
    pub const fn on_delete(mut self, on_delete: OnDelete) -> Self {
        self.on_delete = on_delete;
        self
    }
}

/// What happens to a row when the one that it refers to goes (`x-on-delete`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// It goes, too.
    Cascade,
    /// The reference becomes `null`.
    SetNull,
    /// The other cannot go.
    Restrict,
}

/// What fills in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auto {
    /// Whoever writes the row.
    No,
    /// The database: the next number.
    Key,
    /// The server, where the writer gives none: a random UUID.
    Uuid,
    /// The server, when the row is made.
    NowAdd,
    /// The server, on every write.
    Now,
}

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
    /// `String` with Django's rule for addresses
    Email,
    /// `String` with Django's rule for URLs
    Url,
    /// `String` of letters, digits, `_` and `-`
    Slug,
    /// `String` of letters and digits of any script, `_` and `-`
    UnicodeSlug,
    /// `String` with an IP address of either version, in its canonical form
    Ip,
    /// `String` with an IPv4 address
    Ipv4,
    /// `String` with an IPv6 address, in its canonical form
    Ipv6,
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

impl Kind {
    /// Whether a column of it holds JSON.
    pub(crate) const fn is_json(&self) -> bool {
        matches!(self, Self::Json | Self::List(_) | Self::Map(_) | Self::Object(_) | Self::Union(_))
    }
}

/// A value of the definition: a default, a constant, a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A number: its decimal text.
    Number(&'static str),
    /// A text; also dates, decimals and uuids.
    Text(&'static str),
    /// An array or object, or whatever stands for any JSON: JSON text.
    Json(&'static str),
}

/// What a value obeys beyond its kind, by JSON Schema's names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Code points, at least.
    MinLength(u64),
    /// Code points, at most.
    MaxLength(u64),
    /// A regular expression found somewhere in the text: Django's `RegexValidator`.
    Pattern(&'static str),
    /// The same of a field that is DRF's `RegexField`, with words and a turn of its own.
    Regex(&'static str),
    /// `>=`; decimal text.
    Minimum(&'static str),
    /// `<=`
    Maximum(&'static str),
    /// `>`
    ExclusiveMinimum(&'static str),
    /// `<`
    ExclusiveMaximum(&'static str),
    /// A whole multiple of.
    MultipleOf(&'static str),
    /// Items, at least.
    MinItems(u64),
    /// Items, at least one: DRF's `allow_empty=False`, which has words of its own.
    NotEmpty,
    /// Items, at most.
    MaxItems(u64),
    /// No two items are the same JSON.
    UniqueItems,
    /// The same JSON as this.
    Const(Literal),
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

/// A WebSocket endpoint.
#[derive(Debug)]
pub struct ConsumerMeta {
    /// Its name in the definition.
    pub name: &'static str,
    /// Its name in the multiplexer.
    pub stream: &'static str,
    /// Its own path.
    pub path: &'static str,
    /// Every action, by its name on the wire.
    pub actions: &'static [ActionMeta],
    /// What it is bound to; none: no model.
    pub model: Option<BoundModel>,
    /// Who may call it, and what the application is asked and told beside.
    pub access: AccessMeta,
}

/// Who may call a consumer, and what the application is asked and told of its connections.
#[derive(Debug, Clone, Copy)]
pub struct AccessMeta {
    /// All of these must hold, for every action.
    pub permissions: &'static [PermissionMeta],
    /// Whether the application narrows the rows: see [`Dispatch::queryset`](crate::Dispatch::queryset).
    pub queryset: bool,
    /// Whether it is told of connections: see [`Dispatch::connected`](crate::Dispatch::connected).
    pub on_connect: bool,
    /// Whether it is told of their ends: see [`Dispatch::disconnected`](crate::Dispatch::disconnected).
    pub on_disconnect: bool,
}

impl AccessMeta {
    /// Everybody may do everything, with all rows, and nobody is told.
    pub const OPEN: Self =
        Self { permissions: &[], queryset: false, on_connect: false, on_disconnect: false };

    /// With permissions, all of which must hold.
    pub const fn permissions(mut self, permissions: &'static [PermissionMeta]) -> Self {
        self.permissions = permissions;
        self
    }

    /// With a queryset of the application's own.
    pub const fn queryset(mut self) -> Self {
        self.queryset = true;
        self
    }

    /// The application is told of connections.
    pub const fn on_connect(mut self) -> Self {
        self.on_connect = true;
        self
    }

    /// The application is told of the ends of connections.
    pub const fn on_disconnect(mut self) -> Self {
        self.on_disconnect = true;
        self
    }
}

/// Who may do something: see [`permission`](crate::permission).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionMeta {
    /// Everybody.
    AllowAny,
    /// Whoever is logged in.
    IsAuthenticated,
    /// Whom the application lets, by the name in the definition.
    Named(&'static str),
    /// All of these hold.
    All(&'static [PermissionMeta]),
    /// One of these holds.
    Any(&'static [PermissionMeta]),
    /// This does not hold.
    Not(&'static PermissionMeta),
}

/// How a consumer is bound to a model. Columns are positions in the model's `columns`.
#[derive(Debug)]
pub struct BoundModel {
    /// What it shows and takes.
    pub serializer: &'static SerializerMeta,
    /// The column by which a row is found.
    pub lookup: usize,
    /// The key of the frame that carries its value.
    pub lookup_argument: &'static str,
    /// The order of lists: columns, and whether descending. The key comes last by itself.
    pub ordering: &'static [(usize, bool)],
    /// How lists are cut into pages; none: they are not.
    pub pagination: Option<Pagination>,
    /// What clients may filter by.
    pub filter: &'static [Reach],
    /// What clients may search.
    pub search: &'static [Reach],
    /// What clients may order by.
    pub order_by: &'static [Reach],
}

/// A column that clients may name: one of the model's own, or one of a row that its foreign keys lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Its name on the wire: `stars`, `room__host__username`.
    pub name: &'static str,
    /// The foreign keys on the way, each a position in the columns of the model that the way has come to.
    pub path: &'static [usize],
    /// A position in the columns of the model at the end of the way.
    pub column: usize,
}

impl Reach {
    /// A column of the model's own.
    pub const fn new(name: &'static str, column: usize) -> Self {
        Self { name, path: &[], column }
    }

    /// A column of the row that these foreign keys lead to.
    pub const fn through(name: &'static str, path: &'static [usize], column: usize) -> Self {
        Self { name, path, column }
    }
}

/// How lists are cut into pages.
#[derive(Debug, Clone, Copy)]
pub struct Pagination {
    /// Rows of a page when `limit` is not given.
    pub page_size: u64,
    /// Larger limits are cut to this.
    pub max_limit: Option<u64>,
    /// How pages are asked for.
    pub style: PageStyle,
}

/// How pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// One by one, by `limit` and `offset` (DCRF's `PaginatedModelListMixin`).
    LimitOffset,
    /// All at once, from `offset` on, a frame each (DCRF's `StreamedPaginatedListMixin`).
    Streamed,
    /// One by one, by the cursor that the page before gave (DRF's `CursorPagination`).
    Cursor,
}

/// What is read for an action that takes a look at the database or at what the application says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Nothing: its request says it all.
    Nothing,
    /// The payload of `create`.
    Create,
    /// The payload of `update`.
    Update,
    /// The payload of `patch`.
    Patch,
    /// The row that the lookup argument names.
    Row,
}

/// How a transaction is kept apart from others that run at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// As the database does it by itself: on PostgreSQL each statement sees what was committed before it
    /// (`READ COMMITTED`), on SQLite there is no other that writes.
    Database,
    /// As if transactions ran one after the other (`SERIALIZABLE`). PostgreSQL ends those that it cannot order.
    Serializable,
}

/// An action.
#[derive(Debug)]
pub struct ActionMeta {
    /// Its name on the wire.
    pub name: &'static str,
    /// What is read for it before it is done.
    pub reads: Reads,
    /// Whether it does not hold up its connection, and is cancelled with it.
    pub detached: bool,
    /// Whether it runs in one transaction, from the look-up of its row, which is locked, to its answer.
    pub atomic: bool,
    /// How that transaction is kept apart from others.
    pub isolation: Isolation,
    /// All of these must hold, beside those of the consumer.
    pub permissions: &'static [PermissionMeta],
}

impl ActionMeta {
    /// An action that is answered before the next of its stream starts.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            reads: Reads::Nothing,
            detached: false,
            atomic: false,
            isolation: Isolation::Database,
            permissions: &[],
        }
    }

    /// One for which this is read before.
    pub const fn reads(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    /// One that runs in one transaction.
    pub const fn atomic(mut self) -> Self {
        self.atomic = true;
        self
    }

    /// One whose transaction is as if no other ran at the same time.
    pub const fn serializable(mut self) -> Self {
        self.isolation = Isolation::Serializable;
        self
    }

    /// One with permissions of its own.
    pub const fn permissions(mut self, permissions: &'static [PermissionMeta]) -> Self {
        self.permissions = permissions;
        self
    }

    /// One that is not waited for.
    pub const fn detached(mut self) -> Self {
        self.detached = true;
        self
    }
}
