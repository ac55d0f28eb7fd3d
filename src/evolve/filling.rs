//! The values that existing rows get if a column is new or must not be null any more.

use std::collections::HashMap;

use crate::ir::{Api, Auto, Backfill, Field, Literal};

/// The value that a column gets in rows without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filling {
    /// A value, as JSON.
    Value(String),
    /// The time of the migration.
    Now,
    /// A random UUID for each row.
    Uuid,
    /// The value of an expression over the row.
    Sql {
        /// The expression for SQLite.
        sqlite: String,
        /// The expression for PostgreSQL.
        postgres: String,
    },
}

/// The fillings of one column.
#[derive(Debug, Default)]
struct OfColumn {
    /// The `x-backfill`, or what fills the column in new rows.
    filling: Option<Filling>,
    /// The default of the column.
    default: Option<Filling>,
    /// The former values that are replaced by others, as JSON.
    moves: Vec<(String, String)>,
}

/// The fillings of columns, by their tables and names.
#[derive(Debug, Default)]
pub struct Fillings {
    of: HashMap<(String, String), OfColumn>,
}

impl Fillings {
    /// Reads the fillings of a definition.
    pub(super) fn of(api: &Api) -> Self {
        let fields =
            api.models.values().flat_map(|model| model.fields.iter().map(move |field| (model, field)));
        let of =
            fields.map(|(model, field)| ((model.table.clone(), field.column.clone()), OfColumn::of(field)));
        Self { of: of.collect() }
    }

    /// Returns what a new column is filled with. `None`: its default, or null.
    pub fn of_new(&self, table: &str, column: &str) -> Option<&Filling> {
        self.get(table, column)?.filling.as_ref()
    }

    /// Returns what a column is filled with that must not be null any more.
    pub fn of_null(&self, table: &str, column: &str) -> Option<&Filling> {
        let column = self.get(table, column)?;
        column.filling.as_ref().or(column.default.as_ref())
    }

    /// Returns the former values of a column that are replaced by others, as JSON.
    pub fn moves(&self, table: &str, column: &str) -> &[(String, String)] {
        self.get(table, column).map_or(&[], |column| &column.moves)
    }

    fn get(&self, table: &str, column: &str) -> Option<&OfColumn> {
        self.of.get(&(table.to_owned(), column.to_owned()))
    }
}

impl OfColumn {
    fn of(field: &Field) -> Self {
        let default = field.default.as_ref().filter(|default| **default != Literal::Null);
        let mut this =
            Self { default: default.map(|default| Filling::Value(json(default))), ..Self::default() };
        this.filling = match &field.backfill {
            Some(Backfill::Value(value)) => Some(Filling::Value(json(value))),
            Some(Backfill::Sql { sqlite, postgres }) => {
                Some(Filling::Sql { sqlite: sqlite.clone(), postgres: postgres.clone() })
            }
            Some(Backfill::Values(values)) => {
                this.moves = values.iter().map(|(old, new)| (json(old), json(new))).collect();
                None
            }
            None => match field.auto {
                Auto::Now | Auto::NowAdd | Auto::DefaultNow => Some(Filling::Now),
                Auto::Uuid | Auto::DefaultUuid => Some(Filling::Uuid),
                Auto::No | Auto::Key => None,
            },
        };
        // The server computes what is stored for a default, so the database has no default for such a column.
        if field.sql.is_some() && this.filling.is_none() {
            this.filling.clone_from(&this.default);
        }
        this
    }
}

/// Returns a literal as JSON.
pub fn json(literal: &Literal) -> String {
    match literal {
        Literal::Null => "null".to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Number(text) | Literal::Json(text) => text.clone(),
        Literal::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
    }
}
