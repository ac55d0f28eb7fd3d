//! Tables and their columns.

use super::arena::Node;
use super::docs::Docs;
use super::ids::{ModelId, ModelKind};
use super::name::Name;
use super::ty::{Literal, Rule, Type};
use crate::source::Origin;

/// A table-backed record.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its name as words.
    pub name: Name,
    /// Its name in Rust: unique in the crate, whatever the case.
    pub rust: Name,
    /// Its name as written.
    pub wire: String,
    /// The table (`x-table`, or the name in snake_case).
    pub table: String,
    /// False where somebody else owns the table (`x-managed: false`): no migration touches it.
    pub managed: bool,
    /// `x-storage`: how somebody else's table stores values.
    pub storage: Storage,
    /// `x-observe-database`: triggers note what somebody else than the application writes.
    pub observe_database: bool,
    /// The columns in definition order; an implicit `id` comes first.
    pub fields: Vec<Field>,
    /// Which of `fields` is the primary key.
    pub key: usize,
    /// Rows of other models that belong to a row: the model's own many-to-many relations in definition order, then the
    /// ways back from other models.
    pub relations: Vec<Relation>,
    /// `x-unique-together`: positions in `fields`.
    pub unique_together: Vec<Vec<usize>>,
    /// `x-index` of the model, over several columns: positions in `fields`.
    pub indexes: Vec<Vec<usize>>,
    /// `x-was`: the former name.
    pub was: Option<String>,
    /// `x-drop`: former properties whose values may be given up.
    pub dropped: Vec<String>,
    /// From `title` and `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

impl Node for Model {
    type Kind = ModelKind;
}

/// A column.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name as words; unique in the model, whatever the case.
    pub name: Name,
    /// Its name as written: the key on the wire.
    pub wire: String,
    /// The column (`x-column`, or the name; that of a foreign key ends in `_id`, as Django has it).
    pub column: String,
    /// What it holds. That of a foreign key is the type of the other model's key.
    pub ty: Type,
    /// Whether it may be `null`.
    pub nullable: bool,
    /// Whether a new row must be given it: listed in `required`, and neither filled in by the server nor defaulted.
    pub required: bool,
    /// `x-unique` (the primary key is unique without it).
    pub unique: bool,
    /// `x-index`.
    pub index: bool,
    /// By what its values are ordered (`x-collation`), if they are texts. A foreign key has that of the key it refers to.
    pub collation: Option<Collation>,
    /// `x-foreign-key`.
    pub foreign_key: Option<ForeignKey>,
    /// What fills it in.
    pub auto: Auto,
    /// What a new row has when it is not given; checked to fit the type.
    pub default: Option<Literal>,
    /// `readOnly`, and every automatic column.
    pub read_only: bool,
    /// `writeOnly`.
    pub write_only: bool,
    /// Whether clients never read it: it is write-only, here or in some serializer.
    pub secret: bool,
    /// What its values obey.
    pub rules: Vec<Rule>,
    /// `x-was`: the former name.
    pub was: Option<String>,
    /// `x-backfill`: what rows get that have no value yet.
    pub backfill: Option<Backfill>,
    /// `x-sql`: how a column of another type than the property's is read and written.
    pub sql: Option<ColumnSql>,
    /// From `title` and `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
}

/// What rows get that are there already (`x-backfill`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backfill {
    /// All the same: a value, checked to fit the type.
    Value(Literal),
    /// What an expression over the row says, one a database.
    Sql {
        /// For SQLite.
        sqlite: String,
        /// For PostgreSQL.
        postgres: String,
    },
    /// Another value for one that the column has not any more: from, to.
    Values(Vec<(Literal, Literal)>),
}

/// The expressions of `x-sql`, by database; none: the column cannot be used there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSql {
    /// For SQLite.
    pub sqlite: Option<Expressions>,
    /// For PostgreSQL.
    pub postgres: Option<Expressions>,
}

/// How one database reads and writes a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expressions {
    /// The type of the column.
    pub ty: String,
    /// What gives the property's value, of `{column}`.
    pub read: String,
    /// What is stored, of `{value}`.
    pub write: String,
}

/// By what texts are ordered, and compared with "less than" and "greater than".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collation {
    /// By their Unicode code points.
    Codepoint,
    /// By the collation that the database has for the column.
    Database,
}

/// How the values of a table are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// As the runtime stores them.
    #[default]
    Own,
    /// As Django's fields store them.
    Django,
}

/// What fills in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auto {
    /// Whoever writes the row.
    No,
    /// The database: the next number.
    Key,
    /// The server: a new random (version 4) UUID, where the writer gives none (a `uuid` primary key).
    Uuid,
    /// The server, when the row is made (`x-auto-now-add`).
    NowAdd,
    /// The server, on every write (`x-auto-now`).
    Now,
}

/// Rows of another model that belong to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its name as words.
    pub name: Name,
    /// Its name as written: the field's, or `x-related-name`.
    pub wire: String,
    /// Whose rows.
    pub target: ModelId,
    /// How they belong to the row.
    pub via: Via,
    /// Whether it is a field of this model (`x-many-to-many`), and not a way back.
    pub declared: bool,
    /// `x-was`: the former name.
    pub was: Option<String>,
    /// Whether a new row must be given some: listed in `required`.
    pub required: bool,
    /// `readOnly`; also true where the application's own model is the table between the two.
    pub read_only: bool,
    /// `writeOnly`
    pub write_only: bool,
    /// From `title` and `description`.
    pub docs: Docs,
}

/// How rows belong to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A column of the other model holds the key of the row: a position in its `fields`.
    Column(usize),
    /// A table between the two models.
    Table(Between),
}

/// The table of a many-to-many relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Between {
    /// Its name: `x-table`, or that of the table and of the field, as Django has it.
    pub table: String,
    /// The column with the key of the row.
    pub from: String,
    /// The column with the key of the other.
    pub to: String,
    /// The model that is this table (`x-through`); none: it is made for the relation.
    pub model: Option<ModelId>,
}

/// A reference to a row of another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Whose row.
    pub model: ModelId,
    /// What happens to this row when the other is deleted (`x-on-delete`).
    pub on_delete: OnDelete,
    /// The name of the way back (`x-related-name`).
    pub related_name: Option<String>,
}

/// `x-on-delete`, as Django has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// This row goes too (the default).
    Cascade,
    /// The other cannot be deleted.
    Protect,
    /// The reference becomes null; the column must be nullable.
    SetNull,
    /// The other cannot be deleted, unless this row goes in the same statement.
    Restrict,
}
