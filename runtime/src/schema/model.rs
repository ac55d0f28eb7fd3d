//! Models: tables, their columns, and the rows of others that belong to theirs.

use super::kind::{Kind, TypeMeta};
use super::literal::{Literal, Rule, is_integer_choice};
use super::storage::{Collation, ColumnSql, Expressions, Storage};

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

    /// A column of this kind, of the same name as its field.
    pub const fn of(name: &'static str, kind: Kind) -> Self {
        Self::new(name, TypeMeta::new(kind))
    }

    /// `null` is a value.
    pub const fn nullable(mut self) -> Self {
        self.ty = self.ty.nullable();
        self
    }

    /// `""` is a value.
    pub const fn blank(mut self) -> Self {
        self.ty = self.ty.blank();
        self
    }

    /// Values obey these rules.
    pub const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.ty = self.ty.rules(rules);
        self
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

    /// With texts that are ordered so.
    pub const fn collation(mut self, collation: Collation) -> Self {
        self.collation = collation;
        self
    }

    /// Whether it holds texts, a closed set of them included.
    pub(crate) fn is_text(&self) -> bool {
        match self.ty.kind {
            Kind::Choice(choices) => !is_integer_choice(choices),
            ref kind => kind.is_text(),
        }
    }

    /// Whether its order is known to the database alone.
    pub(crate) fn is_ordered_by_database(&self) -> bool {
        self.is_text() && (self.collation == Collation::Database || self.ty.is_inet())
    }

    /// With values that are stored as Django stores them.
    pub const fn django(mut self) -> Self {
        self.ty = self.ty.stored(Storage::Django);
        self
    }

    /// Read and written by expressions on SQLite.
    pub const fn sqlite(mut self, ty: &'static str, read: &'static str, write: &'static str) -> Self {
        let postgres = self.other_sql().postgres;
        self.sql = Some(ColumnSql { sqlite: Some(Expressions { ty, read, write }), postgres });
        self
    }

    /// Read and written by expressions on PostgreSQL.
    pub const fn postgres(mut self, ty: &'static str, read: &'static str, write: &'static str) -> Self {
        let sqlite = self.other_sql().sqlite;
        self.sql = Some(ColumnSql { sqlite, postgres: Some(Expressions { ty, read, write }) });
        self
    }

    const fn other_sql(&self) -> ColumnSql {
        match self.sql {
            Some(sql) => sql,
            None => ColumnSql { sqlite: None, postgres: None },
        }
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

/// Rows of another model that belong to one row: the other end of a foreign key, or a many-to-many relation.
#[derive(Debug)]
pub struct RelationMeta {
    /// Its name in the definition: the field's, or `x-related-name`.
    pub name: &'static str,
    /// Whose rows. A function, as two models may refer to each other.
    pub target: fn() -> &'static ModelMeta,
    /// How they belong to the row.
    pub via: Via,
}

/// How rows belong to a row.
#[derive(Debug, Clone, Copy)]
pub enum Via {
    /// This column of the others holds the key of the row.
    Column(usize),
    /// A table between the two holds pairs of keys.
    Table {
        /// Its name, not quoted.
        table: &'static str,
        /// The column with the key of the row.
        from: &'static str,
        /// The column with the key of the other.
        to: &'static str,
    },
    /// The rows of another model are such pairs (`x-through`).
    Through {
        /// That model. A function, as it refers to both.
        model: fn() -> &'static ModelMeta,
        /// Which of its columns has the key of the row.
        from: usize,
        /// Which of its columns has the key of the other.
        to: usize,
    },
}

/// The table of a many-to-many relation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Between {
    /// Its name, not quoted.
    pub(crate) table: &'static str,
    /// The column with the key of the row.
    pub(crate) from: &'static str,
    /// The column with the key of the other.
    pub(crate) to: &'static str,
}

impl Via {
    /// The table between the two, of a many-to-many relation.
    pub(crate) fn between(&self) -> Option<Between> {
        match *self {
            Self::Column(_) => None,
            Self::Table { table, from, to } => Some(Between { table, from, to }),
            Self::Through { model, from, to } => {
                let model = model();
                let [from, to] = [from, to].map(|column| model.columns[column].column);
                Some(Between { table: model.table, from, to })
            }
        }
    }
}
