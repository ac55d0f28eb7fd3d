//! Tables and their columns.

use dcrf_scalars::FileKind;

use super::arena::Node;
use super::docs::Docs;
use super::ids::{ModelId, ModelKind};
use super::name::Name;
use super::predicate::Predicate;
use super::ty::{Literal, Rule, Type};
use crate::source::Origin;

/// A model: a record that is a row of a table.
#[derive(Debug, Clone)]
pub struct Model {
    /// The name of the model as words, with those of its application.
    pub name: Name,
    /// The name in Rust, which is unique in the crate regardless of case.
    pub rust: Name,
    /// The name as written: `User`, or `legacy.User`.
    pub wire: String,
    /// The name of the table (`x-table`, or the name in snake_case).
    pub table: String,
    /// Whether migrations create and change the table. It is false with `x-managed: false`: another application owns
    /// the table.
    pub managed: bool,
    /// `x-storage`: how a table of another application stores values.
    pub storage: Storage,
    /// `x-observe-database`: whether triggers record what others than the server write.
    pub observe_database: bool,
    /// The columns in definition order. An implicit `id` is the first.
    pub fields: Vec<Field>,
    /// The position of the primary key in `fields`.
    pub key: usize,
    /// The relations to rows of other models: first the model's own many-to-many relations in definition order, then
    /// the reverse relations from other models.
    pub relations: Vec<Relation>,
    /// `x-unique-together`: sets of positions in `fields`.
    pub unique_together: Vec<Vec<usize>>,
    /// `x-constraints`: further rules about the rows.
    pub constraints: Vec<Constraint>,
    /// `x-ordering`: the order of the rows where nothing else determines it.
    pub ordering: Vec<Ordering>,
    /// `x-index` of the model, over several columns: sets of positions in `fields`.
    pub indexes: Vec<Vec<usize>>,
    /// `x-was`: the former name.
    pub was: Option<String>,
    /// `x-drop`: former properties whose values may be dropped.
    pub dropped: Vec<String>,
    /// The documentation from `title` and `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

impl Model {
    /// Returns the application before the dot of its name, and the name behind it: those of Django's `legacy.User`.
    pub fn of_application(&self) -> (Option<&str>, &str) {
        match self.wire.split_once('.') {
            Some((application, own)) => (Some(application), own),
            None => (None, &self.wire),
        }
    }

    /// Returns the words of its name in messages, which do not say the application.
    pub fn spoken(&self) -> Name {
        Name::parse(self.of_application().1)
    }

    /// Tells whether no two rows have the same value in a field.
    pub fn is_unique(&self, field: usize) -> bool {
        let of_constraint = |constraint: &Constraint| matches!(&constraint.rule, ConstraintRule::Unique { fields, condition: None } if fields.as_slice() == [field]);
        field == self.key
            || self.fields[field].unique
            || self.unique_together.iter().any(|together| together.as_slice() == [field])
            || self.constraints.iter().any(of_constraint)
    }

