//! What the tables are, apart from any database: kept between runs, compared to find what a migration has to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::history::Listed;
use super::sql_types::SqlTypes;
use crate::escape;

/// The content of `migrations/schema.json`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// The migrations that lead to `tables`, in order.
    pub migrations: Vec<Listed>,
    /// The tables.
    #[serde(flatten)]
    pub schema: Schema,
}

impl Snapshot {
    /// Pretty JSON with a newline at its end.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("invariant: a snapshot is plain data");
        escape::json(&text) + "\n"
    }
}

/// Every managed table, in the order of the definition, and what is remembered of others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// What is described: from 2 on, of choices their values.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub format: u32,
    /// The tables.
    pub tables: Vec<Table>,
    /// Tables that a migration made and that somebody else owns now (`x-managed: false`), as they were left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub released: Vec<Table>,
    /// The names of tables that somebody else made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmanaged: Vec<String>,
    /// Models whose tables were dropped: who says once more that they are gone is not asked which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// The tables whose changes triggers note.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<ObservedTable>,
}

/// A table whose changes triggers note (`x-observe-database`). Somebody else may own it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedTable {
    /// Its name.
    pub table: String,
    /// The columns that are noted.
    pub columns: Vec<ObservedColumn>,
}

/// A column that is noted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub ty: ColumnType,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The model whose rows it holds, or whose many-to-many relation it is. None: an earlier version wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The many-to-many relation that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// The former name that the definition gave (`x-was`): what it asked for is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What the model or the relation was called before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Properties whose columns were dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// Its indexes by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, Index>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The property that it holds, where that has another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// What it holds.
    #[serde(rename = "type")]
    pub ty: ColumnType,
    /// Its own SQL type (`x-sql`). None: that of what it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<SqlTypes>,
    /// Of choices: their values, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// By what it is ordered; none: as the database has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<Collation>,
    /// Whether it is the primary key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub key: bool,
    /// Whether the database numbers it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub numbered: bool,
    /// Whether it may be null.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nullable: bool,
    /// What a row that lacks it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Default>,
    /// Whose key it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<Reference>,
    /// The former name that the definition gave (`x-was`): what it asked for is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What the property was called before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
}

fn is_false(value: &bool) -> bool {
    !*value
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// `boolean`
    Boolean,
    /// `integer`
    Integer,
    /// `number`
    Float,
    /// Texts, and choices of texts.
    Text,
    /// `format: uuid`
    Uuid,
    /// `format: date`
    Date,
    /// `format: date-time`
    DateTime,
    /// `format: time`
    Time,
    /// `format: duration`
    Duration,
    /// `format: decimal`
    Decimal {
        /// Digits in all.
        max_digits: u32,
        /// Digits after the point.
        decimal_places: u32,
    },
    /// `format: byte`
    Bytes,
    /// Arrays and objects.
    Json,
}

/// By what a column of texts is ordered, where the database is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collation {
    /// By code points.
    Codepoint,
}

/// A default that the database knows: plain values only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Default {
    /// A boolean.
    Boolean(bool),
    /// A number: its decimal text.
    Number(String),
    /// A text, or a date, uuid, … in its canonical form.
    Text(String),
    /// JSON text.
    Json(String),
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The table.
    pub table: String,
    /// Its key.
    pub column: String,
    /// What happens to this row when the other is deleted.
    pub on_delete: OnDeleteSql,
}

/// The database's part of `x-on-delete`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDeleteSql {
    /// This row goes too.
    Cascade,
    /// The other stays (`protect` and `restrict`).
    Restrict,
    /// The reference becomes null.
    SetNull,
}

/// An index over columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The columns, in order.
    pub columns: Vec<String>,
    /// Whether no two rows may be equal in them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
}

impl Schema {
    /// The format that is written.
    pub const FORMAT: u32 = 2;

    /// Whether it says which values choices have: an earlier version of the generator did not.
    pub fn has_values(&self) -> bool {
        self.format >= Self::FORMAT
    }

    /// A table that is observed, by name.
    pub fn observed(&self, name: &str) -> Option<&ObservedTable> {
        self.observed.iter().find(|observed| observed.table == name)
    }

    /// A table by name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    /// A column by name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// What the definition calls it; the name of the table where that is not known.
    pub fn wire(&self) -> &str {
        self.relation.as_deref().or(self.model.as_deref()).unwrap_or(&self.name)
    }

    /// Whether an earlier version of the generator described it, without the names of the definition.
    pub fn is_nameless(&self) -> bool {
        self.model.is_none()
    }
}

impl Column {
    /// The property that it holds.
    pub fn wire(&self) -> &str {
        self.property.as_deref().unwrap_or(&self.name)
    }

    /// Whether a later column is the same to a database; names and where they are in the table say nothing.
    pub fn is_like(&self, new: &Self) -> bool {
        let is_of_its_type = match (&self.sql, &new.sql) {
            (None, None) => true,
            (Some(old), Some(new)) => new.keep(old) && !new.lose(old),
            _ => false,
        };
        let bare = |column: &Self| Self {
            name: String::new(),
            property: None,
            // What it holds is what is read of it.
            ty: if column.sql.is_some() { ColumnType::Text } else { column.ty },
            sql: None,
            values: None,
            was: None,
            former: Vec::new(),
            ..column.clone()
        };
        is_of_its_type && bare(self) == bare(new)
    }
}
