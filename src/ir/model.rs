//! Tables and their columns.

use super::{Docs, Literal, ModelId, Name, Origin, Rule, Type};

/// A table-backed record.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its name as words; unique in the crate, whatever the case.
    pub name: Name,
    /// Its name as written.
    pub wire: String,
    /// The table (`x-table`, or the name in snake_case).
    pub table: String,
    /// False where somebody else owns the table (`x-managed: false`): no migration touches it.
    pub managed: bool,
    /// The columns in definition order; an implicit `id` comes first.
    pub fields: Vec<Field>,
    /// Which of `fields` is the primary key.
    pub key: usize,
    /// `x-unique-together`: positions in `fields`.
    pub unique_together: Vec<Vec<usize>>,
    /// `x-index` of the model, over several columns: positions in `fields`.
    pub indexes: Vec<Vec<usize>>,
    /// `x-was`: the former name.
    pub was: Option<String>,
    /// From `title` and `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
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
    /// What its values obey.
    pub rules: Vec<Rule>,
    /// `x-was`: the former name.
    pub was: Option<String>,
    /// From `title` and `description`.
    pub docs: Docs,
    /// Where it was defined.
    pub origin: Origin,
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