    /// Returns the positions of all columns in the order of Django REST Framework's `"__all__"`: the key, columns of
    /// values, foreign keys.
    pub fn columns_in_order(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = (0..self.fields.len()).collect();
        columns.sort_by_key(|position| (*position != self.key, self.fields[*position].foreign_key.is_some()));
        columns
    }
}

impl Node for Model {
    type Kind = ModelKind;
}

/// A column.
#[derive(Debug, Clone)]
pub struct Field {
    /// The name of the field as words, which is unique in the model regardless of case.
    pub name: Name,
    /// The name as written, which is the key on the wire.
    pub wire: String,
    /// The name of the column (`x-column`, or the name; that of a foreign key ends with `_id`, as in Django).
    pub column: String,
    /// The type of the column. That of a foreign key is the type of the other model's primary key.
    pub ty: Type,
    /// Whether the column may be `null`.
    pub nullable: bool,
    /// Whether a client must give a new row a value: `required` lists the field, and it has no default and is not set
    /// by the server.
    pub required: bool,
    /// `x-unique`. The primary key is unique without it.
    pub unique: bool,
    /// `x-index`.
    pub index: bool,
    /// The order of the values (`x-collation`), if they are texts. A foreign key has that of the primary key to which
    /// it refers.
    pub collation: Option<Collation>,
    /// `x-foreign-key`.
    pub foreign_key: Option<ForeignKey>,
    /// Who sets the column.
    pub auto: Auto,
    /// The value of a new row if none is given, checked against the type.
    pub default: Option<Literal>,
    /// `readOnly`. It is also true for every column whose value only the server sets.
    pub read_only: bool,
    /// `writeOnly`.
    pub write_only: bool,
    /// Whether clients never read the column: the model or a serializer says that it is write-only.
    pub secret: bool,
    /// The rules of the values.
    pub rules: Vec<Rule>,
    /// `x-was`: the former name.
    pub was: Option<String>,
    /// `x-backfill`: the value of rows that have none yet.
    pub backfill: Option<Backfill>,
    /// `x-sql`: how to read and write a column of another type than the property's.
    pub sql: Option<ColumnSql>,
    /// `x-file`: the files whose names are the values.
    pub file: Option<FileColumn>,
    /// The documentation from `title` and `description`.
    pub docs: Docs,
    /// The place of its definition.
    pub origin: Origin,
}

impl Field {
    /// Tells whether a row may show `null`: the column allows it, or a file whose name is empty.
    pub fn is_shown_as_null(&self) -> bool {
        let is_empty =
            self.default == Some(Literal::Text(String::new())) || self.rules.contains(&Rule::MinLength(0));
        self.nullable || (self.file.is_some() && is_empty)
    }
}

/// The files of a column (`x-file`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileColumn {
    /// The folder of new files, with a slash at its end. It may have directives of `strftime`.
    pub upload_to: String,
    /// The greatest number of bytes, if it is not the default.
    pub max_size: Option<u64>,
    /// The kinds of files that are taken; there are none if files of all kinds are taken.
    pub kinds: Vec<FileKind>,
    /// The greatest width and height of images in pixels; `None` if other files are taken, too.
    pub image: Option<(u32, u32)>,
    /// What the URL of a file begins with, if it is not the default.
    pub url: Option<String>,
    /// Whether everyone may read the files.
    pub public: bool,
}

impl FileColumn {
    /// What the URL of a file begins with if the column does not say it.
    pub const MEDIA: &str = "/media/";

    /// Returns what the URL of a file begins with.
    pub fn url(&self) -> &str {
        self.url.as_deref().unwrap_or(Self::MEDIA)
    }

    /// Returns the folder of all files: that before the first directive.
    pub fn folder(&self) -> &str {
        let fixed = self.upload_to.split('%').next().unwrap_or_default();
        fixed.rfind('/').map_or("", |end| &fixed[..=end])
    }
}

/// A rule about the rows of a table that the database enforces (`x-constraints`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// The name in the database.
    pub name: String,
    /// The rule.
    pub rule: ConstraintRule,
    /// The message for a row that violates it, if it is not the default.
    pub message: Option<String>,
}

/// A rule about the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintRule {
    /// No two rows have the same values in these fields, which are positions.
    Unique {
        /// The positions of the fields.
        fields: Vec<usize>,
        /// The rows that it concerns; `None` for all rows.
        condition: Option<Predicate>,
    },
    /// No row makes the condition false.
    Check(Predicate),
}

/// The value of existing rows (`x-backfill`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backfill {
    /// The same value for all rows, checked against the type.
    Value(Literal),
    /// An expression over the row, one for each database.
    Sql {
        /// The expression for SQLite.
        sqlite: String,
        /// The expression for PostgreSQL.
        postgres: String,
    },
    /// Pairs of a former value that the column does not have any more, and the value that replaces it.
    Values(Vec<(Literal, Literal)>),
}

/// The expressions of `x-sql` for each database. Without one the column cannot be used on that database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSql {
    /// The expressions for SQLite.
    pub sqlite: Option<Expressions>,
    /// The expressions for PostgreSQL.
    pub postgres: Option<Expressions>,
}

/// How one database reads and writes a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expressions {
    /// The type of the column.
    pub ty: String,
    /// The expression over `{column}` that returns the property's value.
    pub read: String,
    /// The expression over `{value}` that is stored.
    pub write: String,
}

/// The order of texts, by which they are sorted and compared with "less than" and "greater than".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collation {
    /// The order of Unicode code points.
    Codepoint,
    /// The collation that the database has for the column.
    Database,
}

/// How the values of a table are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// As the runtime stores them.
    #[default]
    Own,
    /// As the fields of Django store them.
    Django,
}

