//! Models: tables, their columns, and their relations to rows of other models.

use super::constraint::ConstraintMeta;
use super::file::FileMeta;
use super::kind::{Kind, TypeMeta};
use super::literal::{Literal, Rule, is_integer_choice};
use super::path::OrderMeta;
use super::storage::{Collation, ColumnSql, Expressions, Storage};

/// The description of a table.
#[derive(Debug)]
pub struct ModelMeta {
    /// The name in the definition: `User`.
    pub name: &'static str,
    /// The name in messages, in lower case: `user`.
    pub verbose_name: &'static str,
    /// The name of the table, not quoted.
    pub table: &'static str,
    /// The columns, in the order of every statement of `sql` and of a [`Row`](crate::Row).
    pub columns: &'static [ColumnMeta],
    /// The position of the primary key in `columns`.
    pub key: usize,
    /// The rules about its rows that concern several columns, or only some rows.
    pub constraints: &'static [ConstraintMeta],
    /// The order of the rows where nothing else determines it; the primary key is added as the last column.
    pub ordering: &'static [OrderMeta],
    /// The relations to rows of other models.
    pub relations: &'static [RelationMeta],
    /// The constant statements.
    pub sql: ModelSql,
}

impl ModelMeta {
    /// Returns the column of the primary key.
    pub const fn key_column(&self) -> &ColumnMeta {
        &self.columns[self.key]
    }

    /// Returns the columns whose values are the names of files, with their positions and the rules of the files.
    pub(crate) fn files(&self) -> impl Iterator<Item = (usize, &'static FileMeta)> + use<> {
        let columns: &'static [ColumnMeta] = self.columns;
        columns.iter().enumerate().filter_map(|(index, column)| Some((index, column.ty.file?)))
    }

    /// Returns a number that no other model has.
    pub(crate) fn number(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// The constant statements of a model. They have the same text on SQLite and PostgreSQL; parameters are `$1`, `$2`, ….
///
/// If a column is read and written by expressions ([`ColumnSql`]), the runtime composes other statements instead.
#[derive(Debug)]
pub struct ModelSql {
    /// `SELECT` of every column in order, up to and including `FROM`; filter, order and page are appended.
    pub select: &'static str,
    /// `SELECT` of the row whose key is `$1`.
    pub get: &'static str,
    /// `INSERT` of every column except an automatic key, in order, `RETURNING` every column.
    pub insert: &'static str,
    /// `DELETE` of the row whose key is `$1`.
    pub delete: &'static str,
    /// ` RETURNING ` and every column, for statements that the runtime composes.
    pub returning: &'static str,
}

/// The description of a column.
#[derive(Debug)]
pub struct ColumnMeta {
    /// The name of the field in the definition.
    pub name: &'static str,
    /// The name of the column, not quoted.
    pub column: &'static str,
    /// The type of its values.
    pub ty: TypeMeta,
    /// The source of its values.
    pub auto: Auto,
    /// Whether no two rows have the same value (also true for the key).
    pub unique: bool,
    /// The value of a new row if none is given.
    pub default: Option<Literal>,
    /// The model whose key it contains. It is a function because two models may refer to each other.
    pub references: Option<fn() -> &'static ModelMeta>,
    /// The effect on a row when the row that it refers to is deleted.
    pub on_delete: OnDelete,
    /// The order of its texts, if it contains texts.
    pub collation: Collation,
    /// The expressions that read and write it, if its SQL type is not that of the kind; `None` if it is used directly.
    pub sql: Option<ColumnSql>,
    /// Whether it is write-only: events do not contain it.
    pub secret: bool,
}

impl ColumnMeta {
    /// Describes a column with the same name as its field.
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

    /// Describes a column of this kind, with the same name as its field.
    pub const fn of(name: &'static str, kind: Kind) -> Self {
        Self::new(name, TypeMeta::new(kind))
    }

    /// Makes `null` valid.
    pub const fn nullable(mut self) -> Self {
        self.ty = self.ty.nullable();
        self
    }

    /// Makes `""` valid.
    pub const fn blank(mut self) -> Self {
        self.ty = self.ty.blank();
        self
    }

    /// Sets the rules of its values.
    pub const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.ty = self.ty.rules(rules);
        self
    }

    /// Makes its values the names of stored files.
    pub const fn file(mut self, file: &'static FileMeta) -> Self {
        self.ty = self.ty.file(file);
        self
    }

    /// Sets another name in the database.
    pub const fn column(mut self, column: &'static str) -> Self {
        self.column = column;
        self
    }

    /// Sets the source of its values.
    pub const fn auto(mut self, auto: Auto) -> Self {
        self.auto = auto;
        self
    }

    /// Makes it unique.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Sets the default.
    pub const fn default(mut self, default: Literal) -> Self {
        self.default = Some(default);
        self
    }

    /// Makes it write-only.
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// Makes it a foreign key to another model.
    pub const fn references(mut self, model: fn() -> &'static ModelMeta) -> Self {
        self.references = Some(model);
        self
    }

    /// Sets the effect on a row when the row that it refers to is deleted.
    pub const fn on_delete(mut self, on_delete: OnDelete) -> Self {
        self.on_delete = on_delete;
        self
    }

    /// Sets the order of its texts.
    pub const fn collation(mut self, collation: Collation) -> Self {
        self.collation = collation;
        self
    }

    /// Tells whether it contains texts, including a closed set of texts.
    pub(crate) fn is_text(&self) -> bool {
        match self.ty.kind {
            Kind::Choice(choices) => !is_integer_choice(choices),
            ref kind => kind.is_text(),
        }
    }

    /// Tells whether only the database knows the order of its values.
    pub(crate) fn is_ordered_by_database(&self) -> bool {
        self.is_text() && (self.collation == Collation::Database || self.ty.is_inet())
    }

    /// Stores the values as Django stores them.
    pub const fn django(mut self) -> Self {
        self.ty = self.ty.stored(Storage::Django);
        self
    }

    /// Sets the SQL type and the expressions that read and write it on SQLite.
    pub const fn sqlite(mut self, ty: &'static str, read: &'static str, write: &'static str) -> Self {
        let postgres = self.other_sql().postgres;
        self.sql = Some(ColumnSql { sqlite: Some(Expressions { ty, read, write }), postgres });
        self
    }

    /// Sets the SQL type and the expressions that read and write it on PostgreSQL.
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

/// The effect on a row when the row that it refers to is deleted (`x-on-delete`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// The row is deleted, too.
    Cascade,
    /// The reference is set to `null`.
    SetNull,
    /// The reference gets the default of its column.
    SetDefault,
    /// The other row cannot be deleted.
    Restrict,
    /// Nothing: the application removes the reference before. Otherwise the database refuses the deletion.
    DoNothing,
}

/// The source of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auto {
    /// The writer of the row gives the value.
    No,
    /// The database generates the next number.
    Key,
    /// The server generates a random UUID if the writer gives none.
    Uuid,
    /// The server generates a random UUID if the writer of a new row gives none.
    DefaultUuid,
    /// The server sets the current time if the writer of a new row gives none.
    DefaultNow,
    /// The server sets the current time when the row is created.
    NowAdd,
    /// The server sets the current time on every write.
    Now,
}

