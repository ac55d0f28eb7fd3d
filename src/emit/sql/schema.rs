//! What the tables are, apart from any database: kept between runs, compared to find what a migration has to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::escape;
use crate::ir::{Api, Auto, Between, Field, Literal, Model, OnDelete, Relation, Scalar, Type, Via};

/// The content of `migrations/schema.json`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// The migrations that lead to `tables`, in order.
    pub migrations: Vec<String>,
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

/// Every managed table, in the order of the definition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The tables.
    pub tables: Vec<Table>,
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
    /// Its former name (`x-was`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its indexes by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, Index>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub ty: ColumnType,
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
    /// Its former name (`x-was`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
}

fn is_false(value: &bool) -> bool {
    !*value
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
    /// The tables that an API asks for.
    pub fn of(api: &Api) -> Self {
        let managed = || api.models.values().filter(|model| model.managed);
        let between =
            managed().flat_map(|model| model.relations.iter().map(move |relation| (model, relation)));
        let between = between.filter_map(|(model, relation)| between_table(api, model, relation));
        let tables = managed().map(|model| table(api, model)).chain(between).collect();
        let own = api.models.values().filter(|model| model.observe_database);
        let own = own.map(|model| observed_table(api, model));
        let relations =
            api.models.values().flat_map(|model| model.relations.iter().map(move |each| (model, each)));
        let between = relations.filter(|(model, relation)| {
            model.observe_database || api.models[relation.target].observe_database
        });
        let between = between.filter_map(|(model, relation)| observed_between(api, model, relation));
        Self { observed: own.chain(between).collect(), tables }
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
}

fn table(api: &Api, model: &Model) -> Table {
    let key = &model.fields[model.key].column;
    let columns = model.fields.iter().map(|field| column(api, model, field, field.column == *key));
    let mut indexes = BTreeMap::new();
    let mut add = |columns: Vec<String>, unique: bool| {
        indexes.insert(super::name::index(&model.table, &columns, unique), Index { columns, unique });
    };
    for field in model.fields.iter().filter(|field| field.column != *key) {
        if field.unique {
            add(vec![field.column.clone()], true);
        } else if field.index || field.foreign_key.is_some() {
            add(vec![field.column.clone()], false);
        }
    }
    let names = |positions: &[usize]| positions.iter().map(|at| model.fields[*at].column.clone()).collect();
    for positions in &model.unique_together {
        add(names(positions), true);
    }
    for positions in &model.indexes {
        add(names(positions), false);
    }
    Table {
        name: model.table.clone(),
        was: model.was.as_ref().map(|was| crate::ir::Name::parse(was).snake()),
        columns: columns.collect(),
        indexes,
    }
}

/// The table of a many-to-many relation, as Django has it: a number, and the keys of both. None: no table is made for
/// the relation.
fn between_table(api: &Api, model: &Model, relation: &Relation) -> Option<Table> {
    let Via::Table(Between { table, from, to, model: None }) = &relation.via else { return None };
    if !relation.declared {
        return None;
    }
    let target = &api.models[relation.target];
    let plain = |name: &str| Column {
        name: name.to_owned(),
        ty: ColumnType::Integer,
        key: false,
        numbered: false,
        nullable: false,
        default: None,
        references: None,
        was: None,
    };
    let reference = |name: &str, other: &Model| Column {
        ty: column_type(api, &other.fields[other.key].ty),
        references: Some(Reference {
            table: other.table.clone(),
            column: other.fields[other.key].column.clone(),
            on_delete: OnDeleteSql::Cascade,
        }),
        ..plain(name)
    };
    let index = |columns: &[&String], unique: bool| {
        let columns: Vec<String> = columns.iter().map(|column| (*column).clone()).collect();
        (super::name::index(table, &columns, unique), Index { columns, unique })
    };
    Some(Table {
        name: table.clone(),
        was: None,
        columns: vec![
            Column { key: true, numbered: true, ..plain("id") },
            reference(from, model),
            reference(to, target),
        ],
        indexes: BTreeMap::from([index(&[from, to], true), index(&[to], false)]),
    })
}

fn observed_table(api: &Api, model: &Model) -> ObservedTable {
    let column =
        |field: &Field| ObservedColumn { name: field.column.clone(), ty: column_type(api, &field.ty) };
    ObservedTable { table: model.table.clone(), columns: model.fields.iter().map(column).collect() }
}

/// The table of a many-to-many relation with the keys of both. None: it is a model, or seen from the other end.
fn observed_between(api: &Api, model: &Model, relation: &Relation) -> Option<ObservedTable> {
    let Via::Table(Between { table, from, to, model: None }) = &relation.via else { return None };
    if !relation.declared {
        return None;
    }
    let key = |name: &str, model: &Model| ObservedColumn {
        name: name.to_owned(),
        ty: column_type(api, &model.fields[model.key].ty),
    };
    let columns = vec![key(from, model), key(to, &api.models[relation.target])];
    Some(ObservedTable { table: table.clone(), columns })
}

fn column(api: &Api, model: &Model, field: &Field, key: bool) -> Column {
    let references = field.foreign_key.as_ref().map(|foreign_key| {
        let other = &api.models[foreign_key.model];
        Reference {
            table: other.table.clone(),
            column: other.fields[other.key].column.clone(),
            on_delete: match foreign_key.on_delete {
                OnDelete::Cascade => OnDeleteSql::Cascade,
                OnDelete::Protect | OnDelete::Restrict => OnDeleteSql::Restrict,
                OnDelete::SetNull => OnDeleteSql::SetNull,
            },
        }
    });
    let was = field.was.as_ref().map(|was| match field.foreign_key {
        Some(_) if field.column == format!("{}_id", field.wire) => format!("{was}_id"),
        _ => was.clone(),
    });
    debug_assert!(!key || model.fields[model.key].column == field.column);
    Column {
        name: field.column.clone(),
        ty: column_type(api, &field.ty),
        key,
        numbered: field.auto == Auto::Key,
        nullable: field.nullable,
        default: field.default.as_ref().and_then(default),
        references,
        was,
    }
}

fn column_type(api: &Api, ty: &Type) -> ColumnType {
    match ty {
        Type::Scalar(scalar) => match *scalar {
            Scalar::Boolean => ColumnType::Boolean,
            Scalar::Integer => ColumnType::Integer,
            Scalar::Float => ColumnType::Float,
            Scalar::Text
            | Scalar::Email
            | Scalar::Url
            | Scalar::Slug
            | Scalar::UnicodeSlug
            | Scalar::Ip
            | Scalar::Ipv4
            | Scalar::Ipv6 => ColumnType::Text,
            Scalar::Uuid => ColumnType::Uuid,
            Scalar::Date => ColumnType::Date,
            Scalar::DateTime => ColumnType::DateTime,
            Scalar::Time => ColumnType::Time,
            Scalar::Duration => ColumnType::Duration,
            Scalar::Decimal { max_digits, decimal_places } => {
                ColumnType::Decimal { max_digits, decimal_places }
            }
            Scalar::Bytes => ColumnType::Bytes,
        },
        Type::Enum(id) => {
            let first = api.enums[*id].variants.first();
            match first.map(|variant| &variant.value) {
                Some(Literal::Integer(_)) => ColumnType::Integer,
                _ => ColumnType::Text,
            }
        }
        Type::Object(_) | Type::Union(_) | Type::List(_) | Type::Map(_) | Type::Row(_) | Type::Json => {
            ColumnType::Json
        }
    }
}

fn default(literal: &Literal) -> Option<Default> {
    Some(match literal {
        Literal::Null => return None,
        Literal::Boolean(value) => Default::Boolean(*value),
        Literal::Integer(value) => Default::Number(value.to_string()),
        Literal::Number(text) => Default::Number(text.clone()),
        Literal::Text(text) => Default::Text(text.clone()),
        Literal::Json(text) => Default::Json(text.clone()),
    })
}