/// Who sets a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auto {
    /// The client or the application that writes the row.
    No,
    /// The database, to the next number.
    Key,
    /// The server, to a new random (version 4) UUID, if none is given (a `uuid` primary key).
    Uuid,
    /// The server, to a new random (version 4) UUID, if the writer gives none (`"x-default": "uuid4"`).
    DefaultUuid,
    /// The server, to the time at which the row is created, if the writer gives none (`"x-default": "now"`, `"today"`).
    DefaultNow,
    /// The server, when the row is created (`x-auto-now-add`).
    NowAdd,
    /// The server, at every write (`x-auto-now`).
    Now,
}

impl Auto {
    /// Tells whether the writer of a row may give the value.
    pub fn may_be_given(self) -> bool {
        match self {
            Self::No | Self::Uuid | Self::DefaultUuid | Self::DefaultNow => true,
            Self::Key | Self::NowAdd | Self::Now => false,
        }
    }
}

/// A relation: rows of another model that belong to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The name of the relation as words.
    pub name: Name,
    /// The name as written: that of the field, or `x-related-name`.
    pub wire: String,
    /// The model whose rows belong to the row.
    pub target: ModelId,
    /// How they belong to the row.
    pub via: Via,
    /// Whether it is a field of this model (`x-many-to-many`), and not a reverse relation.
    pub declared: bool,
    /// `x-was`: the former name.
    pub was: Option<String>,
    /// Whether a client must give a new row a list of keys: `required` lists the field, or the list must not be empty.
    pub required: bool,
    /// Whether the list may be empty (`minItems` is 0).
    pub blank: bool,
    /// `readOnly`. It is also true if a model of the definition is the table between the two.
    pub read_only: bool,
    /// `writeOnly`
    pub write_only: bool,
    /// The documentation from `title` and `description`.
    pub docs: Docs,
}

/// How rows belong to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// By a column of the other model that contains the key of the row: a position in its `fields`.
    Column(usize),
    /// By a column that is unique, too (`x-one-to-one`), so that there is at most one such row: a position in the
    /// `fields` of the other model.
    One(usize),
    /// By a table between the two models.
    Table(Between),
}

impl Relation {
    /// Tells whether there is at most one such row, and not a list of rows.
    pub fn is_one(&self) -> bool {
        matches!(self.via, Via::One(_))
    }
}

/// A step from a row to one other row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the row that a foreign key refers to: a position in the `fields` of the model.
    ForeignKey(usize),
    /// Back to the row whose one-to-one relation refers to this row: a position in the `relations` of the model.
    Back(usize),
}

/// A part of the order of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordering {
    /// The steps to the row of the column, each of the model to which the one before leads; none for the row itself.
    pub path: Vec<Step>,
    /// The position in the fields of the last model.
    pub field: usize,
    /// Whether the order is descending: the name has a leading `-`.
    pub descending: bool,
}

impl Model {
    /// Returns the model that a step leads to; `None` if the column is not a foreign key.
    pub fn target(&self, step: Step) -> Option<ModelId> {
        match step {
            Step::ForeignKey(field) => self.fields[field].foreign_key.as_ref().map(|key| key.model),
            Step::Back(relation) => Some(self.relations[relation].target),
        }
    }

    /// Tells whether a step may lead to no row.
    pub fn may_end(&self, step: Step) -> bool {
        match step {
            Step::ForeignKey(field) => self.fields[field].nullable,
            Step::Back(_) => true,
        }
    }
}

/// The table of a many-to-many relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Between {
    /// The name of the table: `x-table`, or the names of the model's table and of the field, as in Django.
    pub table: String,
    /// The column that contains the key of the row.
    pub from: String,
    /// The column that contains the key of the other row.
    pub to: String,
    /// The model that is this table (`x-through`). It is `None` if the table is created for the relation.
    pub model: Option<ModelId>,
}

/// A reference to a row of another table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// The model of the row.
    pub model: ModelId,
    /// What happens to this row when the other is deleted (`x-on-delete`).
    pub on_delete: OnDelete,
    /// The name of the reverse relation (`x-related-name`).
    pub related_name: Option<String>,
    /// Whether at most one row refers to each row (`x-one-to-one`).
    pub one: bool,
}

/// `x-on-delete`, as in Django.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// This row is deleted, too (the default).
    Cascade,
    /// The other row cannot be deleted.
    Protect,
    /// The column becomes null, which it must allow.
    SetNull,
    /// The other row cannot be deleted, unless the same statement deletes this row.
    Restrict,
    /// The column gets its default, which it must have.
    SetDefault,
    /// Nothing: the database refuses the deletion if this row still refers to the other.
    DoNothing,
}