impl Auto {
    /// Tells whether the writer of a row may give the value.
    pub(crate) const fn may_be_given(self) -> bool {
        match self {
            Self::No | Self::Uuid | Self::DefaultUuid | Self::DefaultNow => true,
            Self::Key | Self::NowAdd | Self::Now => false,
        }
    }
}

/// A relation to rows of another model that belong to one row: the reverse of a foreign key, or a many-to-many
/// relation.
#[derive(Debug)]
pub struct RelationMeta {
    /// The name in the definition: that of the field, or `x-related-name`.
    pub name: &'static str,
    /// The model of the related rows. It is a function because two models may refer to each other.
    pub target: fn() -> &'static ModelMeta,
    /// The way in which the rows are related.
    pub via: Via,
}

/// The way in which rows are related to a row.
#[derive(Debug, Clone, Copy)]
pub enum Via {
    /// This column of the related model contains the key of the row.
    Column(usize),
    /// This unique column of the related model contains the key of the row (`x-one-to-one`): there is at most one such
    /// row.
    One(usize),
    /// A table between the two models contains pairs of keys.
    Table {
        /// The name of the table, not quoted.
        table: &'static str,
        /// The column with the key of the row.
        from: &'static str,
        /// The column with the key of the related row.
        to: &'static str,
    },
    /// The rows of another model are such pairs (`x-through`).
    Through {
        /// That model. It is a function because the model refers to both others.
        model: fn() -> &'static ModelMeta,
        /// The position of its column with the key of the row.
        from: usize,
        /// The position of its column with the key of the related row.
        to: usize,
    },
}

/// The table of a many-to-many relation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Between {
    /// The name of the table, not quoted.
    pub(crate) table: &'static str,
    /// The column with the key of the row.
    pub(crate) from: &'static str,
    /// The column with the key of the related row.
    pub(crate) to: &'static str,
}

impl Via {
    /// Returns the column of the related model that contains the key of the row; `None` for a many-to-many relation.
    pub(crate) const fn column(&self) -> Option<usize> {
        match *self {
            Self::Column(column) | Self::One(column) => Some(column),
            Self::Table { .. } | Self::Through { .. } => None,
        }
    }

    /// Tells whether there is at most one related row.
    pub(crate) const fn is_one(&self) -> bool {
        matches!(self, Self::One(_))
    }

    /// Returns the table of a many-to-many relation; `None` for the reverse of a foreign key.
    pub(crate) fn between(&self) -> Option<Between> {
        match *self {
            Self::Column(_) | Self::One(_) => None,
            Self::Table { table, from, to } => Some(Between { table, from, to }),
            Self::Through { model, from, to } => {
                let model = model();
                let [from, to] = [from, to].map(|column| model.columns[column].column);
                Some(Between { table: model.table, from, to })
            }
        }
    }
}
