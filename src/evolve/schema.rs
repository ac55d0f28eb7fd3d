//! The tables, independent of any database: they are kept between runs, and compared to find what a migration has to
//! do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::history::Listed;
use super::sql_types::SqlTypes;
use crate::escape;
use crate::ir;

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
    /// Returns pretty JSON with a newline at the end.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("invariant: a snapshot is plain data");
        escape::json(&text) + "\n"
    }
}

/// Every managed table, in the order of the definition, and the memory of other tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The version of the format. From 2 on, columns of enums have their values.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub format: u32,
    /// The tables.
    pub tables: Vec<Table>,
    /// The tables that a migration made and that are not managed any more (`x-managed: false`), as they were then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub released: Vec<Table>,
    /// The names of tables that were made outside of migrations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmanaged: Vec<String>,
    /// The models whose tables were dropped, so that the definition may continue to name them in `x-drop`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// The tables whose changes are recorded by triggers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub observed: Vec<ObservedTable>,
    /// The tables whose changes triggers write into the log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logged: Vec<ObservedTable>,
}

/// A table whose changes are recorded by triggers (`x-observe-database`), or logged (`delivery`). It need not be
/// managed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedTable {
    /// The name of the table.
    pub table: String,
    /// The recorded columns.
    pub columns: Vec<ObservedColumn>,
    /// The columns that are left out of the log, because they are write-only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// A recorded column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedColumn {
    /// The name of the column.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub ty: ColumnType,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The name of the table.
    pub name: String,
    /// The model whose rows the table has, or that has the many-to-many relation; `None` if an earlier version of the
    /// generator wrote the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The many-to-many relation that the table was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// The former name in the definition (`x-was`), which has been applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// The former names of the model or the relation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The properties whose columns were dropped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<String>,
    /// The indexes by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, Index>,
    /// The checks by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checks: BTreeMap<String, Predicate>,
}

/// A condition on the columns of a table, by their names.
pub type Predicate = ir::Predicate<String, Default>;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The name of the column.
    pub name: String,
    /// The property of the column, if it has another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// The type of its values.
    #[serde(rename = "type")]
    pub ty: ColumnType,
    /// The SQL type (`x-sql`). `None`: the one that follows from the type of its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<SqlTypes>,
    /// The values of an enum, as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// The collation by which it is ordered; `None` for that of the database.
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
    /// The default, which a row without a value gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Default>,
    /// The foreign key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<Reference>,
    /// The former name in the definition (`x-was`), which has been applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// The former names of the property.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
}

fn is_false(value: &bool) -> bool {
    !*value
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// The type of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// `boolean`
    Boolean,
    /// `integer`
    Integer,
    /// `number`
    Float,
    /// Texts, and enums of texts.
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
        /// The number of digits in all.
        max_digits: u32,
        /// The number of digits after the point.
        decimal_places: u32,
    },
    /// `format: byte`
    Bytes,
    /// Arrays and objects.
    Json,
}

/// The collation by which a column of texts is ordered, if the definition sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collation {
    /// The order of code points.
    Codepoint,
}

/// A default that the database knows: plain values only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Default {
    /// A boolean.
    Boolean(bool),
    /// A number, as its decimal text.
    Number(String),
    /// A text, or a date, uuid, … in its canonical form.
    Text(String),
    /// JSON text.
    Json(String),
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The table that it refers to.
    pub table: String,
    /// The key of that table.
    pub column: String,
    /// The effect on this row when the referenced one is deleted.
    pub on_delete: OnDeleteSql,
}

/// The database's part of `x-on-delete`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDeleteSql {
    /// This row is deleted, too.
    Cascade,
    /// The referenced row cannot be deleted (`protect` and `restrict`).
    Restrict,
    /// The foreign key becomes null.
    SetNull,
    /// The foreign key gets the default of its column.
    SetDefault,
    /// Nothing: the referenced row cannot be deleted.
    NoAction,
}

/// An index over columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The columns, in order.
    pub columns: Vec<String>,
    /// Whether two rows must not be equal in these columns.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unique: bool,
    /// The name that the definition gives it; `None` if the generator chooses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The rows in it; `None` for all rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Predicate>,
}

impl Index {
    /// Returns an index of all rows, whose name the generator chooses.
    pub fn of(columns: Vec<String>, unique: bool) -> Self {
        Self { columns, unique, name: None, condition: None }
    }

    /// Returns the same index over columns with other names.
    pub fn renamed(&self, name: &dyn Fn(&String) -> String) -> Self {
        Self {
            columns: self.columns.iter().map(name).collect(),
            condition: self.condition.as_ref().map(|condition| condition.map(name, &Default::clone)),
            ..self.clone()
        }
    }
}

impl Schema {
    /// The version of the format that is written.
    pub const FORMAT: u32 = 2;

    /// Tells whether it has the values of enums, which earlier versions of the generator did not write.
    pub fn has_values(&self) -> bool {
        self.format >= Self::FORMAT
    }

    /// Returns an observed table by its name.
    pub fn observed(&self, name: &str) -> Option<&ObservedTable> {
        self.observed.iter().find(|observed| observed.table == name)
    }

    /// Returns a table by its name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    /// Returns a column by its name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Returns the name in the definition, or that of the table if it is unknown.
    pub fn wire(&self) -> &str {
        self.relation.as_deref().or(self.model.as_deref()).unwrap_or(&self.name)
    }

    /// Tells whether an earlier version of the generator described it, without the names of the definition.
    pub fn is_nameless(&self) -> bool {
        self.model.is_none()
    }
}

impl Column {
    /// Returns the property of the column.
    pub fn wire(&self) -> &str {
        self.property.as_deref().unwrap_or(&self.name)
    }

    /// Tells whether a later column is the same to a database, apart from names and positions.
    pub fn is_like(&self, new: &Self) -> bool {
        let is_of_its_type = match (&self.sql, &new.sql) {
            (None, None) => true,
            (Some(old), Some(new)) => new.keep(old) && !new.lose(old),
            _ => false,
        };
        let bare = |column: &Self| Self {
            name: String::new(),
            property: None,
            // For an SQL type, the type of its values is only that in which it is read.
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
